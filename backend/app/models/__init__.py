"""All tables; importing this package makes them known to the metadata."""

from app.models.access_log import AccessEntry
from app.models.accounts import (
    ApiToken,
    Invitation,
    LoginFailure,
    Membership,
    PasswordReset,
    RefreshToken,
    User,
)
from app.models.audit import AuditEvent
from app.models.calendar_links import CalendarLink
from app.models.idempotency import IdempotencyKey
from app.models.jobs import Job, JobEvent
from app.models.mail import OutgoingMail
from app.models.notifications import Notification
from app.models.people import Appointment, Leave, Person, Request
from app.models.programs import AcademicYear, DutyType, Program, RotationType, Rule
from app.models.publications import Override, Publication
from app.models.schedules import (
    Assignment,
    Block,
    Placement,
    Schedule,
    ScheduleEdit,
)

__all__ = [
    "AcademicYear",
    "AccessEntry",
    "ApiToken",
    "Appointment",
    "Assignment",
    "AuditEvent",
    "Block",
    "CalendarLink",
    "DutyType",
    "IdempotencyKey",
    "Invitation",
    "Job",
    "JobEvent",
    "Leave",
    "LoginFailure",
    "Membership",
    "Notification",
    "OutgoingMail",
    "Override",
    "PasswordReset",
    "Person",
    "Placement",
    "Program",
    "Publication",
    "RefreshToken",
    "Request",
    "RotationType",
    "Rule",
    "Schedule",
    "ScheduleEdit",
    "User",
]
