"""Nights over changes of the clock, and sites whose clocks differ."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.scheduling.domain.duties import DutyType
from app.scheduling.domain.rotations import RotationType
from app.scheduling.timetable import expand
from app.scheduling.timetable.clocks import site_clocks
from tests.scheduling.timetable.builders import grid, program, shown

NEW_YORK = "America/New_York"
AUTUMN, SPRING = date(2026, 10, 26), date(2027, 3, 8)
"""Mondays of the weeks whose Sunday is 1 November and 14 March."""


def lengths(duty: DutyType, start: date) -> list[int]:
    """Return how many minutes a duty has on each day of a week in New York."""
    kind = RotationType(code="A", template={"mon-sun": "D"})
    made = program(kind, duties=[duty], weeks=1, start=start, time_zone=NEW_YORK)
    timeline = expand(made, grid(made, "A"))
    found: list[int] = (timeline.end - timeline.start).tolist()
    return found


@pytest.mark.parametrize(
    ("start", "night", "hours"),
    [
        (AUTUMN, "18:00-06:00", 13),  # E1
        (SPRING, "18:00-06:00", 11),
        (SPRING, "23:00-07:00", 7),  # E3
        (AUTUMN, "07:00-07:00", 25),  # E2
        (AUTUMN, "20:00-02:00", 7),
        (AUTUMN, "20:00-01:59", 359 / 60),  # of 01:59 shown twice, the earlier
        (SPRING, "20:00-02:30", 6.5),  # 02:30 is skipped: read by the old offset, 03:30
        (SPRING, "20:00-03:00", 6),
    ],
)
def test_a_night_is_as_long_as_it_lasts(start: date, night: str, hours: float) -> None:
    found = lengths(DutyType(code="D", kind="moonlighting_internal", night=night), start)
    assert found[5] == hours * 60  # Saturday, into the Sunday of the change
    usual = lengths(
        DutyType(code="D", kind="moonlighting_internal", night=night), start - timedelta(21)
    )
    assert len(set(usual)) == 1
    assert found[:5] == usual[:5]


def test_the_hours_of_the_day_of_a_change_are_those_of_its_clock() -> None:
    duty = DutyType(code="D", kind="in_house", am="00:00-03:00", pm="12:00-24:00")
    assert lengths(duty, AUTUMN)[-2:] == [4 * 60, 12 * 60]
    assert lengths(duty, SPRING)[-2:] == [2 * 60, 12 * 60]


def test_sites_in_other_zones_go_by_their_own_clocks() -> None:
    kinds = (
        RotationType(code="H", template={"mon": "DAY"}),
        RotationType(code="W", template={"mon": "DAY"}, zone="America/Los_Angeles"),
    )
    made = program(*kinds, time_zone=NEW_YORK)
    timeline = expand(made, grid(made, "H W"))
    assert shown(timeline) == ["03 06:00-18:00 in_house H", "10 09:00-21:00 in_house W"]
    assert shown(timeline, "America/Los_Angeles")[1] == "10 06:00-18:00 in_house W"
    assert {person.zone for person in timeline.people} == {NEW_YORK}


def test_intervals_are_in_order_of_time_across_zones() -> None:
    kinds = (
        RotationType(code="A", template={"sun": "N"}, zone="Pacific/Honolulu"),
        RotationType(code="B", template={"mon": "D"}, zone="Asia/Tokyo"),
    )
    duties = [
        DutyType(code="N", kind="home_call", night="18:00-08:00"),
        DutyType(code="D", kind="in_house", am="06:00-12:00"),
    ]
    made = program(*kinds, duties=duties)
    timeline = expand(made, grid(made, "A B"))
    assert np.diff(timeline.start).tolist() == [(7 + 24 - 24) * 60]
    assert [reference[-3:] for reference in timeline.references] == ["B D", "A N"]


ZONES = (
    NEW_YORK,
    "Africa/Cairo",  # at midnight in spring
    "America/Havana",  # from 01:00 to midnight in autumn
    "America/Santiago",  # from midnight to 23:00 in autumn
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kolkata",
)


@pytest.mark.parametrize("zone", ZONES)
def test_every_quarter_of_an_hour_of_a_year_is_read_as_the_library_does(zone: str) -> None:
    first, days = date(2026, 7, 1), 366
    quarters = np.arange(0, 24 * 60, 15)
    day = np.repeat(np.arange(days), len(quarters))
    minute = np.tile(quarters, days)
    found = site_clocks([zone, "UTC"], first, days).at(np.zeros_like(day), day, minute)
    place = ZoneInfo(zone)
    wanted = [
        int(
            datetime.combine(first + timedelta(int(d)), time(int(m) // 60, int(m) % 60), place)
            .astimezone(UTC)
            .timestamp()
            // 60
        )
        for d, m in zip(day, minute, strict=True)
    ]
    assert found.tolist() == wanted
