"""`ETag` and `If-Match`: who edits says what they have read, so that nobody overwrites unseen."""

from typing import Annotated, Protocol, TypeVar

from fastapi import Depends, Header, Response

from app.core.exceptions import InvalidStateError


class Versioned(Protocol):
    """A row with a version."""

    version: int


Row = TypeVar("Row", bound=Versioned)
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^\s*(\*|(W/)?"\d{1,9}"|\d{1,9})\s*$',
        description="The `ETag` that was read: the edit is refused (409 `STALE`) when somebody "
        "was faster. `version` in the body does the same.",
        examples=['"3"'],
    ),
]

IfState = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^\s*(\*|(W/)?"[0-9a-f]{1,64}")\s*$',
        description="The `ETag` of the export or of a dry run: the import is refused (409 `STALE`) "
        "when the programme was changed since; `*` takes whatever there is.",
        examples=['"3f1c0a9be2d47e55"'],
    ),
]


def state_read(if_match: str | None) -> str | None:
    """Return the state that the caller has read; None: any.

    Raises
    ------
    InvalidStateError
        When the caller does not say.
    """
    if if_match is None:
        raise InvalidStateError(
            "Say which state of the programme you mean: send the ETag of a dry run in If-Match.",
            code="IF_MATCH_REQUIRED",
        )
    given = if_match.strip().removeprefix("W/").strip('"')
    return None if given == "*" else given


class Tagging:
    """What a route that shows a row needs: ``return tagging.tagged(row)``."""

    def __init__(self, response: Response) -> None:
        self.response = response

    def tagged(self, row: Row) -> Row:
        """Say which version the answer shows."""
        self.response.headers["ETag"] = f'"{row.version}"'
        return row


class Versions(Tagging):
    """What a route that edits a row needs: it hands ``versions.read(update.version)`` on."""

    def __init__(self, response: Response, if_match: str | None) -> None:
        super().__init__(response)
        self.if_match = if_match

    def read(self, sent: int | None = None) -> int | None:
        """Return the version that the caller has read, by header or body; None: any.

        Raises
        ------
        InvalidStateError
            When they contradict each other.
        """
        given = (self.if_match or "").strip().removeprefix("W/").strip('"')
        if given in {"", "*"}:
            return sent
        if sent is not None and sent != int(given):
            raise InvalidStateError(f"If-Match says {given}, and version {sent}.")
        return int(given)


async def get_tagging(response: Response) -> Tagging:
    """Return what a route needs for `ETag`."""
    return Tagging(response)


async def get_versions(response: Response, if_match: IfMatch = None) -> Versions:
    """Return what a route needs for `ETag` and `If-Match`."""
    return Versions(response, if_match)


TaggingDep = Annotated[Tagging, Depends(get_tagging)]
VersionsDep = Annotated[Versions, Depends(get_versions)]
