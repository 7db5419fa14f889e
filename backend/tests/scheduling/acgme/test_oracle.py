"""The oracle against the worked examples of the specification (section 5), by their numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.scheduling.acgme.intervals import Basis, DutyInterval, LeaveDays, Resident, RotationSpan
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.policy import Confirmation, HoursException, Policy
from tests.scheduling.acgme.diary import Case, Diary
from tests.scheduling.acgme.oracle import RULES, Expected, expected

MONDAY = date(2026, 7, 6)
PACKS = tuple(sorted({entry.pack for entry in RULES.values()}))
CONFIRMED = Policy(confirmed=tuple(Confirmation(rule=name, source="PDF") for name in PACKS))
CLINIC_WEEK = ("CLINIC", 7)


def duty(
    day: int, begin: float, end: float, kind: Kind = Kind.IN_HOUSE, base: date = MONDAY, **more: Any
) -> DutyInterval:
    """Return duty between two hours of a day, counted from a Monday in New York."""
    clock = ZoneInfo("America/New_York")
    midnight = datetime.combine(base + timedelta(day), time())
    begins, ends = (midnight + timedelta(minutes=round(at * 60)) for at in (begin, end))
    return DutyInterval(
        person="ann",
        start=begins.replace(tzinfo=clock),
        end=ends.replace(tzinfo=clock),
        kind=kind,
        **{"rotation": "WARD", "pgy": 2, **more},
    )


def each(
    days: Iterable[int], begin: float, end: float, kind: Kind = Kind.IN_HOUSE, **more: Any
) -> list[DutyInterval]:
    """Return the same duty on several days."""
    return [duty(day, begin, end, kind, **more) for day in days]


def weekly(*weekdays: int, weeks: int = 4) -> list[int]:
    """Return the days of some weeks; 0 is Monday."""
    return [7 * week + day for week in range(weeks) for day in weekdays]


def call(*days: int) -> list[DutyInterval]:
    """Return calls from 7 to 7, with a hand-off until 11."""
    return each(days, 7, 31, Kind.CALL) + each(days, 31, 35, Kind.TRANSITION)


def case(
    duties: Iterable[DutyInterval],
    *spans: tuple[str, int],
    leave: Sequence[tuple[int, int]] = (),
    policy: Policy = CONFIRMED,
    basis: Basis = "plan",
    base: date = MONDAY,
) -> Case:
    """Return a case of one person with rotations of so many days, four weeks where none is given.

    The rotation called ED is one of emergency medicine, and the person an internist.
    """
    rotations, begin = [], base
    for code, days in spans or (("WARD", 28),):
        last = begin + timedelta(days - 1)
        specialty = "emergency medicine" if code == "ED" else ""
        rotations.append(
            RotationSpan(person="ann", rotation=code, first=begin, last=last, specialty=specialty)
        )
        begin = last + timedelta(1)
    return Case(
        name="example",
        basis=basis,
        residents=(Resident(id="ann", zone="America/New_York", specialty="internal medicine"),),
        intervals=tuple(duties),
        spans=tuple(rotations),
        leave=tuple(
            LeaveDays(person="ann", first=base + timedelta(first), last=base + timedelta(last))
            for first, last in leave
        ),
        policy=policy,
        packs=PACKS,
        first=base,
        last=begin - timedelta(1),
    )


def of(rule: str, example: Case) -> list[Expected]:
    """Return what is found of one rule when only its pack is asked, in order of time."""
    alone = replace(example, packs=(RULES[rule].pack,))
    return sorted(one for one in expected(alone) if one.rule == rule)


def measured(rule: str, example: Case) -> list[float]:
    """Return what is measured where a rule is broken."""
    return [one.measured for one in of(rule, example)]


def days_off(example: Case) -> list[int]:
    """Return with how many days off each averaging period is credited."""
    diary = Diary(example, example.residents[0])
    return [len(diary.windows_in(period)) for period in diary.periods]


# --- 80 hours ---

SIX = weekly(0, 1, 2, 3, 4, 5)
FIVE = weekly(0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("example", "averages"),
    [
        pytest.param(case(each(SIX, 6, 19)), [], id="A1"),
        pytest.param(case(each(SIX, 6, 19.5)), [81], id="A2"),
        pytest.param(case(each([n for n in SIX if n >= 7], 6, 21), leave=[(0, 6)]), [90], id="A3"),
        pytest.param(
            case(
                each(range(4), 0, 23)
                + each(range(7, 11), 0, 22)
                + each(range(14, 18), 0, 17.5)
                + each(range(21, 25), 0, 16.5)
            ),
            [],
            id="A4",
        ),
        pytest.param(
            case(
                each(weekly(0, 1, 2, 3, weeks=2), 0, 21.5)
                + each(range(14, 19), 8, 17)
                + each(range(21, 26), 8, 17),
                ("ICU", 14),
                ("ELECTIVE", 14),
            ),
            [86],
            id="A5",
        ),
        pytest.param(case(each(SIX, 6, 18) + each(SIX, 13, 17)), [], id="A6"),
        pytest.param(
            case([*each(range(29), 6, 18), duty(29, 6, 13)], ("WARD", 31)), [355 * 7 / 31], id="A7"
        ),
        pytest.param(
            case(each(FIVE, 8, 17) + each(weekly(5, 6), 2, 20, Kind.MOONLIGHTING_EXTERNAL)),
            [81],
            id="A8",
        ),
        pytest.param(
            case(
                each(FIVE, 7, 18)
                + each(range(14), 18, 30, Kind.HOME_CALL)
                + each(range(14), 20, 21.5, Kind.HOME_CALL_ACTIVITY)
                + [duty(20, 22, 28, Kind.HOME_CALL_IN)],
                policy=replace(CONFIRMED, planner_buffer_hours=18),
            ),
            [],
            id="A9",
        ),
        pytest.param(case(each(FIVE, 6, 22)), [], id="A10"),
        pytest.param(
            case([*each(FIVE, 6, 22), duty(0, 22, 22 + 1 / 60)]), [80 + 1 / 240], id="A10+1min"
        ),
        pytest.param(
            case(
                each(SIX, 6, 19.5),
                policy=Policy(exceptions=(HoursException(hours=88, approval="7"),)),
            ),
            [],
            id="granted",
        ),
    ],
)
def test_hours_a_week(example: Case, averages: list[float]) -> None:
    assert measured("CPR-6.20-80H", example) == pytest.approx(averages, abs=1e-6)


def test_hours_beside_each_other_are_planned_close_to_the_limit() -> None:
    example = case(
        each(FIVE, 7, 18)
        + each(range(14), 20, 21.5, Kind.HOME_CALL_ACTIVITY)
        + [duty(20, 22, 28, Kind.HOME_CALL_IN)],
        policy=Policy(planner_buffer_hours=19),
    )
    assert measured("CPR-6.20-PLAN", example) == [61.75]


@pytest.mark.parametrize(
    ("moonlighting", "severities"), [((0, 8), ["warning"]), ((0, 24), ["error"]), (None, [])]
)
def test_work_on_leave(moonlighting: tuple[float, float] | None, severities: list[str]) -> None:
    """Three weeks of 79 h, and a day of leave worked: 8 h break 80 only when the day stays out."""
    duties = each(weekly(0, 1, 2, 3, 4), 6, 21.8)[5:]
    if moonlighting:
        duties += each([0, 1, 2], *moonlighting, Kind.MOONLIGHTING_EXTERNAL)
    found = of("CPR-6.20-80H", case(duties, leave=[(0, 6)]))
    assert [one.severity for one in found] == severities


# --- days off ---

NEXT_MONDAY = [duty(28, 6, 18)]
"""Ends the last gap; nothing else does when the known days are over."""
SUNDAYS = weekly(6)


@pytest.mark.parametrize(
    ("duties", "off"),
    [
        pytest.param(each(SIX, 6, 18), 4, id="B1"),
        pytest.param(each([n for n in range(28) if n % 14 < 12], 6, 18), 4, id="B2"),
        pytest.param(each(range(24), 6, 18), 4, id="B3"),
        pytest.param([*call(0), *each(range(2, 28), 7, 19)], 0, id="B4"),
        pytest.param(
            [duty(0, 7, 31, Kind.CALL), *each(range(2, 28), 7, 19)], 1, id="B4, left at 7"
        ),
        pytest.param(each(SIX, 18, 30, Kind.NIGHT_FLOAT), 4, id="B5"),
        pytest.param(each(SIX, 6, 18) + each(SUNDAYS, 8, 32, Kind.HOME_CALL), 0, id="B8"),
        pytest.param(
            each(SIX, 6, 18) + each(SUNDAYS, 8, 20, Kind.MOONLIGHTING_EXTERNAL), 0, id="N5"
        ),
    ],
)
def test_days_off(duties: list[DutyInterval], off: int) -> None:
    assert days_off(case(duties + NEXT_MONDAY)) == [off]


def test_the_last_gap_ends_as_if_duty_went_on_at_seven() -> None:
    assert days_off(case(each(SIX, 6, 18))) == [4]
    assert days_off(case(each(range(28), 6, 18))) == [0]
    assert days_off(case(each(weekly(0, 1, 2, 3, 4), 6, 18))) == [8]


@pytest.mark.parametrize(("last", "n", "off"), [(6, 21, 3), (4, 23, 4)])
def test_days_off_beside_leave(last: int, n: int, off: int) -> None:
    """B6: a vacation of 7 days or of 5; the free weekend after 5 is two days off."""
    duties = each([n for n in SIX if n >= 7], 6, 18) + NEXT_MONDAY
    example = case(duties, leave=[(0, last)])
    diary = Diary(example, example.residents[0])
    assert [len(diary.working_days(period)) for period in diary.periods] == [n]
    assert days_off(example) == [off + (last == 4)]
    assert of("CPR-6.21b-1in7", example) == []


def test_moonlighting_breaks_a_day_off_where_the_programme_says_so() -> None:
    duties = each(SIX, 6, 18) + each(SUNDAYS, 8, 20, Kind.MOONLIGHTING_EXTERNAL) + NEXT_MONDAY
    lenient = case(duties, policy=Policy(moonlighting_breaks_days_off=False))
    assert days_off(lenient) == [4]


def test_night_float_has_days_off_that_are_no_calendar_days() -> None:
    """B5."""
    nights = case(each(SIX, 18, 30, Kind.NIGHT_FLOAT) + NEXT_MONDAY)
    assert of("CPR-6.21b-1in7", nights) == []
    assert measured("CPR-6.21b-IDEAL", nights) == [0]


def test_two_weeks_without_a_day_off() -> None:
    """N2: five days off in four weeks, none of them in the first two."""
    nights = each(range(14), 19, 30, Kind.NIGHT_FLOAT)
    days = each([15, 16, 17, 18, *range(21, 26)], 7, 17)
    example = case(nights + days + NEXT_MONDAY)
    assert days_off(example) == [5]
    assert of("CPR-6.21b-1in7", example) == []
    assert len(of("CPR-6.26-NF", example)) == 1
    assert measured("CPR-6.21b-STRETCH", example) == [14]


def test_a_fraction_of_a_day_off() -> None:
    """B7: four days off in 31."""
    working = [n for n in range(32) if n % 7 != 6]
    example = case(each(working, 6, 18), ("WARD", 31))
    assert of("CPR-6.21b-1in7", example) == []
    assert [(one.measured, one.limit) for one in of("CPR-6.21b-EXACT", example)] == [
        (4, round(31 / 7, 6))
    ]
    strict = replace(example, policy=Policy(rounding="ceil"))
    assert measured("CPR-6.21b-1in7", strict) == [4]


def test_days_off_after_call() -> None:
    """B4: left at 7, a free day from then on, four times."""
    calls = each([4, 11, 18, 25], 7, 31, Kind.CALL)
    example = case(calls + each(weekly(0, 1, 2, 3, 6), 7, 17) + NEXT_MONDAY)
    assert measured("CPR-6.21b-POSTCALL", example) == [100]


# --- 24 hours, and what comes after ---


@pytest.mark.parametrize(
    ("duties", "broken"),
    [
        pytest.param(call(0), set(), id="C1"),
        pytest.param([*call(0), duty(0, 35, 35.5)], {"CPR-6.22-24H", "CPR-6.22a-+4"}, id="C2"),
        pytest.param([*call(0), duty(0, 35, 35.5, Kind.VOLUNTARY)], set(), id="C2 voluntary"),
        pytest.param(
            [duty(0, 7, 31, Kind.CALL), duty(1, 8, 11)],
            {"CPR-6.21a-14H", "CPR-6.22a-+4"},
            id="C3, an hour later",
        ),
        pytest.param(
            [duty(0, 7, 31, Kind.CALL), duty(1, 7, 11)],
            {"CPR-6.22-24H", "CPR-6.22a-+4"},
            id="C3",
        ),
        pytest.param(
            [duty(0, 7, 31, Kind.CALL), duty(0, 31, 34.5, Kind.TRANSITION), duty(1, 20, 22)],
            {"CPR-6.21a-14H"},
            id="C4",
        ),
        pytest.param(
            [duty(0, 7, 31, Kind.CALL), duty(0, 31, 34.5, Kind.TRANSITION), duty(2, 7, 22)],
            set(),
            id="C4 the day after",
        ),
        pytest.param([duty(0, 17, 32, Kind.CALL), duty(1, 17, 20)], set(), id="C5"),
        pytest.param(
            [duty(0, 6, 18), duty(0, 26, 29, Kind.HOME_CALL_IN), duty(1, 6, 18)],
            {"CPR-6.21-8H"},
            id="C6",
        ),
        pytest.param(
            [duty(0, 7, 31, Kind.CALL), duty(0, 31, 33, Kind.TRANSITION), duty(1, 22.5, 23)],
            {"CPR-6.21a-14H"},
            id="C7",
        ),
        pytest.param([duty(0, 7, 31, Kind.CALL), duty(2, 7, 19)], set(), id="C8"),
        pytest.param(
            [duty(0, 7, 31, Kind.CALL), duty(1, 8, 20, Kind.HOME_CALL)],
            {"CPR-6.21a-14H"},
            id="home call after call",
        ),
        pytest.param(
            [*call(0), duty(0, 33, 34, Kind.TRANSITION, new_care=True)],
            {"CPR-6.22a-+4"},
            id="new patients after 24 hours",
        ),
        pytest.param(
            [duty(0, 8, 12), duty(0, 25, 28, Kind.HOME_CALL_IN), duty(1, 8, 12)],
            {"CPR-6.21-8H"},
            id="N4",
        ),
    ],
)
def test_rest_and_length(duties: list[DutyInterval], broken: set[str]) -> None:
    asked = {"CPR-6.21-8H", "CPR-6.21a-14H", "CPR-6.22-24H", "CPR-6.22a-+4"}
    alone = replace(case(duties, basis="record"), packs=("acgme-common",))
    assert {one.rule for one in expected(alone)} & asked == broken


def test_a_stay_of_ones_own_choice_waives_the_rest_while_averages_are_kept() -> None:
    duties = [duty(0, 7, 19), duty(0, 19, 24, Kind.VOLUNTARY), duty(1, 7, 19)]
    assert of("CPR-6.21-8H", case(duties, basis="record")) == []
    too_much = duties + each(range(2, 28), 6, 18)
    assert measured("CPR-6.21-8H", case(too_much, basis="record")) == [7]
    assert measured("NY-8H", case(duties, basis="record")) == [7]


# --- call nights ---


def spaced(*nights: int, leave: Sequence[tuple[int, int]] = ()) -> Case:
    """Return four weeks with calls on these nights."""
    return case(each(nights, 17, 32, Kind.CALL), leave=leave)


@pytest.mark.parametrize(
    ("example", "nights"),
    [
        pytest.param(spaced(*range(0, 27, 3)), [], id="D1: nine"),
        pytest.param(spaced(*range(0, 27, 3), 27), [10], id="D1: ten"),
        pytest.param(spaced(*range(7, 27, 3), leave=[(0, 6)]), [], id="D2: seven"),
        pytest.param(spaced(*range(7, 27, 3), 27, leave=[(0, 6)]), [8], id="D2: eight"),
        pytest.param(spaced(1, 3, 7, 10, 13, 16, 19, 22, 25), [], id="D3"),
        pytest.param(
            case(each(range(0, 31, 3), 17, 32, Kind.CALL), ("WARD", 31)), [11], id="D4: 31 days"
        ),
        pytest.param(case(each(range(12), 18, 30, Kind.NIGHT_FLOAT), ("NF", 14)), [], id="D5"),
    ],
)
def test_call_nights(example: Case, nights: list[int]) -> None:
    assert measured("CPR-6.27-Q3", example) == nights


def test_internists_are_never_on_call_twice_in_three_nights() -> None:
    found = of("IM-Q3", spaced(1, 3, 7, 10, 13, 16, 19, 22, 25))
    assert [(one.severity, one.measured, one.limit) for one in found] == [("error", 2, 3)]
    unconfirmed = replace(spaced(1, 3), policy=Policy())
    assert [one.severity for one in of("IM-Q3", unconfirmed)] == ["warning"]


def test_every_third_night_with_four_days_off_is_78_hours() -> None:
    """D6."""
    calls = [0, 3, 6, 9, 12, 15, 18, 21, 24]
    long = call(*calls) + each([2, 5, 8, 11, 14, 17], 7, 17)
    diary = Diary(case(long), case(long).residents[0])
    assert sum(diary.worked_on(day) for day in diary.days) * 7 == 78 * 28 * 60


# --- emergency medicine ---


def shifts(*times: tuple[int, float, float], basis: Basis = "plan") -> Case:
    """Return four weeks in the emergency department."""
    return case(
        [duty(day, begin, end, rotation="ED") for day, begin, end in times],
        ("ED", 28),
        basis=basis,
    )


@pytest.mark.parametrize(
    ("example", "rule", "severities"),
    [
        pytest.param(shifts((0, 7, 19), (1, 6, 18)), "EM-REST", ["error"], id="M1"),
        pytest.param(shifts((0, 7, 19), (1, 7, 19)), "EM-REST", [], id="M1 at 7"),
        pytest.param(shifts((0, 14, 24), (1, 10, 18)), "EM-REST", [], id="M2"),
        pytest.param(
            shifts((0, 14, 24.5), (1, 10, 18), basis="record"), "EM-REST", ["warning"], id="M2 log"
        ),
        pytest.param(shifts(*((n, 7, 15) for n in range(8))), "EM-DAYOFF", ["error"], id="M4"),
        pytest.param(shifts(*((n, 7, 15) for n in range(6))), "EM-DAYOFF", [], id="M4 of six"),
        pytest.param(shifts((0, 7, 19.5)), "EM-SHIFT", ["error"], id="M5"),
        pytest.param(shifts((0, 7, 19.5), basis="record"), "EM-SHIFT", ["info"], id="M5 log"),
        pytest.param(shifts((0, 7, 19)), "EM-SHIFT", [], id="M5 of twelve hours"),
    ],
)
def test_emergency_shifts(example: Case, rule: str, severities: list[str]) -> None:
    assert [one.severity for one in of(rule, example)] == severities


@pytest.mark.parametrize(("more", "total"), [([], []), ([5], [73])])
def test_emergency_weeks(more: list[int], total: list[int]) -> None:
    """M3: 60 hours and 5 of conference, then 8 with an ambulance."""
    week = [*each(range(5), 6, 18, rotation="ED"), duty(1, 18, 23, Kind.EDUCATION, rotation="ED")]
    example = case(week + each(more, 8, 16, rotation="AMBULANCE"), ("ED", 7))
    assert of("EM-WEEK-CLINICAL", example) == []
    assert measured("EM-WEEK-TOTAL", example) == total
    assert measured("EM-WEEK-ROLLING", example) == total


# --- night float, home call, moonlighting ---


def test_nights_of_thirteen_and_a_half_hours() -> None:
    """N1."""
    assert measured("CPR-6.20-80H", case(each(SIX, 18, 31.5, Kind.NIGHT_FLOAT))) == [81]


def test_home_call_every_night_leaves_no_day_off() -> None:
    """N3."""
    days = each(FIVE, 8, 17)
    a_week = case(days + each(range(7), 17, 32, Kind.HOME_CALL))
    assert of("CPR-6.20-80H", a_week) == []
    assert measured("CPR-6.28-HC", a_week) == [7]
    always = case(days + each(range(28), 17, 32, Kind.HOME_CALL))
    assert measured("CPR-6.21b-1in7", always) == [0]


def test_moonlighting() -> None:
    def found(policy: Policy = Policy(), **more: Any) -> set[tuple[str, str]]:  # noqa: B008
        one = duty(5, 8, 20, Kind.MOONLIGHTING_EXTERNAL, **more)
        example = replace(case([one], policy=policy), packs=("acgme-common",))
        return {(found.rule, found.severity) for found in expected(example)}

    assert found(pgy=1) == {("CPR-6.25-ML", "error")}
    assert found(pgy=2) == found(pgy=2, approved=True) == set()
    assert found(pgy=2, approved=False) == {("CPR-6.25-APPROVAL", "warning")}
    visa = Policy(no_moonlighting=("ann",))
    assert found(visa, pgy=2) == {("CPR-6.25-VISA", "warning")}
    assert found(visa, pgy=1) == {("CPR-6.25-ML", "error")}


# --- the clock ---

FORWARD, BACK = date(2027, 3, 8), date(2027, 11, 1)
"""Mondays before the Sundays on which the clock changes in New York."""


@pytest.mark.parametrize(
    ("base", "hours"), [(MONDAY, 12), (FORWARD, 11), (BACK, 13)], ids=["E1", "spring", "fall"]
)
def test_a_night_while_the_clock_changes(base: date, hours: int) -> None:
    night = case([duty(5, 18, 30, Kind.NIGHT_FLOAT, base)], base=base)
    (run,) = Diary(night, night.residents[0]).runs
    assert run.end - run.start == hours * 60


def test_a_call_of_25_hours_by_the_clock_put_back() -> None:
    """E2."""
    duties = [duty(5, 7, 31, Kind.CALL, BACK), duty(5, 31, 34, Kind.TRANSITION, BACK)]
    strict = of("CPR-6.22-24H", case(duties, base=BACK))
    assert [(one.severity, one.measured) for one in strict] == [("error", 25)]
    grace = Policy(dst_grace_minutes=60)
    excused = of("CPR-6.22-24H", case(duties, base=BACK, policy=grace))
    assert [(one.severity, one.measured) for one in excused] == [("info", 25)]
    late = [*duties, duty(5, 31, 31.5, Kind.CALL, BACK)]
    assert [one.severity for one in of("CPR-6.22-24H", case(late, base=BACK, policy=grace))] == [
        "error"
    ]


def test_a_short_rest_by_the_clock_put_forward() -> None:
    """E3."""
    duties = [duty(5, 11, 23, base=FORWARD), duty(6, 7, 19, base=FORWARD)]
    found = of("CPR-6.21-8H", case(duties, base=FORWARD))
    assert [(one.severity, one.measured) for one in found] == [("warning", 7)]


def test_a_calendar_day_of_23_hours_needs_an_hour_beside_it() -> None:
    """E4."""
    around = [duty(5, 8, 24, base=FORWARD), duty(7, 0, 12, base=FORWARD)]
    week = case(around, ("WARD", 7), base=FORWARD)
    assert days_off(week) == [5]
    later = case([around[0], duty(7, 1, 12, base=FORWARD)], ("WARD", 7), base=FORWARD)
    assert days_off(later) == [6]
