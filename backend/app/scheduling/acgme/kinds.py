"""The kinds of duty interval, and what each counts for."""

from enum import StrEnum
from typing import Literal, NamedTuple

Presence = Literal["in house", "beside in house", "away"]


class Kind(StrEnum):
    """What somebody does during an interval.

    The values are the words of log files.
    """

    IN_HOUSE = "in_house"
    CALL = "call"
    NIGHT_FLOAT = "night_float"
    EDUCATION = "education"
    ADMIN = "admin"
    TRANSITION = "transition"
    VOLUNTARY = "voluntary"
    WORK_FROM_HOME = "work_from_home"
    HOME_CALL = "home_call"
    HOME_CALL_ACTIVITY = "home_call_activity"
    HOME_CALL_IN = "home_call_in"
    MOONLIGHTING_INTERNAL = "moonlighting_internal"
    MOONLIGHTING_EXTERNAL = "moonlighting_external"
    CONFERENCE = "conference"
    LEAVE = "leave"


class Meaning(NamedTuple):
    """What an interval of a kind counts for.

    `worked`: towards the weekly hours. `busy`: it breaks a day off. `presence`: whether it makes
    an in-house run (``"in house"``), lengthens one that it touches, or neither.
    """

    worked: bool
    busy: bool
    presence: Presence


MEANING: dict[Kind, Meaning] = {
    Kind.IN_HOUSE: Meaning(worked=True, busy=True, presence="in house"),
    Kind.CALL: Meaning(worked=True, busy=True, presence="in house"),
    Kind.NIGHT_FLOAT: Meaning(worked=True, busy=True, presence="in house"),
    Kind.EDUCATION: Meaning(worked=True, busy=True, presence="beside in house"),
    Kind.ADMIN: Meaning(worked=True, busy=True, presence="beside in house"),
    Kind.TRANSITION: Meaning(worked=True, busy=True, presence="in house"),
    Kind.VOLUNTARY: Meaning(worked=True, busy=True, presence="in house"),
    Kind.WORK_FROM_HOME: Meaning(worked=True, busy=True, presence="away"),
    Kind.HOME_CALL: Meaning(worked=False, busy=True, presence="away"),
    Kind.HOME_CALL_ACTIVITY: Meaning(worked=True, busy=True, presence="away"),
    Kind.HOME_CALL_IN: Meaning(worked=True, busy=True, presence="in house"),
    Kind.MOONLIGHTING_INTERNAL: Meaning(worked=True, busy=True, presence="in house"),
    Kind.MOONLIGHTING_EXTERNAL: Meaning(worked=True, busy=True, presence="away"),
    Kind.CONFERENCE: Meaning(worked=True, busy=True, presence="away"),
    Kind.LEAVE: Meaning(worked=False, busy=False, presence="away"),
}
"""Specification §2. Leave is not duty; it is handled as days, see `Timeline`."""

KINDS: tuple[Kind, ...] = tuple(MEANING)
"""Position in it = the number that columns of kinds hold."""
