import os
from pathlib import Path

import pytest

from app.files.faults import InvalidFile
from app.files.reading import LARGEST_FILE, read_bytes, write_atomically


@pytest.mark.parametrize(
    ("name", "message"), [("none", "f: there is no such file"), (".", "f: this is no regular file")]
)
def test_only_regular_files_are_read(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(InvalidFile, match=message):
        read_bytes(tmp_path / name, "f")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidFile, match="no regular file"):
        read_bytes(tmp_path / "pipe", "f")


def test_names_that_no_file_can_have_are_faults() -> None:
    with pytest.raises(InvalidFile):
        read_bytes(Path("a\0b"), "f")
    with pytest.raises(InvalidFile):
        read_bytes(Path("x" * 5000), "f")


def test_large_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(InvalidFile, match="more than 32 MB"):
        read_bytes(path, "f")


def test_writing_replaces_the_file_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    path.chmod(0o640)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["f"]  # noqa: PTH208 - names only


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]
