"""Effective half-days as lines of a CSV (CONTRACT §5)."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from io import StringIO
from uuid import UUID

from app.scheduling.domain.duties import Session
from app.scheduling.timetable import HalfDay

HEAD = "id,date,session,person,pgy,rotation_type,duty,start,end,source\r\n"
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Ids = Mapping[tuple[str, date, Session], UUID]


def half_day_lines(half_days: Iterable[HalfDay], ids: Ids) -> str:
    """Return the lines of some half-days.

    Parameters
    ----------
    ids
        Ids of assignments by person, date and session; of other half-days there are none.
    """
    cells, moments = _Cells(), _Moments()
    lines = []
    for person, day, session, pgy, rotation, duty, source, start, end in half_days:
        identity = ids.get((person, day, session), "") if source == "assignment" else ""
        lines.append(
            f"{identity},{moments[day]},{session},{cells[person]},{pgy},{cells[rotation]},"
            f"{cells[duty]},{moments[start]},{moments[end]},{source}\r\n"
        )
    return "".join(lines)


class _Cells(dict[str | None, str]):
    """Texts as cells, each made once: a year repeats them tens of thousands of times."""

    def __missing__(self, text: str | None) -> str:
        line = StringIO()
        csv.writer(line, lineterminator="").writerow((harmless(text or ""), ""))
        self[text] = cell = line.getvalue().removesuffix(",")
        return cell


class _Moments(dict[date | None, str]):
    """Days and points of time as cells."""

    def __missing__(self, moment: date | None) -> str:
        self[moment] = cell = "" if moment is None else moment.isoformat()
        return cell


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text
