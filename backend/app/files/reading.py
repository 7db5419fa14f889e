"""Bytes from and to the disk, within bounds."""

import hashlib
import os
import tempfile
from pathlib import Path

from app.files.faults import FileFault, InvalidFile, Place

LARGEST_FILE = 32 * 2**20
"""Bytes; a hundred thousand lines of a programme file are 4 MB."""


def read_bytes(path: Path, shown_as: str, largest: int = LARGEST_FILE) -> bytes:
    """Return a regular file's content.

    Raises
    ------
    InvalidFile
        When there is none, it is no regular file, or it has more than `largest` bytes.
    """
    place = Place(file=shown_as)
    try:
        if not path.exists():
            raise InvalidFile([FileFault(place, "", "there is no such file")])
        if not path.is_file():
            raise InvalidFile([FileFault(place, "", "this is no regular file")])
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidFile):
            raise
        why = getattr(error, "strerror", None) or str(error)
        raise InvalidFile([FileFault(place, "", f"cannot be read: {why}")]) from error
    if len(content) > largest:
        message = f"the file has more than {largest // 2**20} MB"
        raise InvalidFile([FileFault(place, "", message)])
    return content


def leads_out(folder: Path, name: str) -> bool:
    """Return whether a path that starts from a folder ends outside it, links followed."""
    try:
        return not (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return False  # a circle of links, or no name for a file: there is nothing to be read


def decode(content: bytes, shown_as: str, mend: str) -> str:
    """Return UTF-8 text, with or without a byte-order mark.

    Raises
    ------
    InvalidFile
        Naming the line, and `mend`, when it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = "the text is not UTF-8"
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            what = "the text is UTF-16, not UTF-8"
        raise InvalidFile([FileFault(Place(file=shown_as, line=line), "", what, mend)]) from error


def sha256(content: bytes) -> str:
    """Return the content's SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old content or the new one, and nothing between."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
