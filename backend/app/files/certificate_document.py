"""The duty-hour certificate: what it holds (docs/adr/0010)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import FailFast

from app.files.loaded import Source
from app.files.signing import Signature
from app.scheduling.acgme.finding import Violation
from app.scheduling.acgme.intervals import (
    Basis,
    DutyInterval,
    LeaveDays,
    Resident,
    RotationSpan,
    Supervision,
)
from app.scheduling.acgme.pack import RulePack
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.rule import Confidence, Severity
from app.scheduling.domain.scope import STRICT

FORMAT: Final = "housestaff-certificate"
VERSION: Final = 1

Verdict = Literal["compliant", "compliant with overrides", "not compliant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedSchedule:
    """The schedule that was judged, by its file's name and hash, and what it was made from.

    Parameters
    ----------
    input_hash
        What the engine was given when it made the schedule; None when it did not.
    sources
        The files that said what the schedule means: the programme, its tables.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    file: str
    sha256: str
    input_hash: str | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose schedule it is, and which; `schedule` is None for duty that is in no file."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    programme: str
    specialty: str
    academic_year: str
    schedule: CertifiedSchedule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OddDay:
    """A local day that has not 24 hours."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    day: date
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneDays:
    """When the local days of a zone begin, as this engine knew the zone.

    Time zone data change; with this a reader sees that it is they, and not the duty.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    zone: str
    first_midnight: datetime
    odd_days: tuple[OddDay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who did what when: a `Timeline`, in its order.

    Parameters
    ----------
    first, last
        The days that are known and judged.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    basis: Basis
    first: date
    last: date
    residents: Annotated[tuple[Resident, ...], FailFast()]
    zones: Annotated[tuple[ZoneDays, ...], FailFast()]
    intervals: Annotated[tuple[DutyInterval, ...], FailFast()]
    spans: Annotated[tuple[RotationSpan, ...], FailFast()]
    leave: Annotated[tuple[LeaveDays, ...], FailFast()]
    supervision: Annotated[tuple[Supervision, ...], FailFast()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What was judged by."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    packs: tuple[RulePack, ...]
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedFinding:
    """A `Violation`; `first` and `last` are the local days of its window, both included."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    rule: str
    name: str
    pack: str
    version: str
    severity: Severity
    person: str
    rotation: str
    start: datetime
    end: datetime
    first: date
    last: date
    measured: float
    limit: float
    unit: str
    days: int
    leave_days: int
    averaging: str
    zone: str
    confidence: Confidence
    unconfirmed: bool
    sources: tuple[str, ...]
    evidence: tuple[str, ...]
    also: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstWindow:
    """A `Margin`: where one person comes closest to one limit; negative where it is broken."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    rule: str
    name: str
    person: str
    rotation: str
    start: datetime
    end: datetime
    first: date
    last: date
    measured: float
    limit: float
    unit: str
    margin: float
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Findings that somebody answers for: those of a rule and a person that begin on a day.

    Parameters
    ----------
    rule, person
        Ids; no person where a finding is nobody's own.
    first
        The first day of the findings' window.
    last
        Its last day; None: any.
    author, reason
        Who accepted them, and why.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    rule: str
    person: str = ""
    first: date
    last: date | None = None
    author: str
    reason: str

    def __post_init__(self) -> None:
        """Refuse an override that nobody answers for, or without a reason."""
        if not self.author.strip():
            raise ValueError("an override needs its author")
        if not self.reason.strip():
            raise ValueError("an override needs its reason")
        if self.last is not None and self.last < self.first:
            raise ValueError(f"the window ends on {self.last}, before it begins on {self.first}")

    def covers(self, finding: CertifiedFinding | Violation) -> bool:
        """Return whether it accepts a finding."""
        return (finding.rule, finding.person, finding.first) == (
            self.rule,
            self.person,
            self.first,
        ) and self.last in {None, finding.last}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed:
    """A rule whose numbers nobody confirmed, so that what breaks it is no error."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    rule: str
    name: str
    pack: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the validator found, and what it comes to.

    Parameters
    ----------
    margins
        The worst window of every rule and person, broken or not.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    verdict: Verdict
    findings: Annotated[tuple[CertifiedFinding, ...], FailFast()]
    margins: Annotated[tuple[WorstWindow, ...], FailFast()]
    overrides: Annotated[tuple[Override, ...], FailFast()]
    unconfirmed: Annotated[tuple[Unconfirmed, ...], FailFast()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """SHA-256 of the canonical form of each section, of each pack by name, and of the whole.

    `document` is of everything but itself and the signature.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    residents: str
    intervals: str
    spans: str
    leave: str
    supervision: str
    packs: dict[str, str]
    policy: str
    judgement: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A judged schedule with all that judging it again needs."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    format: Literal["housestaff-certificate"] = FORMAT
    version: Literal[1] = VERSION
    engine_version: str
    issued_at: datetime | None
    subject: Subject
    duty: Duty
    law: Law
    judgement: Judgement
    hashes: Hashes
    signature: Signature | None = None
