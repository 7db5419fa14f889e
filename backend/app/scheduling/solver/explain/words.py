"""How the arguments name people, periods and rotations."""

from collections.abc import Collection, Iterable, Sized

import numpy as np

from app.scheduling.domain.problem import Bools, Ints, Problem
from app.scheduling.domain.rule import Rule
from app.scheduling.rules.words import listed
from app.scheduling.rules.words import number as written


def whom(problem: Problem, people: Collection[int]) -> str:
    """Return people as a coordinator calls them: a class, a few names, or how many."""
    chosen = sorted(people)
    if len(chosen) == 1:
        return problem.people[chosen[0]].label
    if len(chosen) == len(problem.people):
        return "all people"
    years = {problem.people[p].pgy for p in chosen}
    if len(chosen) == sum(person.pgy in years for person in problem.people):
        return listed(tuple(f"PGY-{pgy}" for pgy in sorted(years)), "and")
    names = tuple(problem.people[p].label for p in chosen[:3])
    if len(chosen) <= 3:
        return listed(names, "and")
    return f"{len(chosen)} people ({', '.join(names)}, …)"


def during(problem: Problem, slots: Iterable[int]) -> str:
    """Return slots as periods: "period 3", "periods 1-4 and 9"."""
    chosen = sorted(slots)
    if len(chosen) == 1:
        return problem.slot_label(chosen[0])
    numbers = sorted({problem.slots[s].period for s in chosen})
    if len(numbers) == 1:
        return f"period {numbers[0]}"
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    parts = tuple(str(a) if a == b else f"{a}-{b}" for a, b in spans)
    return f"periods {listed(parts, 'and')}"


def rotations(problem: Problem, codes: Iterable[int], word: str = "and") -> str:
    """Return rotation types by their names; many are shortened."""
    names = [problem.rotations[code].label for code in sorted(codes)]
    if not names:
        return "nothing"
    if len(names) > 6:
        return f"{', '.join(names[:5])} {word} {len(names) - 5} more"
    return listed(tuple(names), word)


def names(rules: Iterable[Rule]) -> str:
    """Return the rules' names in quotation marks."""
    quoted = tuple(dict.fromkeys(f"“{rule.name}”" for rule in rules))
    if len(quoted) > 6:
        return f"{', '.join(quoted[:5])} and {len(quoted) - 5} more"
    return listed(quoted, "and")


def how_many(amount: float, plural: str) -> str:
    """Return an amount with what it counts: "1 person", "1 period", "2.5 periods"."""
    one = {"people": "person"}.get(plural, plural.removesuffix("s"))
    return f"{written(amount)} {one if amount == 1 else plural}"


def verb(things: Sized, one: str, many: str) -> str:
    """Return the verb that goes with people, rules or the like."""
    return one if len(things) == 1 else many


def alike(chosen: Bools, *values: Bools | Ints) -> list[list[int]]:
    """Return the chosen people (bool array (P,)) in groups for whom arrays (P, …) agree."""
    groups: dict[bytes, list[int]] = {}
    for person in flags(chosen):
        key = b"|".join(value[person].tobytes() for value in values)
        groups.setdefault(key, []).append(person)
    return list(groups.values())


def flags(mask: Bools | np.bool_) -> list[int]:
    """Return the indices at which a bool array (N,) is true."""
    found: list[int] = np.flatnonzero(mask).tolist()
    return found
