"""Answers as they go over the wire, kept for as long as they hold."""

import gzip
import json
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

_LEVEL = 6


class EncodedAnswers:
    """The last answers by what they answer, in a bounded amount of memory.

    Parameters
    ----------
    megabytes
        What the kept answers may take together.
    """

    def __init__(self, megabytes: int) -> None:
        self._most_bytes = megabytes * 1_000_000
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self.bytes = 0

    def find(self, key: Hashable) -> bytes | None:
        """Return a kept answer."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Hashable, answer: bytes) -> None:
        """Keep an answer; the least used ones go."""
        self.bytes += len(answer) - len(self._kept.pop(key, b""))
        self._kept[key] = answer
        while self.bytes > self._most_bytes:
            _, forgotten = self._kept.popitem(last=False)
            self.bytes -= len(forgotten)


def encode(answer: Any, *, compressed: bool) -> bytes:  # noqa: ANN401 - plain values
    """Return an answer as JSON without blanks, with gzip if wanted."""
    plain = json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()
    return gzip.compress(plain, _LEVEL, mtime=0) if compressed else plain


def accepts_gzip(header: str) -> bool:
    """Return whether an `Accept-Encoding` header lets an answer be compressed with gzip."""
    for part in header.lower().split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
