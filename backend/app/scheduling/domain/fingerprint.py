"""One hash for everything that a result depends on."""

import hashlib
import json
from dataclasses import asdict

from app.scheduling.domain.problem import Grid
from app.scheduling.domain.program import Program

DUTY_ONLY = ("duty_types", "duty_hours", "assignments")
"""What of a programme no placement depends on: half-days and the rules of their hours.

They say what a placement means on the clock, not which is chosen. A template that is corrected in
October must not cast doubt on where July's schedule came from, so the hash leaves them out; what a
verification depended on is for its certificate to say.
"""
DUTY_ONLY_OF_ROTATIONS = (
    *("template", "zone", "specialty", "averaging_group"),
    *("supervision", "primary_care_exception"),
)
"""The same of a rotation type."""


def fingerprint(program: Program, base: Grid | None) -> str:
    """Return the SHA-256 of the programme and the schedule it starts from, in hexadecimal.

    It covers what placements depend on; see `DUTY_ONLY`.
    """
    content = asdict(program)
    for name in DUTY_ONLY:
        del content[name]
    for kind in content["rotation_types"]:
        for name in DUTY_ONLY_OF_ROTATIONS:
            del kind[name]
    digest = hashlib.sha256()
    digest.update(json.dumps(content, sort_keys=True, default=str).encode())
    if base is not None:
        digest.update(repr(base.shape).encode())
        digest.update(base.astype("<i2").tobytes())
    return digest.hexdigest()
