"""The verifier: rule packs over a timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.scheduling.acgme.facts import BUSY, WORKED, Facts
from app.scheduling.acgme.finding import Margin, Violation
from app.scheduling.acgme.intervals import Basis
from app.scheduling.acgme.kinds import KINDS, Kind
from app.scheduling.acgme.pack import RulePack, is_confirmed, rules_in_force
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.predicates.free_days import FreeDays
from app.scheduling.acgme.predicates.weekly_hours import WeeklyHours
from app.scheduling.acgme.rule import SEVERITIES, SEVERITY, Case, Cases, DutyHourRule
from app.scheduling.acgme.timeline import NONE, Bools, Timeline
from app.scheduling.acgme.unions import rows_of
from app.scheduling.acgme.words import moment
from app.scheduling.acgme.zones import at

Ranks = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Judged:
    """What breaks one rule.

    Parameters
    ----------
    number
        The rule's position in the validator's rules.
    broken
        The cases that break it, by person and start; sliding ones once.
    rank
        Severity of each: 0 error, 1 warning, 2 info.
    also
        Ids of the rules that each stands for besides.
    """

    number: int
    broken: Cases
    rank: Ranks
    also: tuple[tuple[str, ...], ...]


Broken = tuple[Cases, Ranks]
"""The cases that break a rule, and the severity of each."""
_Verdict = tuple[Facts, tuple[Judged, ...]]


@dataclass(frozen=True, slots=True)
class _Part:
    """One person's share of a verdict on a timeline, in which the person is `row`."""

    facts: Facts
    judged: tuple[Judged, ...]
    row: int


class Audit:
    """What the rules say of a timeline: findings, and the worst margin of every rule and person.

    Sentences and margins are made when they are asked for.
    """

    def __init__(
        self,
        validator: "ACGMEValidator",
        audited: Timeline,
        revised: Mapping[int, Timeline],
        parts: Sequence[_Part],
        together: _Part,
    ) -> None:
        self._validator = validator
        self._audited = audited
        self._revised = dict(revised)
        self._parts = tuple(parts)
        self._together = together

    @cached_property
    def timeline(self) -> Timeline:
        """What was audited, with the parts that were revised since."""
        return self._audited.with_people(self._revised)

    @cached_property
    def findings(self) -> tuple[Violation, ...]:
        """All broken rules: by person, severity, time and rule; last what names no person."""
        parts = (*self._parts, self._together)
        return tuple(found for part in parts for found in self._findings(part))

    @cached_property
    def margins(self) -> tuple[Margin, ...]:
        """The worst case of every rule and person, also where nothing is broken."""
        found: dict[int, list[list[Margin]]] = {}
        margins: list[Margin] = []
        for part in self._parts:
            key = id(part.facts)
            if key not in found:
                found[key] = self._validator.margins(part.facts)
            margins += found[key][part.row]
        return tuple(margins)

    @property
    def has_errors(self) -> bool:
        """Whether anybody breaks a rule that must be kept."""
        return any(
            bool(((judged.rank == 0) & (judged.broken.person == part.row)).any())
            for part in (*self._parts, self._together)
            for judged in part.judged
        )

    def findings_of(self, person: int) -> tuple[Violation, ...]:
        """Return one person's findings: by severity, time and rule."""
        return self._findings(self._parts[person])

    @property
    def findings_together(self) -> tuple[Violation, ...]:
        """The findings that name no person, because people are judged together."""
        return self._findings(self._together)

    def _findings(self, part: _Part) -> tuple[Violation, ...]:
        found: list[tuple[tuple[int, int, int], Violation]] = []
        for judged in part.judged:
            rows = rows_of(judged.broken.person, part.row)
            for position in range(rows.start, rows.stop):
                rank, start = int(judged.rank[position]), int(judged.broken.start[position])
                violation = self._validator.violation(part.facts, judged, position)
                found.append(((rank, start, judged.number), violation))
        return tuple(violation for _, violation in sorted(found, key=lambda entry: entry[0]))

    def facts_of(self, person: int) -> tuple[Facts, int]:
        """Return the facts that a person was judged by, and the person's row in them."""
        part = self._parts[person]
        return part.facts, part.row

    def part_of(self, person: int) -> _Part:
        """Return one person's share."""
        return self._parts[person]

    def with_person(self, person: int, own: Timeline, part: _Part) -> "Audit":
        """Return the audit with another part for one person."""
        parts = list(self._parts)
        parts[person] = part
        revised = {**self._revised, person: own}
        return Audit(self._validator, self._audited, revised, parts, self._together)

    def judged_together(self, together: _Part) -> "Audit":
        """Return the audit with another verdict on people together."""
        return Audit(self._validator, self._audited, self._revised, self._parts, together)


class ACGMEValidator:
    """Verifies duty hours by rule packs.

    Parameters
    ----------
    packs
        What is law; the order decides ties.
    policy
        The programme's choices.

    Raises
    ------
    InvalidPolicyError
        When the policy names what no pack has, or loosens a limit.
    """

    def __init__(self, packs: Sequence[RulePack], policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.packs = tuple(packs)
        self.rules = rules_in_force(self.packs, self.policy)
        self._confirmed = tuple(is_confirmed(rule, self.policy) for rule in self.rules)
        self._overwork = {
            number
            for number, rule in enumerate(self.rules)
            if isinstance(rule, WeeklyHours | FreeDays) and rule.strength == "must"
        }
        families: dict[tuple[str, ...], list[int]] = {}
        for number, rule in enumerate(self.rules):
            families.setdefault(rule.measures(), []).append(number)
        self._families = [(numbers, self._looks_at(numbers)) for numbers in families.values()]
        # Rest rules ask whether hours and days off are kept, so those come first.
        self._order = sorted(range(len(self.rules)), key=lambda n: n not in self._overwork)
        self._known_applicable: dict[tuple[Basis, date, date], tuple[int, ...]] = {}

    def _looks_at(self, numbers: Sequence[int]) -> frozenset[Kind]:
        """Return the kinds that a family of rules depends on; empty: on all."""
        each = [self.rules[number].looks_at() for number in numbers]
        return frozenset(kind for kinds in each for kind in kinds) if all(each) else frozenset()

    def audit(self, timeline: Timeline) -> Audit:
        """Verify everybody's duty hours."""
        facts, judged = self._judge(timeline)
        parts = [_Part(facts, judged, row) for row in range(len(timeline.people))]
        return Audit(self, timeline, {}, parts, self._judge_together(facts))

    def revise(self, audit: Audit, own: Timeline, person: int) -> Audit:
        """Return the audit of a timeline in which one person's part is another one.

        It equals the audit of the whole new timeline, at the price of one person.

        Parameters
        ----------
        own
            A timeline of that person alone, with the days and rotations of the audited one.
        person
            The person's position in the audited timeline.
        """
        facts, judged = self._judge(own, audit.part_of(person))
        revised = audit.with_person(person, own, _Part(facts, judged, 0))
        if not len(own.supervision) or self._alike_together(audit.part_of(person), own):
            return revised
        return revised.judged_together(self._judge_together(Facts(revised.timeline, self.policy)))

    def _alike_together(self, before: _Part, own: Timeline) -> bool:
        """Return whether a person matters to others as before."""
        former = before.facts.timeline.of(before.row)
        return all(
            former.same_intervals(rule.looks_together_at(former), own, rule.looks_together_at(own))
            for rule in self.rules
            if rule.together
        )

    def _judge_together(self, facts: Facts) -> _Part:
        """Apply the rules that judge people together, where there is anything to judge."""
        judged = []
        for number, rule in enumerate(self.rules):
            if rule.together and len(facts.timeline.supervision):
                found = self._broken(facts, number)
                if found is not None:
                    cases, ranks = found
                    judged.append(Judged(number, cases, ranks, ((),) * len(cases)))
        return _Part(facts, tuple(judged), 0)

    def _judge(self, timeline: Timeline, before: _Part | None = None) -> _Verdict:
        """Judge a timeline; one person's is compared with what was said of the person before."""
        facts = Facts(timeline, self.policy)
        broken: dict[int, Broken] = {}
        untouched = self._untouched(facts, before)
        for number in self._applicable(timeline.basis, timeline.first, timeline.last):
            if number in untouched:
                continue
            found = self._broken(facts, number)
            if found is not None:
                broken[number] = found
        judged = self._deduplicated(dict(sorted(broken.items())))
        if before is None:
            return facts, judged
        kept = [_moved(one, before, facts) for one in before.judged if one.number in untouched]
        both = [*judged, *(one for one in kept if len(one.broken))]
        return facts, tuple(sorted(both, key=lambda one: one.number))

    def _applicable(self, basis: Basis, first: date, last: date) -> tuple[int, ...]:
        """Return the rules that judge each person alone and may apply, in the order of judging."""
        key = (basis, first, last)
        if key not in self._known_applicable:
            self._known_applicable[key] = tuple(
                number
                for number in self._order
                if not self.rules[number].together and _may_apply(self.rules[number], *key)
            )
        return self._known_applicable[key]

    def _untouched(self, facts: Facts, before: _Part | None) -> set[int]:
        """Return the rules that depend on nothing that has changed since."""
        if before is None:
            return set()
        changed = before.facts.timeline.changed_kinds(before.row, facts.timeline)
        if changed is None:
            return set()
        kinds = {KINDS[kind] for kind in changed.tolist()}
        facts.take_over(before.facts, before.row, kinds)
        return {
            number
            for numbers, looks_at in self._families
            if looks_at and not looks_at & kinds
            for number in numbers
        }

    def _broken(self, facts: Facts, number: int) -> Broken | None:
        """Return the cases that break a rule, with their severity; None when there are none."""
        rule = self.rules[number]
        cases = rule.cases(facts)
        if not cases.broken.any():
            return None
        cases = cases.where(np.flatnonzero(cases.broken))
        cases = _in_scope(rule, facts, cases)
        if number in self._overwork:
            _note_overwork(facts, cases)
        if rule.slides(facts):
            cases = cases.where(_worst_of_overlapping(cases, _margins(rule, cases)))
        strength = rule.recorded if facts.timeline.basis == "record" and rule.recorded else None
        rank = SEVERITIES.index(SEVERITY[strength or rule.strength])
        if not self._confirmed[number]:
            rank = max(rank, 1)
        ranks = np.maximum(np.broadcast_to(cases.cap, len(cases)), rank)
        return cases, ranks.astype(np.int8)

    def _deduplicated(self, broken: dict[int, Broken]) -> tuple[Judged, ...]:
        """Keep the strictest of what one window breaks in the same way."""
        families = [self.rules[number].measures() for number in broken]
        if len(set(families)) == len(families):
            return tuple(
                Judged(number, cases, rank, ((),) * len(cases))
                for number, (cases, rank) in broken.items()
            )
        also = self._also(broken)
        result = []
        for number, (cases, rank) in broken.items():
            kept = [position for position in range(len(cases)) if (number, position) in also]
            chosen = np.array(kept, dtype=np.intp)
            stands_for = tuple(also[number, position] for position in kept)
            result.append(Judged(number, cases.where(chosen), rank[chosen], stands_for))
        return tuple(result)

    def _also(self, broken: dict[int, Broken]) -> dict[tuple[int, int], tuple[str, ...]]:
        """Return the findings that stay, with the ids of those that they stand for."""
        windows: dict[tuple[Any, ...], list[tuple[int, float, int, int]]] = {}
        for number, (cases, rank) in broken.items():
            rule = self.rules[number]
            family, limits = rule.measures(), np.broadcast_to(cases.limit, len(cases))
            looser = (-limits if rule.sense == "at least" else limits).tolist()
            columns = [cases.person, cases.start, cases.end, rank]
            rows = np.column_stack(columns).tolist()
            for position, (person, start, end, severity) in enumerate(rows):
                entry = (severity, looser[position], number, position)
                windows.setdefault((family, person, start, end), []).append(entry)
        return {
            strictest[2:]: tuple(dict.fromkeys(self.rules[entry[2]].id for entry in others))
            for strictest, *others in map(sorted, windows.values())
        }

    def margins(self, facts: Facts) -> list[list[Margin]]:
        """Return the worst case of every rule for everybody in `facts`, in the order of rules."""
        result: list[list[Margin]] = [[] for _ in facts.timeline.people]
        made = facts.timeline
        for number in sorted(self._applicable(made.basis, made.first, made.last)):
            rule = self.rules[number]
            if rule.hint:
                continue
            cases = _in_scope(rule, facts, rule.cases(facts))
            margins = _margins(rule, cases)
            for position in _worst(cases.person, margins, cases.start).tolist():
                case = _case(facts, cases, position)
                person = int(cases.person[position])
                margin = Margin(
                    rule=rule.id,
                    name=rule.name,
                    person=facts.timeline.people[person].id,
                    rotation=case.rotation,
                    start=case.start,
                    end=case.end,
                    measured=case.measured,
                    limit=case.limit,
                    unit=rule.unit,
                    margin=float(margins[position]),
                    message=rule.sentence(case),
                )
                result[person].append(margin)
        return result

    def violation(self, facts: Facts, judged: Judged, position: int) -> Violation:
        """Return one broken case as a finding."""
        rule = self.rules[judged.number]
        case = _case(facts, judged.broken, position)
        person = facts.timeline.people[int(judged.broken.person[position])]
        return Violation(
            rule=rule.id,
            name=rule.name,
            pack=rule.pack,
            version=rule.version,
            severity=SEVERITIES[int(judged.rank[position])],
            person="" if rule.together else person.id,
            rotation=case.rotation,
            start=case.start,
            end=case.end,
            measured=case.measured,
            limit=case.limit,
            unit=rule.unit,
            days=case.days,
            leave_days=case.leave_days,
            averaging=self.policy.averaging,
            zone=person.zone,
            confidence=rule.confidence,
            unconfirmed=not self._confirmed[judged.number],
            sources=rule.sources,
            evidence=() if rule.together else _evidence(facts, judged.broken, position),
            also=judged.also[position],
            message=rule.sentence(case),
        )


def _moved(judged: Judged, before: _Part, facts: Facts) -> Judged:
    """Return one person's share of a verdict, as of a timeline of that person alone."""
    rows = rows_of(judged.broken.person, before.row)
    cases = judged.broken.where(rows)
    shift = facts.shift.item() - before.facts.shift[before.row]
    cases = replace(
        cases,
        person=np.zeros(len(cases), dtype=np.int32),
        start=cases.start + shift,
        end=cases.end + shift,
    )
    return Judged(judged.number, cases, judged.rank[rows], judged.also[rows])


def _note_overwork(facts: Facts, cases: Cases) -> None:
    """Note the days of periods with too many hours or too few days off, for the rest rules."""
    caps = np.broadcast_to(cases.cap, len(cases))
    first = facts.day_of(cases.person, cases.start)
    stop = facts.day_of(cases.person, cases.end)
    for person, low, high, cap in np.column_stack([cases.person, first, stop, caps]).tolist():
        if cap == 0:
            facts.overworked[person, low:high] = True


def _may_apply(rule: DutyHourRule, basis: Basis, first: date, last: date) -> bool:
    """Return whether a rule can be in force on any of the known days, for this basis."""
    over = rule.effective_to is not None and rule.effective_to < first
    return basis in rule.bases and rule.effective_from <= last and not over


def _in_scope(rule: DutyHourRule, facts: Facts, cases: Cases) -> Cases:
    """Return the cases that a rule applies to."""
    timeline, applies = facts.timeline, rule.applies
    # Duty before the first known day and after the last one is looked at, and not judged.
    first, stop = facts.begins[:, 0], facts.begins[:, -1]
    known = (cases.end > first[cases.person]) & (cases.start < stop[cases.person])
    begun = cases.start >= facts.midnight_of(rule.effective_from)[cases.person]
    masks: list[Bools] = [known, begun]
    if applies.pgy:
        masks.append(np.isin(facts.pgy_at(cases.start), applies.pgy))
    if applies.rotation_specialty:
        rotation = np.broadcast_to(cases.rotation, len(cases))
        masks.append(facts.rotations_of(applies.rotation_specialty)[rotation])
    if applies.resident_specialty:
        wanted = {name.casefold() for name in applies.resident_specialty}
        theirs = [(one.specialty or facts.policy.specialty) for one in timeline.people]
        masks.append(np.array([name.casefold() in wanted for name in theirs])[cases.person])
    if rule.effective_to is not None:
        after = rule.effective_to + timedelta(1)
        masks.append(cases.start < facts.midnight_of(after)[cases.person])
    mask = np.logical_and.reduce(masks)
    return cases if mask.all() else cases.where(mask)


def _margins(rule: DutyHourRule, cases: Cases) -> NDArray[np.float64]:
    """Return what is left to each limit; negative where it is broken."""
    sign = 1.0 if rule.sense == "at most" else -1.0
    left = np.broadcast_to(np.subtract(cases.limit, cases.measured), len(cases))
    return sign * left + 0.0


def _worst(group: NDArray[np.integer[Any]], *keys: NDArray[Any]) -> NDArray[np.intp]:
    """Return the position of every group's smallest entry by these keys, the first one first."""
    order = np.lexsort((*reversed(keys), group))
    ordered = group[order]
    first = np.ones(len(ordered), dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return order[first]


def _worst_of_overlapping(cases: Cases, margin: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the worst of every row of overlapping windows of one person: severity first."""
    apart = np.ones(len(cases), dtype=np.bool_)
    apart[1:] = (cases.person[1:] != cases.person[:-1]) | (cases.start[1:] >= cases.end[:-1])
    cap = np.broadcast_to(cases.cap, len(cases))
    return _worst(np.cumsum(apart), cap, margin, cases.start)


def _case(facts: Facts, cases: Cases, position: int) -> Case:
    timeline = facts.timeline
    person = int(cases.person[position])
    zone, shift = timeline.people[person].zone, int(facts.shift[person])
    rotation = int(cases.at("rotation", position))
    return Case(
        start=at(int(cases.start[position]) - shift, zone),
        end=at(int(cases.end[position]) - shift, zone),
        measured=float(cases.at("measured", position)),
        limit=float(cases.at("limit", position)),
        broken=bool(cases.broken[position]),
        rotation="" if rotation == NONE else timeline.rotations[rotation],
        days=int(cases.at("days", position)),
        leave_days=int(cases.at("leave_days", position)),
        note=int(cases.at("note", position)),
    )


def _evidence(facts: Facts, cases: Cases, position: int) -> tuple[str, ...]:
    """Return what the duty in, or at an edge of, a window is called."""
    timeline, person = facts.timeline, int(cases.person[position])
    rows = rows_of(timeline.person, person)
    inside = (facts.start[rows] <= cases.end[position]) & (facts.end[rows] >= cases.start[position])
    inside &= (WORKED | BUSY)[timeline.kind[rows]]
    return tuple(
        timeline.references[row] or _called(timeline, row)
        for row in (rows.start + np.flatnonzero(inside)).tolist()
    )


def _called(timeline: Timeline, row: int) -> str:
    """Return what an interval without a name of its own is called: its kind and its time."""
    zone = timeline.people[int(timeline.person[row])].zone
    start, end = (at(int(axis[row]), zone) for axis in (timeline.start, timeline.end))
    return f"{KINDS[timeline.kind[row]]} {moment(start)} to {moment(end)}"
