"""Known years as a choice: everybody takes one, and CP-SAT finds who takes which."""

from ortools.sat.python import cp_model

from app.scheduling.domain.problem import Ints
from app.scheduling.solver.decomposition import FAR, Decomposition
from app.scheduling.solver.master import Master, Year
from app.scheduling.solver.parts import empty_model
from app.scheduling.solver.search import Run

_Terms = list[tuple[int, cp_model.IntVar]]


class Pool:
    """The choice among known years as a model; its objective is in steps of the shortfall.

    Parameters
    ----------
    apart
        The whole.
    master
        Knows the years.
    """

    def __init__(self, apart: Decomposition, master: Master) -> None:
        self._apart = apart
        self.cp = empty_model()
        self._costs: _Terms = []
        self._levels = {
            index: self.cp.new_int_var(level.lower, level.upper, "")
            for index, level in apart.levels.items()
        }
        self._costs += [(apart.levels[i].cost, variable) for i, variable in self._levels.items()]
        self._taken = [
            [(self.cp.new_bool_var(""), year) for year in years] for years in master.years
        ]
        for person, taken in enumerate(self._taken):
            self.cp.add_exactly_one([variable for variable, _ in taken])
            self._costs += [(year.cost, variable) for variable, year in taken]
            self._tie(person, taken)
        self._link()
        self.cp.minimize(_sum(self._costs) + apart.constant)

    def _tie(self, person: int, taken: list[tuple[cp_model.IntVar, Year]]) -> None:
        for number, row in enumerate(self._apart.people[person].tied):
            terms: _Terms = [(int(year.tied[number]), variable) for variable, year in taken]
            terms += [(weight, self._levels[index]) for index, weight in self._apart.ties[row.tie]]
            self._limit(terms, row.low, row.high)

    def _link(self) -> None:
        links = self._apart.links
        terms: list[_Terms] = [[] for _ in links.people]
        for taken in self._taken:
            for variable, year in taken:
                for row in year.given.nonzero()[0].tolist():
                    terms[row].append((int(year.given[row]), variable))
        for row, members in enumerate(terms):
            low, high, cost = int(links.low[row]), int(links.high[row]), int(links.cost[row])
            extremes = [[int(year.given[row]) for _, year in taken] or [0] for taken in self._taken]
            least, most = sum(map(min, extremes)), sum(map(max, extremes))
            if low > least:
                self._limit([*members, *self._slack(cost, low - least, 1)], low, FAR)
            if high < most:
                self._limit([*members, *self._slack(cost, most - high, -1)], -FAR, high)

    def _slack(self, cost: int, most: int, weight: int) -> _Terms:
        if not cost:
            return []
        slack = self.cp.new_int_var(0, most, "")
        self._costs.append((cost, slack))
        return [(weight, slack)]

    def _limit(self, terms: _Terms, low: int, high: int) -> None:
        if low > -FAR:
            self.cp.add(_sum(terms) >= low)
        if high < FAR:
            self.cp.add(_sum(terms) <= high)

    def hint(self, years: list[Ints]) -> None:
        """Suggest a year for everybody: one of those known."""
        for taken, suggested in zip(self._taken, years, strict=True):
            for variable, year in taken:
                self.cp.add_hint(variable, year.values is suggested)

    def chosen(self, run: Run) -> list[Ints]:
        """Return everybody's year in the best solution of a run."""
        return [
            next(year.values for variable, year in taken if run.value(variable))
            for taken in self._taken
        ]


def _sum(terms: _Terms) -> cp_model.LinearExpr:
    """Return a sum, of nothing as well."""
    return cp_model.LinearExpr.weighted_sum([v for _, v in terms], [w for w, _ in terms])
