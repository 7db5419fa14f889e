import argparse
import asyncio
from pathlib import Path

from app.cli.output import BadInput, Report
from app.cli.service import faults_are_told, read_settings
from app.core.settings import Settings
from app.db.backup import back_up
from app.db.migrations import missing
from app.db.session import Database
from app.files.reading import sha256
from app.files.signing import public_path
from app.services.audit_anchors import note_heads
from app.services.installation_key import copy_key, key_path, saved_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="where the backup goes")
    parser.add_argument("--data-dir", metavar="DIR", type=Path, help="the service's data folder")
    parser.add_argument(
        "--with-key",
        action="store_true",
        help="copy the key that signs certificates to FILE.key.pem; whoever has it signs as you",
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def run(arguments: argparse.Namespace) -> Report:
    file: Path = arguments.file
    if file.is_dir() or not file.parent.is_dir():
        raise BadInput(f"{file}: name a file in a folder that is there")
    if file.exists() and not arguments.force:
        raise BadInput(f"{file} is there already; --force replaces it")
    settings = read_settings(arguments.data_dir)
    with faults_are_told():
        back_up(settings.database, file)
        asyncio.run(_note_heads(settings))
    key = _copied_key(settings, file) if arguments.with_key else None
    size, digest = file.stat().st_size, sha256(file.read_bytes())
    fields = {
        "file": str(file),
        "bytes": size,
        "sha256": digest,
        "key": None if key is None else str(key),
    }

    def show() -> None:
        print(f"{file} holds the whole database: {size / 1e6:.1f} MB, SHA-256 {digest}.")
        if key is not None:
            print(f"{key} holds the key that signs certificates: keep it apart, and secret.")
        elif arguments.with_key:
            print("No key signs certificates yet.")
        else:
            print("The key that signs certificates is not in it; --with-key copies it too.")

    return Report(fields=fields, show=show)


async def _note_heads(settings: Settings) -> None:
    """Note where the audit chains end; a database that waits for migrations may have none."""
    database = Database.connect(settings.database)
    try:
        if not await missing(database):
            await note_heads(database, settings)
    finally:
        await database.close()


def _copied_key(settings: Settings, file: Path) -> Path | None:
    """Copy the signing key beside a backup, in place of an older copy; None: there is no key."""
    source, target = key_path(settings), saved_key(file)
    if not source.exists():
        return None
    try:
        for old in (target, public_path(target)):
            old.unlink(missing_ok=True)
        copy_key(source, target)
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {error.strerror}") from error
    return target
