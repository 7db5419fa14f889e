"""Days of leave, and what is done on them; day 0 is Monday 3 August."""

from datetime import timedelta
from typing import Any

import pytest

from app.scheduling.acgme.policy import Policy
from app.scheduling.domain.calendar import Calendar, Split
from app.scheduling.domain.people import Half, Leave, Person
from app.scheduling.domain.rotations import RotationType
from app.scheduling.timetable import expand, half_days
from tests.scheduling.timetable.builders import (
    MONDAY,
    assigned,
    grid,
    listed,
    program,
    shown,
    spans,
)

WARD = RotationType(code="W", template={"mon-sun": "DAY"})
AWAY = RotationType(code="V", leave=True)
FIVE = Policy(vacation_week_days=5)


def on(day: int, last: int | None = None, kind: str = "vacation") -> Leave:
    """Return leave from one day to another, or of one day."""
    end = MONDAY + timedelta(day if last is None else last)
    return Leave(start=MONDAY + timedelta(day), end=end, kind=kind)


def leave_of(*leave: Leave, policy: Policy | None = None, **others: Any) -> str:
    """Return the days of a fortnight on the wards, ``x`` where they are leave."""
    person = Person(id="p", pgy=1, leave=leave)
    made = program(WARD, AWAY, people=[person], duty_hours=policy or Policy(), **others)
    timeline = expand(made, grid(made, "W W"))
    days = "".join("x" if away else "-" for away in timeline.leave[0])
    worked = {int(line[:2]) - 3 for line in shown(timeline)}
    assert worked == {day for day, mark in enumerate(days) if mark == "-"}
    return f"{days[:7]} {days[7:]}"


def halves(*names: Half) -> tuple[Leave, ...]:
    return tuple(Leave(period=1, half=name) for name in names)


@pytest.mark.parametrize(
    ("leave", "days"),
    [
        ((), "------- -------"),
        ((Leave(period=2),), "------- xxxxxxx"),
        (halves("first"), "xxx---- -------"),
        (halves("second"), "---xxxx -------"),
        (halves("first", "second"), "xxxxxxx -------"),
        (halves("first", "first"), "xxxxxxx -------"),
        ((on(-9, 1),), "xx----- -------"),
        ((on(5, 99),), "-----xx xxxxxxx"),
        (
            (Leave(period=1, half="first"), on(4)),
            "xxx-x-- -------",
        ),
    ],
)
def test_leave_takes_whole_days(leave: tuple[Leave, ...], days: str) -> None:
    assert leave_of(*leave) == days


@pytest.mark.parametrize(
    ("leave", "days"),
    [
        ((Leave(period=1),), "xxxxx-- -------"),
        ((Leave(period=1, kind="sick"),), "xxxxxxx -------"),
        (halves("second"), "---xx-- -------"),
        (
            (Leave(period=1), on(6, kind="sick")),
            "xxxxx-x -------",
        ),
    ],
)
def test_a_vacation_of_five_days_leaves_the_weekend(leave: tuple[Leave, ...], days: str) -> None:
    assert leave_of(*leave, policy=FIVE) == days


def test_a_half_of_a_split_period_is_the_part_of_its_name() -> None:
    calendar = Calendar(
        start=MONDAY,
        end=MONDAY + timedelta(13),
        period="2 weeks",
        splits=(Split(period=1, on=MONDAY + timedelta(4)),),
    )
    assert leave_of(*halves("first"), calendar=calendar) == "xxxx--- -------"
    assert leave_of(*halves("second"), calendar=calendar) == "----xxx xxxxxxx"
    assert leave_of(*halves("first", "first"), calendar=calendar) == "xxxx--- -------"


@pytest.mark.parametrize(("policy", "days"), [(Policy(), 7), (FIVE, 5)])
def test_a_rotation_type_that_is_leave_gives_whole_days(policy: Policy, days: int) -> None:
    made = program(WARD, AWAY, duty_hours=policy)
    timeline = expand(made, grid(made, "V W"))
    assert timeline.leave[0].tolist() == [True] * days + [False] * (14 - days)
    assert [line[:2] for line in shown(timeline)] == [str(day).zfill(2) for day in range(10, 17)]


def test_leave_ends_with_the_appointment() -> None:
    person = Person(
        id="p",
        pgy=1,
        start=MONDAY + timedelta(2),
        end=MONDAY + timedelta(9),
        leave=(Leave(period=1),),
    )
    made = program(WARD, AWAY, people=[person])
    days = expand(made, grid(made, ". V")).leave[0]
    assert days.tolist() == [False] * 2 + [True] * 8 + [False] * 4


def test_who_works_on_leave_by_assignment_is_on_leave_with_duty() -> None:
    made = program(
        WARD,
        AWAY,
        assignments=[
            assigned(0, "AM", "CLIN"),
            assigned(1, "PM", "TALK", rotation="W"),
            assigned(9, "AM", "CLIN"),
        ],
        people=[Person(id="p", pgy=1, leave=(on(9),))],
    )
    timeline = expand(made, grid(made, "V W"))
    assert timeline.leave[0].tolist()[:2] == [True, True]
    assert timeline.leave[0, 9]
    assert shown(timeline)[:2] == ["03 08:00-12:00 in_house", "04 13:00-17:00 education W"]
    assert "12 08:00-12:00 in_house W" in shown(timeline)
    assert timeline.references[0] == "2026-08-03 CLIN"
    assert listed(half_days(made, grid(made, "V W")))[:6] == [
        "03 AM - CLIN assignment",
        "03 PM V - leave",
        "03 NIGHT V - leave",
        "04 AM V - leave",
        "04 PM W TALK assignment",
        "04 NIGHT V - leave",
    ]
    assert spans(timeline) == ["p W 7-13"]
