import re
from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest

from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.policy import HoursException, Policy
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.duties import (
    Assignment,
    ClockSpan,
    DayDuties,
    DutyKind,
    DutyType,
    expand_weekdays,
)
from app.scheduling.domain.faults import InvalidProgram
from app.scheduling.domain.people import Person
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType


def duty(**parts: Any) -> DutyType:
    return DutyType(**{"code": "D", "kind": "in_house"} | parts)


@pytest.mark.parametrize(
    ("parts", "spans"),
    [
        ({"am": "06:00-12:00"}, (ClockSpan(360, 720), None, None)),
        ({"pm": "14:00-24:00"}, (None, ClockSpan(840, 1440), None)),
        ({"night": "18:00-06:00"}, (None, None, ClockSpan(1080, 1800))),
        ({"night": "18:00-24:00"}, (None, None, ClockSpan(1080, 1440))),
        ({"night": "18:00-00:00"}, (None, None, ClockSpan(1080, 1440))),
        ({"night": "18:00-23:00"}, (None, None, ClockSpan(1080, 1380))),
        ({"night": "07:00-07:00"}, (None, None, ClockSpan(420, 1860))),
        ({"am": " 06:00 - 12:00 "}, (ClockSpan(360, 720), None, None)),
        (
            {"am": "07:00-12:00", "pm": "12:00-18:00", "night": "18:00-07:00"},
            (ClockSpan(420, 720), ClockSpan(720, 1080), ClockSpan(1080, 1860)),
        ),
        ({"kind": "off"}, (None, None, None)),
    ],
)
def test_times_are_minutes_of_the_date(
    parts: dict[str, str], spans: tuple[ClockSpan | None, ...]
) -> None:
    assert duty(**parts).spans == spans


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"code": " "}, "a duty type needs a code"),
        ({}, 'D has no time: write am, pm or night, as "06:00-12:00"'),
        ({"kind": "off", "am": "06:00-12:00"}, "D is off: it has no am, pm or night"),
        ({"am": "6-12"}, "am of D is '6-12': write it as \"06:00-12:00\""),
        ({"am": "06:00-25:00"}, "am of D is '06:00-25:00': write it as"),
        ({"am": "24:00-12:00"}, "am of D is '24:00-12:00': write it as"),
        ({"pm": "14:00-24:01"}, "pm of D is '14:00-24:01': a day ends at 24:00"),
        ({"pm": "18:00-02:00"}, "pm of D is '18:00-02:00': it must end after its start, by 24:00"),
        ({"am": "08:00-08:00"}, "am of D is '08:00-08:00': it must end after its start"),
        (
            {"night": "00:00-06:00"},
            "night of D is '00:00-06:00', on the morning of its own date: write it as am, or as",
        ),
        (
            {"am": "06:00-13:00", "pm": "12:00-18:00"},
            "D begins its next session at 12:00, before the one until 13:00 has ended",
        ),
        (
            {"am": "06:00-12:00", "night": "18:00-06:01"},
            "D lasts from 06:00 to 06:01 of the next day: expected at most 24 hours",
        ),
        ({"kind": "call", "am": "06:00-12:00"}, "D is call without a night: by day it is in_house"),
        (
            {"kind": "voluntary", "am": "06:00-12:00"},
            "D cannot be voluntary: who stays of their own accord logs it",
        ),
        (
            {"kind": "home_call_in", "am": "06:00-12:00"},
            "D cannot be home_call_in: who is called in from home logs it",
        ),
        ({"kind": "leave"}, "D cannot be leave: leave is given to people in days"),
        (
            {"kind": "home_call", "night": "18:00-06:00", "next_morning": "P"},
            "D has a next_morning: that follows a night of call or night_float",
        ),
        (
            {"kind": "night_float", "am": "06:00-07:00", "next_morning": "P"},
            "D has a next_morning: that follows a night of call or night_float",
        ),
    ],
)
def test_duty_types_that_cannot_be(parts: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        duty(**parts)


def test_kinds_are_those_of_the_verifier_that_can_be_scheduled() -> None:
    logged = {Kind.VOLUNTARY, Kind.HOME_CALL_IN, Kind.LEAVE}
    assert set(get_args(DutyKind)) == {*(kind.value for kind in set(Kind) - logged), "off"}


def test_off_can_be_the_duty_of_any_session() -> None:
    day, off = duty(am="06:00-12:00"), duty(kind="off")
    assert [day.has(session) for session in ("AM", "PM", "NIGHT")] == [True, False, False]
    assert [off.has(session) for session in ("AM", "PM", "NIGHT")] == [True, True, True]


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("mon,wed", (0, 2)),
        ("mon, wed - fri", (0, 2, 3, 4)),
        ("sun-thu", (6, 0, 1, 2, 3)),
        ("sat-fri", (5, 6, 0, 1, 2, 3, 4)),
    ],
)
def test_weekdays(key: str, days: tuple[int, ...]) -> None:
    assert expand_weekdays(key) == days


@pytest.mark.parametrize(
    "key", ["", "monday", "Mon", "mon-", "-fri", "mon-mon", "mon,", "mon wed", "mon-wed-fri"]
)
def test_words_that_are_no_weekdays(key: str) -> None:
    with pytest.raises(ValueError, match="is no weekday: write mon, mon-fri or mon,wed"):
        expand_weekdays(key)


def test_a_duty_type_alone_stands_for_all_sessions() -> None:
    kind = RotationType(code="W", template={"mon-tue": "DAY", "sun": DayDuties(pm="CLIN")})
    whole = DayDuties(am="DAY", pm="DAY", night="DAY")
    assert kind.week == {0: whole, 1: whole, 6: DayDuties(pm="CLIN")}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"template": {"mon-wed": "D", "wed": "D"}}, "wed stands twice in the template"),
        ({"template": {"monday": "D"}}, "'monday' is no weekday"),
        ({"template": {"mon": "D"}, "leave": True}, "W is leave: it has no template"),
    ],
)
def test_templates_that_cannot_be(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RotationType(code="W", **parts)


def test_a_day_of_a_template_says_something() -> None:
    with pytest.raises(ValueError, match="a day without duty: name that of am, pm or night"):
        DayDuties()


DUTIES = (
    duty(code="DAY", am="06:00-12:00", pm="12:00-18:00"),
    duty(code="CALL", kind="call", night="18:00-06:00"),
    duty(code="OFF", kind="off"),
)


def program(**parts: Any) -> Program:
    usual: dict[str, Any] = {
        "name": "Test",
        "specialty": "Internal medicine",
        "calendar": Calendar(start=date(2026, 7, 1)),
        "rotation_types": (RotationType(code="WARD"), RotationType(code="MICU")),
        "rotation_groups": {} if "rotation_types" in parts else {"all": ("WARD", "MICU")},
        "duty_types": DUTIES,
        "people": (Person(id="ann", pgy=1, start=date(2026, 8, 1), end=date(2027, 5, 31)),),
    }
    return Program(**usual | parts)


def on(day: date, session: Any = "AM", duty: str = "DAY", **others: Any) -> Assignment:
    return Assignment(**{"person": "ann", "date": day, "session": session, "duty": duty} | others)


def granted(*rotations: str) -> HoursException:
    return HoursException(hours=88, approval="RC 1", rotations=rotations)


CALL = duty(code="CALL", kind="call", night="18:00-06:00", next_morning="DAY")
SEPTEMBER = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("parts", "path", "message"),
    [
        (
            {"duty_types": (*DUTIES, DUTIES[0])},
            ("duty_types", 3),
            "duty code 'DAY' is used twice, first at entry 1: give each its own",
        ),
        (
            {"duty_types": (DUTIES[0], replace(CALL, next_morning="DAYS"))},
            ("duty_types", 1, "next_morning"),
            "duty type 'DAYS' is unknown: did you mean 'DAY'?",
        ),
        (
            {"duty_types": (DUTIES[0], replace(CALL, next_morning="CALL"))},
            ("duty_types", 1, "next_morning"),
            "duty type 'CALL' has no am: give it a time then, or name another",
        ),
        (
            {"rotation_types": (RotationType(code="W", template={"mon-fri": "DAYS"}),)},
            ("rotation_types", 0, "template", "mon-fri"),
            "duty type 'DAYS' is unknown: did you mean 'DAY'?",
        ),
        (
            {"rotation_types": (RotationType(code="W", template={"mon": DayDuties(pm="X")}),)},
            ("rotation_types", 0, "template", "mon", "pm"),
            "duty type 'X' is unknown: known are CALL, DAY, OFF",
        ),
        (
            {"rotation_types": (RotationType(code="W", template={"mon": DayDuties(pm="CALL")}),)},
            ("rotation_types", 0, "template", "mon", "pm"),
            "duty type 'CALL' has no pm: give it a time then, or name another",
        ),
        (
            {"rotation_types": (RotationType(code="W", zone="Mars/Base"),)},
            ("rotation_types", 0, "zone"),
            "time zone 'Mars/Base' is unknown: write an IANA zone such as America/New_York",
        ),
        (
            {
                "rotation_types": (
                    RotationType(code="ED", specialty="Surgery"),
                    RotationType(code="EN", averaging_group="ED"),
                )
            },
            ("rotation_types", 1, "averaging_group"),
            (
                "ED and EN are averaged together, but their specialties are 'Surgery' and "
                "'Internal medicine': average them apart"
            ),
        ),
        (
            {
                "rotation_types": (
                    RotationType(code="A", averaging_group="B"),
                    RotationType(code="B", averaging_group="C"),
                )
            },
            ("rotation_types", 0, "averaging_group"),
            (
                "averaging group 'B' is a rotation type that is averaged as 'C': write 'C', or "
                "another name"
            ),
        ),
        (
            {"duty_hours": Policy(no_moonlighting=("anne",))},
            ("duty_hours", "no_moonlighting", 0),
            "person 'anne' is unknown: did you mean 'ann'?",
        ),
        (
            {"duty_hours": Policy(exceptions=(granted("WARD", "MICUU"),))},
            ("duty_hours", "exceptions", 0, "rotations", 1),
            "rotation type 'MICUU' is unknown: did you mean 'MICU'?",
        ),
        (
            {
                "rotation_types": (RotationType(code="A", averaging_group="B"),),
                "duty_hours": Policy(exceptions=(granted("B"), granted("A"))),
            },
            ("duty_hours", "exceptions", 1, "rotations", 0),
            "'A' is averaged as 'B': write 'B'",
        ),
        (
            {"assignments": (on(SEPTEMBER, person="anne"),)},
            ("assignments", 0, "person"),
            "person 'anne' is unknown: did you mean 'ann'?",
        ),
        (
            {"assignments": (on(SEPTEMBER, duty="DAYS"),)},
            ("assignments", 0, "duty"),
            "duty type 'DAYS' is unknown: did you mean 'DAY'?",
        ),
        (
            {"assignments": (on(SEPTEMBER, "NIGHT"),)},
            ("assignments", 0, "duty"),
            "duty type 'DAY' has no night: give it a time then, or name another",
        ),
        (
            {"assignments": (on(SEPTEMBER, rotation="MICUU"),)},
            ("assignments", 0, "rotation"),
            "rotation type 'MICUU' is unknown: did you mean 'MICU'?",
        ),
        (
            {"assignments": (on(SEPTEMBER, rotation="all"),)},
            ("assignments", 0, "rotation"),
            "'all' is a rotation group: name one rotation type",
        ),
        (
            {"assignments": (on(SEPTEMBER), on(SEPTEMBER, "PM"), on(SEPTEMBER, duty="OFF"))},
            ("assignments", 2),
            "ann has two assignments on 2026-09-01 AM, first at entry 1: keep one",
        ),
        (
            {"assignments": (on(date(2026, 7, 31)),)},
            ("assignments", 0, "date"),
            "ann has no appointment on 2026-07-31: move or remove the assignment",
        ),
        (
            {"assignments": (on(date(2027, 6, 1)),)},
            ("assignments", 0, "date"),
            "ann has no appointment on 2027-06-01: move or remove the assignment",
        ),
        (
            {"assignments": (on(date(2027, 7, 1)),), "people": (Person(id="ann", pgy=1),)},
            ("assignments", 0, "date"),
            "the assignment on 2027-07-01 lies outside the year: expected 2026-07-01 to 2027-06-30",
        ),
    ],
)
def test_parts_that_contradict_each_other(
    parts: dict[str, Any], path: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(InvalidProgram) as caught:
        program(**parts)
    assert [(fault.path, str(fault)) for fault in caught.value.faults] == [(path, message)]


def test_what_fits_together_is_taken() -> None:
    made = program(
        duty_types=(DUTIES[0], CALL, DUTIES[2]),
        rotation_types=(
            RotationType(code="WARD", template={"mon-fri": "DAY", "sat": DayDuties(night="CALL")}),
            RotationType(code="NIGHTS", averaging_group="WARD", zone="America/New_York"),
        ),
        duty_hours=Policy(exceptions=(granted("WARD"),), no_moonlighting=("ann",)),
        assignments=(
            on(date(2026, 8, 1), "NIGHT", "CALL", rotation="NIGHTS"),
            on(date(2027, 5, 31), "NIGHT", "OFF"),
        ),
    )
    assert made.policy.specialty == "Internal medicine"
    own = replace(made, duty_hours=Policy(specialty="Neurology"))
    assert own.policy.specialty == "Neurology"
