import argparse
from pathlib import Path

from app.cli.output import BadInput, Report
from app.cli.service import faults_are_told, read_settings
from app.db.backup import back_up
from app.files.reading import sha256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="where the backup goes")
    parser.add_argument("--data-dir", metavar="DIR", type=Path, help="the service's data folder")
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
    size = file.stat().st_size
    fields = {"file": str(file), "bytes": size, "sha256": sha256(file.read_bytes())}

    def show() -> None:
        print(f"{file} holds the whole database: {size / 1e6:.1f} MB, SHA-256 {fields['sha256']}.")
        print("Keys are not in it; keep the data folder's signing key and secret apart from it.")

    return Report(fields=fields, show=show)
