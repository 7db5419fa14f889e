"""Specification §8 and §12: internal and emergency medicine, New York; confirmed or not."""

from collections.abc import Sequence

import pytest

from app.scheduling.acgme.pack import InvalidPolicyError
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.validator import ACGMEValidator
from tests.scheduling.acgme.builders import (
    COMMON,
    EM,
    EMERGENCY,
    IM,
    INTERNAL,
    NY,
    DutyDiary,
    confirmed,
    diary,
    each,
    pack,
)


def emergency(days: int = 28) -> DutyDiary:
    """Return an empty diary in an emergency department."""
    return diary(("ED", days), specialty=EMERGENCY)


def nights(made: DutyDiary, days: Sequence[int]) -> DutyDiary:
    """Return a diary with short nights on these days."""
    return made.work(days, "22:00-06:00", "night_float")


@pytest.mark.parametrize(("second", "rules"), [(4, []), (3, ["IM-Q3"])])
@pytest.mark.parametrize("sure", [True, False])
def test_internal_medicine_does_not_average_calls(
    second: int,
    rules: list[str],
    sure: bool,  # noqa: FBT001
) -> None:
    made = diary(resident_specialty=INTERNAL).call((1, second), "07:00")
    verdict = made.verdict(IM, policy=Policy(confirmed=confirmed(IM) if sure else ()))
    assert (verdict.errors, verdict.warnings) == ((rules, []) if sure else ([], rules))
    assert made.verdict().violations == ()


@pytest.mark.parametrize(("nights_on_end", "rules"), [(31, []), (32, ["IM-NF-RUN"])])
@pytest.mark.parametrize("sure", [True, False])
def test_internal_medicine_has_a_month_of_nights_on_end(
    nights_on_end: int,
    rules: list[str],
    sure: bool,  # noqa: FBT001
) -> None:
    days = [day for day in range(1, nights_on_end + 1) if day % 7]
    made = nights(diary(("NF", 56), resident_specialty=INTERNAL), days)
    verdict = made.verdict(IM, policy=Policy(confirmed=confirmed("IM-NF-RUN") if sure else ()))
    assert (verdict.errors, verdict.warnings) == ((rules, []) if sure else ([], rules))
    assert verdict.margin("IM-NF-RUN").measured == nights_on_end


def test_a_break_of_four_nights_ends_a_stretch() -> None:
    made = diary(("NF", 56), resident_specialty=INTERNAL)
    bridged = nights(made, [*range(1, 7), *range(10, 16)]).verdict(IM)
    assert bridged.margin("IM-NF-RUN").measured == 15
    apart = nights(made, [*range(1, 7), *range(11, 17)]).verdict(IM)
    assert apart.margin("IM-NF-RUN").measured == 6


@pytest.mark.parametrize(("last", "rules"), [(8, []), (9, ["IM-NF-YEAR"])])
@pytest.mark.parametrize("sure", [True, False])
def test_internal_medicine_has_two_months_of_nights_a_year(
    last: int,
    rules: list[str],
    sure: bool,  # noqa: FBT001
) -> None:
    blocks = (("NF", 28), ("WARD", 28), ("NF", 28), ("WARD", 28), ("NF", 28))
    made = diary(*blocks, resident_specialty=INTERNAL)
    made = nights(made, [*each("Mon-Sat"), *each("Mon-Sat", 9, 10, 11, 12)])
    made = nights(made, [day for day in range(113, 113 + last) if day != 119])
    verdict = made.verdict(IM, policy=Policy(confirmed=confirmed("IM-NF-YEAR") if sure else ()))
    assert (verdict.errors, verdict.warnings) == ((rules, []) if sure else ([], rules))
    assert verdict.margin("IM-NF-YEAR").measured == 27 + 27 + last


def test_internal_medicine_is_about_the_resident_and_not_the_place() -> None:
    guest = diary(specialty=INTERNAL, resident_specialty="surgery").call((1, 3), "07:00")
    assert guest.verdict(IM).warnings == []
    away = diary(specialty="surgery", resident_specialty=INTERNAL).call((1, 3), "07:00")
    assert away.verdict(IM).warnings == ["IM-Q3"]
    at_home = diary().call((1, 3), "07:00")
    assert at_home.verdict(IM, policy=Policy(specialty="Internal Medicine")).warnings == ["IM-Q3"]


def test_emergency_medicine_is_about_the_place_and_not_the_resident() -> None:
    away = diary(specialty=INTERNAL, resident_specialty=EMERGENCY).work(1, "06:00-19:00")
    assert away.planned(EM).errors == []
    guest = diary(specialty=EMERGENCY, resident_specialty=INTERNAL).work(1, "06:00-19:00")
    assert guest.planned(EM).errors == ["EM-SHIFT"]
    at_home = diary().work(1, "06:00-19:00")
    assert at_home.planned(EM, policy=Policy(specialty=EMERGENCY)).errors == ["EM-SHIFT"]


@pytest.mark.parametrize(("end", "errors"), [("19:00", []), ("19:01", ["EM-SHIFT"])])
def test_a_shift_in_emergency_medicine_is_at_most_12_hours(end: str, errors: list[str]) -> None:
    assert emergency().work(1, f"07:00-{end}").planned(EM).errors == errors


@pytest.mark.parametrize(("start", "errors"), [("07:00", []), ("06:59", ["EM-REST"])])
def test_rest_in_emergency_medicine_is_as_long_as_the_shift(start: str, errors: list[str]) -> None:
    made = emergency().work(1, "07:00-19:00").work(2, f"{start}-12:00")
    assert made.planned(EM).errors == errors


@pytest.mark.parametrize(("end", "rules"), [("19:00", []), ("19:01", ["EM-WEEK-CLINICAL"])])
@pytest.mark.parametrize("sure", [True, False])
def test_emergency_medicine_has_60_hours_a_week_with_patients(
    end: str,
    rules: list[str],
    sure: bool,  # noqa: FBT001
) -> None:
    made = emergency().work(each("Mon-Thu", 1), "07:00-19:00")
    made = made.work(5, "07:00-18:00").work(6, f"18:00-{end}")
    verdict = made.planned(EM, policy=Policy(confirmed=confirmed(EM) if sure else ()))
    assert (verdict.errors, verdict.warnings) == ((rules, []) if sure else ([], rules))


@pytest.mark.parametrize("sure", [True, False])
def test_emergency_medicine_has_72_hours_a_week_in_all(sure: bool) -> None:  # noqa: FBT001
    made = emergency().work(each("Mon-Fri", 1), "07:00-19:00").work(6, "08:00-20:00", "education")
    policy = Policy(confirmed=confirmed(EM) if sure else ())
    assert made.planned(EM, policy=policy).violations == ()
    verdict = made.work(6, "20:00-20:01", "education").planned(EM, policy=policy)
    total, rolling = "EM-WEEK-TOTAL", "EM-WEEK-ROLLING"
    found = (verdict.errors, verdict.warnings)
    assert found == (([total], [rolling]) if sure else ([], [rolling, total]))
    assert verdict.finding(total).unconfirmed != sure


def test_any_seven_days_in_emergency_medicine_are_a_warning_where_no_week_is() -> None:
    made = emergency().work((*each("Thu-Sun", 1), 8, 9), "07:00-19:00")
    made = made.work(10, "07:00-08:00", "education")
    verdict = made.planned(EM, policy=Policy(confirmed=confirmed(EM)))
    assert (verdict.errors, verdict.warnings) == ([], ["EM-WEEK-ROLLING"])
    assert verdict.finding("EM-WEEK-ROLLING").measured == 73.0


@pytest.mark.parametrize(("last", "errors"), [(6, []), (7, ["EM-DAYOFF", "EM-NIGHTS"])])
def test_emergency_medicine_has_six_nights_on_end(last: int, errors: list[str]) -> None:
    made = emergency().work(range(1, last + 1), "22:00-06:00", "night_float")
    assert made.planned(EM).errors == errors


def test_emergency_medicine_has_no_call() -> None:
    made = emergency().work(1, "19:00-07:00", "call")
    assert made.planned(EM).errors == ["EM-CALL"]


def test_the_week_of_emergency_medicine_ends_with_the_rotation() -> None:
    blocks = diary(("WARD", 7), ("CLINIC", 21)).work(each("Mon-Sat", 1), "06:00-18:30")
    assert blocks.planned(EM).errors == []


@pytest.mark.parametrize(("start", "errors"), [("06:00", []), ("05:59", ["NY-8H"])])
def test_eight_hours_are_a_must_in_new_york(start: str, errors: list[str]) -> None:
    made = diary().work(1, "08:00-22:00").work(2, f"{start}-16:00")
    verdict = made.verdict(NY)
    assert (verdict.errors, verdict.warnings) == (errors, [])
    if errors:
        assert verdict.finding("NY-8H").also == ("CPR-6.21-8H",)


def test_new_york_and_the_common_rules_find_80_hours_once() -> None:
    verdict = diary().work(each("Mon-Sat"), "06:00-19:30").verdict(NY)
    (finding,) = [one for one in verdict.violations if one.severity == "error"]
    assert {finding.rule, *finding.also} == {"CPR-6.20-80H", "NY-80H"}
    assert finding.measured == 81.0


@pytest.mark.parametrize(("off", "errors"), [((8, 14), []), ((9, 14), ["NY-DAYOFF"])])
def test_new_york_does_not_average_days_off(off: tuple[int, int], errors: list[str]) -> None:
    days = [day for day in range(1, 15) if day not in off]
    made = diary(("WARD", 14)).work((*days, 15), "08:00-16:00")
    verdict = made.verdict(NY)
    assert (verdict.errors, verdict.warnings) == (errors, [])


@pytest.mark.parametrize(("out", "rules"), [("10:00", []), ("10:01", ["NY-TRANSITION"])])
@pytest.mark.parametrize("sure", [True, False])
def test_new_york_may_have_three_hours_for_transitions(
    out: str,
    rules: list[str],
    sure: bool,  # noqa: FBT001
) -> None:
    policy = Policy(confirmed=confirmed(NY) if sure else ())
    verdict = diary().call(1, out).verdict(NY, policy=policy)
    assert (verdict.errors, verdict.warnings) == ((rules, []) if sure else ([], rules))


@pytest.mark.parametrize(("end", "errors"), [("19:00", []), ("19:01", ["NY-ED"])])
def test_emergency_departments_in_new_york_have_12_hours(end: str, errors: list[str]) -> None:
    assert emergency().work(1, f"07:00-{end}").verdict(NY).errors == errors
    assert diary().work(1, f"07:00-{end}").verdict(NY).errors == []


def test_both_the_common_rules_and_new_york_stop_duty_at_24_hours() -> None:
    verdict = diary().work(1, "07:00-07:01+1", "call").verdict(NY)
    (finding,) = [one for one in verdict.violations if "24H" in one.rule]
    assert {finding.rule, *finding.also} == {"CPR-6.22-24H", "NY-24H"}


def everything_broken() -> DutyDiary:
    """Return three months in which hardly any rule is kept."""
    blocks = (("ED", 28), ("ICU", 28), ("NF", 35))
    made = diary(*blocks, specialty=EMERGENCY, resident_specialty=INTERNAL)
    made = made.call(range(1, 29, 2), "12:00").work(range(29, 57), "06:00-21:30")
    made = made.work(range(57, 92), "17:00-07:00", "night_float")
    made = made.work(range(57, 92), "12:00-16:00", "moonlighting_internal", approved=False)
    return made.work(range(57, 92), "07:00-09:00", "voluntary")


@pytest.mark.parametrize("basis", ["plan", "record"])
def test_unconfirmed_numbers_are_never_errors(basis: str) -> None:
    policy = Policy(no_moonlighting=("r1",))
    made = everything_broken()
    if basis == "plan":
        made = diary(*made.blocks, specialty=EMERGENCY, resident_specialty=INTERNAL).add(
            *[one for one in made.intervals if one.kind != "voluntary"]
        )
    verdict = made.verdict(EM, IM, NY, policy=policy, basis=basis)  # type: ignore[arg-type]
    unsure = [one for one in verdict.violations if one.confidence in ("M", "C")]
    assert {rule for one in unsure for rule in (one.rule, *one.also)} >= {
        "CPR-6.25-APPROVAL",
        "CPR-6.25-VISA",
        "EM-WEEK-CLINICAL",
        "EM-WEEK-TOTAL",
        "EM-WEEK-ROLLING",
        "IM-Q3",
        "IM-NF-RUN",
    }
    assert all(one.unconfirmed and one.severity != "error" for one in unsure)
    sure = [one for one in verdict.violations if one.confidence not in ("M", "C")]
    assert not any(one.unconfirmed for one in sure)
    assert any(one.severity == "error" for one in sure)


def test_a_confirmed_rule_may_be_an_error_and_the_others_of_its_pack_may_not() -> None:
    policy = Policy(no_moonlighting=("r1",), confirmed=confirmed("IM-Q3", "CPR-6.25-VISA"))
    verdict = everything_broken().verdict(EM, IM, NY, policy=policy)
    assert {one.severity for one in verdict.findings("IM-Q3")} == {"error"}
    assert {one.severity for one in verdict.findings("CPR-6.25-VISA")} == {"error"}
    assert {one.severity for one in verdict.findings("IM-NF-RUN")} == {"warning"}


def test_confirming_what_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidPolicyError, match="IM-Q4"):
        ACGMEValidator([pack(COMMON), pack(IM)], Policy(confirmed=confirmed("IM-Q4")))
