"""Specification §0, §7, §13 and §14: what other software gets wrong, and how a finding is told."""

import pytest

from tests.scheduling.acgme.builders import (
    COMMON,
    EM,
    EMERGENCY,
    IM,
    INTERNAL,
    NY,
    diary,
    each,
    pack,
)

HOURS = "CPR-6.20-80H"
EIGHT = "CPR-6.21-8H"
FOURTEEN = "CPR-6.21a-14H"
DAYS_OFF = "CPR-6.21b-1in7"
CONTINUOUS = "CPR-6.22-24H"


def test_heavy_weeks_on_both_sides_of_a_boundary_are_not_pooled() -> None:
    made = diary(("WARD", 28), ("ICU", 28))
    made = made.work(each("Mon-Sat", 1, 2, 7, 8), "06:00-17:00")
    made = made.work(each("Mon-Sat", 3, 4, 5, 6), "06:00-21:00")
    verdict = made.verdict()
    assert verdict.errors == []
    assert verdict.margin(HOURS).measured == 78.0


def test_a_light_rotation_before_does_not_hide_two_heavy_weeks() -> None:
    made = diary(("ELECTIVE", 14), ("ICU", 14)).work(each("Mon-Fri", 1, 2), "08:00-17:00")
    verdict = made.work(each("Mon-Sat", 3, 4), "06:00-20:20").verdict()
    assert verdict.errors == [HOURS]
    assert verdict.finding(HOURS).measured == 86.0


def test_270_hours_in_four_weeks_with_a_vacation_are_not_67_and_a_half_a_week() -> None:
    made = diary().work(each("Mon-Sat", 1, 2, 3), "06:00-21:00").off(22, 28)
    assert made.verdict().finding(HOURS).measured == 270 / 3


def test_a_clinic_week_is_45_hours_and_not_six_for_every_half_day() -> None:
    made = diary(("CLINIC", 7)).work(each("Mon-Fri", 1), "08:00-12:00")
    made = made.work(each("Mon-Fri", 1), "12:00-13:00", "education")
    verdict = made.work(each("Mon-Fri", 1), "13:00-17:00").verdict()
    assert verdict.violations == ()
    assert verdict.margin(HOURS).measured == 45.0
    assert verdict.margin(CONTINUOUS).measured == 9.0


def test_a_month_of_calls_is_296_hours_and_not_six_for_every_half_day() -> None:
    others = [day for day in range(1, 29) if day % 4 in (0, 3) and day not in (4, 12, 20, 28)]
    verdict = diary().call(range(1, 28, 4)).work(others, "07:00-17:00").verdict()
    assert verdict.margin(HOURS).measured == 296 / 4


@pytest.mark.parametrize(("start", "errors"), [("21:00", [FOURTEEN]), ("00:59", [FOURTEEN])])
def test_ten_hours_after_a_call_are_too_few(start: str, errors: list[str]) -> None:
    day = 2 if start == "21:00" else 3
    assert diary().call(1).work(day, f"{start}-08:00", "night_float").verdict().errors == errors


@pytest.mark.parametrize("pgy", [1, 2])
def test_a_first_year_may_be_on_duty_for_more_than_16_hours(pgy: int) -> None:
    assert diary(pgy=pgy).call(1).verdict().violations == ()


def test_eight_hours_are_enough_and_ten_are_not_asked_for() -> None:
    made = diary().work(1, "08:00-22:00").work(2, "06:00-16:00")
    assert made.verdict().violations == ()


@pytest.mark.parametrize(("start", "warnings"), [("06:00", []), ("05:59", [EIGHT])])
def test_short_rest_is_a_warning_and_not_an_error(start: str, warnings: list[str]) -> None:
    made = diary().work(1, "08:00-22:00").work(2, f"{start}-16:00")
    verdict = made.verdict()
    assert (verdict.errors, verdict.warnings) == ([], warnings)


def test_more_than_six_days_on_end_are_no_common_error() -> None:
    made = diary().work(range(1, 11), "08:00-18:00").work((29,), "08:00-18:00")
    verdict = made.verdict()
    assert verdict.violations == ()


@pytest.mark.parametrize(
    ("nights", "infos"), [(6, []), (7, ["CPR-6.26-NF"]), (10, ["CPR-6.26-NF"])]
)
def test_more_than_six_nights_on_end_are_only_pointed_at(nights: int, infos: list[str]) -> None:
    made = diary(("NF", 28)).work(range(1, nights + 1), "20:00-06:00", "night_float")
    verdict = made.verdict()
    assert (verdict.errors, verdict.warnings, verdict.infos) == ([], [], infos)


def test_lunch_is_duty() -> None:
    made = diary(("CLINIC", 7)).work(each("Mon-Fri", 1), "08:00-17:00")
    assert made.verdict().margin(HOURS).measured == 45.0


@pytest.mark.parametrize(
    ("kind", "hours"),
    [
        ("in_house", 10.0),
        ("call", 10.0),
        ("night_float", 10.0),
        ("education", 10.0),
        ("admin", 10.0),
        ("transition", 10.0),
        ("voluntary", 10.0),
        ("work_from_home", 10.0),
        ("home_call", 0.0),
        ("home_call_activity", 10.0),
        ("home_call_in", 10.0),
        ("moonlighting_internal", 10.0),
        ("moonlighting_external", 10.0),
        ("conference", 10.0),
    ],
)
def test_what_counts_towards_80_hours_and_ends_a_day_off(kind: str, hours: float) -> None:
    made = diary(("WARD", 7)).work((*each("Mon-Sat", 1), 8), "08:00-18:00")
    assert made.verdict().errors == []
    verdict = made.work(7, "08:00-18:00", kind).verdict()
    assert verdict.errors == [DAYS_OFF]
    assert verdict.margin(HOURS).measured == 60.0 + hours


@pytest.mark.parametrize(
    ("kind", "is_run"),
    [
        ("in_house", True),
        ("call", True),
        ("night_float", True),
        ("education", False),
        ("admin", False),
        ("transition", True),
        ("voluntary", True),
        ("work_from_home", False),
        ("home_call", False),
        ("home_call_activity", False),
        ("home_call_in", True),
        ("moonlighting_internal", True),
        ("moonlighting_external", False),
        ("conference", False),
    ],
)
def test_what_makes_an_in_house_run(kind: str, is_run: bool) -> None:  # noqa: FBT001
    made = diary().work(1, "08:00-18:00").work(1, "20:00-23:00", kind).work(2, "12:00-18:00")
    margin = made.verdict().margin(EIGHT)
    assert margin.measured == (2.0 if is_run else 18.0)


@pytest.mark.parametrize(("kind", "length"), [("education", 12.0), ("admin", 12.0)])
def test_education_and_administration_lengthen_a_run_that_they_touch(
    kind: str, length: float
) -> None:
    made = diary().work(1, "08:00-18:00").work(1, "18:00-20:00", kind).work(2, "03:00-12:00")
    verdict = made.verdict()
    assert verdict.margin(CONTINUOUS).measured == length
    assert verdict.finding(EIGHT).measured == 7.0


def test_a_finding_quotes_its_arithmetic_and_where_it_is_from() -> None:
    made = diary(("MICU", 28), start="2027-01-04").work(each("Mon-Sat")[:17], "06:00-20:00")
    verdict = made.work(each("Mon-Sat")[17:], "06:00-21:00").verdict()
    assert verdict.errors == [HOURS]
    finding = verdict.finding(HOURS)
    assert finding.measured == 343 / 28 * 7 == 85.75
    assert finding.message == (
        "MICU 4-31 Jan 2027: 343 h in 28 days, no leave: 85.75 h a week; limit 80"
    )
    assert (finding.pack, finding.version, finding.confidence) == (COMMON, "2025-09-03", "V")
    assert finding.sources
    assert not finding.unconfirmed
    assert (finding.person, finding.rotation, finding.averaging) == ("r1", "MICU", "rotation")
    assert (finding.zone, finding.unit) == ("America/New_York", "hours a week")
    assert finding.start.isoformat() == "2027-01-04T00:00:00-05:00"
    assert finding.end.isoformat() == "2027-02-01T00:00:00-05:00"
    assert (finding.first.isoformat(), finding.last.isoformat()) == ("2027-01-04", "2027-01-31")
    assert set(finding.evidence) == {one.reference for one in made.intervals} | {
        f"day {day} in_house 06:00-21:00" for day in each("Mon-Sat")[17:]
    }


def test_the_evidence_is_the_duty_in_the_window_and_no_other() -> None:
    made = diary(("WARD", 14), ("ICU", 14)).work((*each("Mon-Sat", 1), 15), "06:00-12:00")
    made = made.work(9, "06:00-08:00").call(9, "11:30").work(12, "06:00-18:00")
    finding = made.verdict().finding("CPR-6.22a-+4")
    assert finding.evidence == (
        "day 9 in_house 06:00-08:00",
        "day 9 call 07:00-07:00",
        "day 10 transition 07:00-11:30",
    )


@pytest.mark.parametrize("name", [COMMON, EM, IM, NY])
def test_every_number_has_a_source_or_is_marked_as_not_read(name: str) -> None:
    for rule in pack(name).rules:
        assert rule.sources or rule.confidence == "M", rule.id
        assert (rule.pack, rule.version) == (name, pack(name).version)


def test_findings_of_all_packs_name_theirs() -> None:
    made = diary(("ED", 28), specialty=EMERGENCY, resident_specialty=INTERNAL, pgy=1)
    made = made.call((*range(1, 29, 2),)).work(each("Sun"), "12:00-20:00", "moonlighting_internal")
    verdict = made.verdict(EM, IM, NY)
    assert {one.pack for one in verdict.violations} == {COMMON, EM, IM, NY}
    assert all(one.message and one.version for one in verdict.violations)
