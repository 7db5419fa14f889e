"""Specification §14: what must hold of any duty at all."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.scheduling.acgme.intervals import DutyInterval
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.policy import HoursException, Policy
from app.scheduling.acgme.timeline import Timeline
from app.scheduling.acgme.validator import ACGMEValidator, Audit
from tests.scheduling.acgme.builders import (
    COMMON,
    EM,
    EMERGENCY,
    IM,
    INTERNAL,
    NY,
    DutyDiary,
    diary,
    each,
    pack,
    timeline,
)

HOURS = "CPR-6.20-80H"
PACKS = [pack(name) for name in (COMMON, IM, EM, NY)]
WEEK = timedelta(weeks=1)
HALF_HOUR = timedelta(minutes=30)


def some(examples: int) -> settings:
    """Return settings under which every run tries the same examples, however long they take."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


class Duty(NamedTuple):
    """Duty that begins so many days after its own."""

    kind: str
    hours: str
    later: int = 0


DAYS: tuple[tuple[Duty, ...], ...] = (
    (),
    (Duty("in_house", "08:00-17:00"),),
    (Duty("in_house", "06:00-18:00"),),
    (Duty("in_house", "05:30-20:00"), Duty("in_house", "13:00-17:00")),
    (
        Duty("in_house", "08:00-12:00"),
        Duty("education", "12:00-13:00"),
        Duty("in_house", "13:00-17:00"),
    ),
    (Duty("call", "07:00-07:00"), Duty("transition", "07:00-11:00", later=1)),
    (Duty("call", "07:00-07:00"), Duty("education", "07:00-12:00", later=1)),
    (Duty("call", "17:00-08:00"),),
    (Duty("night_float", "18:00-06:00"),),
    (Duty("night_float", "20:00-09:30"),),
    (
        Duty("in_house", "08:00-17:00"),
        Duty("home_call", "17:00-08:00"),
        Duty("home_call_activity", "21:00-22:30"),
    ),
    (
        Duty("home_call", "08:00-08:00"),
        Duty("home_call_in", "02:00-05:00", later=1),
    ),
    (Duty("in_house", "06:00-18:00"), Duty("voluntary", "18:00-23:00")),
    (Duty("moonlighting_external", "08:00-20:00"),),
    (Duty("in_house", "08:00-17:00"), Duty("moonlighting_internal", "18:00-23:00")),
    (Duty("work_from_home", "10:00-11:00"), Duty("conference", "13:00-15:00")),
    (Duty("admin", "18:00-20:00"),),
)
"""What somebody may do on one day; the first is nothing."""

POLICIES = (
    Policy(),
    Policy(remainder="own", rounding="ceil"),
    Policy(averaging="fixed28", merge_gap_minutes=60),
    Policy(averaging="rolling28_local", moonlighting_breaks_days_off=False),
    Policy(averaging="calendar_month", moonlighting_has_rest_rules=False),
    Policy(
        rounding="exact",
        dst_grace_minutes=60,
        no_moonlighting=("r1",),
        exceptions=(HoursException(hours=88, approval="RC 1", rotations=("ICU",)),),
    ),
)


@st.composite
def diaries(
    draw: st.DrawFn,
    person: str = "r1",
    starts: Sequence[str] = ("2026-07-06", "2027-03-01", "2027-10-25"),
    days: int = 35,
    specialties: Sequence[str] = ("", EMERGENCY),
) -> DutyDiary:
    """Draw one resident's 35 days, in one to three rotations, perhaps with leave and look-back."""
    cuts = sorted(draw(st.sets(st.integers(1, days - 1), max_size=2)))
    lengths = [high - low for low, high in zip([0, *cuts], [*cuts, days], strict=True)]
    codes = draw(st.permutations(["ICU", "WARD", "CLINIC"]))
    made = diary(
        *zip(codes, lengths, strict=False),
        start=draw(st.sampled_from(starts)),
        person=person,
        specialty=draw(st.sampled_from(specialties)),
        resident_specialty=draw(st.sampled_from(["", INTERNAL])),
        pgy=draw(st.integers(1, 2)),
        zone=draw(st.sampled_from(["America/New_York", "UTC", "Australia/Lord_Howe"])),
    )
    what = draw(st.lists(st.integers(0, len(DAYS) - 1), min_size=days + 2, max_size=days + 2))
    for day, number in enumerate(what):
        for duty in DAYS[number]:
            made = made.work(day + duty.later, duty.hours, duty.kind)
    if draw(st.booleans()):
        first = draw(st.integers(1, days))
        made = made.off(first, min(days, first + draw(st.integers(0, 8))))
    return made


policies = st.sampled_from(POLICIES)


def audit(made: Timeline, policy: Policy) -> Audit:
    """Return what all packs say."""
    return ACGMEValidator(PACKS, policy).audit(made)


def told(audit: Audit, *without: str) -> list[Any]:
    """Return everything that an audit says, with evidence in any order, less some fields."""
    findings = [
        {
            name: frozenset(one.evidence) if name == "evidence" else getattr(one, name)
            for name in one.__slots__
            if name not in without
        }
        for one in audit.findings
    ]
    margins = [
        {name: getattr(one, name) for name in one.__slots__ if name not in without}
        for one in audit.margins
    ]
    return [*findings, *margins]


def errors(made: DutyDiary, policy: Policy | None = None) -> list[str]:
    """Return the common pack's errors."""
    found = ACGMEValidator(PACKS[:1], policy).audit(made.timeline()).findings
    return sorted(one.rule for one in found if one.severity == "error")


ADDED = [kind for kind in Kind if kind not in ("transition", "education", "voluntary", "leave")]


HABITS = (
    dict.fromkeys(each("Mon-Fri"), 1),
    dict.fromkeys(each("Mon-Sat"), 2),
    dict.fromkeys(each("Mon-Sat"), 3),
    dict.fromkeys(each("Mon-Sun"), 1),
    dict.fromkeys(each("Mon-Sat"), 8),
    dict.fromkeys(range(1, 29, 2), 7),
    dict.fromkeys(range(1, 29, 3), 5),
    dict.fromkeys(each("Mon", 1, 3), 13),
)
"""What somebody does on numbered days, as positions in `DAYS`; most break one rule at most."""


@st.composite
def nearly_legal(draw: st.DrawFn) -> DutyDiary:
    """Draw one rotation of a habit, in which a few days are drawn at random."""
    made = diary(("WARD", 28), pgy=draw(st.integers(1, 2)))
    made = made.work(29, "06:00-18:00", rotation="NEXT")
    what = dict(draw(st.sampled_from(HABITS)))
    odd = st.tuples(st.integers(1, 28), st.integers(0, len(DAYS) - 1))
    for day, number in draw(st.lists(odd, max_size=3)):
        what[day] = number
        what.pop(day + 1, None)
    for day, number in what.items():
        for duty in DAYS[number]:
            made = made.work(day + duty.later, duty.hours, duty.kind)
    if draw(st.booleans()):
        made = made.off(draw(st.integers(1, 28)))
    return made


@some(150)
@given(
    made=nearly_legal(),
    kind=st.sampled_from(ADDED),
    day=st.integers(1, 28),
    half_hour=st.integers(0, 47),
    length=st.integers(1, 40),
)
def test_more_duty_never_mends_a_schedule(
    made: DutyDiary, kind: Kind, day: int, half_hour: int, length: int
) -> None:
    start = datetime.combine(made.date(day), datetime.min.time(), ZoneInfo(made.zone))
    start += half_hour * HALF_HOUR
    end = start + length * HALF_HOUR
    if kind is Kind.CALL:
        start, end = start.replace(hour=17, minute=0), start.replace(hour=7, minute=0)
        end += timedelta(1)
    last = (end - HALF_HOUR).date()
    assume(last <= made.date(28))
    assume(not any(one.first <= last and start.date() <= one.last for one in made.leave))
    before = errors(made)
    assume(before)
    more = DutyInterval(person="r1", start=start, end=end, kind=kind, rotation="WARD", pgy=made.pgy)
    assert errors(made.add(more)), before


def test_a_missing_day_off_may_move_to_the_period_before() -> None:
    made = diary(("WARD", 7), ("ICU", 7)).work((*range(1, 7), *range(9, 16)), "06:00-16:00")
    made = made.work(7, "06:00-07:00")
    assert made.verdict().finding("CPR-6.21b-1in7").rotation == "ICU"
    later = made.work(7, "07:00-23:00").work(8, "00:30-01:00")
    assert later.verdict().finding("CPR-6.21b-1in7").rotation == "WARD"


def test_filling_14_hours_of_rest_is_another_error() -> None:
    made = diary().call(1).work(2, "20:00-23:00")
    assert errors(made) == ["CPR-6.21a-14H"]
    filled = errors(made.work(2, "11:00-20:00"))
    assert filled == ["CPR-6.22-24H", "CPR-6.22a-+4"]


def test_only_transition_up_to_teaching_turns_short_rest_into_a_legal_stay() -> None:
    made = diary().call(1, "07:00").work(2, "09:00-10:00", "education")
    assert errors(made) == ["CPR-6.21a-14H"]
    assert errors(made.work(2, "07:00-09:00", "transition")) == []
    assert errors(made.work(2, "07:00-09:00")) == ["CPR-6.22-24H", "CPR-6.22a-+4"]


@pytest.mark.parametrize("hours", ["08:00-09:00", "16:00-17:00", "23:00-23:30", "23:00-00:00"])
def test_more_duty_on_the_last_day_gives_no_day_off(hours: str) -> None:
    made = diary(("WARD", 14)).work(range(1, 14), "06:00-16:00")
    assert made.verdict().finding("CPR-6.21b-1in7").measured == 1
    assert errors(made.work(14, hours)) == ["CPR-6.21b-1in7"]


def test_days_of_leave_without_duty_can_break_80_hours() -> None:
    made = diary().work(each("Mon-Sat", 1, 2, 3), "06:00-19:30").work(29, "06:00-18:00")
    assert errors(made) == []
    verdict = made.off(22, 28).verdict()
    assert verdict.errors == [HOURS]
    assert verdict.finding(HOURS).measured == 81.0


@some(30)
@given(made=diaries(), day=st.integers(1, 35))
def test_a_day_of_leave_without_duty_never_lowers_an_average(made: DutyDiary, day: int) -> None:
    midnight = datetime.combine(made.date(day), datetime.min.time(), ZoneInfo(made.zone))
    assume(not any(one.first <= midnight.date() <= one.last for one in made.leave))
    assume(
        not any(
            one.start < midnight + timedelta(1) and midnight < one.end
            for one in made.intervals
            if one.kind != "home_call"
        )
    )
    before, after = made.verdict(), made.off(day).verdict()
    if HOURS in before.warnings:
        assert HOURS in (*after.warnings, *after.errors)
    else:
        assert after.margin(HOURS).measured >= before.margin(HOURS).measured - 1e-9
        assert HOURS in after.errors or HOURS not in before.errors


@some(50)
@given(made=diaries(), policy=policies, data=st.data())
def test_splitting_an_interval_is_neutral(
    made: DutyDiary, policy: Policy, data: st.DataObject
) -> None:
    assume(made.intervals)
    place = data.draw(st.integers(0, len(made.intervals) - 1))
    one = made.intervals[place]
    minutes = int((one.end.timestamp() - one.start.timestamp()) // 60)
    zone = one.start.tzinfo
    cut = datetime.fromtimestamp(
        one.start.timestamp() + 60 * data.draw(st.integers(1, minutes - 1)), zone
    )
    parts = (replace(one, end=cut), replace(one, start=cut))
    split = replace(made, intervals=(*made.intervals[:place], *parts, *made.intervals[place + 1 :]))
    assert told(audit(split.timeline(), policy)) == told(audit(made.timeline(), policy))


@some(30)
@given(made=diaries(), policy=policies, data=st.data())
def test_the_order_of_intervals_is_neutral(
    made: DutyDiary, policy: Policy, data: st.DataObject
) -> None:
    other = replace(made, intervals=tuple(data.draw(st.permutations(made.intervals))))
    assert told(audit(other.timeline(), policy)) == told(audit(made.timeline(), policy))


ELSEWHERE = ("UTC", "Asia/Kathmandu", "America/Los_Angeles", "Europe/London", "Pacific/Apia")


@some(30)
@given(made=diaries(), policy=policies, zones=st.permutations(ELSEWHERE))
def test_the_zone_that_a_time_is_written_in_is_neutral(
    made: DutyDiary, policy: Policy, zones: Sequence[str]
) -> None:
    moved = [
        replace(
            one,
            start=one.start.astimezone(ZoneInfo(zones[number % len(zones)])),
            end=one.end.astimezone(ZoneInfo(zones[(number + 1) % len(zones)])),
        )
        for number, one in enumerate(made.intervals)
    ]
    other = replace(made, intervals=tuple(moved))
    assert audit(other.timeline(), policy).findings == audit(made.timeline(), policy).findings
    assert audit(other.timeline(), policy).margins == audit(made.timeline(), policy).margins


def shifted(made: DutyDiary) -> DutyDiary:
    """Return everything a week later."""
    return replace(
        made,
        start=made.start + WEEK,
        intervals=tuple(
            replace(one, start=one.start + WEEK, end=one.end + WEEK) for one in made.intervals
        ),
        leave=tuple(
            replace(one, first=one.first + WEEK, last=one.last + WEEK) for one in made.leave
        ),
    )


@some(30)
@given(
    made=diaries(starts=("2026-07-06", "2026-12-07")),
    policy=st.sampled_from([one for one in POLICIES if one.averaging != "calendar_month"]),
)
def test_a_week_later_everything_is_the_same(made: DutyDiary, policy: Policy) -> None:
    assume(made.zone != "Australia/Lord_Howe")
    now = told(audit(made.timeline(), policy), "message")
    for one in now:
        one["start"] += WEEK
        one["end"] += WEEK
    assert told(audit(shifted(made).timeline(), policy), "message") == now


CLINICAL = (Kind.IN_HOUSE, Kind.CALL, Kind.NIGHT_FLOAT)


@some(40)
@given(made=diaries(), policy=policies, data=st.data())
def test_clinical_duty_dominates_what_overlaps_it(
    made: DutyDiary, policy: Policy, data: st.DataObject
) -> None:
    clinical = [one for one in made.intervals if one.kind in CLINICAL]
    assume(clinical)
    one = data.draw(st.sampled_from(clinical))
    minutes = int((one.end.timestamp() - one.start.timestamp()) // 60)
    low = data.draw(st.integers(0, minutes - 1))
    high = data.draw(st.integers(low + 1, minutes))
    zone = one.start.tzinfo
    begin, end = (
        datetime.fromtimestamp(one.start.timestamp() + 60 * at, zone) for at in (low, high)
    )
    kind = data.draw(st.sampled_from([Kind.TRANSITION, Kind.EDUCATION]))
    inside = replace(one, start=begin, end=end, kind=kind)
    assert told(audit(made.add(inside).timeline(), policy)) == told(audit(made.timeline(), policy))


def edited(draw: st.DrawFn, made: DutyDiary) -> DutyDiary:
    """Draw a small change of a diary."""
    places = st.integers(0, max(0, len(made.intervals) - 1))
    edit = draw(st.sampled_from(["add", "remove", "kind", "detail", "leave", "blocks", "year"]))
    if edit == "add" or not made.intervals:
        day, number = draw(st.integers(0, 36)), draw(st.integers(1, len(DAYS) - 1))
        for duty in DAYS[number]:
            made = made.work(day + duty.later, duty.hours, duty.kind)
        return made
    if edit == "leave":
        return replace(made, leave=()) if made.leave else made.off(draw(st.integers(1, 35)))
    if edit == "blocks":
        return replace(made, blocks=tuple(reversed(made.blocks)))
    if edit == "year":
        again = [replace(one, pgy=3 - one.pgy) for one in made.intervals]
        return replace(made, intervals=tuple(again))
    place = draw(places)
    one = made.intervals[place]
    others = [*made.intervals[:place], *made.intervals[place + 1 :]]
    if edit == "kind":
        kinds = [kind for kind in Kind if kind is not Kind.LEAVE]
        others.append(replace(one, kind=draw(st.sampled_from(kinds))))
    elif edit == "detail":
        night = draw(st.sampled_from([None, made.date(3), made.date(20)]))
        care, approved = draw(st.booleans()), draw(st.sampled_from([None, True, False]))
        others.append(replace(one, call_night=night, new_care=care, approved=approved))
    return replace(made, intervals=tuple(others))


@st.composite
def edits(draw: st.DrawFn) -> list[list[DutyDiary]]:
    """Draw three residents' diaries, and what they become by changes of one resident each."""
    specialty = draw(st.sampled_from(["", EMERGENCY]))

    def someone(person: str) -> DutyDiary:
        return draw(diaries(person, starts=("2027-03-01",), specialties=(specialty,)))

    # The first one names every rotation, so that all versions have the same.
    blocks = (("ICU", 14), ("WARD", 14), ("CLINIC", 7))
    first = diary(*blocks, start="2027-03-01", person="r0", specialty=specialty)
    versions = [[first.call((3, 5)), *(someone(name) for name in ("r1", "r2", "r3"))]]
    for person in draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)):
        people = list(versions[-1])
        whole = draw(st.integers(0, 4)) == 0
        people[person] = someone(f"r{person}") if whole else edited(draw, people[person])
        versions.append(people)
    return versions


@some(25)
@given(versions=edits(), policy=policies)
def test_revising_one_person_equals_the_full_audit(
    versions: list[list[DutyDiary]], policy: Policy
) -> None:
    validator = ACGMEValidator(PACKS, policy)
    revised = validator.audit(timeline(versions[0]))
    for before, people in pairwise(versions):
        made = timeline(people)
        for person, (one, other) in enumerate(zip(before, people, strict=True)):
            if one is not other:
                revised = validator.revise(revised, made.of(person), person)
        full = validator.audit(made)
        assert revised.findings == full.findings
        assert revised.margins == full.margins
        assert revised.has_errors == full.has_errors


def test_several_people_are_judged_as_each_alone() -> None:
    made = [
        diary(person="r1").call((1, 3)).work(each("Mon-Sat", 2, 3, 4), "06:00-21:00"),
        diary(person="r2", pgy=1).work(5, "08:00-20:00", "moonlighting_external"),
        diary(person="r3", zone="Asia/Tokyo").work(range(1, 29), "06:00-18:00"),
        diary(person="r4"),
    ]
    together = audit(timeline(made), Policy())
    alone = [audit(one.timeline(), Policy()) for one in made]
    assert [astuple(one) for one in together.findings] == [
        astuple(one) for part in alone for one in part.findings
    ]
    assert together.margins == tuple(one for part in alone for one in part.margins)
