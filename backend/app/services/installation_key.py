"""The key that an installation signs its certificates with."""

import asyncio
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core.exceptions import UnavailableError
from app.core.settings import Settings
from app.files.faults import InvalidFile
from app.files.signing import (
    PASSPHRASE,
    PRIVATE_MODE,
    PUBLIC_MODE,
    public_path,
    read_private_key,
    write_new,
    write_new_key,
)


async def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the installation's key.

    It is the file of the settings, or else made in the data folder when it is first needed.

    Raises
    ------
    UnavailableError
        When the file of the settings cannot be read as a key.
    """
    return await asyncio.to_thread(_key, settings)


def key_path(settings: Settings) -> Path:
    """Return where the installation's key is, or will be."""
    return settings.signing_key or settings.data_dir / "signing-key.pem"


def saved_key(backup: Path) -> Path:
    """Return where the key beside a backup is."""
    return backup.with_name(f"{backup.name}.key.pem")


def copy_key(source: Path, target: Path) -> None:
    """Copy a private key, for its owner alone, and the public one beside it if it is there.

    Raises
    ------
    OSError
        When one is missing or cannot be written, or is there already.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    write_new(target, source.read_bytes(), PRIVATE_MODE)
    if public_path(source).exists():
        write_new(public_path(target), public_path(source).read_bytes(), PUBLIC_MODE)


def _key(settings: Settings) -> Ed25519PrivateKey:
    path = key_path(settings)
    passphrase = os.environ.get(PASSPHRASE, "")
    if settings.signing_key is None and not path.exists():
        _make(path, passphrase)
    try:
        return read_private_key(path, passphrase)
    except (InvalidFile, OSError) as error:
        raise UnavailableError("The key that signs certificates cannot be read.") from error


def _make(path: Path, passphrase: str) -> None:
    """Make a key; of several processes that try, one wins, and nobody reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f".{secrets.token_hex(8)}.pem")
    write_new_key(own, passphrase)
    try:
        path.hardlink_to(own)
        public_path(own).replace(public_path(path))
    except FileExistsError:
        public_path(own).unlink()
    finally:
        own.unlink()
