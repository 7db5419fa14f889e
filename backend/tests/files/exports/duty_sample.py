"""Duty hours of known content to draw: two residents, eight weeks."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.files.exports.duty_report import DutyReport
from app.files.rule_packs import load_packs
from app.scheduling.acgme.intervals import DutyInterval, LeaveDays, Resident, RotationSpan
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.timeline import Timeline, build_timeline
from app.scheduling.acgme.validator import ACGMEValidator

ZONE = "America/New_York"
MONDAY = date(2026, 6, 29)
DAYS = 56


def shift(person: str, day: int, hours: float, rotation: str) -> DutyInterval:
    """Return duty from 06:00 on, on a day counted from the first Monday."""
    start = datetime.combine(MONDAY + timedelta(day), datetime.min.time(), ZoneInfo(ZONE))
    start = start.replace(hour=6)
    return DutyInterval(
        person=person,
        start=start,
        end=start + timedelta(hours=hours),
        kind=Kind.IN_HOUSE,
        rotation=rotation,
        pgy=2,
    )


def timeline() -> Timeline:
    """Return ada: ICU at 84 h a week, then a clinic; ben: wards with a week of leave."""
    days = range(DAYS)
    duty = [shift("ada", day, 14, "ICU") for day in days[:28] if day % 7 != 6]
    duty += [shift("ada", day, 9, "CLIN") for day in days[28:] if day % 7 < 5]
    duty += [shift("ben", day, 13, "W&W") for day in days if day % 7 != 6 and not 7 <= day < 14]
    spans = [("ada", "ICU", 0, 27), ("ada", "CLIN", 28, 55), ("ben", "W&W", 0, 55)]
    return build_timeline(
        "plan",
        [
            Resident(id="ada", name="Ada <b>Ames</b>", zone=ZONE),
            Resident(id="ben", name="Ben & Bell", zone=ZONE),
        ],
        duty,
        [
            RotationSpan(
                person=person,
                rotation=rotation,
                first=MONDAY + timedelta(first),
                last=MONDAY + timedelta(last),
            )
            for person, rotation, first, last in spans
        ],
        [LeaveDays(person="ben", first=MONDAY + timedelta(7), last=MONDAY + timedelta(13))],
    )


def report(policy: Policy | None = None, **changes: Any) -> DutyReport:
    """Return the sample's report under the common and the internal medicine pack."""
    policy = policy or Policy()
    packs = load_packs(["acgme-im"])
    audit = ACGMEValidator(packs, policy).audit(timeline())
    made = DutyReport(title="Sample & Sons", audit=audit, packs=packs, policy=policy)
    return replace(made, **changes)
