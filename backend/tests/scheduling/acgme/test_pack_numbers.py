"""Every number of every shipped rule pack: duty that keeps it exactly, and duty one unit beyond."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.files.faults import InvalidFile
from app.files.rule_packs import UnknownPackError, load_pack, load_packs, shipped_packs
from app.scheduling.acgme.finding import Violation
from app.scheduling.acgme.intervals import Basis
from app.scheduling.acgme.pack import RulePack
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.predicates import AnyDutyHourRule
from tests.scheduling.acgme.builders import (
    EMERGENCY,
    INTERNAL,
    DutyDiary,
    confirmed,
    diary,
    each,
    judged,
    pack,
)
from tests.scheduling.acgme.clinics import Clinic, clinic, moved

MOONLIGHTING = "moonlighting_external"
ONE_DAY = timedelta(1)
DEFAULTS = Policy()


Scene = DutyDiary | Clinic


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Duty that keeps a number exactly, and the same duty one unit beyond it.

    Parameters
    ----------
    rule, number, value
        The rule's id, and the name and value of its number; no name where nothing at all is
        allowed.
    """

    rule: str
    number: str = ""
    value: int = 0
    kept: Scene
    broken: Scene
    basis: Basis = "record"
    policy: Policy = DEFAULTS

    def __str__(self) -> str:
        return f"{self.rule} {self.number or 'as such'}"


# --- Duty to the minute, the night, the day and the resident ---


def weeks(end: str, start: str = "06:00") -> DutyDiary:
    """Return four weeks of six days of duty."""
    return diary().work(each("Mon-Sat"), f"{start}-{end}")


def rested(start: str, year: int = 2026) -> DutyDiary:
    """Return a day until 22:00 and the next one from `start` on."""
    made = diary(start=f"{year}-07-06")
    return made.work(1, "08:00-22:00").work(2, f"{start}-16:00")


def shift(end: str, *, ed: bool = False, year: int = 2026, pgy: int = 2) -> DutyDiary:
    """Return one shift from 07:00 on; one that ends at 07:00 or later lasts into the next day."""
    specialty = EMERGENCY if ed else ""
    return diary(start=f"{year}-07-06", specialty=specialty, pgy=pgy).work(1, f"07:00-{end}")


def a_week_in_emergency(end: str, education: str = "") -> DutyDiary:
    """Return five shifts of twelve hours from Monday on, a Saturday until `end`, and teaching."""
    made = emergency().work(each("Mon-Fri", 1), "07:00-19:00")
    if education:
        return made.work(6, education, "education")
    return replace(made, intervals=made.intervals[1:]).work(6, f"07:00-{end}")


def seven_days_in_emergency(end: str) -> DutyDiary:
    """Return five days from a Thursday on, the last until `end`, and a night up to Thursday 07:00.

    No other 168 hours hold as much.
    """
    made = emergency().work((4, 5, 6, 7), "07:00-19:00").work(8, f"07:00-{end}")
    return made.work(10, "19:00-07:00", "night_float")


def emergency(days: int = 28) -> DutyDiary:
    return diary(("ED", days), specialty=EMERGENCY)


def nights(
    *numbers: int, days: int = 28, kind: str = "night_float", year: int = 2026, specialty: str = ""
) -> DutyDiary:
    """Return eight-hour nights on these days."""
    made = diary(
        ("NF", days),
        start=f"{year}-07-06",
        specialty=specialty,
        resident_specialty=INTERNAL,
    )
    return made.work(numbers, "22:00-06:00", kind)


def in_a_row(count: int, first: int = 1) -> tuple[int, ...]:
    return tuple(range(first, first + count))


def two_months_of_nights(extra: int, days: int) -> DutyDiary:
    """Return 62 days of night float from day 1 on, and a night on day `extra`."""
    return nights(*in_a_row(31), *in_a_row(31, 40), extra, days=days)


def four_months_of_nights(extra: int, days: int) -> DutyDiary:
    """Return 124 days of night float from day 1 on, and a night on day `extra`."""
    blocks = [night for number in range(4) for night in in_a_row(31, 1 + 40 * number)]
    return nights(*blocks, extra, days=days)


def a_month(length: int) -> DutyDiary:
    """Return a month with its first four Sundays off and duty until its very end."""
    made = diary(("WARD", length)).work(each("Mon-Sat"), "08:00-18:00")
    return made.work(range(29, length + 1), "08:00-00:00")


def calendar_days_off(midnight: str = "") -> DutyDiary:
    """Return 30 days with four calendar days off, and a fifth day off from 10:00 to 14:00.

    A minute after midnight leaves the fourth of them its 24 hours, but not its midnights.
    """
    off = (7, 14, 21, 28)
    days = [day for day in range(1, 31) if day not in {*off, 17, 18}]
    made = diary(("WARD", 30)).work(days, "08:00-18:00")
    made = made.work(17, "06:00-10:00").work(18, "14:00-20:00")
    return made.work(28, midnight) if midnight else made


def after_call(last_call: str) -> DutyDiary:
    """Return seven short calls with 28 days off between them, seven of which begin after a call.

    From each call to the next there are four times 24 hours and no minute more.
    """
    made = diary(("WARD", 29))
    for number in range(6):
        made = made.work(1 + 4 * number, f"07:{number:02}-07:{number + 1:02}", "call")
    return made.work(25, last_call, "call").work(29, "12:00-00:00")


def soon_after_call(end: str) -> DutyDiary:
    """Return a call until 07:00, work from home until `end`, and one more day off."""
    made = diary(("WARD", 3)).work(1, "22:00-07:00", "call")
    return made.work(2, f"12:00-{end}", "work_from_home")


def residents_in_clinic(people: int) -> Clinic:
    return clinic(people).supervised(1, "08:00-12:00", primary_care_exception=True)


def with_a_beginner(since: str) -> Clinic:
    """Return four residents of whom one, who counts twice, began on a day; day 1 is 6 July."""
    return residents_in_clinic(4).beginning("r1", date.fromisoformat(since))


BEGINNERS_COUNT_TWICE = Policy(intern_weight=2.0)

PAIRS = (
    # Hours a week: 24 days of 13 h 20 min are 80 h a week, of 12 h 40 min 76 h.
    Pair(
        rule="CPR-6.20-80H",
        number="hours",
        value=80,
        kept=weeks("19:20"),
        broken=weeks("19:20").work(1, "19:20-19:21"),
    ),
    Pair(
        rule="CPR-6.20-PLAN",
        number="hours",
        value=80,
        kept=weeks("18:40"),
        broken=weeks("18:40").work(1, "18:40-18:41"),
        basis="plan",
    ),
    Pair(
        rule="NY-80H",
        number="hours",
        value=80,
        kept=weeks("19:20"),
        broken=weeks("19:20").work(1, "19:20-19:21"),
    ),
    # Rest.
    Pair(
        rule="CPR-6.21-8H",
        number="hours",
        value=8,
        kept=rested("06:00"),
        broken=rested("05:59"),
    ),
    Pair(
        rule="CPR-2011-8H",
        number="hours",
        value=8,
        kept=rested("06:00", 2012),
        broken=rested("05:59", 2012),
    ),
    Pair(
        rule="NY-8H",
        number="hours",
        value=8,
        kept=rested("06:00"),
        broken=rested("05:59"),
    ),
    Pair(
        rule="CPR-6.21a-14H",
        number="hours",
        value=14,
        kept=diary().call(1).work(3, "01:00-12:00"),
        broken=diary().call(1).work(3, "00:59-12:00"),
    ),
    Pair(
        rule="CPR-6.21a-14H",
        number="after_hours",
        value=24,
        kept=diary().work(1, "07:00-06:59", "call").work(2, "20:00-23:00"),
        broken=diary().work(1, "07:00-07:00", "call").work(2, "20:00-23:00"),
    ),
    Pair(
        rule="EM-REST",
        kept=shift("19:00", ed=True).work(2, "07:00-12:00"),
        broken=shift("19:00", ed=True).work(2, "06:59-12:00"),
    ),
    # Days off. Of 30 days one in seven is four; one in six would be five, one in eight three.
    Pair(
        rule="CPR-6.21b-1in7",
        number="per_days",
        value=7,
        kept=a_month(30),
        broken=a_month(30).work(14, "08:00-18:00"),
    ),
    Pair(
        rule="CPR-6.21b-EXACT",
        number="per_days",
        value=7,
        kept=a_month(28),
        broken=a_month(29),
    ),
    Pair(
        rule="CPR-6.21b-IDEAL",
        number="per_days",
        value=7,
        kept=calendar_days_off(),
        broken=calendar_days_off("00:00-00:01"),
    ),
    Pair(
        rule="CPR-6.21b-POSTCALL",
        number="percent",
        value=25,
        kept=after_call("07:06-07:07"),
        broken=after_call("07:05-07:06"),
    ),
    Pair(
        rule="CPR-6.21b-POSTCALL",
        number="within_hours",
        value=6,
        kept=soon_after_call("13:00"),
        broken=soon_after_call("12:59"),
    ),
    Pair(
        rule="CPR-6.21b-STRETCH",
        number="most_days",
        value=12,
        kept=diary().work(in_a_row(13), "08:00-18:00"),
        broken=diary().work(in_a_row(14), "08:00-18:00"),
    ),
    Pair(
        rule="CPR-6.26-NF",
        number="within_days",
        value=7,
        kept=nights(*in_a_row(6)),
        broken=nights(*in_a_row(7)),
    ),
    Pair(
        rule="EM-DAYOFF",
        number="within_days",
        value=7,
        kept=emergency().work(in_a_row(7), "08:00-16:00"),
        broken=emergency().work(in_a_row(8), "08:00-16:00"),
    ),
    Pair(
        rule="NY-DAYOFF",
        number="within_days",
        value=7,
        kept=diary().work(in_a_row(7), "08:00-16:00"),
        broken=diary().work(in_a_row(8), "08:00-16:00"),
    ),
    # Length of duty.
    Pair(
        rule="CPR-6.22-24H",
        number="hours",
        value=24,
        kept=shift("07:00"),
        broken=shift("07:01+1"),
    ),
    Pair(
        rule="NY-24H",
        number="hours",
        value=24,
        kept=shift("07:00"),
        broken=shift("07:01+1"),
    ),
    Pair(
        rule="CPR-2011-PGY1-16H",
        number="hours",
        value=16,
        kept=shift("23:00", year=2012, pgy=1),
        broken=shift("23:01", year=2012, pgy=1),
    ),
    Pair(
        rule="CPR-2011-PGY1-16H",
        number="applies.pgy",
        value=1,
        kept=shift("23:01", year=2012, pgy=2),
        broken=shift("23:01", year=2012, pgy=1),
    ),
    Pair(
        rule="EM-SHIFT",
        number="hours",
        value=12,
        kept=shift("19:00", ed=True),
        broken=shift("19:01", ed=True),
        basis="plan",
    ),
    Pair(
        rule="NY-ED",
        number="hours",
        value=12,
        kept=shift("19:00", ed=True),
        broken=shift("19:01", ed=True),
    ),
    Pair(
        rule="CPR-6.22a-+4",
        number="hours",
        value=4,
        kept=diary().call(1, "11:00"),
        broken=diary().call(1, "11:01"),
    ),
    Pair(
        rule="CPR-6.22a-+4",
        number="after_hours",
        value=24,
        kept=shift("07:00").work(2, "07:00-09:00", "transition"),
        broken=shift("07:01+1").work(2, "07:01-09:00", "transition"),
    ),
    Pair(
        rule="NY-TRANSITION",
        number="hours",
        value=3,
        kept=diary().call(1, "10:00"),
        broken=diary().call(1, "10:01"),
    ),
    Pair(
        rule="NY-TRANSITION",
        number="after_hours",
        value=24,
        kept=shift("07:00").work(2, "07:00-09:00", "transition"),
        broken=shift("07:01+1").work(2, "07:01-09:00", "transition"),
    ),
    # Weeks in emergency medicine: 48 h and 12 h with patients, 60 h and 12 h of teaching.
    Pair(
        rule="EM-WEEK-CLINICAL",
        number="hours",
        value=60,
        kept=a_week_in_emergency("19:00"),
        broken=a_week_in_emergency("19:01"),
    ),
    Pair(
        rule="EM-WEEK-TOTAL",
        number="hours",
        value=72,
        kept=a_week_in_emergency("", "07:00-19:00"),
        broken=a_week_in_emergency("", "07:00-19:01"),
    ),
    Pair(
        rule="EM-WEEK-ROLLING",
        number="hours",
        value=72,
        kept=seven_days_in_emergency("19:00"),
        broken=seven_days_in_emergency("19:01"),
    ),
    # Nights and calls.
    Pair(
        rule="CPR-6.27-Q3",
        number="every_nights",
        value=3,
        kept=nights(*range(1, 28, 3), kind="call"),
        broken=nights(*range(1, 28, 3), 3, kind="call"),
    ),
    Pair(
        rule="IM-Q3",
        number="nights",
        value=3,
        kept=nights(1, 4, kind="call"),
        broken=nights(1, 3, kind="call"),
    ),
    Pair(
        rule="CPR-6.28-HC",
        number="nights",
        value=4,
        kept=nights(1, 2, 3, 4, kind="home_call"),
        broken=nights(1, 2, 3, 4, 5, kind="home_call"),
    ),
    Pair(
        rule="CPR-6.28-HC",
        number="in_days",
        value=7,
        kept=nights(1, 2, 3, 4, 8, kind="home_call"),
        broken=nights(1, 2, 3, 4, 7, kind="home_call"),
    ),
    Pair(
        rule="CPR-2011-NF6",
        number="nights",
        value=6,
        kept=nights(*in_a_row(6), year=2012),
        broken=nights(*in_a_row(7), year=2012),
    ),
    Pair(
        rule="EM-NIGHTS",
        number="nights",
        value=6,
        kept=nights(*in_a_row(6), specialty=EMERGENCY),
        broken=nights(*in_a_row(7), specialty=EMERGENCY),
    ),
    Pair(
        rule="IM-NF-RUN",
        number="most_days",
        value=31,
        kept=nights(*in_a_row(31), days=56),
        broken=nights(*in_a_row(32), days=56),
    ),
    Pair(
        rule="IM-NF-RUN",
        number="bridge_nights",
        value=3,
        kept=nights(*in_a_row(15), *in_a_row(15, 20), days=56),
        broken=nights(*in_a_row(15), *in_a_row(15, 19), days=56),
    ),
    Pair(
        rule="IM-NF-YEAR",
        number="most_days",
        value=62,
        kept=nights(*in_a_row(31), *in_a_row(31, 40), days=84),
        broken=nights(*in_a_row(31), *in_a_row(32, 40), days=84),
    ),
    Pair(
        rule="IM-NF-YEAR",
        number="in_months",
        value=12,
        kept=two_months_of_nights(366, days=370),
        broken=two_months_of_nights(365, days=370),
    ),
    Pair(
        rule="IM-NF-YEAR",
        number="bridge_nights",
        value=3,
        kept=nights(*in_a_row(30), *in_a_row(30, 35), days=84),
        broken=nights(*in_a_row(30), *in_a_row(30, 34), days=84),
    ),
    Pair(
        rule="IM-NF-3-YEARS",
        number="most_days",
        value=124,
        kept=four_months_of_nights(151, days=168),
        broken=four_months_of_nights(152, days=168),
    ),
    Pair(
        rule="IM-NF-3-YEARS",
        number="in_months",
        value=36,
        kept=four_months_of_nights(1097, days=1100),
        broken=four_months_of_nights(1096, days=1100),
    ),
    Pair(
        rule="IM-NF-3-YEARS",
        number="bridge_nights",
        value=3,
        kept=nights(*in_a_row(61), *in_a_row(61, 66), days=140),
        broken=nights(*in_a_row(61), *in_a_row(61, 65), days=140),
    ),
    Pair(
        rule="EM-CALL",
        kept=nights(1, specialty=EMERGENCY),
        broken=nights(1, kind="call", specialty=EMERGENCY),
    ),
    # Stays of one's own accord, and moonlighting.
    Pair(
        rule="CPR-6.23-VOL",
        number="most",
        value=1,
        kept=diary().work(1, "18:00-19:00", "voluntary"),
        broken=diary().work((1, 8), "18:00-19:00", "voluntary"),
    ),
    Pair(
        rule="CPR-6.25-ML",
        number="applies.pgy",
        value=1,
        kept=diary(pgy=2).work(6, "08:00-08:01", MOONLIGHTING),
        broken=diary(pgy=1).work(6, "08:00-08:01", MOONLIGHTING),
    ),
    Pair(
        rule="CPR-6.25-APPROVAL",
        number="applies.pgy",
        value=2,
        kept=diary(pgy=1).work(6, "08:00-08:01", MOONLIGHTING, approved=False),
        broken=diary(pgy=2).work(6, "08:00-08:01", MOONLIGHTING, approved=False),
    ),
    Pair(
        rule="CPR-6.25-APPROVAL",
        number="applies.pgy",
        value=9,
        kept=diary(pgy=10).work(6, "08:00-08:01", MOONLIGHTING, approved=False),
        broken=diary(pgy=9).work(6, "08:00-08:01", MOONLIGHTING, approved=False),
    ),
    Pair(
        rule="CPR-6.25-VISA",
        kept=diary().work(6, "08:00-20:00"),
        broken=diary().work(6, "08:00-20:00").work(6, "20:00-20:01", MOONLIGHTING),
        policy=Policy(no_moonlighting=("r1",)),
    ),
    # Supervision: a minute alone; a fifth resident; six months to the day.
    Pair(
        rule="SUP-1",
        kept=clinic(1).supervised(1, "08:00-12:00"),
        broken=clinic(1).supervised(1, "08:00-11:59"),
    ),
    Pair(
        rule="SUP-2",
        number="residents",
        value=4,
        kept=residents_in_clinic(4),
        broken=residents_in_clinic(5),
    ),
    Pair(
        rule="SUP-2",
        number="months",
        value=6,
        kept=with_a_beginner("2026-01-06"),
        broken=with_a_beginner("2026-01-07"),
        policy=BEGINNERS_COUNT_TWICE,
    ),
    Pair(
        rule="SUP-2-PRESENCE",
        number="months",
        value=6,
        kept=with_a_beginner("2026-01-06"),
        broken=with_a_beginner("2026-01-07"),
    ),
)

FIRST_PAIR = {pair.rule: pair for pair in reversed(PAIRS)}

IN_FORCE = {
    "CPR-2011-PGY1-16H": (date(2011, 7, 1), date(2017, 6, 30)),
    "CPR-2011-8H": (date(2011, 7, 1), date(2017, 6, 30)),
    "CPR-2011-NF6": (date(2011, 7, 1), date(2017, 6, 30)),
}
"""First and last day of the rules that are not in force since 1 July 2017 for good."""
SINCE_2017 = (date(2017, 7, 1), None)

BY_WEEK = {"EM-WEEK-CLINICAL", "EM-WEEK-TOTAL"}
"""Rules whose windows begin on Mondays; all others can be moved by a day."""

SEVERITIES = {
    "CPR-6.20-80H": ("error", "error"),
    "CPR-6.20-PLAN": ("info", ""),
    "CPR-6.21-8H": ("warning", "warning"),
    "CPR-6.21a-14H": ("error", "error"),
    "CPR-6.21b-1in7": ("error", "error"),
    "CPR-6.21b-EXACT": ("info", "info"),
    "CPR-6.21b-IDEAL": ("info", "info"),
    "CPR-6.21b-POSTCALL": ("info", "info"),
    "CPR-6.21b-STRETCH": ("info", "info"),
    "CPR-6.22-24H": ("error", "error"),
    "CPR-6.22a-+4": ("error", "error"),
    "CPR-6.23-VOL": ("", "info"),
    "CPR-6.25-ML": ("error", "error"),
    "CPR-6.25-APPROVAL": ("warning", "warning"),
    "CPR-6.25-VISA": ("warning", "warning"),
    "CPR-6.26-NF": ("info", "info"),
    "CPR-6.27-Q3": ("error", "error"),
    "CPR-6.28-HC": ("info", "info"),
    "SUP-1": ("error", "error"),
    "CPR-2011-PGY1-16H": ("error", "error"),
    "CPR-2011-8H": ("error", "error"),
    "CPR-2011-NF6": ("error", "error"),
    "EM-SHIFT": ("error", "info"),
    "EM-REST": ("error", "warning"),
    "EM-WEEK-CLINICAL": ("warning", "warning"),
    "EM-WEEK-TOTAL": ("warning", "warning"),
    "EM-WEEK-ROLLING": ("warning", "warning"),
    "EM-DAYOFF": ("error", "error"),
    "EM-NIGHTS": ("error", "error"),
    "EM-CALL": ("error", "error"),
    "IM-Q3": ("warning", "warning"),
    "IM-NF-RUN": ("warning", "warning"),
    "IM-NF-YEAR": ("warning", "warning"),
    "IM-NF-3-YEARS": ("warning", "warning"),
    "SUP-2": ("error", "error"),
    "SUP-2-PRESENCE": ("info", "info"),
    "NY-80H": ("error", "error"),
    "NY-24H": ("error", "error"),
    "NY-TRANSITION": ("warning", "warning"),
    "NY-8H": ("error", "error"),
    "NY-DAYOFF": ("error", "error"),
    "NY-ED": ("error", "error"),
}
"""Severity of each rule in plans and in records; empty: not judged there."""

ONCE_CONFIRMED = {
    "CPR-6.25-VISA": "error",
    "EM-WEEK-CLINICAL": "error",
    "EM-WEEK-TOTAL": "error",
    "IM-Q3": "error",
    "IM-NF-RUN": "error",
    "IM-NF-YEAR": "error",
    "IM-NF-3-YEARS": "error",
    "NY-TRANSITION": "error",
}
"""Severity of the numbers that are unconfirmed, when the programme has confirmed them."""


# --- The packs as they are shipped ---


def shipped_rules() -> Iterator[tuple[RulePack, AnyDutyHourRule]]:
    """Return every rule of every pack that comes with Housestaff."""
    for name in shipped_packs():
        for rule in pack(name).rules:
            yield pack(name), rule


RULES = {rule.id: rule for _, rule in shipped_rules()}
PACKS = {rule.id: where for where, rule in shipped_rules()}


def numbers(rule: AnyDutyHourRule) -> Iterator[tuple[str, int]]:
    """Return every number of a rule by its name: its limits, and whose years it is about."""
    for parameter in fields(rule):
        value = getattr(rule, parameter.name)
        if isinstance(value, int) and not isinstance(value, bool):
            yield parameter.name, value
    if rule.applies.pgy:
        yield "applies.pgy", min(rule.applies.pgy)
        yield "applies.pgy", max(rule.applies.pgy)


def alone(
    rule: AnyDutyHourRule, scene: Scene, policy: Policy, basis: Basis
) -> tuple[Violation, ...]:
    """Return what one rule finds when it is the only one."""
    only = replace(PACKS[rule.id], rules=(rule,))
    return judged(scene.timeline(basis), [only], policy).violations


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_the_number_is_kept_exactly_and_broken_one_unit_beyond(pair: Pair) -> None:
    rule = RULES[pair.rule]
    assert alone(rule, pair.kept, pair.policy, pair.basis) == ()
    (finding,) = alone(rule, pair.broken, pair.policy, pair.basis)
    assert finding.rule == pair.rule


@pytest.mark.parametrize("other", [-1, 1])
@pytest.mark.parametrize(
    "pair", [pair for pair in PAIRS if pair.number not in {"", "applies.pgy"}], ids=str
)
def test_the_pair_would_not_fit_the_next_number(pair: Pair, other: int) -> None:
    changed: dict[str, Any] = {pair.number: pair.value + other}
    wrong = replace(RULES[pair.rule], **changed)
    kept = not alone(wrong, pair.kept, pair.policy, pair.basis)
    broken = bool(alone(wrong, pair.broken, pair.policy, pair.basis))
    assert (kept, broken) != (True, True)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_number_of_every_pack_has_its_pair(rule: AnyDutyHourRule) -> None:
    paired = {(pair.number, pair.value) for pair in PAIRS if pair.rule == rule.id}
    assert paired == (set(numbers(rule)) or {("", 0)})


def test_there_is_no_pair_for_what_is_in_no_pack() -> None:
    assert {pair.rule for pair in PAIRS} == set(RULES) == set(SEVERITIES)
    assert len(RULES) == sum(len(pack(name).rules) for name in shipped_packs())
    assert set(shipped_packs()) == {
        "acgme-common",
        "acgme-em",
        "acgme-im",
        "cms-primary-care",
        "ny-405",
    }


# --- From when to when ---


def found_on(rule: AnyDutyHourRule, day: date) -> bool:
    """Return whether the duty that breaks the rule is found when its window begins on a day."""
    pair = FIRST_PAIR[rule.id]
    always = replace(rule, effective_from=date(2000, 1, 1), effective_to=None)
    (finding,) = alone(always, pair.broken, pair.policy, pair.basis)
    by = (day - finding.first).days
    made = pair.broken
    scene = made.moved(by) if isinstance(made, Clinic) else moved(made, by)
    return bool(alone(rule, scene, pair.policy, pair.basis))


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_rules_are_in_force_from_their_first_day_to_their_last(rule: AnyDutyHourRule) -> None:
    first, last = IN_FORCE.get(rule.id, SINCE_2017)
    assert (rule.effective_from, rule.effective_to) == (first, last)
    if rule.id in BY_WEEK:
        monday = date(2017, 7, 3)
        assert (found_on(rule, monday - 7 * ONE_DAY), found_on(rule, monday)) == (False, True)
        return
    assert (found_on(rule, first - ONE_DAY), found_on(rule, first)) == (False, True)
    if last:
        assert (found_on(rule, last), found_on(rule, last + ONE_DAY)) == (True, False)
    else:
        assert found_on(rule, date(2040, 7, 1))


def test_the_standards_of_2011_and_2017_meet_without_a_gap() -> None:
    long = shift("23:01", pgy=1)
    for day, rules in (
        (date(2011, 6, 30), []),
        (date(2011, 7, 1), ["CPR-2011-PGY1-16H"]),
        (date(2017, 6, 30), ["CPR-2011-PGY1-16H"]),
        (date(2017, 7, 1), []),
    ):
        assert moved(long, (day - long.start).days).verdict().errors == rules
    short = rested("05:59")
    for day, found in (
        (date(2011, 6, 30), ([], [])),
        (date(2011, 7, 1), (["CPR-2011-8H"], [])),
        (date(2017, 6, 30), (["CPR-2011-8H"], [])),
        (date(2017, 7, 1), ([], ["CPR-6.21-8H"])),
    ):
        verdict = moved(short, (day - short.start).days).verdict()
        assert (verdict.errors, verdict.warnings) == found


# --- How serious ---


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_severity_follows_strength_basis_and_confirmation(rule: AnyDutyHourRule) -> None:
    pair = FIRST_PAIR[rule.id]
    planned, logged = SEVERITIES[rule.id]
    bases: tuple[tuple[Basis, str], ...] = (("plan", planned), ("record", logged))
    assert rule.bases == tuple(basis for basis, severity in bases if severity)
    unconfirmed = rule.confidence in {"M", "C"}
    for basis, severity in bases:
        if basis == "plan" and rule.id == "CPR-6.23-VOL":
            continue  # nobody can plan such a stay
        found = alone(rule, pair.broken, pair.policy, basis)
        seen = [(one.severity, one.unconfirmed) for one in found]
        assert seen == ([(severity, unconfirmed)] if severity else [])
        for confirmation in (confirmed(rule.id), confirmed(PACKS[rule.id].name)):
            policy = replace(pair.policy, confirmed=confirmation)
            found = alone(rule, pair.broken, policy, basis)
            seen = [(one.severity, one.unconfirmed) for one in found]
            sure = ONCE_CONFIRMED.get(rule.id, severity)
            assert seen == ([(sure, False)] if severity else [])


def test_unconfirmed_numbers_are_errors_in_no_pack() -> None:
    unsure = {rule.id for _, rule in shipped_rules() if rule.confidence in {"M", "C"}}
    assert unsure
    assert unsure >= ONCE_CONFIRMED.keys()
    assert "error" not in {severity for rule in unsure for severity in SEVERITIES[rule]}


def test_numbers_that_were_read_name_their_source() -> None:
    assert [
        rule.id for rule in RULES.values() if rule.confidence in {"V", "V2"} and not rule.sources
    ] == []


# --- Packs of one's own ---

ONTARIO = """\
name: ontario-paro
title: Professional Association of Residents of Ontario
version: "2026"
sources:
  PARO: "The collective agreement, read on 1 July 2026"
rules:
  - id: ON-24H
    name: Twenty-four hours on end (Ontario)
    predicate: continuous_duty
    hours: 24
    strength: must
    confidence: V
    sources: [PARO]
    effective_from: 2020-07-01
  - id: ON-HANDOVER
    name: Two hours more for handover (Ontario)
    predicate: transition
    after_hours: 24
    hours: 2
    strength: must
    confidence: V
    sources: [PARO]
    effective_from: 2020-07-01
"""


@pytest.fixture
def ontario(tmp_path: Path) -> Path:
    path = tmp_path / "ontario-paro.yaml"
    path.write_text(ONTARIO, encoding="utf-8")
    return path


def test_a_new_pack_needs_no_code(ontario: Path) -> None:
    common, own = load_packs([str(ontario)])
    assert (common.name, own.name, own.version) == ("acgme-common", "ontario-paro", "2026")
    out_at_nine = judged(diary().call(1, "09:00").timeline(), [common, own], Policy())
    assert out_at_nine.violations == ()
    late = judged(diary().call(1, "09:01").timeline(), [common, own], Policy())
    (finding,) = late.violations
    assert (finding.rule, finding.severity, finding.limit) == ("ON-HANDOVER", "error", 26)
    assert finding.measured == pytest.approx(26 + 1 / 60)
    assert (finding.pack, finding.version, finding.sources) == ("ontario-paro", "2026", ("PARO",))
    assert finding.message == (
        "WARD Mon 6 Jul 2026 07:00 to Tue 7 Jul 2026 09:01: 26.02 h in house; "
        "at most 24 h and 2 h for transitions"
    )


def test_the_stricter_of_two_packs_is_the_finding(ontario: Path) -> None:
    packs = load_packs([str(ontario)])
    (finding,) = judged(diary().call(1, "11:01").timeline(), packs, Policy()).violations
    assert (finding.rule, finding.also) == ("ON-HANDOVER", ("CPR-6.22a-+4",))


def test_a_pack_of_ones_own_may_be_confirmed_and_tightened_like_the_others(ontario: Path) -> None:
    text = ONTARIO.replace("confidence: V", "confidence: M")
    ontario.write_text(text, encoding="utf-8")
    own = load_pack(str(ontario))
    late = diary().call(1, "09:01").timeline()
    for confirmation, severity in ((), "warning"), (confirmed("ontario-paro"), "error"):
        (finding,) = judged(late, [own], Policy(confirmed=confirmation)).violations
        assert (finding.severity, finding.unconfirmed) == (severity, severity == "warning")


HANDOVER = ONTARIO[ONTARIO.index("  - id: ON-HANDOVER") :]


@pytest.mark.parametrize(
    ("wrong", "right", "line", "words"),
    [
        ("predicate: continous_duty", "predicate: continuous_duty", 7, "did you mean"),
        ("predicate: 24", "predicate: continuous_duty", 7, "predicate 24 is unknown"),
        ("hour: 24", "hours: 24", 10, "key 'hour' is unknown"),
        ("hours: lots", "hours: 24", 10, "must be a whole number, not the text 'lots'"),
        ("strength: always", "strength: must", 11, "must be 'must', 'should' or 'info'"),
        ("confidence: X", "confidence: V", 12, "must be 'V', 'V2', 'M', 'C' or 'D'"),
        ("sources: [PARA]", "sources: [PARO]", 0, "rule ON-24H: source 'PARA' is not explained"),
        ("effective_from: 2020-02-30", "effective_from: 2020-07-01", 14, "does not exist"),
        (2 * HANDOVER, HANDOVER, 0, "rule ON-HANDOVER has two versions in force on one day"),
        (
            "effective_from: 2020-07-01\n    effective_to: 2020-06-30",
            "effective_from: 2020-07-01",
            0,
            "rule ON-24H ends before it takes effect",
        ),
        ("names: x\nname: ontario-paro", "name: ontario-paro", 1, "key 'names' is unknown"),
    ],
)
def test_a_pack_that_is_wrong_is_refused_with_its_line(
    ontario: Path, wrong: str, right: str, line: int, words: str
) -> None:
    assert right in ONTARIO
    ontario.write_text(ONTARIO.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(InvalidFile) as caught:
        load_pack(str(ontario))
    (fault,) = [one for one in caught.value.faults if words in str(one)]
    assert fault.place.file == "ontario-paro.yaml"
    assert fault.place.line == line or (line == 0 and fault.place.line >= 6)


def test_versions_of_a_rule_may_follow_one_another(ontario: Path) -> None:
    dates = "effective_from: 2013-07-01\n    effective_to: 2020-06-30"
    older = ONTARIO.replace("effective_from: 2020-07-01", dates, 1)
    newer = HANDOVER.replace("ON-HANDOVER", "ON-24H")
    ontario.write_text(older + newer, encoding="utf-8")
    own = load_pack(str(ontario))
    assert [rule.id for rule in own.rules] == ["ON-24H", "ON-HANDOVER", "ON-24H"]


def test_a_pack_that_there_is_not_is_refused() -> None:
    with pytest.raises(UnknownPackError, match="'ny-406': did you mean 'ny-405'"):
        load_pack("ny-406")
