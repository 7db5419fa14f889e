"""What an argument hands back: a sentence, the rules that it rests on, and its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.scheduling.domain.problem import Problem
from app.scheduling.domain.result import Finding
from app.scheduling.domain.rule import Rule

COMPLETE = "Complete and eligible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One cause of infeasibility.

    Parameters
    ----------
    rules
        What it rests on, the main rule first; empty when eligibility alone does it.
    message
        One sentence that stands alone.
    measured, limit, unit
        What there would have to be, what there can be, and in which unit.
    slot, person
        Where, as indices; None where it is about the whole year or several people.
    """

    rules: tuple[Rule, ...]
    message: str
    measured: float | None = None
    limit: float | None = None
    unit: str | None = None
    slot: int | None = None
    person: int | None = None

    @property
    def excess(self) -> float:
        """By how much it fails; the more, the more telling."""
        if self.measured is None or self.limit is None:
            return 0
        return abs(self.measured - self.limit)

    def finding(self, problem: Problem) -> Finding:
        """Return it as the outcome of a solve shows it."""
        slot = None if self.slot is None else problem.slots[self.slot]
        main = self.rules[0] if self.rules else None
        sources = [rule.source for rule in self.rules if rule.source]
        return Finding(
            rule="structure" if main is None else main.kind,
            name=", ".join(rule.name for rule in self.rules) or COMPLETE,
            severity="error",
            person=None if self.person is None else problem.people[self.person].id,
            period=None if slot is None else slot.period,
            date=None if slot is None else slot.start,
            measured=self.measured,
            limit=self.limit,
            unit=self.unit,
            message=self.message,
            source="; ".join(dict.fromkeys(sources)) or None,
        )


def distinct(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules without repetition, in their order."""
    return tuple({id(rule): rule for rule in rules}.values())
