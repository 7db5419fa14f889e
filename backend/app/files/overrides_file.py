"""Overrides as a file: which findings a programme accepts, who answers for it, and why."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from app.files.certificate import InvalidOverridesError
from app.files.certificate_document import Override
from app.files.faults import FileFault, InvalidFile
from app.files.programme_file import parse
from app.files.reading import read_bytes
from app.files.yaml_source import YamlSource, read_yaml
from app.scheduling.domain.scope import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class OverridesFile:
    """The file's one key."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    overrides: tuple[Override, ...]


def read_overrides(path: Path) -> tuple[tuple[Override, ...], YamlSource]:
    """Read overrides, and where each stands.

    Raises
    ------
    InvalidFile
        With every fault found, by line.
    """
    source = read_yaml(read_bytes(path, str(path)), str(path))
    if source.faults:
        raise InvalidFile(source.faults)
    read = parse(OverridesFile, source.data)
    if isinstance(read, list):
        raise InvalidFile(
            FileFault(source.place(fault.path), "", fault.message, fault.mend) for fault in read
        )
    return read.overrides, source


def faults_of(error: InvalidOverridesError, source: YamlSource) -> InvalidFile:
    """Return what is wrong with overrides at their places in the file."""
    return InvalidFile(
        FileFault(source.place(("overrides", position)), "", message)
        for position, message in error.faults
    )
