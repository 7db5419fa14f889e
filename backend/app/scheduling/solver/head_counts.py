"""The head-count relaxation: the variables of peers summed, so that only how many counts.

Every row of a single person is summed over the peers; a sum of valid rows is valid, so what the
relaxation cannot do no schedule can. Rows across people (coverage) need only head counts anyway.
People can be kept apart or fixed one by one, which is what relax-and-fix construction does.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from app.scheduling.solver.model import Key, RotationModel
from app.scheduling.solver.rows import Row, Rows, Terms, key_of, read_rows

Group = int
"""Peers' variables of one role that occur alike in every row across people, as one number."""


@dataclass(frozen=True, slots=True)
class _SummedRow:
    """``sum <= high`` over groups and over variables of nobody in particular."""

    groups: dict[Group, int]
    others: Terms
    high: int


@dataclass(slots=True)
class _Sum:
    """The rows of peers with the same key, while they are added up; all as ``<= high``."""

    weights: Counter[int] = field(default_factory=Counter)
    high: int = 0


@dataclass(frozen=True, slots=True)
class Mixed:
    """A model in which some people are apart, some fixed, and the rest head counts.

    Attributes
    ----------
    apart
        The variables of people who are apart, and those of nobody in particular, by their index
        in the whole model.
    cost
        The shortfall.
    shares
        The part of the shortfall by (peers, rule name).
    """

    cp: cp_model.CpModel
    apart: dict[int, cp_model.IntVar]
    cost: cp_model.LinearExpr
    shares: dict[tuple[int, str], cp_model.LinearExpr]


class HeadCounts:
    """A posted model with its peers summed.

    Parameters
    ----------
    model
        With all rules posted.
    peers
        Everybody in groups of peers.
    """

    def __init__(self, model: RotationModel, peers: list[list[int]]) -> None:
        self.peers = peers
        self.rows: Rows = read_rows(model)
        self._peers_of = {person: n for n, group in enumerate(peers) for person in group}
        self._personal: dict[int, list[Row]] = {}
        self._across: list[Row] = []
        for row in self.rows.rows:
            if len(row.people) == 1:
                self._personal.setdefault(next(iter(row.people)), []).append(row)
            else:
                self._across.append(row)
        owners = self.rows.owners
        # What people are tied by, beside rows across them; it still holds once they are fixed.
        self._touching = {
            person: [row for row in rows if any(index not in owners for index in row.terms)]
            for person, rows in self._personal.items()
        }
        self._owned: dict[int, list[int]] = {}
        for index, person in self.rows.owners.items():
            if index not in model.sets:
                self._owned.setdefault(person, []).append(index)
        self._shared = [
            index
            for index in range(len(self.rows.upper))
            if index not in self.rows.owners and index not in model.sets
        ]
        self._group_of: dict[int, Group] = {}
        self._members: list[list[int]] = []
        self._form_groups(model)
        self._summed = [self._sum(model, group) for group in peers]

    def _form_groups(self, model: RotationModel) -> None:
        across: dict[int, list[tuple[int, int]]] = {}
        for number, row in enumerate(self._across):
            for index, weight in row.terms.items():
                across.setdefault(index, []).append((number, weight))
        known: dict[Key, Group] = {}
        for index, person in self.rows.owners.items():
            role = model.roles.get(index)
            if role is None or index in model.sets or self.rows.lower[index]:
                continue
            use = tuple(across.get(index, ()))
            key = (self._peers_of[person], role, use, self.rows.costs.get(index))
            group = known.setdefault(key, len(known))
            if group == len(self._members):
                self._members.append([])
            self._members[group].append(index)
            self._group_of[index] = group

    def _sum(self, model: RotationModel, people: list[int]) -> list[_SummedRow]:
        """Add up the rows of peers; rows with a variable without a role are left out."""
        sums: dict[tuple[Key, bool], _Sum] = {}
        for person in people:
            for row in self._personal.get(person, ()):
                own = [index for index in row.terms if index in self.rows.owners]
                if all(index in self._group_of for index in own):
                    key = key_of(model, row)
                    if row.high is not None:
                        self._add(sums.setdefault((key, True), _Sum()), row, 1, row.high)
                    if row.low is not None:
                        self._add(sums.setdefault((key, False), _Sum()), row, -1, -row.low)
        return [self._alike(total) for total in sums.values()]

    def _add(self, total: _Sum, row: Row, sign: int, high: int) -> None:
        total.high += high
        for index, weight in row.terms.items():
            total.weights[index] += sign * weight

    def _alike(self, total: _Sum) -> _SummedRow:
        """Give all variables of a group the same coefficient, at the price of a higher limit."""
        counts: dict[Group, Counter[int]] = {}
        others = Terms()
        for index, weight in total.weights.items():
            if index in self._group_of:
                counts.setdefault(self._group_of[index], Counter())[weight] += 1
            elif weight:
                others[index] = weight
        high, groups = total.high, dict[Group, int]()
        for group, weights in counts.items():
            members = self._members[group]
            weights[0] += len(members) - weights.total()
            upper = max(self.rows.upper[index] for index in members)
            least = min(weight for weight, count in weights.items() if count)
            usual = max(weights, key=lambda weight: (weights[weight], weight))
            raised = sum(max(0, usual - weight) * n for weight, n in weights.items())
            lost = sum((weight - least) * n for weight, n in weights.items())
            chosen = usual if raised < lost else least
            if chosen == usual:
                high += raised * upper
            if chosen:
                groups[group] = chosen
        return _SummedRow(groups, others, high)

    def variables(self, number: int) -> Iterator[int]:
        """Yield the indices of the variables that belong to these peers."""
        for person in self.peers[number]:
            yield from self._owned.get(person, ())

    def cost(self, values: dict[int, int]) -> int:
        """Return the shortfall of a full assignment of values to variables."""
        costs = self.rows.costs.items()
        return self.rows.constant + sum(cost * values[index] for index, (_, cost) in costs)

    def build(self, apart: Iterable[int] = (), fixed: dict[int, int] | None = None) -> Mixed:
        """Return the model with these peers apart and these variables fixed.

        Parameters
        ----------
        apart
            Numbers of the peers who are kept as single people.
        fixed
            Values by variable index, for all variables of the people who are fixed.
        """
        values = fixed or {}
        single = set(apart)
        cp = cp_model.CpModel()
        mix = _Mix(cp, {}, {}, self._group_of, values)
        for index in self._shared:
            mix.own[index] = self._new(cp, index)
        for number in single:
            for index in self.variables(number):
                mix.own[index] = self._new(cp, index)
        for number, people in enumerate(self.peers):
            if number in single:
                mix.add_rows(row for person in people for row in self._personal.get(person, ()))
            elif any(index in values for index in self.variables(number)):
                mix.add_rows(row for person in people for row in self._touching.get(person, ()))
            else:
                for group in self._groups(number):
                    most = sum(self.rows.upper[index] for index in self._members[group])
                    mix.heads[group] = cp.new_int_var(0, most, "")
                for summed in self._summed[number]:
                    mix.add_summed(summed)
        mix.add_rows(self._across)
        return self._with_cost(mix)

    def _new(self, cp: cp_model.CpModel, index: int) -> cp_model.IntVar:
        return cp.new_int_var(self.rows.lower[index], self.rows.upper[index], "")

    def _groups(self, number: int) -> set[Group]:
        """Return the groups of these peers' variables."""
        return {self._group_of[i] for i in self.variables(number) if i in self._group_of}

    def _with_cost(self, mix: "_Mix") -> Mixed:
        """Return the mix with its shortfall; a head count's members all cost the same."""
        constant = self.rows.constant
        parts: dict[tuple[int, str], list[tuple[cp_model.IntVar, int]]] = {}
        counted: set[Group] = set()
        for index, (name, cost) in self.rows.costs.items():
            owner = self.rows.owners.get(index)
            share = (-1 if owner is None else self._peers_of[owner], name)
            if index in mix.values:
                constant += cost * mix.values[index]
            elif index in mix.own:
                parts.setdefault(share, []).append((mix.own[index], cost))
            elif index in mix.group_of:
                group = mix.group_of[index]
                if group not in counted:
                    counted.add(group)
                    parts.setdefault(share, []).append((mix.heads[group], cost))
            else:
                constant += min(cost * self.rows.lower[index], cost * self.rows.upper[index])
        shares = {
            share: cp_model.LinearExpr.weighted_sum(
                *(list(side) for side in zip(*terms, strict=True))
            )
            for share, terms in parts.items()
        }
        return Mixed(
            mix.cp, mix.own, cp_model.LinearExpr.sum(list(shares.values())) + constant, shares
        )


@dataclass(frozen=True, slots=True)
class _Mix:
    """A mixed model while rows are added to it."""

    cp: cp_model.CpModel
    own: dict[int, cp_model.IntVar]
    heads: dict[Group, cp_model.IntVar]
    group_of: dict[int, Group]
    values: dict[int, int]

    def add_summed(self, row: _SummedRow) -> None:
        """Add a row of peers."""
        terms = [(self.heads[group], weight) for group, weight in row.groups.items()]
        terms += [(self.own[index], weight) for index, weight in row.others.items() if weight]
        self._post(terms, 0, None, row.high)

    def add_rows(self, rows: Iterable[Row]) -> None:
        """Add rows of the whole model; those with a variable that has gone are left out."""
        for row in rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        constant, counted = 0, dict[Group, int]()
        terms: list[tuple[cp_model.IntVar, int]] = []
        for index, weight in row.terms.items():
            if index in self.values:
                constant += weight * self.values[index]
            elif index in self.own:
                terms.append((self.own[index], weight))
            elif index in self.group_of:
                counted[self.group_of[index]] = weight
            else:
                return
        terms += [(self.heads[group], weight) for group, weight in counted.items()]
        self._post(terms, constant, row.low, row.high)

    def _post(
        self,
        terms: list[tuple[cp_model.IntVar, int]],
        constant: int,
        low: int | None,
        high: int | None,
    ) -> None:
        if not terms:
            if (low is not None and constant < low) or (high is not None and constant > high):
                self.cp.add_bool_or([])
            return
        total = cp_model.LinearExpr.weighted_sum([v for v, _ in terms], [w for _, w in terms])
        if low is not None and low == high:
            self.cp.add(total == low - constant)
            return
        if low is not None:
            self.cp.add(total >= low - constant)
        if high is not None:
            self.cp.add(total <= high - constant)
