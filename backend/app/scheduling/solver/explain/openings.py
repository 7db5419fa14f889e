"""Which placements are possible at all, and which rule closed the others.

Argument: a person needs one rotation in every slot of the appointment. Eligibility and single-cell
rules each leave some; when together they leave none, a smallest set of them contradicts itself.
Other arguments close more cells, each with the rule that does it. Only cells that no feasible
schedule can use are ever closed, so that whatever follows from what is left is proved.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from app.scheduling.domain.problem import FULL_LEAVE, HALF_LEAVE, Bools, Problem, true_cells
from app.scheduling.domain.rule import CellRule, Rule
from app.scheduling.solver.explain.proof import Proof, distinct
from app.scheduling.solver.explain.words import during, names, rotations, whom

_OPEN = -1


class Openings:
    """The cells that are still possible.

    Parameters
    ----------
    problem
        The compiled programme.
    rules
        Its hard rules.

    Attributes
    ----------
    open : bool array (P, S, V)
        What is possible; everything, where a contradiction has been reported already.
    closed_by : int array (P, S, V)
        Index into `closers` of what closed a cell first; -1 where it is open.
    closers
        What closes cells: one rule, or several together; none stands for eligibility.
    """

    def __init__(self, problem: Problem, rules: Sequence[Rule]) -> None:
        self.problem = problem
        self.rules = tuple(rules)
        self.closers: list[tuple[Rule, ...]] = [()]
        self.open: Bools = np.ones(problem.shape, dtype=np.bool_)
        self.closed_by = np.full(problem.shape, _OPEN, dtype=np.int16)
        self._free: Bools = np.zeros(problem.shape[:2], dtype=np.bool_)
        self.close((), ~problem.eligible)
        self._cells = [rule for rule in rules if isinstance(rule, CellRule)]
        for rule in self._cells:
            self.close((rule,), ~rule.allowed(problem))
        self._empty: Bools = problem.present & ~np.logical_or.reduce(self.open, axis=2)
        self.forget(self._empty)

    def close(self, closer: tuple[Rule, ...], shut: Bools) -> bool:
        """Close cells (bool array (P, S, V)) because of rules; return whether any was open."""
        people, slots = self.problem.joined.nonzero()
        shut = shut.copy()
        both = shut[people, slots] | shut[people, slots - 1]
        shut[people, slots] = shut[people, slots - 1] = both
        shut &= self.open & ~self._free[:, :, None]
        if not shut.any():
            return False
        if closer not in self.closers:
            self.closers.append(closer)
        self.open &= ~shut
        self.closed_by[shut] = self.closers.index(closer)
        return True

    def forget(self, cells: Bools) -> None:
        """Treat cells (bool array (P, S)) as free: what is wrong with them is said elsewhere."""
        self.open[cells] = True
        self.closed_by[cells] = _OPEN
        self._free |= cells

    def on(self, codes: Sequence[int] | frozenset[int]) -> Bools:
        """Return where one of these rotations is possible: bool array (P, S)."""
        chosen = self.open[:, :, sorted(codes)]
        result: Bools = np.logical_or.reduce(chosen, axis=2) & self.problem.present
        return result

    def only(self, codes: Sequence[int] | frozenset[int]) -> Bools:
        """Return where nothing but these rotations is possible: bool array (P, S)."""
        others = sorted(set(range(len(self.problem.rotations))) - set(codes))
        return self.problem.present & ~self.on(others)

    def why_not(
        self, cells: Bools, codes: Sequence[int] | frozenset[int]
    ) -> list[tuple[Rule, ...]]:
        """Return what keeps people off these rotations in `cells` (P, S), the commonest first."""
        causes = self.closed_by[:, :, sorted(codes)][cells & ~self.on(codes)]
        kinds, counts = np.unique(causes[causes != _OPEN], return_counts=True)
        return [self.closers[kind] for kind in kinds[np.argsort(-counts, kind="stable")].tolist()]

    def emptied(self) -> Iterator[Proof]:
        """Yield the cells in which nothing is left by now, and treat them as free from here on."""
        empty = self.problem.present & ~self.open.any(axis=2)
        groups: dict[bytes, list[tuple[int, int]]] = {}
        for p, s in true_cells(empty):
            groups.setdefault(self.closed_by[p, s].tobytes(), []).append((p, s))
        for cells in groups.values():
            closed = self.closed_by[cells[0]]
            parts: list[str] = []
            rules: list[Rule] = []
            for number in dict.fromkeys(closed.tolist()):
                closer = self.closers[number]
                shut = rotations(self.problem, (closed == number).nonzero()[0].tolist())
                parts.append(f"{names(closer) if closer else 'eligibility'}: {shut}")
                rules += closer
            people = {person for person, _ in cells}
            slots = {slot for _, slot in cells}
            yield Proof(
                rules=distinct(rules),
                message=(
                    f"{whom(self.problem, people)} in {during(self.problem, slots)}: no rotation "
                    f"is left; closed are, by {', by '.join(parts)}."
                ),
                measured=0,
                limit=1,
                unit="rotations",
                slot=min(slots),
                person=min(people) if len(people) == 1 else None,
            )
        self.forget(empty)

    def contradictions(self) -> Iterator[Proof]:
        """Yield where eligibility and single-cell rules leave a person nothing."""
        if not self._empty.any():
            return
        masks = (self.problem.eligible, *(rule.allowed(self.problem) for rule in self._cells))
        layers = [mask.copy() for mask in masks]
        people, slots = self.problem.joined.nonzero()
        for layer in layers:
            both = layer[people, slots] & layer[people, slots - 1]
            layer[people, slots] = layer[people, slots - 1] = both
        groups: dict[bytes, list[tuple[int, int]]] = {}
        for p, s in true_cells(self._empty):
            column = np.array([layer[p, s] for layer in layers])
            key = column.tobytes() + bytes([self.problem.leave[p, s]])
            groups.setdefault(key, []).append((p, s))
        for cells in groups.values():
            yield self._contradiction(layers, cells)

    def _contradiction(self, layers: list[Bools], cells: list[tuple[int, int]]) -> Proof:
        p, s = cells[0]
        column = [layer[p, s] for layer in layers]
        guilty = [number for number, allowed in enumerate(column) if not allowed.all()]
        for number in list(guilty):
            rest = [column[other] for other in guilty if other != number]
            if rest and not np.logical_and.reduce(rest).any():
                guilty.remove(number)
        rules = distinct([self._cells[number - 1] for number in guilty if number])
        parts = [_leaves(self.problem, number, column, self._cells) for number in guilty]
        who = whom(self.problem, {person for person, _ in cells})
        leave = {
            FULL_LEAVE: ", on leave for the whole period",
            HALF_LEAVE: ", on leave for half the period",
        }.get(int(self.problem.leave[p, s]), "")
        when = during(self.problem, {slot for _, slot in cells})
        return Proof(
            rules=rules,
            message=f"{who} in {when}{leave}: no rotation is left, because {' and '.join(parts)}.",
            measured=0,
            limit=1,
            unit="rotations",
            slot=min(slot for _, slot in cells),
            person=p if len({person for person, _ in cells}) == 1 else None,
        )


def _leaves(
    problem: Problem,
    number: int,
    column: list[Bools],
    cells: list[CellRule],
) -> str:
    """Return what one layer leaves open in a cell."""
    left = column[number].nonzero()[0].tolist()
    subject = f"“{cells[number - 1].name}”" if number else "eligibility"
    if len(left) <= max(4, len(column[number]) // 2):
        return f"{subject} leaves " + (f"only {rotations(problem, left, 'or')}" if left else "none")
    shut = (~column[number]).nonzero()[0].tolist()
    return f"{subject} closes {rotations(problem, shut)}"
