"""What hard rules, once posted, are known to exclude or to demand of single people."""

from collections.abc import Sequence
from functools import cache
from math import ceil
from weakref import WeakKeyDictionary, proxy

from app.scheduling.solver.model import Literal, RotationModel, variables_of

_LOOKS: "WeakKeyDictionary[RotationModel, Known]" = WeakKeyDictionary()


class Known:
    """A look at the hard rules posted so far.

    Parameters
    ----------
    model
        A model to which the hard rules have been posted.
    """

    @classmethod
    def of(cls, model: RotationModel) -> "Known":
        """Return the look at a model; what was posted since the last one is noted first."""
        if model not in _LOOKS:
            _LOOKS[model] = cls(model)
        _LOOKS[model].look_again()
        return _LOOKS[model]

    def __init__(self, model: RotationModel) -> None:
        self._model: RotationModel = proxy(model)
        self._conflicts: dict[tuple[int, int], list[list[tuple[int, int]]]] = {}
        self._most: dict[int, list[tuple[dict[tuple[int, int], int], int]]] = {}
        self._least: dict[int, list[tuple[int, int]]] = {}
        self._seen = 0, 0

    def look_again(self) -> None:
        """Note the hard rules that were posted since the last look."""
        model, (conflicts, limits) = self._model, self._seen
        for clause in model.conflicts[conflicts:]:
            self._note_conflict([-literal - 1 for literal, _ in model.posted.row(clause)])
        for row, low, high in model.limits[limits:]:
            self._note_limit(model.posted.row(row), low, high)
        self._seen = len(model.conflicts), len(model.limits)

    def _note_conflict(self, parts: Sequence[int]) -> None:
        meanings = [meaning for part in parts if (meaning := self._model.meaning_of(part))]
        people = {person for person, _, _ in meanings}
        if len(meanings) == len(parts) and len(people) == 1:
            cells = [(slot, bits) for _, slot, bits in meanings]
            self._conflicts.setdefault((people.pop(), cells[0][0]), []).append(cells)

    def _note_limit(
        self, terms: Sequence[tuple[int, int]], low: int | None, high: int | None
    ) -> None:
        weights: dict[tuple[int, int], int] = {}
        people, codes, amounts = set[int](), 0, set[int]()
        for index, weight in terms:
            meaning = self._model.meanings.get(index)
            if meaning is None or weight < 0:
                return
            person, slot, bits = meaning
            people.add(person)
            if len(people) > 1:
                return
            codes |= bits
            amounts.add(weight)
            for code in _codes(bits):
                weights[slot, code] = weights.get((slot, code), 0) + weight
        if not people:
            return
        [person] = people
        if high is not None:
            self._most.setdefault(person, []).append((weights, high))
        if low is not None and len(amounts) == 1:
            least = ceil(low / amounts.pop())
            self._least.setdefault(person, []).append((codes, least))

    def excluded(self, parts: Sequence[Literal]) -> bool:
        """Return whether a single hard rule says that these cannot all hold.

        They must speak of one person; literals that speak of no cell are ignored.
        """
        needed: dict[int, int] = {}
        person = -1
        for part in variables_of(parts):
            meaning = self._model.meaning(part)
            if meaning is not None:
                person, slot, bits = meaning
                needed[slot] = needed.get(slot, bits) & bits
        if not all(needed.values()):
            return True
        for slot in needed:
            for cells in self._conflicts.get((person, slot), ()):
                if all(t in needed and not needed[t] & ~bits for t, bits in cells):
                    return True
        return any(
            sum(
                min(weights.get((slot, code), 0) for code in _codes(bits))
                for slot, bits in needed.items()
            )
            > most
            for weights, most in self._most.get(person, ())
        )

    def most(self, person: int, wanted: int) -> int:
        """Return how many slots on these rotations the person has in the year at most."""
        opened = self._model.open[person]
        cells = [(slot, code) for code in _codes(wanted) for slot in opened[:, code].nonzero()[0]]
        most = len({slot for slot, _ in cells})
        for weights, limit in self._most.get(person, ()):
            least = min((weights.get(cell, 0) for cell in cells), default=0)
            if least:
                most = min(most, limit // least)
        return most

    def least(self, person: int, wanted: int) -> int:
        """Return how many slots on these rotations the person surely has in the year."""
        taken = total = 0
        for codes, least in sorted(self._least.get(person, ()), key=lambda item: -item[1]):
            if not codes & ~wanted and not codes & taken:
                taken |= codes
                total += least
        return total


@cache
def _codes(bits: int) -> tuple[int, ...]:
    return tuple(code for code in range(bits.bit_length()) if bits >> code & 1)
