"""From placements to duty on the clock: effective half-days, and the timeline of a whole plan."""

from app.scheduling.timetable.compiled import Timetable, compile_timetable
from app.scheduling.timetable.expansion import expand, expand_person
from app.scheduling.timetable.half_days import HalfDay, HalfDays, half_days

__all__ = [
    "HalfDay",
    "HalfDays",
    "Timetable",
    "compile_timetable",
    "expand",
    "expand_person",
    "half_days",
]
