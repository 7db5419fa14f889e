import argparse
import asyncio
from pathlib import Path

from app.cli.output import BadInput, Report, typed_name
from app.cli.service import faults_are_told, only_one, opened_database, read_settings
from app.core.settings import Settings
from app.db.backup import is_empty, restore
from app.db.migrations import head
from app.services.audit_anchors import note_heads
from app.services.installation_key import copy_key, key_path, saved_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a backup")
    parser.add_argument("--data-dir", metavar="DIR", type=Path, help="the service's data folder")
    parser.add_argument(
        "--force", action="store_true", help="replace a database that is there; it is lost"
    )


def run(arguments: argparse.Namespace) -> Report:
    settings = read_settings(arguments.data_dir)
    with only_one(settings.data_dir), faults_are_told():
        if not arguments.force and not is_empty(settings.database):
            raise BadInput(
                f"there is a database already; make a backup of it ({typed_name()} backup FILE), "
                "end whatever uses it, and add --force to replace it"
            )
        saved, path = saved_key(arguments.file), key_path(settings)
        takes_key = saved.exists() and not path.exists()
        if saved.exists() and path.exists() and saved.read_bytes() != path.read_bytes():
            raise BadInput(
                f"{path} is another key than {saved}, which would be lost: move one of them away"
            )
        restore(settings.database, arguments.file)
        asyncio.run(_note_heads(settings))
        if takes_key:
            _take_key(saved, path)

    def show() -> None:
        print(f"The database is as it was in {arguments.file}, at revision {head()}.")
        if takes_key:
            print(f"Certificates are signed by the key of {saved}, now in {path}.")

    fields = {
        "file": str(arguments.file),
        "revision": head(),
        "key": str(path) if takes_key else None,
    }
    return Report(fields=fields, show=show)


async def _note_heads(settings: Settings) -> None:
    async with opened_database(settings) as database:
        await note_heads(database, settings, restored=True)


def _take_key(saved: Path, path: Path) -> None:
    try:
        copy_key(saved, path)
    except OSError as error:
        raise BadInput(
            f"the database is restored, but {path} cannot be written: {error.strerror}"
        ) from error
