"""What the verifier and the oracle say about one random case, and where they disagree."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.files.rule_packs import load_pack
from app.scheduling.acgme.timeline import build_timeline
from app.scheduling.acgme.validator import ACGMEValidator
from tests.scheduling.acgme.diary import Case, minute
from tests.scheduling.acgme.oracle import Expected, expected
from tests.scheduling.acgme.random_timelines import random_case


class Comparison(NamedTuple):
    """The findings of a case, as both see them."""

    case: Case
    known: set[Expected]
    found: set[Expected]

    @property
    def disagreements(self) -> list[str]:
        """Every finding that only one of the two has, in words."""
        missed = [f"the verifier misses {self._told(one)}" for one in self.known - self.found]
        invented = [f"the verifier invents {self._told(one)}" for one in self.found - self.known]
        return [f"{self.case.name}: {words}" for words in sorted(missed + invented)]

    def _told(self, one: Expected) -> str:
        zone = next(person.zone for person in self.case.residents if person.id == one.person)
        start, end = (
            datetime.fromtimestamp(at * 60, ZoneInfo(zone)).strftime("%a %d %b %Y %H:%M")
            for at in (one.start, one.end)
        )
        window = f"{start} to {end} ({zone})"
        return f"{one.rule} {one.severity} {one.person} {window} {one.measured} of {one.limit}"


def found(case: Case) -> set[Expected]:
    """Return what the verifier finds in a case."""
    timeline = build_timeline(
        case.basis,
        case.residents,
        case.intervals,
        case.spans,
        case.leave,
        first=case.first,
        last=case.last,
    )
    packs = [load_pack(name) for name in case.packs]
    return {
        Expected(
            one.rule,
            one.person,
            one.severity,
            minute(one.start),
            minute(one.end),
            round(one.measured, 6),
            round(one.limit, 6),
        )
        for one in ACGMEValidator(packs, case.policy).audit(timeline).findings
    }


def compare(seed: int) -> Comparison:
    """Return what both say about the case of a seed."""
    case = random_case(seed)
    return Comparison(case, expected(case), found(case))
