"""The only clock of the service."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """Return the present date by the clocks of an IANA time zone."""
    return now().astimezone(ZoneInfo(zone)).date()
