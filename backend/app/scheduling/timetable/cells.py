"""The half-days of people in arrays, while they are worked out."""

from dataclasses import dataclass
from typing import Literal

from app.scheduling.acgme.timeline import Small
from app.scheduling.acgme.zones import Minutes
from app.scheduling.domain.problem import Bools
from app.scheduling.timetable.compiled import Codes

FREE, TEMPLATE, ASSIGNMENT, LEAVE, POST_CALL = -1, 0, 1, 2, 3
HalfDaySource = Literal["template", "assignment", "leave", "post-call"]
SOURCES: tuple[HalfDaySource, ...] = ("template", "assignment", "leave", "post-call")
"""Where a half-day comes from, by number."""


@dataclass(slots=True, kw_only=True)
class Cells:
    """The half-days of n people: one array of n * W * 3 cells per column.

    Parameters
    ----------
    width
        Cells of one person.
    duty, rotation
        Duty and rotation types; `NONE` for none.
    source
        Positions in `SOURCES`, `FREE` where nothing is said.
    default
        Where template and post-call rest decide: within an appointment, neither assigned nor leave.
    begin, end
        Minutes since 1970 (UTC), where the duty has a time.
    leave : bool array (n, W)
        Days of leave.
    """

    width: int
    duty: Codes
    rotation: Codes
    source: Small
    default: Bools
    begin: Minutes
    end: Minutes
    leave: Bools
