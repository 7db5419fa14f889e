import argparse
import os
from pathlib import Path

from app.cli import inputs
from app.cli.output import BadInput, Report, typed_name
from app.files.signing import PASSPHRASE, fingerprint, public_path, write_new_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "key",
        metavar="KEY.pem",
        type=Path,
        help=f"where the private key goes, locked by {PASSPHRASE} if that is set; "
        "KEY.pub.pem beside it is for everybody",
    )


def run(arguments: argparse.Namespace) -> Report:
    path = inputs.output_path(arguments.key, "", (".pem",))
    passphrase = os.environ.get(PASSPHRASE, "")
    try:
        public = write_new_key(path, passphrase)
    except FileExistsError as error:
        raise BadInput(
            f"{error.filename} is there already: a key is never overwritten, name another file"
        ) from None
    beside, mark = public_path(path), fingerprint(public)

    def show() -> None:
        lock = "locked with a passphrase" if passphrase else f"not locked ({PASSPHRASE} locks it)"
        print(f"Private key: {path}, {lock}; keep it to yourself")
        print(f"Public key:  {beside}; give it to whoever checks certificates")
        print(f"Fingerprint: {mark}")
        print(f"To sign with it: {typed_name()} certify FILE SCHEDULE --sign-key {path}")

    fields = {"key": str(path), "public_key": str(beside), "fingerprint": mark}
    return Report(fields={**fields, "locked": bool(passphrase)}, show=show)
