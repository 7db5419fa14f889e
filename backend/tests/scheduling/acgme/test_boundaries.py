"""Boundaries that the worked examples leave open: most of them were found by mutation testing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar, get_args

import numpy as np
import pytest

from app.files.rule_packs import shipped_packs
from app.scheduling.acgme.facts import LOOK_BACK_DAYS, Facts, chosen
from app.scheduling.acgme.finding import Margin, Violation
from app.scheduling.acgme.intervals import Level, RotationSpan
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.pack import InvalidPolicyError, RulePack
from app.scheduling.acgme.policy import AveragingMode, HoursException, Policy, Remainder, Tightening
from app.scheduling.acgme.predicates import AnyDutyHourRule
from app.scheduling.acgme.rule import Applies
from app.scheduling.acgme.timeline import Timeline, build_timeline
from app.scheduling.acgme.validator import ACGMEValidator
from tests.scheduling.acgme.builders import (
    COMMON,
    EM,
    EMERGENCY,
    IM,
    INTERNAL,
    DutyDiary,
    diary,
    each,
    judged,
    pack,
    timeline,
)
from tests.scheduling.acgme.clinics import Clinic, clinic

CMS = "cms-primary-care"
ALONE, RATIO, PRESENCE = "SUP-1", "SUP-2", "SUP-2-PRESENCE"


def supervision(made: Clinic, policy: Policy | None = None) -> list[Violation]:
    """Return what the rules of supervision find, in order of time."""
    packs = [pack(COMMON), pack(CMS)]
    found = judged(made.timeline(), packs, policy or Policy()).violations
    return sorted((one for one in found if "SUP" in one.rule), key=lambda one: one.start)


def hours(found: list[Violation], rule: str = ALONE) -> list[float]:
    return [round(one.measured, 6) for one in found if one.rule == rule]


# --- Supervision: somebody is there, and close enough ---


@pytest.mark.parametrize(
    ("level", "alone"), [("oversight", [4.0]), ("indirect", []), ("direct", [])]
)
def test_supervision_is_at_least_indirect(level: Level, alone: list[float]) -> None:
    assert hours(supervision(clinic(1).supervised(1, "08:00-12:00", level))) == alone


@pytest.mark.parametrize(
    ("since", "alone"),
    [("2026-04-06", []), ("2026-04-07", [4.0]), ("2025-12-06", []), ("2026-07-06", [4.0])],
)
def test_supervision_is_direct_in_the_first_months(since: str, alone: list[float]) -> None:
    made = clinic(1).supervised(1, "08:00-12:00", "indirect")
    made = made.beginning("r1", date.fromisoformat(since))
    assert hours(supervision(made, Policy(direct_supervision_months=3))) == alone
    assert hours(supervision(made)) == []
    direct = made.supervised(1, "08:00-12:00", "direct")
    assert hours(supervision(direct, Policy(direct_supervision_months=3))) == []


def test_the_first_months_may_end_in_the_next_year() -> None:
    made = clinic(1).supervised(1, "08:00-12:00").moved(184)  # 6 January 2027
    policy = Policy(direct_supervision_months=3)
    for since, alone in ((date(2026, 10, 6), []), (date(2026, 10, 7), [4.0])):
        assert hours(supervision(made.beginning("r1", since), policy)) == alone


def test_who_began_at_the_end_of_a_long_month_is_a_beginner_for_whole_months() -> None:
    made = clinic(1).supervised(1, "08:00-12:00")
    policy = Policy(direct_supervision_months=1)
    for since, alone in ((date(2026, 6, 5), []), (date(2026, 6, 30), [4.0])):
        assert hours(supervision(made.beginning("r1", since), policy)) == alone


def test_nobody_is_a_beginner_whose_training_has_no_first_day() -> None:
    made = clinic(1).supervised(1, "08:00-12:00")
    assert hours(supervision(made, Policy(direct_supervision_months=12))) == []


def test_a_finding_says_for_how_long_and_what_was_missing() -> None:
    made = clinic(1).supervised(1, "08:00-10:00", "indirect")
    (finding,) = supervision(made)
    assert (finding.measured, finding.limit, finding.severity) == (2.0, 0, "error")
    assert finding.message == (
        "CLINIC Mon 6 Jul 2026 08:00 to Mon 6 Jul 2026 12:00: 2 h without indirect supervision; "
        "every minute needs it"
    )
    new = made.beginning("r1", date(2026, 7, 1))
    (finding,) = supervision(new, Policy(direct_supervision_months=1))
    assert "4 h without direct supervision" in finding.message


@pytest.mark.parametrize(
    ("second", "alone"),
    [("10:00-12:00", []), ("09:00-12:00", []), ("10:01-12:00", [1 / 60]), ("09:00-11:30", [0.5])],
)
def test_supervisors_may_follow_one_another_without_a_gap(second: str, alone: list[float]) -> None:
    made = clinic(1).supervised(1, "08:00-10:00").supervised(1, second)
    assert hours(supervision(made)) == [round(one, 6) for one in alone]


def test_a_supervisor_who_is_not_there_supervises_nobody() -> None:
    made = clinic(1).supervised(1, "08:00-12:00", supervisors=0)
    assert hours(supervision(made)) == [4.0]
    assert hours(supervision(made.supervised(1, "08:00-12:00"))) == []


def test_a_rotation_of_which_nothing_is_said_is_not_judged() -> None:
    assert supervision(clinic(1)) == []
    there = clinic(1).supervised(2, "08:00-12:00")
    assert hours(supervision(there)) == [4.0]


@pytest.mark.parametrize(
    ("kind", "alone"),
    [
        ("in_house", [4.0]),
        ("call", [4.0]),
        ("night_float", [4.0]),
        ("education", []),
        ("admin", []),
        ("transition", []),
        ("work_from_home", []),
        ("home_call", []),
    ],
)
def test_patient_care_in_house_is_supervised_and_nothing_else(
    kind: str, alone: list[float]
) -> None:
    made = Clinic(residents=(diary(("CLINIC", 28)).work(1, "08:00-12:00", kind),))
    assert hours(supervision(made.supervised(2, "08:00-12:00"))) == alone


def test_each_rotation_has_supervisors_of_its_own() -> None:
    resident = diary(("CLINIC", 14), ("WARD", 14)).work((1, 15), "08:00-12:00")
    made = Clinic(residents=(resident,))
    crossed = made.supervised(15, "08:00-12:00").supervised(1, "08:00-12:00", rotation="WARD")
    found = supervision(crossed)
    assert [(one.rotation, one.measured) for one in found] == [("CLINIC", 4.0), ("WARD", 4.0)]
    own = crossed.supervised(1, "08:00-12:00").supervised(15, "08:00-12:00", rotation="WARD")
    assert supervision(own) == []
    somewhere = made.supervised(1, "08:00-12:00")
    assert supervision(somewhere) == []


def test_everybody_is_judged_by_their_own_time_in_the_clinic() -> None:
    made = clinic(2).supervised(1, "08:00-12:00")
    early, late = made.residents
    late = diary(("CLINIC", 28), person="r2").work(1, "11:00-15:00")
    found = supervision(Clinic(residents=(early, late), supervision=made.supervision))
    assert [(one.person, one.measured) for one in found] == [("r2", 3.0)]


# --- The primary-care exception: so many residents to a preceptor ---


def excepted(people: int, preceptors: int = 1, hours: str = "08:00-12:00") -> Clinic:
    made = clinic(people)
    return made.supervised(1, hours, supervisors=preceptors, primary_care_exception=True)


def ratios(found: list[Violation]) -> list[tuple[str, str, float, float]]:
    """Return when there were how many residents, and how many there may be."""
    return [
        (f"{one.start:%H:%M}", f"{one.end:%H:%M}", one.measured, one.limit)
        for one in found
        if one.rule == RATIO
    ]


@pytest.mark.parametrize(
    ("people", "preceptors", "found"),
    [
        (4, 1, []),
        (5, 1, [("08:00", "12:00", 5, 4)]),
        (5, 2, []),
        (8, 2, []),
        (9, 2, [("08:00", "12:00", 9, 8)]),
    ],
)
def test_four_residents_to_each_preceptor(
    people: int, preceptors: int, found: list[tuple[str, str, float, float]]
) -> None:
    assert ratios(supervision(excepted(people, preceptors))) == found


def test_residents_are_judged_together_and_the_finding_names_nobody() -> None:
    (finding,) = supervision(excepted(5))
    assert (finding.person, finding.rotation, finding.evidence) == ("", "CLINIC", ())
    assert finding.severity == "error"
    assert finding.message == (
        "CLINIC Mon 6 Jul 2026 08:00 to Mon 6 Jul 2026 12:00: 5 residents with 1 preceptor; "
        "at most 4 each"
    )


def test_residents_are_counted_at_every_moment() -> None:
    made = excepted(4)
    late = diary(("CLINIC", 28), person="r5").work(1, "10:00-11:00")
    crowded = Clinic(residents=(*made.residents, late), supervision=made.supervision)
    assert ratios(supervision(crowded)) == [("10:00", "11:00", 5, 4)]
    after = diary(("CLINIC", 28), person="r5").work(1, "12:00-13:00")
    relieved = Clinic(residents=(*made.residents, after), supervision=made.supervision)
    assert ratios(supervision(relieved)) == []


def test_a_second_preceptor_helps_while_there() -> None:
    made = excepted(5).supervised(1, "09:00-11:30", primary_care_exception=True)
    assert ratios(supervision(made)) == [("08:00", "09:00", 5, 4), ("11:30", "12:00", 5, 4)]


def test_without_any_preceptor_nobody_is_under_the_exception() -> None:
    assert ratios(supervision(excepted(5, hours="08:00-10:00"))) == [("08:00", "10:00", 5, 4)]
    assert ratios(supervision(excepted(5, preceptors=0))) == []
    assert ratios(supervision(excepted(5, hours="13:00-17:00"))) == []


def test_a_supervisor_outside_of_the_exception_may_have_any_number() -> None:
    assert supervision(clinic(9).supervised(1, "08:00-12:00")) == []


def test_a_clinic_under_the_exception_is_judged_beside_one_that_is_not() -> None:
    made = excepted(5).supervised(2, "08:00-12:00", primary_care_exception=False)
    assert len(ratios(supervision(made))) == 1


def test_residents_elsewhere_or_without_patients_do_not_count() -> None:
    made = excepted(4)
    elsewhere = diary(("WARD", 28), person="r5").work(1, "08:00-12:00")
    taught = diary(("CLINIC", 28), person="r6").work(1, "08:00-12:00", "education")
    others = Clinic(residents=(*made.residents, elsewhere, taught), supervision=made.supervision)
    assert supervision(others) == []


def test_two_clinics_are_judged_each_for_itself() -> None:
    first = excepted(5)
    second = tuple(
        diary(("CLINIC2", 28), person=f"s{number}").work(1, "08:00-12:00") for number in range(6)
    )
    both = Clinic(residents=(*first.residents, *second), supervision=first.supervision)
    both = both.supervised(1, "08:00-12:00", rotation="CLINIC2", primary_care_exception=True)
    found = supervision(both)
    assert [(one.rotation, one.measured) for one in found] == [("CLINIC", 5), ("CLINIC2", 6)]


@pytest.mark.parametrize(("weight", "found"), [(1.0, []), (1.25, [4.25]), (2.0, [5.0])])
def test_a_beginner_may_count_for_more(weight: float, found: list[float]) -> None:
    made = excepted(4).beginning("r2", date(2026, 7, 1))
    policy = Policy(intern_weight=weight)
    assert [count for *_, count, _ in ratios(supervision(made, policy))] == found
    assert ratios(supervision(excepted(4), policy)) == []


@pytest.mark.parametrize(
    ("since", "sessions"), [("2026-01-06", []), ("2026-01-07", [1.0]), ("2026-07-01", [1.0])]
)
def test_the_preceptor_is_present_with_beginners(since: str, sessions: list[float]) -> None:
    made = excepted(2).beginning("r2", date.fromisoformat(since))
    found = supervision(made)
    assert [(one.person, one.severity) for one in found] == [("r2", "info")] * len(sessions)
    assert hours(found, PRESENCE) == sessions


def test_a_beginner_s_sessions_are_counted_from_the_first_to_the_last() -> None:
    made = clinic(3, days=(1, 2, 4)).supervised(
        (1, 2, 4), "08:00-12:00", primary_care_exception=True
    )
    made = made.beginning("r1", date(2026, 7, 1)).beginning("r3", date(2026, 7, 1))
    one, other = supervision(made)
    assert (one.person, other.person) == ("r1", "r3")
    for finding in (one, other):
        assert finding.measured == 3
        assert (f"{finding.start:%d %H:%M}", f"{finding.end:%d %H:%M}") == ("06 08:00", "09 12:00")
    assert one.message == (
        "CLINIC 6-9 Jul 2026: 3 clinic sessions within the first 6 months of training; "
        "the preceptor must be present in the key portions of each visit"
    )


def test_presence_matters_only_where_visits_are_billed_without_it() -> None:
    made = clinic(1).supervised(1, "08:00-12:00").beginning("r1", date(2026, 7, 1))
    assert supervision(made) == []


def test_no_key_portions_are_counted_against_a_limit() -> None:
    (finding,) = supervision(excepted(1).beginning("r1", date(2026, 7, 1)))
    assert (finding.rule, finding.limit) == (PRESENCE, 0)
    made = excepted(1).beginning("r1", date(2026, 7, 1))
    assert judged(made.timeline(), [pack(CMS)], Policy()).margins == ()


def test_a_beginner_is_one_until_midnight() -> None:
    made = clinic(5, hours="00:00-04:00")
    made = made.supervised(1, "00:00-04:00", primary_care_exception=True)
    policy = Policy(direct_supervision_months=6, intern_weight=2.0)
    over = made.beginning("r1", date(2026, 1, 6))
    assert [one.rule for one in supervision(over, policy)] == [RATIO]
    (finding,) = supervision(over, policy)
    assert finding.measured == 5
    last_day = made.beginning("r1", date(2026, 1, 7))
    found = supervision(last_day, policy)
    assert sorted(one.rule for one in found) == [ALONE, RATIO, PRESENCE]
    assert [count for *_, count, _ in ratios(found)] == [6]


def test_a_programme_may_allow_one_resident_to_a_preceptor() -> None:
    policy = Policy(tightened=(Tightening(rule=RATIO, limit=1),))
    assert supervision(excepted(1), policy) == []
    assert ratios(supervision(excepted(2), policy)) == [("08:00", "12:00", 2, 1)]


def test_duty_that_belongs_to_no_rotation_is_not_judged_by_any_supervisors() -> None:
    made = clinic(1).supervised(2, "08:00-12:00", primary_care_exception=True)
    (resident,) = made.residents
    other = replace(resident, intervals=()).work(1, "08:00-12:00", rotation="")
    alone = replace(made, residents=(other,)).beginning("r1", date(2026, 7, 1))
    assert supervision(alone) == []


# --- Which rotation, and which days, a finding names ---

THREE = (("FIRST", 1), ("MIDDLE", 26), ("LAST", 1))


@pytest.mark.parametrize(
    ("night", "rotation"),
    [
        (-1, "FIRST"),
        (0, "FIRST"),
        (1, "FIRST"),
        (2, "MIDDLE"),
        (20, "MIDDLE"),
        (27, "MIDDLE"),
        (28, "LAST"),
    ],
)
def test_calls_too_close_are_on_the_rotation_of_the_first_of_them(
    night: int, rotation: str
) -> None:
    made = diary(*THREE, resident_specialty=INTERNAL).work(
        (night, night + 2), "18:00-06:00", "call"
    )
    finding = made.verdict(IM).finding("IM-Q3")
    assert (finding.rotation, finding.days, finding.measured) == (rotation, 3, 2)
    assert (made.number(finding.first), made.number(finding.last)) == (night, night + 2)


@pytest.mark.parametrize(
    ("night", "rotation"),
    [
        (-5, "FIRST"),
        (1, "FIRST"),
        (2, "MIDDLE"),
        (21, "MIDDLE"),
        (27, "MIDDLE"),
        (28, "LAST"),
    ],
)
def test_nights_on_end_are_on_the_rotation_of_the_first_of_them(night: int, rotation: str) -> None:
    made = diary(*THREE, start="2016-07-04")
    made = made.work(range(night, night + 7), "22:00-06:00", "night_float")
    finding = made.verdict().finding("CPR-2011-NF6")
    assert (finding.rotation, finding.days, finding.measured) == (rotation, 7, 7)
    assert made.number(finding.first) == night


@pytest.mark.parametrize(("first", "found"), [(-6, 0), (-5, 1), (28, 1), (29, 0)])
def test_what_ends_before_or_begins_after_the_known_days_is_not_judged(
    first: int, found: int
) -> None:
    nights = diary(start="2016-07-04").work(range(first, first + 7), "22:00-06:00", "night_float")
    assert len(nights.verdict().findings("CPR-2011-NF6")) == found
    assert nights.verdict().judges("CPR-2011-NF6") == found


@pytest.mark.parametrize(("first", "measured"), [(-9, 9), (-8, 9), (-7, 9), (-6, 8)])
def test_nights_on_end_are_counted_from_eight_days_before(first: int, measured: int) -> None:
    made = diary(start="2016-07-04").work(range(first, 2), "22:00-06:00", "night_float")
    finding = made.verdict().finding("CPR-2011-NF6")
    assert (finding.measured, made.number(finding.last)) == (measured, 1)


@pytest.mark.parametrize(("last", "measured"), [(35, 8), (36, 9), (37, 9), (40, 9)])
def test_nights_on_end_are_counted_until_eight_days_after(last: int, measured: int) -> None:
    made = diary(start="2016-07-04").work(range(28, last + 1), "22:00-06:00", "night_float")
    finding = made.verdict().finding("CPR-2011-NF6")
    assert (finding.measured, made.number(finding.first)) == (measured, 28)


def test_days_without_a_day_off_that_began_before_are_on_the_first_rotation() -> None:
    made = diary(*THREE, specialty=EMERGENCY).work(range(-6, 5), "08:00-18:00")
    finding = made.verdict(EM).finding("EM-DAYOFF")
    assert (made.number(finding.first), finding.rotation, finding.days) == (-5, "FIRST", 7)


def test_a_week_in_emergency_medicine_is_of_the_days_on_the_rotation() -> None:
    made = diary(("ED", 30), start="2026-07-08", specialty=EMERGENCY)
    made = made.work((1, 2, 3, 4, 5), "06:00-21:00").work((27, 28, 29, 30), "06:00-22:00")
    found = made.verdict(EM).findings("EM-WEEK-CLINICAL")
    assert [
        (made.number(one.first), made.number(one.last), one.days, one.measured) for one in found
    ] == [(1, 5, 5, 75.0), (27, 30, 4, 64.0)]


def test_the_first_week_of_a_timeline_may_begin_on_any_day() -> None:
    for start in range(6, 13):
        made = diary(("ED", 30), start=f"2026-07-{start:02}", specialty=EMERGENCY)
        monday = 1 + (13 - start) % 7
        made = made.work(range(monday, monday + 7), "08:00-18:00").work(monday, "18:00-20:01")
        finding = made.verdict(EM).finding("EM-WEEK-CLINICAL")
        assert (finding.start.weekday(), finding.days) == (0, 7)


def test_night_float_in_a_year_names_the_days_counted() -> None:
    made = diary(("NF", 400), resident_specialty=INTERNAL)
    made = made.work(range(370, 400), "22:00-06:00", "night_float")
    policy = Policy(tightened=(Tightening(rule="IM-NF-YEAR", limit=20),))
    finding = made.verdict(IM, policy=policy).finding("IM-NF-YEAR")
    assert (made.number(finding.first), made.number(finding.last)) == (366, 400)
    assert (finding.days, finding.measured) == (35, 30)


@pytest.mark.parametrize(("start", "length"), [("2026-07-01", 365), ("2027-07-01", 366)])
def test_night_float_in_a_year_is_counted_until_30_june(start: str, length: int) -> None:
    made = diary(("NF", length), ("NF2", 31), start=start, resident_specialty=INTERNAL)
    nights = [*range(1, 32), *range(41, 71)]
    june = made.work([*nights, length - 1, length], "22:00-06:00", "night_float")
    july = made.work([*nights, length, length + 1], "22:00-06:00", "night_float")
    assert june.verdict(IM).finding("IM-NF-YEAR").days == length
    assert july.verdict(IM).findings("IM-NF-YEAR") == []


def test_a_week_too_long_with_patients_and_in_all_is_two_findings() -> None:
    made = diary(("ED", 28), specialty=EMERGENCY).work(each("Mon-Sat", 1), "07:00-20:00")
    verdict = made.verdict(EM)
    clinical, total = verdict.finding("EM-WEEK-CLINICAL"), verdict.finding("EM-WEEK-TOTAL")
    assert (clinical.measured, clinical.limit, clinical.also) == (78, 60, ())
    assert (total.measured, total.limit, total.also) == (78, 72, ())


# --- What findings and margins say ---


def test_a_limit_that_is_met_exactly_has_a_margin_of_plain_zero() -> None:
    margin = diary().work(1, "06:00-18:00").work(2, "02:00-12:00").verdict().margin("CPR-6.21-8H")
    assert str(margin.margin) == "0.0"


def test_kinds_that_were_chosen_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        chosen(Kind.CALL)[0] = True


def test_hints_have_no_margin() -> None:
    verdict = diary().work(each("Mon-Sat"), "08:00-18:00").verdict()
    for rule in ("CPR-6.21b-EXACT", "CPR-6.21b-IDEAL"):
        assert not verdict.judges(rule)
    assert verdict.judges("CPR-6.21b-1in7")


@pytest.mark.parametrize(
    ("made", "rule", "words"),
    [
        (
            diary(pgy=1).work(6, "08:00-09:30", "moonlighting_external"),
            "CPR-6.25-ML",
            (
                "WARD Sat 11 Jul 2026 08:00 to Sat 11 Jul 2026 09:30: 1 h 30 min of moonlighting "
                "in PGY 1; none is allowed"
            ),
        ),
        (
            diary(("WARD", 29)).work((*each("Mon-Sat"), 29), "08:00-00:00"),
            "CPR-6.21b-EXACT",
            (
                "WARD 6 Jul - 3 Aug 2026: 4 days off in 29 days, no leave: one in 7.25 days; "
                "it passes because fractions of a day off are dropped"
            ),
        ),
        (
            diary().call(1, "07:30").work(2, "17:00-20:00"),
            "CPR-6.21a-14H",
            (
                "WARD left on Tue 7 Jul 2026 07:30 after 24 h 30 min in house, back on duty on "
                "Tue 7 Jul 2026 17:00: 9 h 30 min of rest; at least 14 h"
            ),
        ),
        (
            diary().call(1, "10:00").work(2, "10:30-11:15", new_care=True),
            "CPR-6.22a-+4",
            (
                "WARD Mon 6 Jul 2026 07:00 to Tue 7 Jul 2026 10:00: 27 h in house, with 45 min "
                "of patient care begun or continued after 24 h; only transitions and education "
                "may follow"
            ),
        ),
        (
            diary().call(1, "10:00").work(2, "10:15-11:45", "education", new_care=True),
            "CPR-6.22a-+4",
            (
                "WARD Mon 6 Jul 2026 07:00 to Tue 7 Jul 2026 10:00: 27 h in house, with "
                "1 h 30 min of patient care begun or continued after 24 h; only transitions and "
                "education may follow"
            ),
        ),
    ],
)
def test_a_finding_can_be_read_aloud(made: DutyDiary, rule: str, words: str) -> None:
    assert made.verdict().finding(rule).message == words


def test_rest_as_long_as_the_shift_can_be_read_aloud() -> None:
    made = diary(("ED", 28), specialty=EMERGENCY).work(1, "07:00-19:00").work(2, "05:30-12:00")
    assert made.planned(EM).finding("EM-REST").message == (
        "ED 10 h 30 min of rest from Mon 6 Jul 2026 19:00 to Tue 7 Jul 2026 05:30 after 12 h on "
        "duty; at least as long"
    )


# --- When clocks are put back: 1 November 2026 at 02:00 ---


def fall_back(out: str, kind: str = "call", after: str = "") -> DutyDiary:
    """Return duty from 07:00 before the clock is put back to `out` on the day after."""
    made = diary(start="2026-10-26").work(6, f"07:00-{out}", kind)
    return made.work(7, after, "transition") if after else made


@pytest.mark.parametrize(
    ("grace", "out", "severity"),
    [
        (60, "07:00", "info"),
        (60, "07:01+1", "error"),
        (59, "07:00", "error"),
        (30, "06:45", "error"),
        (30, "06:30", "info"),
        (0, "06:01", "error"),
        (60, "06:01", "info"),
    ],
)
def test_grace_covers_no_more_than_the_hour_of_the_clock(
    grace: int, out: str, severity: str
) -> None:
    verdict = fall_back(out).verdict(policy=Policy(dst_grace_minutes=grace))
    assert verdict.finding("CPR-6.22-24H").severity == severity
    assert verdict.finding("CPR-6.22a-+4").severity == severity


@pytest.mark.parametrize(
    ("grace", "out", "severity"),
    [
        (60, "10:01", "info"),
        (60, "11:00", "info"),
        (60, "11:01", "error"),
        (30, "10:31", "error"),
        (1, "10:01", "info"),
        (1, "10:02", "error"),
        (0, "10:01", "error"),
    ],
)
def test_grace_for_transitions_covers_no_more_either(grace: int, out: str, severity: str) -> None:
    made = fall_back("06:00", after=f"06:00-{out}")
    verdict = made.verdict(policy=Policy(dst_grace_minutes=grace))
    assert verdict.finding("CPR-6.22a-+4").severity == severity
    assert verdict.findings("CPR-6.22-24H") == []


def test_grace_excuses_no_patient_care() -> None:
    made = fall_back("06:00", after="06:00-07:30").work(7, "07:30-08:00")
    for grace in (0, 60):
        verdict = made.verdict(policy=Policy(dst_grace_minutes=grace))
        assert verdict.finding("CPR-6.22a-+4").severity == "error"


def test_grace_is_for_no_other_night() -> None:
    policy = Policy(dst_grace_minutes=60)
    spring = diary(start="2027-03-08").work(6, "07:00-08:01+1", "call").verdict(policy=policy)
    assert spring.finding("CPR-6.22-24H").severity == "error"
    assert spring.finding("CPR-6.22-24H").measured == pytest.approx(24 + 1 / 60)
    assert spring.finding("CPR-6.22a-+4").severity == "error"
    ordinary = diary().call(1, "11:01").verdict(policy=policy)
    assert ordinary.finding("CPR-6.22a-+4").severity == "error"


def test_a_clock_that_is_put_forward_shortens_no_time_after_call() -> None:
    made = diary(start="2027-03-08").work(6, "07:00-07:59+1", "call")
    made = made.work(7, "07:59-08:01", "transition")
    late = made.work(7, "11:59-13:00", "education", new_care=True)
    verdict = late.verdict(policy=Policy(dst_grace_minutes=60))
    assert verdict.finding("CPR-6.22a-+4").severity == "error"
    later = made.work(7, "12:00-13:00", "education", new_care=True)
    assert later.verdict().findings("CPR-6.22a-+4") == []


# --- After 24 hours ---


@pytest.mark.parametrize(
    ("made", "found"),
    [
        (diary().work(1, "07:00-06:59", "call").work(2, "08:00-11:00"), False),
        (diary().work(1, "07:00-06:40", "call").work(2, "08:00-11:00"), False),
        (diary().call(1, "07:00").work(2, "10:58-12:00"), True),
        (diary().call(1, "07:00").work(2, "11:00-12:00"), False),
        (diary().call(1, "10:00").work(2, "10:59-12:00", "education", new_care=True), True),
        (diary().call(1, "10:00").work(2, "11:00-12:00", "education", new_care=True), False),
        (diary().call(1, "07:00").work(2, "09:00-12:00", "education", new_care=True), False),
        (diary().call(1, "07:01").work(2, "09:00-12:00", "education", new_care=True), True),
    ],
)
def test_what_begins_in_the_four_hours_after_24(made: DutyDiary, found: bool) -> None:  # noqa: FBT001
    assert bool(made.verdict().findings("CPR-6.22a-+4")) is found


# --- Days off ---

OFF = "CPR-6.21b-1in7"


@pytest.mark.parametrize(("out", "days_off"), [("08:00", 1.0), ("08:01", 0.0), ("08:05", 0.0)])
def test_after_the_last_known_day_duty_goes_on_at_eight(out: str, days_off: float) -> None:
    made = diary(("WARD", 7)).work(range(1, 7), "08:00-20:00").work(7, f"00:00-{out}")
    assert made.verdict().margin(OFF).measured == days_off


@pytest.mark.parametrize(("out", "days_off"), [("18:00", 1.0), ("18:01", 0.0)])
def test_a_day_off_lasts_until_the_known_duty_after_the_last_day(out: str, days_off: float) -> None:
    made = diary(("WARD", 7)).work(range(1, 7), "08:00-20:00").work(7, f"10:00-{out}")
    assert made.work(8, "18:00-20:00").verdict().margin(OFF).measured == days_off


def test_somebody_s_next_duty_is_known_though_others_have_none() -> None:
    made = diary(("WARD", 7)).work(range(1, 8), "08:00-20:00").work(10, "08:00-18:00")
    idle = diary(("WARD", 7), person="r0")
    for people in ([made], [made, idle], [idle, made], [made, called("r2", made)]):
        margins = judged(timeline(people), [only(OFF)], Policy()).margins
        assert {one.measured for one in margins if one.person != "r0"} == {1.0}


def test_days_off_of_others_and_of_long_ago_are_nobody_s() -> None:
    made = diary().work((-20, *each("Mon-Sat"), 40), "08:00-18:00")
    assert made.verdict().margin(OFF).measured == 5
    assert made.verdict(EM, IM).violations == ()


def called(name: str, made: DutyDiary) -> DutyDiary:
    """Return the diary of another resident who did the same."""
    return replace(
        made,
        person=name,
        intervals=tuple(replace(one, person=name) for one in made.intervals),
        leave=tuple(replace(one, person=name) for one in made.leave),
    )


def only(rule: str, **changed: Any) -> RulePack:
    """Return a pack with one rule, with other numbers than its own."""
    for name in shipped_packs():
        for one in pack(name).rules:
            if one.id == rule:
                return replace(pack(name), rules=(replace(one, **changed),))
    raise AssertionError(rule)


@pytest.mark.parametrize(("length", "shares"), [(5, [33.33]), (6, [])])
def test_one_of_three_is_more_than_33_percent(length: int, shares: list[float]) -> None:
    made = diary(("WARD", length)).work(1, "22:00-07:00", "call").work(length, "08:00-00:00")
    found = judged(made.timeline(), [only("CPR-6.21b-POSTCALL", percent=33)], Policy()).violations
    assert [round(one.measured, 2) for one in found] == shares


def in_emergency(days: int = 28) -> DutyDiary:
    return diary(("ED", days), specialty=EMERGENCY)


def without_day_off(made: DutyDiary) -> list[int]:
    """Return the first day of each finding, day 0 being the last one before the diary."""
    return [made.number(one.first) for one in made.verdict(EM).findings("EM-DAYOFF")]


def test_days_without_a_day_off_may_have_begun_before_the_first_known_day() -> None:
    assert without_day_off(in_emergency().work(range(-10, 3), "08:00-18:00")) == [-5]
    assert without_day_off(in_emergency().work(range(-5, 3), "08:00-18:00")) == [-5]
    assert without_day_off(in_emergency().work(range(-4, 4), "08:00-18:00")) == [-4]
    assert without_day_off(in_emergency().work(range(-4, 3), "08:00-18:00")) == []


def test_nine_days_without_a_day_off_may_have_begun_with_longer_duty() -> None:
    made = in_emergency().work(-9, "20:00-08:00", "home_call")
    long = replace(made.intervals[-1], end=made.intervals[-1].end + 2 * timedelta(days=1))
    made = replace(made, intervals=(long,)).work(range(-6, 3), "08:00-18:00")
    found = judged(made.timeline(), [only("EM-DAYOFF", within_days=9)], Policy()).violations
    assert [made.number(one.first) for one in found] == [-7]


def test_before_the_diary_duty_of_several_days_keeps_its_rotation() -> None:
    made = in_emergency().work((-6, -5), "08:00-18:00")
    pager = made.work(-4, "08:00-08:00+1", "home_call")
    longer = replace(
        pager.intervals[-1], end=pager.intervals[-1].start + 3 * (made.date(2) - made.date(1))
    )
    made = replace(made, intervals=(*made.intervals, longer))
    assert without_day_off(made.work((-1, 0, 1, 2), "08:00-18:00")) == [-5]


def test_duty_elsewhere_long_ago_says_nothing_about_the_days_before() -> None:
    made = in_emergency().work(-20, "08:00-18:00", rotation="WARD")
    made = made.work(range(-5, -1), "08:00-18:00").work(-1, "08:00-23:00+1")
    assert without_day_off(made.work((1, 2), "00:00-18:00")) == [-5]


def test_a_pack_may_ask_for_a_day_off_in_more_days_than_are_known() -> None:
    made = in_emergency(7).work(range(1, 8), "08:00-18:00").timeline()
    for days in (22, 23, 24, 30):
        assert judged(made, [only("EM-DAYOFF", within_days=days)], Policy()).violations == ()


def test_home_call_is_counted_in_a_week_that_is_all_there_is() -> None:
    made = diary(("WARD", 7)).work(range(1, 6), "18:00-06:00", "home_call")
    finding = made.verdict().finding("CPR-6.28-HC")
    assert (finding.measured, finding.days) == (5, 7)
    six = diary(("WARD", 6)).work(range(1, 6), "18:00-06:00", "home_call")
    assert six.verdict().findings("CPR-6.28-HC") == []


# --- Nights: the date on which they begin ---


def call_nights(*made: DutyDiary) -> list[tuple[str, int]]:
    """Return who had call on the night of which day."""
    facts = Facts(timeline(made), Policy())
    return [
        (made[person].person, int(column) - LOOK_BACK_DAYS + 1)
        for person, column in np.argwhere(facts.call_nights)
    ]


@pytest.mark.parametrize(
    ("day", "hours", "nights"),
    [
        (5, "18:00-06:00", [5]),
        (5, "06:00-12:00", [5]),
        (5, "05:59-12:00", [4]),
        (5, "05:50-12:00", [4]),
        (5, "05:00-12:00", [4]),
        (5, "00:00-12:00", [4]),
        (5, "00:00-12:00+1", [5]),
        (5, "18:00-00:00", [5]),
        (5, "12:00-00:00+1", [5]),
        (5, "12:00-00:01+1", [5, 6]),
        (5, "23:59-00:01", [5]),
    ],
)
def test_a_call_s_night_is_that_of_the_evening_before_midnight(
    day: int, hours: str, nights: list[int]
) -> None:
    assert call_nights(diary().work(day, hours, "call")) == [("r1", night) for night in nights]


@pytest.mark.parametrize(
    ("day", "hours", "nights"),
    [
        (-8, "18:00-06:00", []),
        (-7, "18:00-06:00", [-7]),
        (-7, "08:00-12:00", [-7]),
        (-7, "03:00-05:00", []),
        (-6, "03:00-05:00", [-7]),
        (-20, "03:00-05:00", []),
        (36, "18:00-06:00", [36]),
        (36, "12:00-14:00", [36]),
        (36, "03:00-05:00", [35]),
    ],
)
def test_nights_are_looked_for_eight_days_before_and_after(
    day: int, hours: str, nights: list[int]
) -> None:
    for made in (diary().work(day, hours, "call"), diary().work((day, 5), hours, "call")):
        found = [night for _, night in call_nights(made)]
        assert [night for night in found if night not in {4, 5}] == nights
    first, second = diary(person="a"), diary(person="b").work(day, hours, "call")
    third = diary(person="c")
    assert call_nights(first, second, third) == [("b", night) for night in nights]


@pytest.mark.parametrize(
    ("told", "nights"), [(-30, []), (-8, []), (-7, [-7]), (36, [36]), (37, []), (38, []), (90, [])]
)
def test_a_night_that_is_told_counts_within_eight_days_too(told: int, nights: list[int]) -> None:
    made = diary()
    made = made.work(5, "08:00-12:00", "call", call_night=made.date(told))
    assert call_nights(made) == [("r1", night) for night in nights]


def with_gaps(made: DutyDiary, *blocks: tuple[str, int, int], last: int) -> Timeline:
    """Return a diary twice, with further rotations from and to a day, known until `last`."""
    people = [made.resident, replace(made.resident, id="r2")]
    spans = list(made.spans)
    for code, begin, end in blocks:
        first, until = made.date(begin), made.date(end)
        spans.append(RotationSpan(person="r1", rotation=code, first=first, last=until))
    return build_timeline(
        "record",
        people,
        [replace(one, person=who.id) for who in people for one in made.intervals],
        [replace(one, person=who.id) for who in people for one in spans],
        last=made.date(last),
    )


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ((), [8, 8]),
        (((9, "21:00-21:30", "WARD"),), []),
        (((9, "22:30-23:00", "WARD"),), [8, 8]),
        (((10, "21:00-21:30", "WARD"),), [7, 7]),
        (((10, "21:00-21:30", "WARD"), (0, "08:00-12:00", "ED")), [7, 7]),
    ],
)
def test_a_night_outside_the_spans_is_on_the_rotation_of_its_day_s_first_duty(
    more: Sequence[tuple[int, str, str]], found: list[float]
) -> None:
    made = in_emergency(7).work(range(3, 11), "22:00-06:00", "night_float", rotation="ED")
    for day, hours, rotation in more:
        made = made.work(day, hours, rotation=rotation)
    violations = judged(with_gaps(made, last=10), [pack(EM)], Policy()).violations
    assert [one.measured for one in violations if one.rule == "EM-NIGHTS"] == found


@pytest.mark.parametrize(("rotation", "nights"), [("ED", [7]), ("WARD", [])])
def test_a_night_of_the_first_known_day_is_on_the_rotation_of_its_duty(
    rotation: str, nights: list[float]
) -> None:
    made = in_emergency(7).work(1, "22:00-06:00", "night_float", rotation=rotation)
    made = made.work(range(2, 8), "22:00-06:00", "night_float")
    spans = [replace(one, first=made.date(2)) for one in made.spans]
    known = build_timeline("record", [made.resident], made.intervals, spans, first=made.start)
    found = judged(known, [pack(EM)], Policy()).violations
    assert [one.measured for one in found if one.rule == "EM-NIGHTS"] == nights


def test_call_in_pieces_that_touch_is_one_call() -> None:
    made = diary().work(5, "18:00-02:00", "call").work(6, "02:00-06:00", "call")
    assert call_nights(made.work(6, "06:00-08:00", "call")) == [("r1", 5)]
    assert call_nights(made.work(6, "06:01-08:00", "call")) == [("r1", 5), ("r1", 6)]


def test_only_call_has_a_call_night() -> None:
    made = diary().work(20, "08:00-12:00", "call")
    made = made.work(5, "08:00-12:00", call_night=made.date(5))
    assert call_nights(made) == [("r1", 20)]


@pytest.mark.parametrize(
    ("nights", "measured"),
    [
        (range(-7, 2), [9]),
        (range(-6, 2), [8]),
        (range(-4, 2), [6]),
        ((-7, *range(-3, 2)), [9]),
        ((-7, *range(-2, 2)), [4]),
        (range(28, 35), [7]),
        (range(28, 37), [9]),
        ((*range(28, 33), 36), [9]),
        ((*range(28, 32), 36), [4]),
    ],
)
def test_only_breaks_between_nights_are_bridged(
    nights: Sequence[int], measured: list[float]
) -> None:
    made = diary(("NF", 28), resident_specialty=INTERNAL)
    made = made.work(nights, "22:00-06:00", "night_float")
    found = judged(made.timeline(), [only("IM-NF-RUN", most_days=3)], Policy()).violations
    assert [one.measured for one in found] == measured


# --- Averaging periods ---

HOURS = "CPR-6.20-80H"


def test_two_whole_chunks_are_two_periods_and_no_more() -> None:
    made = diary(("WARD", 56)).work(each("Mon-Sat", 5, 6, 7, 8), "06:00-20:00")
    finding = made.verdict().finding(HOURS)
    assert (made.number(finding.first), made.number(finding.last)) == (29, 56)


@pytest.mark.parametrize(("remainder", "first"), [("last28", 30), ("own", 57)])
def test_a_day_left_over_is_averaged_too(remainder: Remainder, first: int) -> None:
    made = diary(("WARD", 57)).work(each("Mon-Sat", 5, 6, 7, 8), "06:00-19:20")
    made = made.work(57, "06:00-20:00")
    finding = made.verdict(policy=Policy(remainder=remainder)).finding(HOURS)
    assert (made.number(finding.first), made.number(finding.last)) == (first, 57)


@pytest.mark.parametrize(("end", "days"), [("20:00", []), ("20:30", [14])])
def test_fewer_than_28_days_are_one_rolling_period(end: str, days: list[int]) -> None:
    made = diary(("WARD", 14)).work(range(2, 15), f"08:00-{end}")
    verdict = made.verdict(policy=Policy(averaging="rolling28_local"))
    assert [one.days for one in verdict.findings(HOURS)] == days


@pytest.mark.parametrize(
    ("rotations", "errors"), [((), []), (("WARD",), [HOURS]), (("ED",), [HOURS])]
)
def test_an_exception_for_a_rotation_is_for_no_time_between_rotations(
    rotations: tuple[str, ...], errors: list[str]
) -> None:
    made = diary(("WARD", 28)).work(each("Mon-Sat", 5, 6, 7, 8), "06:00-20:00")
    granted = HoursException(hours=88, approval="RC 1", rotations=rotations)
    policy = Policy(averaging="fixed28", exceptions=(granted,))
    found = judged(with_gaps(made, ("ED", 40, 56), last=56), [pack(COMMON)], policy).violations
    assert [one.rule for one in found if one.rule == HOURS] == 2 * errors


def test_leave_throughout_is_judged_by_the_days_that_were_worked() -> None:
    away = diary().off(1, 28)
    assert away.work(3, "08:00-12:00").verdict().violations == ()
    finding = away.work(3, "06:00-19:00").verdict().finding(HOURS)
    assert (finding.measured, finding.days, finding.leave_days) == (91, 1, 27)


def test_a_day_of_little_work_on_leave_hides_no_day_of_much() -> None:
    made = diary(("WARD", 2)).off(2).work(1, "06:00-18:00").work(2, "08:00-09:00")
    finding = made.verdict().finding(HOURS)
    assert (finding.measured, finding.days, finding.leave_days) == (84, 1, 1)


def test_hours_in_a_week_without_a_place_count_on_all_rotations_and_between_none() -> None:
    made = diary(("WARD", 7)).work(each("Mon-Sat", 1), "06:00-18:01")
    known = with_gaps(made, last=28)
    total = only("EM-WEEK-TOTAL", applies=Applies())
    assert [one.measured for one in judged(known, [total], Policy()).violations] == [72.1, 72.1]


@pytest.mark.parametrize(("minutes", "warnings"), [(0, []), (1, [HOURS])])
def test_a_minute_on_a_day_of_leave_brings_its_day_back(minutes: int, warnings: list[str]) -> None:
    made = diary(("WARD", 8)).work(each("Mon-Sat", 1), "06:00-19:20").off(8)
    if minutes:
        made = made.work(8, "12:00-12:01")
    verdict = made.verdict()
    assert (verdict.rules("error"), verdict.warnings) == ([], warnings)


def test_leave_with_as_much_duty_as_other_days_is_left_out_of_what_a_finding_tells() -> None:
    made = diary(("WARD", 14)).work(range(1, 15), "08:00-20:00").off(14)
    finding = made.verdict().finding(HOURS)
    assert (finding.measured, finding.days, finding.leave_days) == (84.0, 13, 1)


def test_a_single_day_without_leave_is_warned_about_like_many() -> None:
    made = diary(("WARD", 2)).work(1, "08:00-18:00").off(2)
    assert made.verdict().warnings == []
    assert made.work(2, "08:00-13:00").verdict().warnings == [HOURS]


def test_stays_of_ones_own_accord_are_one_finding_when_periods_roll() -> None:
    made = diary(("WARD", 42)).work((10, 12), "18:00-19:00", "voluntary")
    policy = Policy(averaging="rolling28_local")
    assert len(made.verdict(policy=policy).findings("CPR-6.23-VOL")) == 1


# --- Stays of one's own accord do not shorten the rest ---

EIGHT = "CPR-6.21-8H"


@pytest.mark.parametrize(("end", "warnings"), [("22:00", []), ("22:01", [EIGHT])])
def test_a_stay_is_waived_when_the_schedule_left_eight_hours(end: str, warnings: list[str]) -> None:
    made = diary().work(1, f"08:00-{end}").work(2, "06:00-16:00")
    assert made.work(1, f"{end}-23:30", "voluntary").verdict().warnings == warnings


def test_a_return_after_the_last_scheduled_duty_is_waived_for_everybody() -> None:
    made = diary().work(1, "06:00-18:00").work(1, "20:00-21:00", "voluntary")
    assert made.verdict().violations == ()
    two = timeline([made, called("r2", made)])
    assert judged(two, [pack(COMMON)], Policy()).violations == ()


def test_a_stay_before_the_first_scheduled_duty_is_waived_for_everybody() -> None:
    made = diary().work(-12, "02:00-03:00", "voluntary").work(-12, "04:00-12:00")
    assert made.verdict().violations == ()
    two = timeline([made, called("r2", made)])
    assert judged(two, [pack(COMMON)], Policy()).violations == ()


def stayed(day: int, home: int) -> DutyDiary:
    """Return duty until 22:00 of a day, a return at 02:00, and a full day of work from home."""
    made = diary(*THREE).work(home, "06:00-20:00", "work_from_home")
    return made.work(day, "20:00-22:00").work(day + 1, "02:00-03:00", "voluntary")


@pytest.mark.parametrize(
    ("day", "home", "warnings"),
    [
        (1, 1, [EIGHT]),
        (1, 10, []),
        (2, 1, []),
        (0, 1, [EIGHT]),
        (0, 28, []),
        (28, 28, [EIGHT]),
        (27, 28, []),
        (28, 1, []),
        (-1, 1, []),
        (29, 28, []),
    ],
)
def test_a_stay_is_waived_unless_the_period_in_which_rest_begins_has_too_many_hours(
    day: int, home: int, warnings: list[str]
) -> None:
    assert stayed(day, home).verdict().warnings == warnings


# --- Everybody is judged alone ---


def neighbours() -> list[DutyDiary]:
    """Return residents who break much, next to others who are busy long before and after."""
    blocks = (("ED", 9), ("WARD", 19))

    def somebody(name: str, zone: str = "America/New_York", pgy: int = 2) -> DutyDiary:
        made = diary(*blocks, person=name, zone=zone, pgy=pgy)
        return replace(made, specialty=EMERGENCY, resident_specialty=INTERNAL)

    early = somebody("early").work(range(-41, -32), "07:00-22:00").work(-31, "03:00-04:00", "call")
    early = early.work((-30, -28), "18:00-06:00", "call").work(-28, "08:00-10:00", "voluntary")
    late = somebody("late").work(range(49, 58), "07:00-22:00").work(59, "18:00-06:00", "call")
    late = late.work(60, "07:00-08:00", "voluntary").work(60, "09:00-10:00", "home_call")
    calls = somebody("calls", pgy=1).call(range(-4, 38, 2), "12:00").off(15, 18)
    calls = calls.work(17, "12:00-13:00").work(20, "12:00-13:00", "moonlighting_external")
    nights = somebody("nights", "Pacific/Auckland")
    nights = nights.work(range(-9, 40), "22:00-06:00", "night_float").off(28)
    days = somebody("days", "Pacific/Honolulu").work(range(-9, 40), "06:00-21:00")
    days = days.work(range(3, 20), "21:00-23:00", "voluntary")
    pager = somebody("pager").work(range(-7, 37), "18:00-06:00", "home_call")
    pager = pager.call(9, "07:00").work(10, "16:00-18:00", "home_call_in")
    return [early, late, somebody("idle"), calls, early, nights, late, days, pager, early]


Found = TypeVar("Found", Violation, Margin)

POLICIES = (
    Policy(),
    Policy(averaging="fixed28", merge_gap_minutes=90, rounding="exact"),
    Policy(averaging="calendar_month", remainder="own", rounding="ceil"),
    Policy(averaging="rolling28_local", moonlighting_breaks_days_off=False),
)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.averaging)
def test_everybody_is_judged_as_if_nobody_else_were_there(policy: Policy) -> None:
    people = [called(f"{one.person} {number}", one) for number, one in enumerate(neighbours())]
    packs = [pack(COMMON), pack(EM), pack(IM)]
    alone = [judged(timeline([one]), packs, policy) for one in people]
    expected = [one for own in alone for one in own.violations]
    assert len(expected) > 50
    for together in (people, people[::-1]):
        verdict = judged(timeline(together), packs, policy)
        assert _by_person(verdict.violations) == _by_person(expected)
        assert _by_person(verdict.margins) == _by_person(
            [one for own in alone for one in own.margins]
        )


def _by_person(found: Sequence[Found]) -> list[Found]:
    return sorted(found, key=lambda one: (one.person, one.rule, one.start, one.end))


@pytest.mark.parametrize(
    ("blocks", "rotation"),
    [
        ((("WARD", 29),), "WARD"),
        ((("WARD", 28), ("ED", 2)), "ED"),
        ((("WARD", 29), ("ED", 1)), "WARD"),
        ((("WARD", 30), ("ED", 26)), "WARD"),
    ],
)
def test_a_period_that_is_not_a_rotation_s_is_named_after_its_first_day(
    blocks: tuple[tuple[str, int], ...], rotation: str
) -> None:
    made = diary(*blocks).work(range(29, 57), "06:00-21:00")
    policy = Policy(averaging="fixed28", remainder="own")
    two = judged(timeline([made, called("r2", made)]), [pack(COMMON)], policy)
    found = [one for one in two.violations if one.rule == HOURS]
    assert [(one.person, one.rotation) for one in found] == [("r1", rotation), ("r2", rotation)]
    assert [made.number(one.first) for one in found] == [29, 29]


# --- One person's change ---

CHANGES: dict[str, Callable[[DutyDiary], DutyDiary]] = {
    "nothing": lambda made: made,
    "a longer day": lambda made: made.work(10, "06:00-23:59"),
    "a night": lambda made: made.work(11, "22:00-06:00", "night_float"),
    "a call": lambda made: made.call(12, "13:00"),
    "home call": lambda made: made.work(range(1, 8), "18:00-06:00", "home_call"),
    "moonlighting": lambda made: made.work(13, "08:00-20:00", "moonlighting_external"),
    "a stay": lambda made: made.work((8, 9), "18:00-23:30", "voluntary"),
    "leave": lambda made: made.off(26, 27),
    "nothing left": lambda made: replace(made, intervals=()),
    "a rotation": lambda made: replace(made, blocks=(("ED", 20), ("WARD", 8))),
    "another year": lambda made: replace(
        made, intervals=tuple(replace(one, pgy=1) for one in made.intervals)
    ),
}


@pytest.mark.parametrize("person", [0, 3, 5, 7])
@pytest.mark.parametrize("change", CHANGES)
def test_revising_one_person_is_auditing_everybody(change: str, person: int) -> None:
    people = [called(f"{one.person} {number}", one) for number, one in enumerate(neighbours())]
    people = [replace(one, leave=()) for one in people]
    validator = ACGMEValidator([pack(COMMON), pack(EM), pack(IM)])
    changed = [*people]
    changed[person] = CHANGES[change](people[person])
    before, after = timeline(people), timeline(changed)
    own = replace(after.of(person), supervision=before.supervision)
    revised = validator.revise(validator.audit(before), own, person)
    full = validator.audit(after)
    assert revised.findings == full.findings
    assert revised.margins == full.margins
    assert revised.findings_of(person) == full.findings_of(person)
    assert revised.has_errors == full.has_errors


@pytest.mark.parametrize("averaging", get_args(AveragingMode))
def test_somebody_may_be_on_no_rotation_at_all(averaging: AveragingMode) -> None:
    busy, idle = diary(person="a").work(each("Mon-Sun"), "06:00-20:00"), diary(person="b")
    people = [busy.resident, idle.resident]
    both = build_timeline("record", people, busy.intervals, busy.spans)
    validator = ACGMEValidator([pack(COMMON), pack(EM)], Policy(averaging=averaging))
    audit = validator.audit(both)
    assert {one.person for one in audit.findings} == {"a"}
    revised = validator.revise(audit, both.of(1), 1)
    assert (revised.findings, revised.margins) == (audit.findings, audit.margins)


def test_revising_somebody_in_a_clinic_judges_the_clinic_again() -> None:
    made = excepted(5)
    validator = ACGMEValidator([pack(COMMON), pack(CMS)])
    crowded = validator.audit(made.timeline())
    assert [one.rule for one in crowded.findings] == [RATIO]
    without = replace(
        made, residents=(*made.residents[:2], _emptied(made.residents[2]), *made.residents[3:])
    )
    relieved = validator.revise(crowded, without.timeline().of(2), 2)
    assert relieved.findings == ()
    again = validator.revise(relieved, made.timeline().of(2), 2)
    assert again.findings == crowded.findings


def _emptied(made: DutyDiary) -> DutyDiary:
    return replace(made, intervals=())


@pytest.mark.parametrize(
    ("made", "errors"),
    [
        (diary(), False),
        (diary().work(1, "08:00-22:00").work(2, "05:00-12:00"), False),
        (diary().work(1, "07:00-08:00+1", "call"), True),
        (
            diary().work(1, "07:00-08:00+1", "call").work(3, "08:00-22:00").work(4, "05:00-09:00"),
            True,
        ),
    ],
)
def test_an_audit_knows_whether_anybody_breaks_a_must(made: DutyDiary, errors: bool) -> None:  # noqa: FBT001
    validator = ACGMEValidator([pack(COMMON)])
    for people in ([made], [diary(person="a"), made], [made, diary(person="z")]):
        assert validator.audit(timeline(people)).has_errors is errors
    assert validator.audit(timeline([made, called("r2", made)])).has_errors is errors
    warned = diary(person="a").work(1, "08:00-22:00").work(2, "05:00-12:00")
    assert validator.audit(timeline([warned, made])).has_errors is errors


def test_an_audit_of_a_crowded_clinic_has_errors() -> None:
    validator = ACGMEValidator([pack(COMMON), pack(CMS)])
    assert validator.audit(excepted(5).timeline()).has_errors
    assert not validator.audit(excepted(4).timeline()).has_errors


# --- In force ---


@pytest.mark.parametrize(
    ("length", "errors"), [(1, []), (2, ["CPR-6.25-ML"]), (3, ["CPR-6.25-ML"])]
)
def test_a_rule_may_take_effect_on_the_last_known_day(length: int, errors: list[str]) -> None:
    made = diary(("WARD", length), start="2017-06-30", pgy=1)
    assert made.work(2, "08:00-12:00", "moonlighting_external").verdict().errors == errors


@pytest.mark.parametrize(("first", "errors"), [(28, []), (29, [OFF])])
def test_a_period_is_judged_when_it_begins_on_the_first_day_in_force(
    first: int, errors: list[str]
) -> None:
    made = diary(("WARD", first - 1), ("ICU", 28), start="2017-06-03")
    made = made.work(range(first, first + 28), "08:00-00:00")
    verdict = made.verdict()
    assert made.date(29) == date(2017, 7, 1)
    assert [rule for rule in verdict.errors if rule == OFF] == errors


@pytest.mark.parametrize(("first", "found"), [(4, 1), (5, 1), (6, 0), (7, 0)])
def test_nights_on_end_are_judged_by_what_was_in_force_on_the_first(first: int, found: int) -> None:
    made = diary(start="2017-06-26").work(range(first, first + 7), "22:00-06:00", "night_float")
    assert len(made.verdict().findings("CPR-2011-NF6")) == found


# --- What is one finding ---


@pytest.mark.parametrize(("second", "starts"), [(range(10, 15), [1, 8]), (range(9, 14), [1])])
def test_weeks_that_only_touch_are_two_findings(second: Sequence[int], starts: list[int]) -> None:
    made = diary().work((*range(1, 6), *second), "18:00-06:00", "home_call")
    found = made.verdict().findings("CPR-6.28-HC")
    assert [made.number(one.first) for one in found] == starts


def test_only_hours_and_days_off_end_the_waiver_of_a_stay() -> None:
    made = diary().work(4, "08:00-18:00").work(5, "00:00-01:00", "voluntary")
    verdict = made.work(5, "07:00-07:30+1", "call").verdict()
    assert verdict.errors == ["CPR-6.22-24H", "CPR-6.22a-+4"]
    assert verdict.warnings == []


@pytest.mark.parametrize(("back", "minutes"), [("12:00", 480), ("12:01", 479), ("12:02", 478)])
def test_a_minute_at_home_is_not_worked(back: str, minutes: int) -> None:
    made = diary(("WARD", 7)).work(1, "08:00-12:00").work(1, f"{back}-16:00")
    assert made.verdict().margin(HOURS).measured == pytest.approx(minutes / 60)


# --- Evidence, versions and limits of one's own ---


def test_evidence_is_the_duty_in_a_window_and_at_its_edges() -> None:
    made = diary().work(1, "08:00-22:00").work(2, "05:00-12:00").work(3, "08:00-12:00")
    finding = made.verdict().finding(EIGHT)
    assert finding.evidence == ("day 1 in_house 08:00-22:00", "day 2 in_house 05:00-12:00")


def test_home_call_is_evidence_too() -> None:
    made = diary().work(range(1, 6), "18:00-06:00", "home_call").work(20, "08:00-12:00")
    finding = made.verdict().finding("CPR-6.28-HC")
    assert finding.evidence == tuple(f"day {day} home_call 18:00-06:00" for day in range(1, 6))


def version(begin: date, end: date | None) -> AnyDutyHourRule:
    (rule,) = only("CPR-6.22-24H").rules
    return replace(rule, effective_from=begin, effective_to=end)


@pytest.mark.parametrize(
    ("end", "begin", "words"),
    [
        (date(2020, 6, 30), date(2020, 7, 1), ""),
        (date(2020, 6, 30), date(2020, 6, 30), "two versions in force on one day"),
        (date(2020, 6, 30), date(2020, 6, 29), "two versions in force on one day"),
        (date(2019, 1, 1), date(2020, 6, 29), ""),
        (date(2018, 12, 31), date(2020, 6, 29), "ends before it takes effect"),
        (None, date(2020, 6, 29), "two versions in force on one day"),
    ],
)
def test_versions_of_a_rule_have_no_day_in_common(
    end: date | None, begin: date, words: str
) -> None:
    older, newer = version(date(2019, 1, 1), end), version(begin, None)
    for rules in ((older, newer), (newer, older)):
        if words:
            with pytest.raises(ValueError, match=words):
                replace(only("CPR-6.22-24H"), rules=rules)
        else:
            assert len(replace(only("CPR-6.22-24H"), rules=rules).rules) == 2


@pytest.mark.parametrize(("limit", "allowed"), [(1, True), (0, True), (-1, False), (-2, False)])
def test_a_programme_may_allow_none_and_no_less_than_none(limit: int, allowed: bool) -> None:  # noqa: FBT001
    policy = Policy(tightened=(Tightening(rule="CPR-6.23-VOL", limit=limit),))
    if not allowed:
        with pytest.raises(InvalidPolicyError):
            ACGMEValidator([pack(COMMON)], policy)
        return
    stays = diary().work(1, "18:00-19:00", "voluntary").verdict(policy=policy)
    assert len(stays.findings("CPR-6.23-VOL")) == 1 - limit
