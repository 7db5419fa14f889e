"""Hall's condition with numbers: whether there is enough for all demands at once.

Demands ask for units; every unit of supply can serve one demand out of a given set. All demands
can be met exactly when no set of demands asks for more than all supply that can serve any of it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Shortage:
    """A set of demands that asks for more than there is.

    Parameters
    ----------
    demands
        Their indices; no proper subset reached by the same search is short by as much.
    asked, there
        Units they ask for together, and units that can serve any of them.
    """

    demands: tuple[int, ...]
    asked: int
    there: int


def shortage(demands: Sequence[int], supply: Mapping[int, int]) -> Shortage | None:
    """Return a set of demands that cannot be met together, or None when all can.

    Parameters
    ----------
    demands
        Units asked by each demand, from 0.
    supply
        Units by which demands they can serve: bit mask of demand indices to number of units.
    """
    flow = _Flow(supply)
    for demand in _scarcest_first(demands, supply):
        missing = demands[demand]
        while missing:
            taken = flow.serve(demand, missing)
            if isinstance(taken, int):
                missing -= taken
                continue
            mask = sum(1 << number for number in taken)
            there = sum(count for kind, count in supply.items() if kind & mask)
            return Shortage(tuple(sorted(taken)), sum(demands[n] for n in taken), there)
    return None


def _scarcest_first(demands: Sequence[int], supply: Mapping[int, int]) -> list[int]:
    def slack(demand: int) -> int:
        return sum(n for mask, n in supply.items() if mask >> demand & 1) - demands[demand]

    return sorted(range(len(demands)), key=slack)


class _Flow:
    """What supply is left, and who was given what."""

    def __init__(self, supply: Mapping[int, int]) -> None:
        self._left = {mask: count for mask, count in supply.items() if mask and count}
        self._given: Counter[tuple[int, int]] = Counter()

    def serve(self, demand: int, missing: int) -> int | set[int]:
        """Find supply for a demand, moving what others hold; return how much, or who is short."""
        came: dict[int, tuple[int, int]] = {}
        reached, queue = {demand}, [demand]
        for current in queue:
            kinds = sorted((mask for mask in self._left if mask >> current & 1), key=int.bit_count)
            for mask in kinds:
                if self._left[mask]:
                    path = [(current, mask)]
                    while path[-1][0] != demand:
                        path.append(came[path[-1][0]])
                    return self._move(path, missing)
            for mask in kinds:
                for holder in range(mask.bit_length()):
                    if holder not in reached and self._given[mask, holder]:
                        reached.add(holder)
                        came[holder] = (current, mask)
                        queue.append(holder)
        return reached

    def _move(self, path: list[tuple[int, int]], missing: int) -> int:
        """Give free supply to the first of a path, and what each one held to the next.

        A path lists who receives, and from which kind of supply.
        """
        passed_on = [(kind, holder) for (holder, _), (_, kind) in pairwise(path)]
        amount = min(missing, self._left[path[0][1]], *(self._given[held] for held in passed_on))
        self._left[path[0][1]] -= amount
        for receiver, kind in path:
            self._given[kind, receiver] += amount
        for held in passed_on:
            self._given[held] -= amount
        return amount
