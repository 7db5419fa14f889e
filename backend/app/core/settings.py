"""What an operator may set, from environment variables that begin with ``HOUSESTAFF_``."""

import secrets
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

RateLimit = Annotated[str, Field(pattern=r"^([1-9]\d*/(second|minute|hour|day))?$")]
_SHORTEST_SECRET = 32
_WEAK = ("changethis", "secret", "password", "housestaff", "example")


class Settings(BaseSettings):
    """All settings of the service and its command line; defaults run on a laptop.

    Raises
    ------
    ValueError
        When the secret is missing or weak outside development.
    """

    model_config = SettingsConfigDict(env_prefix="HOUSESTAFF_", extra="ignore")

    environment: Literal["development", "production"] = Field(
        default="development",
        description="In production weak secrets are refused and cookies need HTTPS.",
    )
    data_dir: Path = Field(
        default=Path("housestaff-data"), description="Where the embedded database and broker live."
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL; empty: SQLite in the data folder. "
        "PostgreSQL: `postgresql+asyncpg://user:password@host/name`.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs access tokens. In development it may be empty: then every start makes "
        "a new one, and whoever is logged in has to refresh.",
    )
    broker_url: str = Field(
        default="",
        description="Where messages to workers go; empty: files in the data folder. "
        "`redis://host:6379/0` or `amqp://user:password@host//` in production.",
    )
    solver_processes: int = Field(
        default=1, ge=1, le=64, description="Solves that one worker runs at the same time."
    )
    chore_processes: int = Field(
        default=2, ge=1, le=64, description="Other jobs that one worker runs at the same time."
    )
    solver_threads: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Threads of one solve; 0: the machine's cores, shared by its solves.",
    )
    solves_per_program: int = Field(
        default=1, ge=1, description="Solves of one programme that may run at the same time."
    )
    job_lease_seconds: int = Field(
        default=30,
        ge=3,
        description="Seconds without a sign of life after which a job is taken from its worker.",
    )
    job_retry_seconds: int = Field(
        default=60, ge=0, description="Seconds between the tries of a job that met a passing fault."
    )
    job_days: int = Field(
        default=90, ge=1, description="Days after which a finished job is forgotten."
    )
    job_event_days: int = Field(
        default=14, ge=1, description="Days after which a finished job's events are forgotten."
    )
    signing_key: Path | None = Field(
        default=None,
        description="The Ed25519 key in PEM (`housestaff keygen`) that signs the certificates of "
        "publications; `HOUSESTAFF_KEY_PASSPHRASE` opens it. Unset: `signing-key.pem` in the data "
        "folder, made when it is first needed. Installations of several machines set it.",
    )
    access_token_minutes: int = Field(
        default=15, ge=1, le=24 * 60, description="Minutes for which an access token is valid."
    )
    refresh_token_days: int = Field(
        default=14, ge=1, le=365, description="Days after which an unused session has ended."
    )
    login_failures: int = Field(
        default=5, ge=1, description="Failed logins of one name before it has to wait."
    )
    login_failures_per_address: int = Field(
        default=50,
        ge=1,
        description="Failed logins from one address before it has to wait; a hospital may "
        "have a single one.",
    )
    login_wait_seconds: int = Field(
        default=60, ge=1, description="Seconds for which a failed login counts."
    )
    invitation_days: int = Field(
        default=7, ge=1, le=90, description="Days after which an invitation is void."
    )
    password_reset_minutes: int = Field(
        default=60,
        ge=5,
        le=24 * 60,
        description="Minutes for which a link to a new password works.",
    )
    api_token_days: int = Field(
        default=365, ge=1, description="The longest time, in days, for which an API token works."
    )
    rate_limit_reads: RateLimit = Field(
        default="1200/minute", description="Requests that read, by one user. Empty: no limit."
    )
    rate_limit_writes: RateLimit = Field(
        default="600/minute", description="Requests that write, by one user."
    )
    rate_limit_expensive: RateLimit = Field(
        default="60/minute",
        description="Requests that start long work or move whole files, by one user.",
    )
    rate_limit_accounts: RateLimit = Field(
        default="300/minute",
        description="Logins, refreshes, invitations and new passwords, from one address; a "
        "hospital may have a single one.",
    )
    rate_limit_refused: RateLimit = Field(
        default="300/minute", description="Requests with wrong tokens, from one address."
    )
    rate_limit_store: str = Field(
        default="",
        pattern=r"^(rediss?://.+)?$",
        description="A Redis in which all processes count together, `redis://host:6379/0`; "
        "empty: each counts for itself.",
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="Prometheus sends it as a bearer token to `/metrics`; empty: only this machine "
        "may read there.",
    )
    access_log_days: int = Field(
        default=2190,
        ge=1,
        description="Days for which it stays on record who has read whose record; six years, as "
        "HIPAA has it.",
    )
    request_bytes: int = Field(
        default=2 * 1024 * 1024, ge=1024, description="The largest body of a request."
    )
    warm_megabytes: int = Field(
        default=128,
        ge=1,
        description="Memory, about, in which a process keeps schedules ready to be judged.",
    )
    grid_megabytes: int = Field(
        default=32, ge=1, description="Memory in which a process keeps grids as they are sent."
    )
    public_url: str = Field(
        default="http://localhost:8000",
        pattern=r"^https?://[^/\s?#]+(/[^\s?#]*)?$",
        description="Where people reach the service; links in mails begin with it. "
        "In production it has to be https.",
    )
    smtp_host: str = Field(
        default="",
        description="The server that takes mails; empty: they are kept until there is one.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`starttls`, `tls` from the first byte, or `none`: then no password is sent.",
    )
    smtp_username: str = Field(default="", description="Name to log in there; empty: no login.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password to log in.")
    mail_from: str = Field(
        default="housestaff@localhost",
        pattern=r"^[^@\s<>]+@[^@\s<>]+$",
        description="The address that mails come from.",
    )
    mail_give_up_hours: int = Field(
        default=72, ge=1, description="Hours for which an undelivered mail is tried again."
    )
    mail_keep_days: int = Field(
        default=30, ge=1, description="Days for which sent and failed mails stay on record."
    )

    @model_validator(mode="after")
    def _secrets(self) -> Self:
        secret = self.secret_key.get_secret_value()
        if self.environment == "production":
            if len(secret) < _SHORTEST_SECRET or any(word in secret.lower() for word in _WEAK):
                raise ValueError(
                    "HOUSESTAFF_SECRET_KEY is missing or weak: set at least "
                    f"{_SHORTEST_SECRET} random characters (openssl rand -hex 32)"
                )
        elif not secret:
            self.secret_key = SecretStr(secrets.token_hex(32))
        return self

    @model_validator(mode="after")
    def _mail(self) -> Self:
        if self.smtp_username and self.smtp_security == "none":
            raise ValueError(
                "HOUSESTAFF_SMTP_USERNAME with HOUSESTAFF_SMTP_SECURITY=none would send the "
                "password in the clear: use starttls or tls"
            )
        if self.environment == "production" and not self.public_url.startswith("https://"):
            raise ValueError(
                f"HOUSESTAFF_PUBLIC_URL is {self.public_url}: in production links have to be https"
            )
        return self

    @property
    def database(self) -> str:
        """The SQLAlchemy URL that is used."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'housestaff.db'}"

    @property
    def spool_dir(self) -> Path:
        """The folder of the embedded broker."""
        return self.data_dir / "spool"

    def prepare_data_dir(self) -> None:
        """Make the data folder and the broker's in it, if database or broker are embedded."""
        if not self.broker_url:
            self.spool_dir.mkdir(parents=True, exist_ok=True)
        elif not self.database_url:
            self.data_dir.mkdir(parents=True, exist_ok=True)
