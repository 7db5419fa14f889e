"""Who may log in, what they may do in which programme, and the tokens that they hold."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.access import PROGRAM_ROLES, Role
from app.db.base import Base, Identified, Timestamped, one_of
from app.models.owned import ProgramRow
from app.models.programs import Program


class User(Identified, Timestamped, Base):
    """Somebody who can log in; belongs to no programme, see `Membership`."""

    __tablename__ = "users"
    audited = True
    private = frozenset({"password_hash"})

    username: Mapped[str] = mapped_column(String(150), unique=True)
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    full_name: Mapped[str] = mapped_column(String(255), default="")
    password_hash: Mapped[str] = mapped_column(String(255))
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    # Access tokens of an earlier generation are void; a new password begins the next.
    token_generation: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    memberships: Mapped[list["Membership"]] = relationship(
        lazy="raise", order_by="Membership.program_id", viewonly=True
    )

    __table_args__ = (
        CheckConstraint("username = lower(username)", name="username_lower"),
        CheckConstraint("email IS NULL OR email = lower(email)", name="email_lower"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface


class Membership(Identified, Timestamped, Base):
    """A user's role in one programme."""

    __tablename__ = "memberships"
    audited = True

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    program_id: Mapped[UUID] = mapped_column(
        ForeignKey("programs.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[Role] = mapped_column(String(20))

    __table_args__ = (
        UniqueConstraint("user_id", "program_id"),
        one_of("role", PROGRAM_ROLES),
    )


class RefreshToken(Identified, Base):
    """One link of a chain of refresh tokens; using one that was used already voids its chain.

    Only a hash of the token is kept.
    """

    __tablename__ = "refresh_tokens"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    chain_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class ApiToken(Identified, Timestamped, Base):
    """What a program calls with in the name of a user, and no further than its scopes go.

    Only a hash of the token is kept, and its beginning, by which people know it again.
    """

    __tablename__ = "api_tokens"
    audited = True
    private = frozenset({"token_hash"})

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    # None: every programme of the user.
    program_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("programs.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(100))
    beginning: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)


class LoginFailure(Identified, Base):
    """A failed login, kept for as long as it slows down the next; `subject` is a name or address.

    Names are kept as hashes: what people mistype into the field is sometimes their password.
    """

    __tablename__ = "login_failures"

    subject: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class Invitation(ProgramRow):
    """An e-mail address that may become a member, by a link that serves once.

    Whoever has the link reads the mailbox. Only a hash of its token is kept.
    """

    __tablename__ = "invitations"
    private = frozenset({"token_hash"})

    email: Mapped[str] = mapped_column(String(320))
    full_name: Mapped[str] = mapped_column(String(255), default="")
    role: Mapped[Role] = mapped_column(String(20))
    # Whom the schedule means by this user.
    person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    invited_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)

    program: Mapped[Program] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (
        Index("ix_invitations_program_id_created_at", "program_id", "created_at"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        one_of("role", PROGRAM_ROLES),
    )


class PasswordReset(Identified, Base):
    """Somebody has asked for a new password; first by a name, which may be nobody's.

    When the worker has found the user, `name` is emptied and there is a token: see
    `PasswordResetService`.
    """

    __tablename__ = "password_resets"

    name: Mapped[str] = mapped_column(String(320))
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
