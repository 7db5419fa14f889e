"""JSON that can be written in one way only, by RFC 8785, so that its bytes can be signed.

Keys are sorted by their UTF-16 code units, there is no white space, and text is UTF-8 that escapes
only what it must. Numbers are whole: what has decimals is written as text.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, Union

Json = Union[None, bool, int, str, Sequence["Json"], Mapping[str, "Json"]]  # noqa: UP007 - it names itself

DEEPEST: Final = 16
MOST_VALUES: Final = 6_000_000
"""A hostile file of brackets and commas takes less than 1 GB of memory to refuse."""

_LARGEST = 2**53 - 1
"""Beyond it readers that know only binary floating point do not agree (RFC 8785, 3.2.2.3)."""


class NotCanonicalError(ValueError):
    """These bytes are not the one way to write what they say."""


def to_canonical(value: Json) -> bytes:
    """Return the one way to write a value.

    Raises
    ------
    NotCanonicalError
        When there is none: a float, a whole number beyond 2^53, a key that is not text, half a
        surrogate pair, or blocks that nest deeper than `DEEPEST`.
    """
    _check(value, DEEPEST)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if text.isascii() or max(text) <= "\uffff":
        return _encoded(text)
    # Python sorts by code points, which differ from UTF-16 where these characters are in keys.
    return _encoded(json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":")))


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonicalError(f"half a surrogate pair (U+{ord(text[error.start]):04X})") from None


def read_canonical(content: bytes) -> Json:
    """Return the value that the bytes are the one way to write.

    Raises
    ------
    NotCanonicalError
        Saying what is not as it must be, and where that is known.
    """
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise NotCanonicalError(f"there are more than {MOST_VALUES} values")
    try:
        value: Json = json.loads(
            content.decode(), parse_float=_no_float, parse_constant=_no_float, parse_int=_whole
        )
    except UnicodeDecodeError as error:
        raise NotCanonicalError(f"byte {error.start + 1} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotCanonicalError(
            f"this is not JSON: {error.msg}, character {error.pos + 1}"
        ) from None
    except RecursionError:
        raise NotCanonicalError(f"blocks nest deeper than {DEEPEST}") from None
    written = to_canonical(value)
    if written != content:
        pairs = zip(written, content, strict=False)
        short = min(len(written), len(content))
        place = next((n for n, (one, other) in enumerate(pairs) if one != other), short)
        raise NotCanonicalError(f"this is not canonical JSON (RFC 8785): see byte {place + 1}")
    return value


def _check(value: Json, deeper: int) -> None:
    """Refuse what cannot be written, or not in one way only."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return
    if kind is int:
        if not -_LARGEST <= value <= _LARGEST:  # type: ignore[operator] # it is a number
            raise NotCanonicalError(f"the number {value} is beyond 2^53")
    elif isinstance(value, dict | list | tuple):
        if not deeper:
            raise NotCanonicalError(f"blocks nest deeper than {DEEPEST}")
        if isinstance(value, dict):
            for key in value:
                if type(key) is not str:
                    raise NotCanonicalError(f"the key {key!r} is not text")
            value = list(value.values())
        for inner in value:
            _check(inner, deeper - 1)
    else:
        raise NotCanonicalError(f"{kind.__name__} has no place in canonical JSON")


def _sorted(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=_units)}
    return [_sorted(inner) for inner in value] if isinstance(value, list | tuple) else value


def _units(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _no_float(word: str) -> NoReturn:
    raise NotCanonicalError(f"{word[:30]} is no whole number")


def _whole(word: str) -> int:
    if len(word) > len(str(_LARGEST)) + 1:
        raise NotCanonicalError(f"the number {word[:30]} is beyond 2^53")
    return int(word)
