"""Files that callers save: their types, and the names that they are saved by."""

from typing import Any
from urllib.parse import quote

from fastapi import status

Answers = dict[int | str, dict[str, Any]]

CSV = "text/csv"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_ANSWER: Answers = {status.HTTP_200_OK: {"content": {CSV: {"schema": {"type": "string"}}}}}
WORKBOOK_ANSWER: Answers = {
    status.HTTP_200_OK: {"content": {WORKBOOK: {"schema": {"type": "string", "format": "binary"}}}}
}
"""What a route says of its answer, for the description of the interface."""


def saved_as(name: str, suffix: str) -> dict[str, str]:
    """Return the header that has a file saved under the name of a schedule or programme."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
    file = f'filename="{plain}.{suffix}"'
    whole = quote(name, safe="")
    return {"Content-Disposition": f"attachment; {file}; filename*=UTF-8''{whole}.{suffix}"}
