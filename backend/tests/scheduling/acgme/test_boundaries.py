"""Boundaries that the worked examples leave open: most of them were found by mutation testing."""

from datetime import date

import pytest

from app.scheduling.acgme.finding import Violation
from app.scheduling.acgme.intervals import Level
from app.scheduling.acgme.policy import Policy
from tests.scheduling.acgme.builders import COMMON, diary, judged, pack
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
