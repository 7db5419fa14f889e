"""The rule catalogue for people who write rules."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from app.files.programme_file import KINDS
from app.files.programme_schema import rule_schema


@dataclass(frozen=True, slots=True)
class RuleKind:
    """A kind of rule: its title and unit, what it means, and the JSON Schema of its parameters."""

    kind: str
    title: str
    description: str
    unit: str
    rewardable: bool
    parameters: dict[str, Any]


@cache
def rule_kinds() -> tuple[RuleKind, ...]:
    """Return every kind of rule by its title."""
    found = []
    for kind, rule in KINDS.items():
        schema = rule_schema(rule)
        described = schema.pop("description")
        found.append(
            RuleKind(
                kind, rule.title, described, getattr(rule, "unit", ""), rule.rewardable, schema
            )
        )
    return tuple(sorted(found, key=lambda one: one.title))
