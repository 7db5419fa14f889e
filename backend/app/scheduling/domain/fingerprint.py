"""One hash for everything that a result depends on."""

import hashlib
import json
from dataclasses import asdict

from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program


def fingerprint(program: Program, base: Grid | None) -> str:
    """Return the SHA-256 of the programme and the schedule it starts from, in hexadecimal."""
    digest = hashlib.sha256()
    digest.update(json.dumps(asdict(program), sort_keys=True, default=str).encode())
    if base is not None:
        digest.update(repr(base.shape).encode())
        digest.update(base.astype("<i2").tobytes())
    return digest.hexdigest()
