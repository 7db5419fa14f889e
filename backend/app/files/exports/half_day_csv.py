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
    text = StringIO()
    writer = csv.writer(text)
    for one in half_days:
        identity = ids.get((one.person, one.date, one.session), "")
        writer.writerow(
            (
                identity if one.source == "assignment" else "",
                one.date,
                one.session,
                harmless(one.person),
                one.pgy,
                harmless(one.rotation or ""),
                harmless(one.duty or ""),
                "" if one.start is None else one.start.isoformat(),
                "" if one.end is None else one.end.isoformat(),
                one.source,
            )
        )
    return text.getvalue()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text
