"""What is left of the day after a night; day 0 is Monday 3 August."""

from collections.abc import Sequence

import pytest

from app.scheduling.acgme.policy import Policy
from app.scheduling.domain.duties import Assignment, DayDuties, DutyType
from app.scheduling.domain.people import Leave, Person
from app.scheduling.domain.rotations import RotationType
from app.scheduling.timetable import half_days
from tests.scheduling.timetable.builders import (
    DUTIES,
    MONDAY,
    assigned,
    expanded,
    grid,
    listed,
    program,
)

WARD = RotationType(code="W", template={"mon-sun": "DAY"})


def ward(*assignments: Assignment, duties: Sequence[DutyType] = DUTIES) -> list[str]:
    """Return a week of days on the wards with these assignments."""
    made = program(WARD, weeks=1, assignments=assignments, duties=duties)
    return expanded(made, "W")


def test_a_call_gives_the_hand_over_and_the_rest_of_the_day() -> None:
    assert ward(assigned(0, "NIGHT", "CALL"))[:4] == [
        "03 06:00-18:00 in_house W",
        "03 18:00-06:00 call W",
        "04 06:00-10:00 transition W",
        "05 06:00-18:00 in_house W",
    ]


def test_night_float_without_a_hand_over_leaves_the_morning_empty() -> None:
    assert ward(assigned(0, "NIGHT", "NF"))[:3] == [
        "03 06:00-18:00 in_house W",
        "03 18:00-06:00 night_float W",
        "05 06:00-18:00 in_house W",
    ]


def test_home_call_takes_nothing_away() -> None:
    assert ward(assigned(0, "NIGHT", "HOME"))[1:3] == [
        "03 17:00-08:00 home_call W",
        "04 06:00-18:00 in_house W",
    ]


def test_an_evening_in_the_house_takes_nothing_away() -> None:
    late = DutyType(code="LATE", kind="in_house", night="18:00-02:00")
    lines = ward(assigned(0, "NIGHT", "LATE"), duties=(*DUTIES, late))
    assert lines[:2] == ["03 06:00-02:00 in_house W", "04 06:00-18:00 in_house W"]


def test_night_float_six_nights_a_week_takes_nothing_from_itself() -> None:
    made = program(RotationType(code="N", template={"sun-fri": "NF"}), weeks=1)
    assert [line[:11] for line in expanded(made, "N")] == [
        f"{day} 18:00-06" for day in ("03", "04", "05", "06", "07", "09")
    ]


def test_assignments_are_never_taken_away() -> None:
    lines = ward(assigned(0, "NIGHT", "CALL"), assigned(1, "AM", "CLIN"), assigned(1, "PM", "TALK"))
    assert lines[1:4] == [
        "03 18:00-06:00 call W",
        "04 08:00-12:00 in_house W",
        "04 13:00-17:00 education W",
    ]


def test_leave_comes_before_the_hand_over() -> None:
    person = Person(id="p", pgy=1, leave=(Leave(start=MONDAY, end=MONDAY),))
    made = program(WARD, people=[person], weeks=1, assignments=[assigned(0, "NIGHT", "CALL")])
    assert expanded(made, "W")[:2] == ["03 18:00-06:00 call W", "04 06:00-10:00 transition W"]
    away = RotationType(code="V", leave=True)
    made = program(RotationType(code="N", template={"sun": DayDuties(night="CALL")}), away)
    assert expanded(made, "N V") == ["09 18:00-06:00 call N"]


def test_the_hand_over_belongs_to_the_rotation_of_the_night_and_to_its_clock() -> None:
    kinds = (
        RotationType(code="N", template={"sun": DayDuties(night="CALL")}, zone="Europe/Berlin"),
        RotationType(code="W", template={"mon-fri": "DAY"}),
    )
    made = program(*kinds, time_zone="Europe/Lisbon")
    lines = expanded(made, "N W")  # Lisbon's clock shows an hour less than Berlin's
    assert lines[:3] == [
        "09 17:00-05:00 call N",
        "10 05:00-09:00 transition N",
        "11 06:00-18:00 in_house W",
    ]
    assert listed(half_days(made, grid(made, "N W")))[1:3] == [
        "10 AM N POST post-call",
        "10 PM W - post-call",
    ]


@pytest.mark.parametrize(
    ("night", "afternoon", "stays"),
    [
        ("18:00-06:00", "14:00-18:00", True),
        ("18:00-06:00", "13:59-18:00", False),
        ("18:00-06:01", "14:00-18:00", False),
    ],
)
def test_eight_hours_after_a_short_night(night: str, afternoon: str, *, stays: bool) -> None:
    duties = (
        DutyType(code="N", kind="night_float", night=night),
        DutyType(code="P", kind="in_house", pm=afternoon),
    )
    kind = RotationType(code="A", template={"mon": "N", "tue": "P"})
    made = program(kind, weeks=1, duties=duties)
    assert len(expanded(made, "A")) == 1 + stays


@pytest.mark.parametrize(
    ("day", "evening", "stays"),
    [
        ("06:00-18:00", "20:00-22:00", True),  # 24 hours on end, then 14
        ("06:00-18:00", "19:59-22:00", False),
        ("06:01-18:00", "19:59-22:00", True),  # a minute less, then eight
        ("06:01-18:00", "14:00-15:00", True),
        ("06:01-18:00", "13:59-15:00", False),
    ],
)
def test_fourteen_hours_after_a_day_and_a_night(day: str, evening: str, *, stays: bool) -> None:
    duties = (
        DutyType(code="D", kind="in_house", pm=day),
        DutyType(code="N", kind="call", night="18:00-06:00"),
        DutyType(code="E", kind="education", night=evening),
    )
    kind = RotationType(
        code="A", template={"mon": DayDuties(pm="D", night="N"), "tue": DayDuties(night="E")}
    )
    made = program(kind, weeks=1, duties=duties)
    assert len(expanded(made, "A")) == 2 + stays


def test_the_hand_over_counts_to_the_run_and_to_the_time_of_leaving() -> None:
    duties = (
        DutyType(code="D", kind="in_house", pm="10:00-18:00"),
        DutyType(code="N", kind="call", night="18:00-06:00", next_morning="H"),
        DutyType(code="H", kind="transition", am="06:00-10:00"),
        DutyType(code="E", kind="education", night="23:00-23:30"),
    )
    week: dict[str, str | DayDuties] = {
        "mon": DayDuties(pm="D", night="N"),
        "tue": DayDuties(night="E"),
    }
    made = program(RotationType(code="A", template=week), weeks=1, duties=duties)
    assert [line[3:14] for line in expanded(made, "A")] == [
        "10:00-18:00",
        "18:00-06:00",
        "06:00-10:00",  # 24 hours: until midnight nothing follows
    ]


@pytest.mark.parametrize(("gap", "long"), [(60, True), (59, False)])
def test_gaps_within_a_run_are_those_of_the_policy(gap: int, *, long: bool) -> None:
    duties = (
        DutyType(code="D", kind="in_house", pm="06:00-17:00"),
        DutyType(code="N", kind="call", night="18:00-06:00"),
        DutyType(code="E", kind="education", night="17:00-18:00"),
    )
    week: dict[str, str | DayDuties] = {
        "mon": DayDuties(pm="D", night="N"),
        "tue": DayDuties(night="E"),
    }
    kind = RotationType(code="A", template=week)
    made = program(kind, weeks=1, duties=duties, duty_hours=Policy(merge_gap_minutes=gap))
    assert len(expanded(made, "A")) == 3 - long


def test_a_template_of_calls_every_day_is_a_call_every_other_day() -> None:
    made = program(RotationType(code="K", template={"mon-sun": "CALL"}), weeks=1)
    assert expanded(made, "K") == [
        "03 06:00-06:00 call K",
        "04 06:00-10:00 transition K",
        "05 06:00-06:00 call K",
        "06 06:00-10:00 transition K",
        "07 06:00-06:00 call K",
        "08 06:00-10:00 transition K",
        "09 06:00-06:00 call K",
    ]


def test_a_night_is_judged_by_the_day_that_the_night_before_left_of_it() -> None:
    """Night float until Monday 06:00 takes Monday's day, so Monday's call is no 24 hours."""
    late = DutyType(code="LATE", kind="call", night="18:00-06:00")
    kinds = (
        RotationType(code="N", template={"sun": "NF"}),
        RotationType(
            code="K", template={"mon": DayDuties(am="DAY", pm="DAY", night="CALL"), "tue": "LATE"}
        ),
    )
    assert expanded(program(*kinds, duties=(*DUTIES, late)), "N K") == [
        "09 18:00-06:00 night_float N",
        "10 18:00-06:00 call K",
        "11 06:00-10:00 transition K",
        "11 18:00-06:00 call K",
    ]


def test_a_night_of_24_hours_alone_is_followed_by_fourteen() -> None:
    duties = (
        DutyType(code="FULL", kind="call", night="07:00-07:00", next_morning="H"),
        DutyType(code="H", kind="transition", am="07:00-11:00"),
        DutyType(code="N", kind="night_float", night="20:00-06:00", next_morning="H"),
    )
    week: dict[str, str | DayDuties] = {"mon": "FULL", "tue,wed": "N"}
    made = program(RotationType(code="A", template=week), weeks=1, duties=duties)
    assert [line[:14] for line in expanded(made, "A")] == [
        "03 07:00-07:00",
        "04 07:00-11:00",
        "05 20:00-06:00",
        "06 07:00-11:00",
    ]


def test_a_hand_over_of_the_template_s_own_stays() -> None:
    week: dict[str, str | DayDuties] = {"mon": "NF", "tue": "POST", "wed": "DAY"}
    made = program(RotationType(code="A", template=week), weeks=1)
    assert expanded(made, "A") == [
        "03 18:00-06:00 night_float A",
        "04 06:00-10:00 transition A",
        "05 06:00-18:00 in_house A",
    ]
    week["mon"] = DayDuties(night="CALL")
    week["tue"] = DayDuties(am="OTHER")
    other = DutyType(code="OTHER", kind="transition", am="06:00-07:00")
    made = program(RotationType(code="A", template=week), weeks=1, duties=(*DUTIES, other))
    assert expanded(made, "A")[1] == "04 06:00-10:00 transition A"


def test_a_hand_over_long_after_the_night_still_ends_it() -> None:
    duties = (
        DutyType(code="N", kind="night_float", night="18:00-02:00", next_morning="H"),
        DutyType(code="H", kind="education", am="08:00-09:00"),
        DutyType(code="P", kind="in_house", pm="16:59-18:00"),
        DutyType(code="Q", kind="in_house", pm="17:00-18:00"),
    )
    week: dict[str, str | DayDuties] = {"mon": "N", "tue": "P", "thu": "N", "fri": "Q"}
    made = program(RotationType(code="A", template=week), weeks=1, duties=duties)
    assert [line[:8] for line in expanded(made, "A")] == [
        *("03 18:00", "04 08:00"),
        *("06 18:00", "07 08:00", "07 17:00"),
    ]


def times(
    week: dict[str, str | DayDuties],
    *duties: DutyType,
    gap: int = 0,
    assignments: Sequence[Assignment] = (),
) -> list[str]:
    """Return the days and times of one week of a template."""
    made = program(
        RotationType(code="A", template=week),
        weeks=1,
        duties=duties,
        duty_hours=Policy(merge_gap_minutes=gap),
        assignments=assignments,
    )
    return [line[:14] for line in expanded(made, "A")]


def test_an_afternoon_that_rest_takes_makes_no_run_of_the_night_after_it() -> None:
    found = times(
        {"mon": "N", "tue": DayDuties(pm="P", night="C"), "wed": DayDuties(night="E")},
        DutyType(code="N", kind="night_float", night="18:00-06:00"),
        DutyType(code="P", kind="in_house", pm="12:00-20:00"),
        DutyType(code="C", kind="call", night="20:00-10:00", next_morning="H"),
        DutyType(code="H", kind="transition", am="10:00-12:00"),
        DutyType(code="E", kind="education", night="22:00-23:00"),
    )
    assert found == ["03 18:00-06:00", "04 20:00-10:00", "05 10:00-12:00", "05 22:00-23:00"]


def test_a_night_that_rest_takes_is_followed_by_a_normal_morning() -> None:
    found = times(
        {"mon": DayDuties(pm="D", night="C"), "tue": "N", "wed": DayDuties(am="M")},
        DutyType(code="D", kind="in_house", pm="06:00-18:00"),
        DutyType(code="C", kind="call", night="18:00-06:00"),
        DutyType(code="N", kind="night_float", night="18:00-06:00"),
        DutyType(code="M", kind="in_house", am="08:00-12:00"),
    )
    assert found == ["03 06:00-18:00", "03 18:00-06:00", "05 08:00-12:00"]


@pytest.mark.parametrize(("afternoon", "stays"), [("09:59-11:00", False), ("10:00-11:00", True)])
def test_a_run_goes_back_to_the_night_before(afternoon: str, *, stays: bool) -> None:
    found = times(
        {"mon": "X", "tue": "N", "wed": "P"},
        DutyType(code="X", kind="in_house", night="18:00-12:00"),
        DutyType(code="N", kind="night_float", night="12:00-20:00"),
        DutyType(code="P", kind="in_house", pm=afternoon),
    )
    assert found[:2] == ["03 18:00-12:00", "04 12:00-20:00"]
    assert len(found) == 2 + stays


def test_a_run_goes_back_through_a_hand_over() -> None:
    """Tuesday's night ends a run from Monday, so Wednesday's is taken, and Thursday is normal."""
    found = times(
        {"mon": "C", "wed": "L", "thu": "M"},
        DutyType(code="C", kind="call", night="20:00-08:00", next_morning="H"),
        DutyType(code="H", kind="transition", am="08:00-12:00"),
        DutyType(code="N", kind="night_float", night="12:30-20:00"),
        DutyType(code="L", kind="night_float", night="05:00-13:00"),
        DutyType(code="M", kind="in_house", am="08:00-12:00"),
        gap=60,
        assignments=[assigned(1, "NIGHT", "N")],
    )
    assert found == ["03 20:00-08:00", "04 08:00-12:00", "04 12:30-20:00", "06 08:00-12:00"]


@pytest.mark.parametrize(("gap", "stays"), [(60, False), (59, True)])
def test_an_assignment_after_the_night_puts_off_the_time_of_leaving(
    gap: int, *, stays: bool
) -> None:
    found = times(
        {"mon": "N", "tue": DayDuties(pm="P")},
        DutyType(code="N", kind="night_float", night="18:00-06:00"),
        DutyType(code="M", kind="in_house", am="07:00-09:00"),
        DutyType(code="P", kind="in_house", pm="16:30-18:00"),
        gap=gap,
        assignments=[assigned(1, "AM", "M")],
    )
    assert len(found) == 2 + stays
