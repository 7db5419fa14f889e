"""All tables; importing this package makes them known to the metadata."""

from app.models.accounts import LoginFailure, Membership, RefreshToken, User
from app.models.mail import OutgoingMail
from app.models.programs import (
    Appointment,
    DutyType,
    Person,
    Program,
    RotationType,
)
from app.models.schedules import (
    Assignment,
    Block,
    Placement,
    Schedule,
)

__all__ = [
    "Appointment",
    "Assignment",
    "Block",
    "DutyType",
    "LoginFailure",
    "Membership",
    "OutgoingMail",
    "Person",
    "Placement",
    "Program",
    "RefreshToken",
    "RotationType",
    "Schedule",
    "User",
]
