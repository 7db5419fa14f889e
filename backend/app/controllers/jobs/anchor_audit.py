"""The daily note of where the audit chains end, outside the database."""

from app.controllers.jobs.work import JobKind, Outcome, Work
from app.core.celery_app import Line
from app.services.audit_anchors import note_heads
from app.services.job_queue_service import Ending


async def anchor_audit(work: Work) -> Outcome:
    """Note the heads of all chains that have moved."""
    noted = await note_heads(work.database, work.settings)
    return Outcome(ending=Ending(result={"noted": noted}))


ANCHOR_AUDIT = JobKind(name="anchor_audit", line=Line.CHORES, run=anchor_audit, priority=-10)
