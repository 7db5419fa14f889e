"""Heads of the audit chains, noted outside the database: so it shows when an end was cut off.

A chain without its newest events is a chain still. So its head goes, once a day and with every
backup, into a file of the data folder and into the logs, which whoever has only the database
cannot change.
"""

import asyncio
import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.core.clock import now
from app.core.exceptions import UnavailableError
from app.core.settings import Settings
from app.db.session import Database
from app.files.faults import FileFault, InvalidFile, Place
from app.repositories.audit_repository import Anchors, heads

_LOG = logging.getLogger(__name__)
_NAME = "audit-anchors.jsonl"
_RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The head of a chain at a time: number and hash of the newest event."""

    chain: str
    sequence: int
    hash: str
    at: str


def anchor_path(settings: Settings) -> Path:
    """Return where the anchors of an installation are."""
    return settings.data_dir / _NAME


async def note_heads(database: Database, settings: Settings, *, restored: bool = False) -> int:
    """Note the heads that have moved since they were noted; return how many.

    Parameters
    ----------
    restored
        The database was replaced by an older one: what was noted before counts no more.

    Raises
    ------
    UnavailableError
        When they cannot be written; the logs have them then.
    InvalidFile
        When the file cannot be read.
    """
    async with database.reading() as session:
        found = await heads(session)
    path, at = anchor_path(settings), now().isoformat()
    known = [] if restored else await asyncio.to_thread(read_anchors, path)
    noted = {(one.chain, one.sequence, one.hash) for one in known}
    new = [Anchor(chain=one[0], sequence=one[1], hash=one[2], at=at) for one in found]
    new = [one for one in new if (one.chain, one.sequence, one.hash) not in noted]
    for one in new:
        _LOG.info("audit head", extra={"chain": one.chain, "event": one.sequence, "hash": one.hash})
    lines: list[Mapping[str, Any]] = [{_RESTORED: at}] if restored else []
    lines += [asdict(one) for one in new]
    try:
        await asyncio.to_thread(_append, path, lines)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be written: {error.strerror}") from error
    return len(new)


def read_anchors(path: Path) -> list[Anchor]:
    """Read what was noted since the last restore; nothing where there is no file.

    Raises
    ------
    InvalidFile
        When a line is no anchor.
    """
    anchors: list[Anchor] = []
    if not path.exists():
        return anchors
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
        try:
            content = json.loads(line)
            if _RESTORED in content:
                anchors = []
            else:
                anchors.append(Anchor(**content))
        except (TypeError, ValueError):
            place = Place(file=str(path), line=number)
            raise InvalidFile([FileFault(place, "", "this is no anchor", "")]) from None
    return anchors


def by_chain(anchors: Iterable[Anchor]) -> dict[str, Anchors]:
    """Return anchors as a chain is checked with them."""
    found: dict[str, Anchors] = {}
    for one in anchors:
        found.setdefault(one.chain, {}).setdefault(one.sequence, set()).add(one.hash)
    return found


def _append(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Add lines at the end, all or none of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        begins = file.tell()
        try:
            file.write("".join(f"{json.dumps(one)}\n" for one in lines).encode())
            os.fsync(file.fileno())
        except OSError:
            file.truncate(begins)
            raise
