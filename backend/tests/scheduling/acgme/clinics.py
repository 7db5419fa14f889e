"""Clinics with supervisors: several residents' diaries, and who supervises them when."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.scheduling.acgme.intervals import Basis, Level, Supervision
from app.scheduling.acgme.timeline import Timeline, build_timeline
from tests.scheduling.acgme.builders import DutyDiary, diary


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """Residents on one rotation with its supervision; every method returns a longer clinic.

    Parameters
    ----------
    training_since
        First day of training by a resident's id; who is not named has been there for long.
    """

    residents: tuple[DutyDiary, ...]
    supervision: tuple[Supervision, ...] = ()
    training_since: tuple[tuple[str, date], ...] = ()

    @property
    def start(self) -> date:
        """Day 1."""
        return self.residents[0].start

    def supervised(
        self,
        days: int | Iterable[int],
        hours: str,
        level: Level = "indirect",
        **fields: Any,
    ) -> "Clinic":
        """Add supervision from ``"08:00-12:00"``; `fields` are those of `Supervision`."""
        numbers = [days] if isinstance(days, int) else list(days)
        begin, end = (time.fromisoformat(text) for text in hours.split("-"))
        first = self.residents[0]
        zone = ZoneInfo(first.zone)
        added = tuple(
            Supervision(
                start=datetime.combine(first.date(day), begin, zone),
                end=datetime.combine(first.date(day + (end <= begin)), end, zone),
                level=level,
                **{"rotation": first.blocks[0][0], **fields},
            )
            for day in numbers
        )
        return replace(self, supervision=self.supervision + added)

    def beginning(self, person: str, since: date) -> "Clinic":
        """Say when a resident's training began."""
        return replace(self, training_since=(*self.training_since, (person, since)))

    def moved(self, days: int) -> "Clinic":
        """Return the same clinic some days later."""
        return replace(
            self,
            residents=tuple(moved(one, days) for one in self.residents),
            supervision=tuple(
                replace(one, start=one.start + timedelta(days), end=one.end + timedelta(days))
                for one in self.supervision
            ),
            training_since=tuple(
                (person, since + timedelta(days)) for person, since in self.training_since
            ),
        )

    def timeline(self, basis: Basis = "record") -> Timeline:
        """Return the clinic as a timeline."""
        since = dict(self.training_since)
        return build_timeline(
            basis,
            [replace(one.resident, training_since=since.get(one.person)) for one in self.residents],
            [interval for one in self.residents for interval in one.intervals],
            [span for one in self.residents for span in one.spans],
            [absence for one in self.residents for absence in one.leave],
            self.supervision,
        )


def clinic(people: int, days: int | Iterable[int] = 1, hours: str = "08:00-12:00") -> Clinic:
    """Return residents r1, r2, … who see patients at the same hours, and nobody who supervises."""
    return Clinic(
        residents=tuple(
            diary(("CLINIC", 28), person=f"r{number}").work(days, hours)
            for number in range(1, people + 1)
        )
    )


def moved(made: DutyDiary, days: int) -> DutyDiary:
    """Return the same diary some days later, at the same local times."""
    by = timedelta(days)
    return replace(
        made,
        start=made.start + by,
        intervals=tuple(
            replace(
                one,
                start=one.start + by,
                end=one.end + by,
                call_night=one.call_night and one.call_night + by,
            )
            for one in made.intervals
        ),
        leave=tuple(replace(one, first=one.first + by, last=one.last + by) for one in made.leave),
    )
