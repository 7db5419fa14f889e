"""Every kind of job that there is."""

from datetime import timedelta

from app.controllers.jobs.anchor_audit import ANCHOR_AUDIT
from app.controllers.jobs.clean_up import CLEAN_UP
from app.controllers.jobs.generate import GENERATE
from app.controllers.jobs.verify_nightly import VERIFY_NIGHTLY
from app.controllers.jobs.work import JobKind
from app.core.celery_app import Line
from app.core.settings import Settings
from app.services.job_queue_service import Rules

DAILY: tuple[JobKind, ...] = (CLEAN_UP, ANCHOR_AUDIT)
"""What is done once a day for the platform."""
NIGHTLY: tuple[JobKind, ...] = (VERIFY_NIGHTLY,)
"""What is done once a night for every programme."""
KINDS: dict[str, JobKind] = {kind.name: kind for kind in (GENERATE, *NIGHTLY, *DAILY)}
_CHORES_PER_PROGRAM = 4


def rules_of(line: Line, settings: Settings) -> Rules:
    """Return how the jobs of a line are given out."""
    solves = line is Line.SOLVES
    return Rules(
        kinds=[kind.name for kind in KINDS.values() if kind.line is line],
        per_program=settings.solves_per_program if solves else _CHORES_PER_PROGRAM,
        lease=timedelta(seconds=settings.job_lease_seconds),
    )
