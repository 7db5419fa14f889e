"""Ed25519 keys as PEM files, and signatures."""

import hashlib
import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from contextlib import suppress
from dataclasses import dataclass
from errno import EEXIST
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from app.files.faults import FileFault, InvalidFile, Place
from app.files.reading import read_bytes
from app.scheduling.domain.scope import STRICT

PASSPHRASE: Final = "HOUSESTAFF_KEY_PASSPHRASE"  # noqa: S105 - the variable's name, not its value
"""The environment variable that holds the passphrase of private keys."""

PRIVATE_MODE: Final = 0o600
PUBLIC_MODE: Final = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed, and the signature; key and signature are base64 of their raw bytes."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    value: str


def sign(content: bytes, key: Ed25519PrivateKey) -> Signature:
    """Return a key's signature of the content."""
    public = key.public_key().public_bytes_raw()
    return Signature(public_key=_base64(public), value=_base64(key.sign(content)))


def signs(signature: Signature, content: bytes) -> bool:
    """Return whether the signature is of its own key, over exactly this content."""
    public, value = _raw(signature.public_key), _raw(signature.value)
    if public is None or value is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_of(signature: Signature, key: Ed25519PublicKey) -> bool:
    """Return whether the signature names this key as its own."""
    return _raw(signature.public_key) == key.public_bytes_raw()


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of the key in DER.

    ``openssl pkey -pubin -in KEY.pub.pem -outform DER | sha256sum`` gives the same.
    """
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def public_pem(key: Ed25519PublicKey) -> str:
    """Return a public key in PEM, as `read_public_key` reads it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signer(signature: Signature) -> str:
    """Return the fingerprint of the key that the signature names; empty when it is none."""
    raw = _raw(signature.public_key)
    try:
        return "" if raw is None else fingerprint(Ed25519PublicKey.from_public_bytes(raw))
    except ValueError:
        return ""


def public_path(path: Path) -> Path:
    """Return where the public key beside a private key is: ``KEY.pub.pem`` beside ``KEY.pem``."""
    return path.with_name(f"{path.name.removesuffix('.pem')}.pub.pem")


def write_new_key(path: Path, passphrase: str) -> Ed25519PublicKey:
    """Make a key and write it to `path`, for its owner alone, and its public half beside it.

    Parameters
    ----------
    passphrase
        Locks the private key; empty: it is not locked.

    Raises
    ------
    FileExistsError
        When either file is there already; nothing is written then.
    """
    key = Ed25519PrivateKey.generate()
    lock: KeySerializationEncryption = NoEncryption()
    if passphrase:
        lock = BestAvailableEncryption(passphrase.encode())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    public = public_pem(key.public_key()).encode()
    beside = public_path(path)
    for there in (path, beside):
        if there.exists():
            raise FileExistsError(EEXIST, os.strerror(EEXIST), str(there))
    write_new(path, private, PRIVATE_MODE)
    try:
        write_new(beside, public, PUBLIC_MODE)
    except BaseException:
        path.unlink()
        raise
    return key.public_key()


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet, all or nothing."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise


def read_private_key(path: Path, passphrase: str) -> Ed25519PrivateKey:
    """Read a private key.

    Parameters
    ----------
    passphrase
        Opens it when it is locked.

    Raises
    ------
    InvalidFile
        When it is no private Ed25519 key in PEM, or locked by another passphrase.
    """
    content = read_bytes(path, str(path))
    try:
        key = load_pem_private_key(content, None)
    except TypeError:  # it is locked
        key = _unlocked(path, content, passphrase)
    except (ValueError, UnsupportedAlgorithm):
        raise _fault(path, "this is no private key in PEM", "keygen makes one") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _fault(path, "this key is not Ed25519", "keygen makes one that is")
    return key


def _unlocked(path: Path, content: bytes, passphrase: str) -> PrivateKeyTypes:
    if not passphrase:
        raise _fault(path, "the key is locked", f"put its passphrase into {PASSPHRASE}")
    try:
        return load_pem_private_key(content, passphrase.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise _fault(path, f"the passphrase in {PASSPHRASE} does not open the key") from None


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read a public key.

    Raises
    ------
    InvalidFile
        When it is no public Ed25519 key in PEM.
    """
    content = read_bytes(path, str(path))
    if b"PRIVATE KEY-----" in content:
        mend = f"name the public key beside it, {public_path(path).name}"
        raise _fault(path, "this is a private key, which never leaves its owner", mend)
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        raise _fault(path, "this is no public key in PEM", "keygen writes KEY.pub.pem") from None
    if not isinstance(key, Ed25519PublicKey):
        raise _fault(path, "this key is not Ed25519", "keygen makes one that is")
    return key


def others_may_read(path: Path) -> bool:
    """Return whether anybody but its owner may read a file."""
    with suppress(OSError):
        return bool(path.stat().st_mode & 0o077)
    return False


def _fault(path: Path, message: str, mend: str = "") -> InvalidFile:
    return InvalidFile([FileFault(Place(file=str(path)), "", message, mend)])


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _raw(text: str) -> bytes | None:
    """Return the bytes that the text is the one base64 of; None when it is of none."""
    try:
        raw = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return None
    return raw if _base64(raw) == text else None
