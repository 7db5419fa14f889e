import argparse
from pathlib import Path

from app.cli.output import BadInput, Report, typed_name
from app.cli.service import faults_are_told, only_one, read_settings
from app.db.backup import is_empty, restore
from app.db.migrations import head


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
        restore(settings.database, arguments.file)

    def show() -> None:
        print(f"The database is as it was in {arguments.file}, at revision {head()}.")

    return Report(fields={"file": str(arguments.file), "revision": head()}, show=show)
