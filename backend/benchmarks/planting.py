"""The hidden year behind a synthetic programme: it keeps every hard rule by construction.

Part of the frozen generator (`benchmarks.synthetic`): any change here is a new version there.
Only whole numbers and `random.Random.random`, whose sequence Python guarantees, are used, so that
the same seed gives the same year on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TypeVar

WEEKS = 52
CYCLE = 5
CLINIC, WARD, ICU, NF, CCU, ED, GERI, ELECTIVE, VACATION = (
    "CLIN", "WARD", "ICU", "NF", "CCU", "ED", "GERI", "ELEC", "VAC",
)  # fmt: skip
HARD = frozenset({WARD, ICU, NF, CCU})
INTENSE = frozenset({ICU, NF, CCU})
FORTNIGHTS = frozenset({NF, VACATION})
"""Runs of exactly two weeks; all other runs have two to four."""

CONSULT_WEEKS = {1: 4, 2: 8, 3: 12}
MOST_OF_ONE_CONSULT = 4
SERVICE_WEEKS = {
    1: {WARD: 14, ICU: 6, NF: 4, CCU: 2, ED: 4, GERI: 2, VACATION: 4},
    2: {WARD: 8, ICU: 6, NF: 4, CCU: 2, ED: 4, GERI: 2, VACATION: 4},
    3: {WARD: 8, ICU: 4, NF: 2, CCU: 2, ED: 2, GERI: 2, VACATION: 4},
}
"""Weeks of the hidden year by PGY; what is left of the year is elective."""

INTERN_START = {ICU: 6, CCU: 12}
"""First week (from 0) in which the hidden year has interns there."""

_SWAPS_PER_PERSON = 400
_TRIES_PER_YEAR = 400


@dataclass(frozen=True, slots=True)
class House:
    """Who is there and when they have clinic.

    Parameters
    ----------
    residents
        In three PGY classes, as equal as can be, in order.
    slots
        52 of one week, or 26 of two.
    rotations
        Rotation types in all, 10-30; all beyond the first nine are consults.
    """

    residents: int
    slots: int
    rotations: int

    @property
    def weeks(self) -> int:
        """Weeks in a slot."""
        return WEEKS // self.slots

    @property
    def consults(self) -> tuple[str, ...]:
        """Codes of the consult services."""
        return tuple(f"CON{number}" for number in range(1, self.rotations - 8))

    def pgy(self, resident: int) -> int:
        """Return the PGY, 1-3."""
        return resident * 3 // self.residents + 1

    def cohort(self, resident: int) -> int:
        """Return the clinic cohort, 0-4: the first clinic slot."""
        return resident % CYCLE

    def clinic(self, resident: int, slot: int) -> bool:
        """Return whether the slot is one of the resident's clinic slots."""
        return slot % CYCLE == self.cohort(resident)

    def pieces(self, resident: int) -> tuple[tuple[int, int], ...]:
        """Return the stretches (first slot, length) in which the hidden year stays put.

        Two weeks each, but for a single week where the year's ends leave an odd number.
        """
        if self.weeks == 2:
            return tuple((s, 1) for s in range(self.slots) if not self.clinic(resident, s))
        pieces: list[tuple[int, int]] = []
        free = [s for s in range(self.slots) if not self.clinic(resident, s)]
        while free:
            first = free[0]
            alone = first == 0 and self.cohort(resident) % 2 == 1
            length = 1 if alone or first + 1 not in free else 2
            pieces.append((first, length))
            free = free[length:]
        return tuple(pieces)


Year = list[str]
"""One resident's rotation by slot; "" where nothing is decided yet."""

Item = TypeVar("Item")


def below(random: Random, limit: int) -> int:
    """Return a whole number from 0 to below `limit`."""
    return int(random.random() * limit)


def shuffled(random: Random, items: Sequence[Item]) -> list[Item]:
    """Return the items in random order."""
    result = list(items)
    for last in range(len(result) - 1, 0, -1):
        other = below(random, last + 1)
        result[last], result[other] = result[other], result[last]
    return result


def plant(house: House, random: Random) -> list[Year]:
    """Return a year for every resident that keeps all hard rules, with even coverage."""
    decks = _Decks(house, random)
    years = [_first_year(house, r, decks, random) for r in range(house.residents)]
    _even_out(house, years, random)
    return years


def keeps_rules(house: House, resident: int, year: Year) -> bool:
    """Return whether a year, decided up to some slot, keeps the resident's own hard rules."""
    weeks = house.weeks
    hard = [code in HARD for code in year]
    window = 8 // weeks
    if any(sum(hard[s : s + window]) * weeks > 6 for s in range(len(year) - window + 1)):
        return False
    if any(a != b and a in INTENSE and b in INTENSE for a, b in pairwise(year)):
        return False
    first = 0
    for slot in range(1, len(year) + 1):
        if slot < len(year) and year[slot] == year[first]:
            continue
        code = year[first]
        if code and code != CLINIC and (slot - first) * weeks > (2 if code in FORTNIGHTS else 4):
            return False
        first = slot
    return house.pgy(resident) > 1 or _is_gradual(house, year)


def _is_gradual(house: House, year: Year) -> bool:
    """Return whether wards come before ICU before CCU, and neither too early in the year."""
    seen: set[str] = set()
    for slot, code in enumerate(year):
        if code in INTERN_START:
            before = WARD if code == ICU else ICU
            if before not in seen or slot * house.weeks < INTERN_START[code]:
                return False
        seen.add(code)
    return True


class _Decks:
    """What each resident does in the year, consults dealt evenly within a class."""

    def __init__(self, house: House, random: Random) -> None:
        self._house = house
        self._random = random
        self._consults: list[str] = []

    def year_of(self, resident: int) -> list[str]:
        """Return the fortnights of the resident's year, in random order."""
        pgy = self._house.pgy(resident)
        deck = [code for code, weeks in SERVICE_WEEKS[pgy].items() for _ in range(weeks // 2)]
        own: list[str] = []
        most = MOST_OF_ONE_CONSULT // 2
        while len(own) < CONSULT_WEEKS[pgy] // 2:
            if not self._consults:
                self._consults = shuffled(self._random, self._house.consults)
            fits = [code for code in self._consults if own.count(code) < most]
            if fits:
                own.append(fits[0])
                self._consults.remove(fits[0])
            elif all(own.count(code) >= most for code in self._house.consults):
                break
            else:
                self._consults += shuffled(self._random, self._house.consults)
        deck += own
        fortnights = sum(
            1 for _, slots in self._house.pieces(resident) if slots * self._house.weeks == 2
        )
        deck += [ELECTIVE] * (fortnights - len(deck))
        return shuffled(self._random, deck)


def _first_year(house: House, resident: int, decks: _Decks, random: Random) -> Year:
    """Return any year that keeps the resident's rules."""
    deck = decks.year_of(resident)
    while True:
        year = _Search(house, resident).year(shuffled(random, deck))
        if year is not None:
            return year


class _Search:
    """Depth-first search for one year, given up after some tries."""

    def __init__(self, house: House, resident: int) -> None:
        self._house = house
        self._resident = resident
        self._left = _TRIES_PER_YEAR
        self._year = [CLINIC if house.clinic(resident, s) else "" for s in range(house.slots)]

    def year(self, deck: list[str]) -> Year | None:
        """Return a year of these fortnights, tried in this order."""
        found = self._fill(self._house.pieces(self._resident), deck)
        return self._year if found else None

    def _fill(self, pieces: Sequence[tuple[int, int]], deck: list[str]) -> bool:
        if not pieces:
            return True
        (first, length), rest = pieces[0], pieces[1:]
        whole = length * self._house.weeks == 2
        for code in dict.fromkeys(deck) if whole else (ELECTIVE,):
            self._left -= 1
            if self._left < 0:
                return False
            self._year[first : first + length] = [code] * length
            if keeps_rules(self._house, self._resident, self._year[: first + length]):
                remaining = list(deck)
                if whole:
                    remaining.remove(code)
                if self._fill(rest, remaining):
                    return True
            self._year[first : first + length] = [""] * length
        return False


def _even_out(house: House, years: list[Year], random: Random) -> None:
    """Swap fortnights within residents' years while that evens out the weekly coverage."""
    loads = _Loads(house, years)
    fortnights = [
        [range(s, s + n) for s, n in house.pieces(r) if n * house.weeks == 2]
        for r in range(house.residents)
    ]
    for _ in range(_SWAPS_PER_PERSON * house.residents):
        resident = below(random, house.residents)
        own, year = fortnights[resident], years[resident]
        one, two = own[below(random, len(own))], own[below(random, len(own))]
        a, b = year[one.start], year[two.start]
        if a == b:
            continue
        change = loads.move(resident, one, a, b) + loads.move(resident, two, b, a)
        if change > 0 or not keeps_rules(house, resident, year):
            loads.move(resident, one, b, a)
            loads.move(resident, two, a, b)


class _Loads:
    """Head counts of the years by service and slot, and how uneven a change makes them."""

    def __init__(self, house: House, years: list[Year]) -> None:
        self._house = house
        self._years = years
        self._counts: dict[tuple[int, str], list[int]] = {}
        for resident, year in enumerate(years):
            for slot, code in enumerate(year):
                for counts in self._entered(resident, code):
                    counts[slot] += 1

    def _entered(self, resident: int, code: str) -> list[list[int]]:
        """Return the head counts by slot that being on `code` enters."""
        pgy = self._house.pgy(resident)
        keys = [(pgy, code)]
        if code in self._house.consults:
            keys = [(0, code), (pgy, "consults")]
        elif code in {GERI, VACATION}:
            keys = [(0, code)]
        elif code in {CLINIC, ELECTIVE}:
            keys = []
        return [self._counts.setdefault(key, [0] * self._house.slots) for key in keys]

    def move(self, resident: int, slots: range, old: str, new: str) -> int:
        """Replace `old` by `new` there; return what that adds to half the sum of squares."""
        change = 0
        for counts in self._entered(resident, old):
            for slot in slots:
                counts[slot] -= 1
                change -= counts[slot]
        for counts in self._entered(resident, new):
            for slot in slots:
                change += counts[slot]
                counts[slot] += 1
        self._years[resident][slots.start : slots.stop] = [new] * len(slots)
        return change
