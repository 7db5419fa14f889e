"""What half-days mean, day by day in plain Python: slow, and nothing but the words of the rule."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.scheduling.acgme.kinds import MEANING, Kind
from app.scheduling.domain.duties import SESSIONS, Assignment, DutyType, Session
from app.scheduling.domain.people import Leave, Person
from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType


class Entry(NamedTuple):
    """A half-day; `start` and `end` are minutes since 1970, None where there is no duty."""

    rotation: str | None
    duty: str | None
    source: str
    start: int | None
    end: int | None


Days = dict[tuple[date, Session], Entry]


class World:
    """One person's year in a programme."""

    def __init__(self, program: Program, grid: Grid, row: int) -> None:
        self.program, self.person = program, program.people[row]
        self.kinds = {kind.code: kind for kind in program.rotation_types}
        self.duties = {duty.code: duty for duty in program.duty_types}
        self.placed: dict[date, RotationType] = {}
        for column, slot in enumerate(program.calendar.slots):
            for number in range(slot.days):
                if grid[row, column] >= 0:
                    kind = program.rotation_types[grid[row, column]]
                    self.placed[slot.start + timedelta(number)] = kind
        self.assigned = {
            (one.date, one.session): one
            for one in program.assignments
            if one.person == self.person.id
        }

    def half_days(self) -> Days:
        """Return every half-day of which something is said, in order of time."""
        day, found = self.program.calendar.start, Days()
        while day < self.program.calendar.stop:
            if self.appointed(day):
                for session in SESSIONS:
                    self._say(found, day, session)
            day += timedelta(1)
        return found

    def on_leave(self, day: date) -> bool:
        """Return whether the day is leave, by rotation type or approved."""
        short = self.program.duty_hours.vacation_week_days == 5 and day.weekday() >= 5
        kind = self.placed.get(day)
        if self.appointed(day) and kind is not None and kind.leave and not short:
            return True
        return self.appointed(day) and any(
            _takes(self.program, self.person, leave, day)
            and not (short and leave.kind == "vacation")
            for leave in self.person.leave
        )

    def appointed(self, day: date) -> bool:
        """Return whether the person is appointed on a day."""
        after = self.person.start is None or self.person.start <= day
        return after and (self.person.end is None or day <= self.person.end)

    def _say(self, found: Days, day: date, session: Session) -> None:
        one, kind = self.assigned.get((day, session)), self.placed.get(day)
        if one is not None:
            found[day, session] = self._of_assignment(one, kind)
            return
        if self.on_leave(day):
            found[day, session] = Entry(kind.code if kind else None, None, "leave", None, None)
            return
        said = None if kind is None else kind.week.get(day.weekday())
        duty = None if said is None else getattr(said, session.lower())
        duty = duty if duty is not None and self.duties[duty].has(session) else None
        entry = None
        if kind is not None and duty is not None:
            entry = self._entry(kind.code, duty, "template", day, session)
        night = found.get((day - timedelta(1), "NIGHT"))
        if night is not None and night.duty is not None:
            entry = self._after(found, self.duties[night.duty], night, entry, (day, session))
        if entry is not None:
            found[day, session] = entry

    def _after(
        self,
        found: Days,
        nightly: DutyType,
        night: Entry,
        entry: Entry | None,
        place: tuple[date, Session],
    ) -> Entry | None:
        """Return what is left of the template after a night."""
        day, session = place
        if nightly.kind not in {"call", "night_float"}:
            return entry
        gone = Entry(entry.rotation if entry else None, None, "post-call", None, None)
        if session == "AM":
            if nightly.next_morning is not None:
                return self._entry(night.rotation, nightly.next_morning, "post-call", day, session)
            if entry is None or self.duties[entry.duty or ""].kind == "transition":
                return entry
            return gone._replace(rotation=night.rotation)
        if entry is None or entry.start is None:
            return entry
        start, left = self._run(found, day, night)
        rest = 14 if left - start >= 24 * 60 else 8
        return gone if entry.start - left < rest * 60 else entry

    def _run(self, found: Days, day: date, night: Entry) -> tuple[int, int]:
        """Return when the run of duty that a night ends began, and when the person left."""
        assert night.start is not None
        assert night.end is not None
        gap = self.program.duty_hours.merge_gap_minutes
        start, left = night.start, night.end
        morning = found.get((day, "AM"))
        if morning is not None and self._in_house(morning):
            assert morning.start is not None
            assert morning.end is not None
            if morning.source == "post-call" or morning.start <= night.end + gap:
                left = max(left, morning.end)
        before = [
            (entry.start, entry.end)
            for (other, _), entry in found.items()
            if other < day and self._in_house(entry)
        ]
        for begin, end in sorted(before, reverse=True):
            assert begin is not None
            assert end is not None
            if end + gap >= start:
                start = min(start, begin)
        return start, left

    def _in_house(self, entry: Entry) -> bool:
        if entry.duty is None or entry.start is None:
            return False
        return MEANING[Kind(self.duties[entry.duty].kind)].presence != "away"

    def _of_assignment(self, one: Assignment, kind: RotationType | None) -> Entry:
        code = one.rotation
        if code is None and kind is not None and not kind.leave:
            code = kind.code
        return self._entry(code, one.duty, "assignment", one.date, one.session)

    def _entry(
        self, rotation: str | None, duty: str, source: str, day: date, session: Session
    ) -> Entry:
        span = self.duties[duty].spans[SESSIONS.index(session)]
        if span is None:
            return Entry(rotation, duty, source, None, None)
        zone = (self.kinds[rotation].zone if rotation else "") or self.program.time_zone
        start, end = (_minute(day, minutes, zone) for minutes in span)
        return Entry(rotation, duty, source, start, end)


def _minute(day: date, minutes: int, zone: str) -> int:
    day += timedelta(minutes // (24 * 60))
    clock = time(minutes // 60 % 24, minutes % 60)
    return int(datetime.combine(day, clock, ZoneInfo(zone)).timestamp() // 60)


def _takes(program: Program, person: Person, leave: Leave, day: date) -> bool:
    if leave.start is not None and leave.end is not None:
        return leave.start <= day <= leave.end
    parts = [slot for slot in program.calendar.slots if slot.period == leave.period]
    if not parts[0].start <= day < parts[-1].end:
        return False
    if leave.half is None:
        return True
    if len(parts) == 2:
        return (day >= parts[1].start) == (leave.half == "second")
    if sum(one.half is not None and one.period == leave.period for one in person.leave) > 1:
        return True
    return ((day - parts[0].start).days >= parts[0].days // 2) == (leave.half == "second")
