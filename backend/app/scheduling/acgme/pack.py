"""Rule packs: the numbers of the law as data, and what a programme's policy makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from app.scheduling.acgme.policy import Policy, Tightening
from app.scheduling.acgme.predicates import AnyDutyHourRule
from app.scheduling.acgme.rule import STRICT, UNCONFIRMED, DutyHourRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """Rules of one body of law, in one version.

    Parameters
    ----------
    name
        Such as ``acgme-common``.
    title
        For people.
    version
        Of its text.
    specialty
        Whose pack it is; empty: everybody's.
    sources
        What the sources of its rules stand for, by their short name.
    rules
        Versions of one rule share an id and have no day in common.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    name: str
    title: str
    version: str
    specialty: str = ""
    sources: dict[str, str]
    rules: tuple[AnyDutyHourRule, ...]

    def __post_init__(self) -> None:
        """Refuse doubled rules and sources that are not explained; sign each rule."""
        for rule in self.rules:
            for source in rule.sources:
                if source not in self.sources:
                    raise ValueError(f"rule {rule.id}: source {source!r} is not explained")
            if rule.effective_to and rule.effective_to < rule.effective_from:
                raise ValueError(f"rule {rule.id} ends before it takes effect")
        for position, rule in enumerate(self.rules):
            for other in self.rules[:position]:
                if other.id == rule.id and _meet(rule, other):
                    raise ValueError(f"rule {rule.id} has two versions in force on one day")
        signed = tuple(replace(rule, pack=self.name, version=self.version) for rule in self.rules)
        object.__setattr__(self, "rules", signed)


class InvalidPolicyError(ValueError):
    """A programme's policy names unknown rules or loosens one; every fault is listed."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


def rules_in_force(packs: Sequence[RulePack], policy: Policy) -> tuple[DutyHourRule, ...]:
    """Return the rules of all packs, tightened as the policy says.

    Raises
    ------
    InvalidPolicyError
        When the policy confirms or tightens what there is not, or loosens a limit.
    """
    rules: list[DutyHourRule] = [rule for pack in packs for rule in pack.rules]
    known = {rule.id for rule in rules} | {pack.name for pack in packs}
    named = [one.rule for one in policy.confirmed] + [one.rule for one in policy.tightened]
    faults = [
        f"rule {name!r} is in no pack: it cannot be confirmed or tightened"
        for name in named
        if name not in known
    ]
    faults += [
        f"confirming {one.rule!r} needs its source" for one in policy.confirmed if not one.source
    ]
    for one in policy.tightened:
        for position, rule in enumerate(rules):
            if rule.id == one.rule:
                fault = _loosens(rule, one)
                if fault:
                    faults.append(fault)
                else:
                    limit: dict[str, Any] = {rule.limit_name: one.limit}
                    rules[position] = replace(rule, **limit)
    if faults:
        raise InvalidPolicyError(list(dict.fromkeys(faults)))
    return tuple(rules)


def is_confirmed(rule: DutyHourRule, policy: Policy) -> bool:
    """Return whether a rule's numbers may be errors."""
    confirmed = {one.rule for one in policy.confirmed}
    return rule.confidence not in UNCONFIRMED or bool({rule.id, rule.pack} & confirmed)


def _loosens(rule: DutyHourRule, one: Tightening) -> str:
    """Return what is wrong with a limit of the programme's own; empty when nothing is."""
    if not rule.limit_name:
        return f"rule {rule.id} has no limit that a programme may tighten"
    limit = getattr(rule, rule.limit_name)
    looser = one.limit > limit if rule.stricter == "less" else one.limit < limit
    if looser or one.limit < 0:
        return (
            f"rule {rule.id}: {rule.limit_name} {one.limit} is looser than its {limit}; "
            "a programme may tighten a limit, never loosen it"
        )
    return ""


def _meet(rule: DutyHourRule, other: DutyHourRule) -> bool:
    """Return whether two rules have a day in common."""
    before = rule.effective_to is not None and rule.effective_to < other.effective_from
    after = other.effective_to is not None and other.effective_to < rule.effective_from
    return not (before or after)
