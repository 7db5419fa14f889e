"""Coverage as heads: how many people a rotation needs and holds in each slot.

A person who brings more than one unit is counted as the most (for minima) or the least (for
maxima) that anybody brings there, so that heads are never fewer or more than units allow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.scheduling.domain.problem import Bools, Ints
from app.scheduling.rules.coverage import NO_LIMIT, Coverage
from app.scheduling.solver.explain.histories import Group
from app.scheduling.solver.explain.openings import Openings


@dataclass(frozen=True, slots=True, eq=False)
class Staffing:
    """One coverage rule, counted in heads.

    Parameters
    ----------
    codes
        The rotations counted together.
    counted : bool array (P, S)
        Who counts when.
    low, high : int arrays (S,)
        Fewest and most heads; 0 and `NO_LIMIT` for none.
    possible : bool array (P, S)
        Who counts and can be there.
    exact : bool array (S,)
        Whether a head is a unit there.
    """

    rule: Coverage
    codes: Group
    counted: Bools
    low: Ints
    high: Ints
    possible: Bools
    exact: Bools

    def overlaps(self, other: "Staffing", slot: int | None = None) -> bool:
        """Return whether one placement (in this slot) can count for both."""
        if not self.codes & other.codes:
            return False
        both = self.counted & other.counted
        return bool((both if slot is None else both[:, slot]).any())


def staffing(openings: Openings) -> list[Staffing]:
    """Return every coverage rule in heads."""
    problem = openings.problem
    found = []
    for rule in openings.rules:
        if not isinstance(rule, Coverage):
            continue
        codes = problem.codes(rule.rotations)
        brought = rule.brought(problem)
        low, high = rule.limits(problem)
        most = np.maximum(1, brought.max(axis=0, initial=0))
        least = np.where(brought > 0, brought, NO_LIMIT).min(axis=0, initial=NO_LIMIT)
        found.append(
            Staffing(
                rule=rule,
                codes=codes,
                counted=brought > 0,
                low=-(-low // most),
                high=np.where(high < NO_LIMIT, high // least, NO_LIMIT),
                possible=openings.on(codes) & (brought > 0),
                exact=(most == 1) & (least == 1),
            )
        )
    return found


def families(
    rows: Sequence[Staffing], weights: Ints, slot: int | None = None
) -> Iterator[list[Staffing]]:
    """Yield two choices of rows of which no placement counts for two.

    Parameters
    ----------
    weights : int array (N,)
        How much each row matters: the first choice prefers high ones, the second those about few
        people.
    """
    numbers = range(len(rows))
    heaviest = sorted(numbers, key=lambda n: -int(weights[n]))
    narrowest = sorted(numbers, key=lambda n: (int(rows[n].counted.sum()), -int(weights[n])))
    for order in (heaviest, narrowest):
        chosen: list[Staffing] = []
        for n in order:
            if not any(rows[n].overlaps(other, slot) for other in chosen):
                chosen.append(rows[n])
        yield chosen
