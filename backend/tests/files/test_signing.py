import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from app.files.faults import InvalidFile
from app.files.signing import (
    Signature,
    fingerprint,
    is_of,
    others_may_read,
    public_path,
    read_private_key,
    read_public_key,
    sign,
    signer,
    signs,
    write_new_key,
)

ONE, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    write_new_key(path, "")
    return path


@given(st.binary(), st.binary())
def test_a_signature_is_of_one_content_and_one_key(content: bytes, another: bytes) -> None:
    signature = sign(content, ONE)
    assert signs(signature, content)
    assert signs(signature, another) == (content == another)
    assert is_of(signature, ONE.public_key())
    assert not is_of(signature, OTHER.public_key())
    assert signer(signature) == fingerprint(ONE.public_key())


def test_another_key_does_not_take_over_a_signature() -> None:
    signature = sign(b"content", ONE)
    taken = Signature(public_key=sign(b"content", OTHER).public_key, value=signature.value)
    assert not signs(taken, b"content")


@pytest.mark.parametrize("text", ["", "?", "AAAA", "é"])
def test_what_is_no_key_or_signature_signs_nothing(text: str) -> None:
    signature = sign(b"content", ONE)
    for damaged in (
        Signature(public_key=text, value=signature.value),
        Signature(public_key=signature.public_key, value=text),
    ):
        assert not signs(damaged, b"content")
    assert signer(Signature(public_key=text, value="")) == ""


def test_every_character_of_a_signature_matters() -> None:
    """Base64 leaves bits unused in the last character: they must not make a second writing."""
    signature = sign(b"content", ONE)
    for name in ("public_key", "value"):
        text = getattr(signature, name)
        for place in range(len(text)):
            for bit in range(7):
                changed = text[:place] + chr(ord(text[place]) ^ 1 << bit) + text[place + 1 :]
                parts = {"public_key": signature.public_key, "value": signature.value}
                assert not signs(Signature(**(parts | {name: changed})), b"content")


def test_keys_are_written_and_read(key: Path) -> None:
    private, public = read_private_key(key, ""), read_public_key(key.with_name("key.pub.pem"))
    assert signs(sign(b"content", private), b"content")
    assert is_of(sign(b"content", private), public)
    assert key.stat().st_mode & 0o777 == 0o600
    assert not others_may_read(key)


def test_the_fingerprint_is_what_openssl_gives(key: Path) -> None:
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", str(public_path(key)), "-outform", "DER"],  # noqa: S607
        capture_output=True,
        check=True,
    ).stdout
    digest = subprocess.run(
        ["sha256sum"],  # noqa: S607
        input=der,
        capture_output=True,
        check=True,
    ).stdout
    assert digest.split()[0].decode() == fingerprint(read_public_key(public_path(key)))


@pytest.mark.parametrize("there", ["key.pem", "key.pub.pem"])
def test_no_key_is_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("kept")
    with pytest.raises(FileExistsError):
        write_new_key(tmp_path / "key.pem", "")
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "kept"


def test_no_half_of_a_pair_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_new_key(tmp_path / "key.pem", "")
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_locked_with_a_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    write_new_key(path, "pässwörd")
    assert b"ENCRYPTED" in path.read_bytes()
    private = read_private_key(path, "pässwörd")
    assert is_of(sign(b"content", private), read_public_key(public_path(path)))
    with pytest.raises(InvalidFile, match="locked: put its passphrase into HOUSESTAFF_KEY"):
        read_private_key(path, "")
    with pytest.raises(InvalidFile, match="does not open the key"):
        read_private_key(path, "password")


def test_a_passphrase_that_is_not_needed_does_no_harm(key: Path) -> None:
    private = read_private_key(key, "passphrase")
    assert is_of(sign(b"content", private), read_public_key(public_path(key)))


def test_other_files_are_no_keys(tmp_path: Path, key: Path) -> None:
    rsa = generate_private_key(65537, 2048)
    files = {
        "text.pem": b"hello",
        "rsa.pem": rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "rsa.pub.pem": rsa.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for name, message in (
        ("none.pem", "no such file"),
        ("text.pem", "no private key in PEM"),
        ("key.pub.pem", "no private key in PEM"),
        ("rsa.pem", "not Ed25519"),
    ):
        with pytest.raises(InvalidFile, match=message):
            read_private_key(tmp_path / name, "")
    for name, message in (
        ("none.pem", "no such file"),
        ("text.pem", "no public key in PEM"),
        ("rsa.pub.pem", "not Ed25519"),
        ("key.pem", "a private key, which never leaves its owner: name .* key.pub.pem"),
    ):
        with pytest.raises(InvalidFile, match=message):
            read_public_key(tmp_path / name)
    assert key.exists()


def test_a_key_that_others_may_read_is_noticed(key: Path) -> None:
    key.chmod(0o640)
    assert others_may_read(key)
    assert not others_may_read(key.with_name("none"))
