from datetime import date, timedelta

import pytest

from app.scheduling.acgme.kinds import KINDS
from app.scheduling.acgme.timeline import NEW_CARE, NO_NIGHT
from app.scheduling.domain.duties import DayDuties, DutyType
from app.scheduling.domain.people import Change, Person
from app.scheduling.domain.rotations import RotationType
from app.scheduling.timetable import expand, expand_person, half_days
from app.scheduling.timetable.compiled import compile_timetable
from tests.scheduling.timetable.builders import (
    DUTIES,
    MONDAY,
    assigned,
    expanded,
    grid,
    listed,
    program,
    shown,
)

WARD = RotationType(code="W", template={"mon-sat": "DAY"})
CLINIC = RotationType(
    code="C", template={"mon,tue": "CLIN", "wed": DayDuties(am="CLIN", pm="TALK")}
)


def test_a_week_on_the_wards_is_six_intervals() -> None:
    assert expanded(program(WARD, weeks=1), "W") == [
        f"0{day} 06:00-18:00 in_house W" for day in range(3, 9)
    ]


def test_spans_that_do_not_touch_and_other_kinds_stay_apart() -> None:
    assert expanded(program(CLINIC, weeks=1), "C") == [
        "03 08:00-12:00 in_house C",
        "03 13:00-17:00 in_house C",
        "04 08:00-12:00 in_house C",
        "04 13:00-17:00 in_house C",
        "05 08:00-12:00 in_house C",
        "05 13:00-17:00 education C",
    ]


def test_other_flags_and_rotations_stay_apart() -> None:
    duties = (
        *DUTIES,
        DutyType(code="NEW", kind="in_house", am="06:00-12:00", new_care=True),
    )
    made = program(
        WARD,
        CLINIC,
        weeks=1,
        duties=duties,
        assignments=[
            assigned(0, "AM", "NEW"),
            assigned(1, "PM", "DAY", rotation="C"),
            assigned(2, "PM", "DAY", rotation="W"),
        ],
    )
    timeline = expand(made, grid(made, "W"))
    assert shown(timeline)[:5] == [
        "03 06:00-12:00 in_house W",
        "03 12:00-18:00 in_house W",
        "04 06:00-12:00 in_house W",
        "04 12:00-18:00 in_house C",
        "05 06:00-18:00 in_house W",
    ]
    assert timeline.flags.tolist()[:3] == [NEW_CARE, 0, 0]


def test_a_call_is_one_interval_of_its_night_and_days_do_not_run_together() -> None:
    duties = (DutyType(code="DAYS", kind="home_call", am="08:00-12:00", pm="12:00-17:00",
                       night="17:00-08:00"), *DUTIES)  # fmt: skip
    kinds = (
        RotationType(code="H", template={"mon-sun": "DAYS"}),
        RotationType(code="K", template={"wed": "CALL"}),
    )
    made = program(*kinds, duties=duties, people=[Person(id="p", pgy=1), Person(id="q", pgy=2)])
    timeline = expand(made, grid(made, "H H", "K K"))
    assert shown(timeline)[:2] == ["03 08:00-08:00 home_call H", "04 08:00-08:00 home_call H"]
    mine = timeline.of(1)
    assert shown(mine) == [
        "05 06:00-06:00 call K",
        "06 06:00-10:00 transition K",
        "12 06:00-06:00 call K",
        "13 06:00-10:00 transition K",
    ]
    assert mine.call_night.tolist() == [2, NO_NIGHT, 9, NO_NIGHT]
    assert mine.references == (
        "2026-08-05 K CALL",
        "2026-08-06 K POST",
        "2026-08-12 K CALL",
        "2026-08-13 K POST",
    )
    assert mine.pgy.tolist() == [2, 2, 2, 2]


def test_every_scheduled_kind_arrives_as_it_is() -> None:
    words = [kind for kind in KINDS if kind not in {"voluntary", "home_call_in", "leave"}]
    duties = [
        DutyType(code=f"d{number}", kind=kind, am="08:00-09:00", night="20:00-21:00")  # type: ignore[arg-type] # all words but three
        for number, kind in enumerate(words)
    ]
    weekdays = ("mon", "tue", "wed", "thu", "fri", "sat")
    kinds = [
        RotationType(
            code=code,
            template={
                day: DayDuties(am=duty.code) for day, duty in zip(weekdays, some, strict=True)
            },
        )
        for code, some in (("A", duties[:6]), ("B", duties[6:]))
    ]
    made = program(*kinds, duties=duties)
    timeline = expand(made, grid(made, "A B"))
    assert [KINDS[kind] for kind in timeline.kind] == words


def test_the_year_of_training_changes_with_the_day() -> None:
    person = Person(id="p", pgy=1, changes=(Change(start=MONDAY + timedelta(2), pgy=2),))
    made = program(WARD, people=[person], weeks=1)
    assert expand(made, grid(made, "W")).pgy.tolist() == [1, 1, 2, 2, 2, 2]


def test_nothing_is_expanded_outside_an_appointment() -> None:
    made = program(
        WARD,
        people=[
            Person(id="p", pgy=1, start=MONDAY + timedelta(4), end=MONDAY + timedelta(8)),
            Person(id="q", pgy=1, end=MONDAY + timedelta(1)),
        ],
    )
    timeline = expand(made, grid(made, "W W", "W ."))
    assert [line[:2] for line in shown(timeline)] == ["07", "08", "10", "11", "03", "04"]


def test_a_night_that_ends_after_the_appointment_is_kept_whole_and_followed_by_nothing() -> None:
    nights = RotationType(code="K", template={"mon-sun": DayDuties(night="CALL")})
    person = Person(id="p", pgy=1, end=MONDAY + timedelta(1))
    made = program(nights, people=[person], weeks=1, assignments=[assigned(0, "NIGHT", "OFF")])
    assert expanded(made, "K") == ["04 18:00-06:00 call K"]


def test_the_last_night_of_the_year_ends_after_it() -> None:
    nights = RotationType(code="N", template={"sun": "NF"})
    assert expanded(program(nights, weeks=1), "N") == ["09 18:00-06:00 night_float N"]


def test_placements_that_are_missing_give_no_duty() -> None:
    made = program(WARD, weeks=1)
    timeline = expand(made, grid(made, "."))
    assert len(timeline) == 0
    assert timeline.references == ()
    assert len(timeline.spans.person) == 0
    assert len(half_days(made, grid(made, "."))) == 0


def test_a_programme_without_duty_types_has_only_leave_and_rotations() -> None:
    made = program(RotationType(code="A"), RotationType(code="V", leave=True), duties=())
    timeline = expand(made, grid(made, "A V"))
    assert len(timeline) == 0
    assert timeline.leave[0].tolist() == [False] * 7 + [True] * 7


def test_half_days_say_where_they_come_from() -> None:
    made = program(
        RotationType(code="K", template={"wed": "CALL", "thu,fri": "DAY", "sat": "OFF"}),
        weeks=1,
        assignments=[assigned(4, "PM", "TALK"), assigned(4, "AM", "OFF")],
    )
    assert listed(half_days(made, grid(made, "K"))) == [
        "05 AM K CALL template",
        "05 PM K CALL template",
        "05 NIGHT K CALL template",
        "06 AM K POST post-call",
        "06 PM K - post-call",
        "07 AM K OFF assignment",
        "07 PM K TALK assignment",
        "08 AM K OFF template",
        "08 PM K OFF template",
        "08 NIGHT K OFF template",
    ]


def test_half_days_have_times_by_the_clock_of_the_site() -> None:
    made = program(
        RotationType(code="W", template={"mon": "DAY"}, zone="America/Los_Angeles"),
        weeks=1,
        time_zone="America/New_York",
        assignments=[assigned(0, "PM", "OFF")],
    )
    morning, afternoon = half_days(made, grid(made, "W"))
    assert morning.person == "p"
    assert morning.pgy == 1
    assert str(morning.start) == "2026-08-03 06:00:00-07:00"
    assert str(morning.end) == "2026-08-03 12:00:00-07:00"
    assert (afternoon.duty, afternoon.start, afternoon.end) == ("OFF", None, None)


def test_an_assignment_of_another_person_changes_nothing() -> None:
    people = [Person(id="q", pgy=1), Person(id="p", pgy=1), Person(id="r", pgy=1)]
    made = program(WARD, people=people, weeks=1, assignments=[assigned(0, "PM", "OFF")])
    assert [line for line in expanded(made, "W", "W", "W") if line.startswith("03")] == [
        "03 06:00-18:00 in_house W",
        "03 06:00-12:00 in_house W",
        "03 06:00-18:00 in_house W",
    ]


def test_one_person_can_be_expanded_with_other_assignments() -> None:
    made = program(WARD, weeks=1, assignments=[assigned(0, "PM", "OFF")])
    timetable, rows = compile_timetable(made), grid(made, "W")
    assert shown(expand_person(timetable, rows, 0))[0] == "03 06:00-12:00 in_house W"
    assert shown(expand_person(timetable, rows, 0, []))[0] == "03 06:00-18:00 in_house W"
    other = [assigned(0, "AM", "OFF")]
    assert shown(expand_person(timetable, rows, 0, other))[0] == "03 12:00-18:00 in_house W"


def test_years_that_do_not_begin_on_a_monday_keep_their_weekdays() -> None:
    made = program(RotationType(code="C", template={"sun": "CLIN"}), start=date(2026, 7, 1))
    assert [line[:2] for line in expanded(made, "C C")] == ["05", "05", "12", "12"]


@pytest.mark.parametrize("days", ["mon-sun", "sat-fri", "mon-wed,thu-sun"])
def test_ranges_of_weekdays_may_cover_the_week(days: str) -> None:
    made = program(RotationType(code="W", template={days: "DAY"}), weeks=1)
    assert len(expanded(made, "W")) == 7
