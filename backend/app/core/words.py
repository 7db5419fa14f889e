"""Words that tables and responses share; the engine has others or none."""

from enum import StrEnum


class PersonKind(StrEnum):
    """What somebody is to the schedule."""

    RESIDENT = "resident"
    FACULTY = "faculty"
    OTHER = "other"


class AssignmentStatus(StrEnum):
    """How far an assignment is; a cancelled one frees its half-day."""

    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Source(StrEnum):
    """Who decided something, the strongest first."""

    MANUAL = "manual"
    IMPORTED = "imported"
    SOLVER = "solver"


class MailState(StrEnum):
    """How far a mail is; `failed` is given up, and an operator may queue it again."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Decision(StrEnum):
    """What became of leave or a wish that somebody asked for."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def stands(self) -> bool:
        """Whether something may come of it: it is open, or approved."""
        return self in {Decision.ASKED, Decision.APPROVED}


class EditKind(StrEnum):
    """How a new revision of a schedule came about."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"
    REPLACEMENT = "replacement"


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


class JobEventType(StrEnum):
    """What one event of a job tells."""

    STATE = "state"
    PROGRESS = "progress"
    LOG = "log"
    DONE = "done"
