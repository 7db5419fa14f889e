"""The one way to write a certificate, and to read it.

Every key is written, but for those of an interval that say nothing. Points of time are UTC, numbers
that may have decimals are text, and the file ends with one line feed (docs/adr/0010).
"""

import hashlib
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import ValidationError

from app.files.canonical_json import Json, NotCanonicalError, read_canonical, to_canonical
from app.files.certificate_document import FORMAT, VERSION, Certificate
from app.files.faults import FileFault, InvalidFile, Place
from app.files.plain_words import plain_faults
from app.files.programme_file import adapter
from app.scheduling.acgme.intervals import DutyInterval

if TYPE_CHECKING:
    from app.files.yaml_source import Value

LARGEST_CERTIFICATE: Final = 64 * 2**20
"""Bytes; a year of a hundred residents is about 7 MB."""

MOST_RESIDENTS: Final = 5_000
MOST_INTERVALS: Final = 1_000_000
MOST_RULES: Final = 300
MOST_OVERRIDES: Final = 1_000

SECTIONS: Final = ("residents", "intervals", "spans", "leave", "supervision")
"""Parts of the duty that have hashes of their own."""

_SAYS_NOTHING = {"call_night": None, "new_care": False, "approved": None, "reference": ""}
"""What is left out of an interval."""

Block = dict[str, Json]


def to_plain(value: object) -> Json:
    """Return a part of a certificate as what JSON knows."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return cast("Json", value)
    if is_dataclass(kind):
        return to_block(value)
    if isinstance(value, list | tuple):
        return [to_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {key: to_plain(inner) for key, inner in value.items()}
    return _scalar(value)


def to_block(value: object) -> Block:
    """Return a dataclass of a certificate as what JSON knows."""
    kind = type(value)
    block = {name: to_plain(getattr(value, name)) for name in _names(cast("Any", kind))}
    if kind is DutyInterval:
        for name, nothing in _SAYS_NOTHING.items():
            if block[name] == nothing:
                del block[name]
    return block


@cache
def _names(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - any dataclass
    return tuple(field.name for field in fields(kind))


def _scalar(value: object) -> Json:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC).isoformat()[:19]}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    # A member of an enumeration is written as its text.
    return str(value) if isinstance(value, str) else cast("Json", value)


def digest(value: Json) -> str:
    """Return the SHA-256 of a part's canonical form, in hexadecimal."""
    return hashlib.sha256(to_canonical(value)).hexdigest()


def hashes_of(certificate: Block) -> Block:
    """Return the hashes of what a certificate holds, whatever hashes it claims."""
    duty, law = _block(certificate, "duty"), _block(certificate, "law")
    found: Block = {name: digest(duty[name]) for name in SECTIONS}
    packs = cast("list[Block]", law["packs"])
    found["packs"] = {cast("str", pack["name"]): digest(pack) for pack in packs}
    found["policy"] = digest(law["policy"])
    found["judgement"] = digest(certificate["judgement"])
    signed = {name: part for name, part in certificate.items() if name != "signature"}
    return found | {"document": digest(signed | {"hashes": found})}


def _block(certificate: Block, key: str) -> Block:
    return cast("Block", certificate[key])


def signed_content(certificate: Block) -> bytes:
    """Return what a signature is over: the canonical form without the key ``signature``."""
    return to_canonical({name: part for name, part in certificate.items() if name != "signature"})


def to_bytes(certificate: Block) -> bytes:
    """Return the file of a certificate: the one way to write it."""
    return to_canonical(certificate) + b"\n"


def read_certificate(content: bytes, shown_as: str) -> tuple[Certificate, Block]:
    """Read a certificate; return it also as what JSON knows.

    Raises
    ------
    InvalidFile
        When it is none, of another version, or not written in the one way.
    """
    place = Place(file=shown_as)
    try:
        data = _read(content)
    except NotCanonicalError as error:
        raise InvalidFile([FileFault(place, "", str(error))]) from None
    try:
        certificate: Certificate = adapter(Certificate).validate_json(content)
    except ValidationError as error:
        found = plain_faults(Certificate, cast("Value", data), error.errors(include_url=False))
        raise InvalidFile(
            FileFault(place, ".".join(map(str, fault.path)), fault.message, fault.mend)
            for fault in found
        ) from None
    try:
        same = to_bytes(to_block(certificate)) == content
    except (NotCanonicalError, ValueError, OverflowError):
        same = False
    if not same:
        message = "this is not how a certificate is written: a value has another form"
        raise InvalidFile([FileFault(place, "", message)])
    return certificate, data


def _read(content: bytes) -> Block:
    """Return the file's data once it is a canonical certificate of the version known here."""
    if len(content) > LARGEST_CERTIFICATE:
        raise NotCanonicalError(f"the file has more than {LARGEST_CERTIFICATE // 2**20} MB")
    if not content.endswith(b"\n"):
        raise NotCanonicalError("the file does not end with a line feed")
    data = read_canonical(content[:-1])
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise NotCanonicalError("this is no certificate of Housestaff")
    if data.get("version") != VERSION or isinstance(data["version"], bool):
        raise NotCanonicalError(f"the certificate is of another version: known is {VERSION}")
    packs = _at(data, "law", "packs")
    rules = [_at(pack, "rules") for pack in packs] if isinstance(packs, list) else []
    for what, most, lists in (
        ("residents", MOST_RESIDENTS, [_at(data, "duty", "residents")]),
        ("intervals", MOST_INTERVALS, [_at(data, "duty", "intervals")]),
        ("entries of supervision", MOST_INTERVALS, [_at(data, "duty", "supervision")]),
        ("packs", MOST_RULES, [packs]),
        ("rules", MOST_RULES, rules),
        ("overrides", MOST_OVERRIDES, [_at(data, "judgement", "overrides")]),
    ):
        if sum(len(one) for one in lists if isinstance(one, list)) > most:
            raise NotCanonicalError(f"there are more than {most} {what}")
    return data


def _at(block: Json, *keys: str) -> Json:
    for key in keys:
        block = block.get(key) if isinstance(block, dict) else None
    return block
