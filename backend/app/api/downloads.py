"""Files that callers save: their types, and the names that they are saved by."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from fastapi import Response, status
from fastapi.responses import StreamingResponse

Answers = dict[int | str, dict[str, Any]]

_CSV = "text/csv"
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_ANSWER: Answers = {status.HTTP_200_OK: {"content": {_CSV: {"schema": {"type": "string"}}}}}
WORKBOOK_ANSWER: Answers = {
    status.HTTP_200_OK: {"content": {_WORKBOOK: {"schema": {"type": "string", "format": "binary"}}}}
}
"""What a route says of its answer, for the description of the interface."""


def csv_download(lines: AsyncIterator[str], name: str) -> StreamingResponse:
    """Return a CSV file that is sent while it is made."""
    headers = _saved_as(name, "csv")
    return StreamingResponse(lines, media_type=f"{_CSV}; charset=utf-8", headers=headers)


def workbook_download(content: bytes, name: str) -> Response:
    """Return a workbook."""
    return Response(content, media_type=_WORKBOOK, headers=_saved_as(name, "xlsx"))


def _saved_as(name: str, suffix: str) -> dict[str, str]:
    """Return the header that has a file saved under the name of a schedule or programme."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
    file = f'filename="{plain}.{suffix}"'
    whole = quote(name, safe="")
    return {"Content-Disposition": f"attachment; {file}; filename*=UTF-8''{whole}.{suffix}"}
