"""What is published of a schedule: its file and its certificate, made of what is stored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core.exceptions import InvalidStateError
from app.core.words import AssignmentStatus, EditKind, Source
from app.db.session import AsyncSession
from app.files.certificate import draft_certificate, override_of, seal
from app.files.certificate_document import CertifiedSchedule, Law, Subject
from app.files.certificate_document import Override as CertifiedOverride
from app.files.certificate_duty import UnusableDutyError
from app.files.loaded import Formats
from app.files.programme_file import parse
from app.files.publication_file import (
    Ids,
    Packed,
    PublicationFile,
    PublishedAssignment,
    PublishedOverride,
    PublishedPlacement,
    pack,
)
from app.files.schedule_document import build_display
from app.files.signing import signer
from app.models import Assignment, Override, Schedule
from app.repositories.draft_restore import replace_draft
from app.repositories.edit_repository import EditRepository, NewEdit
from app.repositories.schedule_store import StoredSchedule
from app.scheduling.domain.duties import SESSIONS
from app.services.findings import finding_key, leave_key, violation_key
from app.services.warm_schedule import WarmSchedule


@dataclass(frozen=True, slots=True)
class CertificateMade:
    """A certificate's file, and what it comes to."""

    packed: Packed
    verdict: str
    signed_by: str


def publication_file(
    held: StoredSchedule, warm: WarmSchedule, overrides: Iterable[Override]
) -> PublicationFile:
    """Return a stored schedule as it is published, with what somebody answers for."""
    stored = held.stored
    people, rotations = stored.person_keys, stored.rotation_codes
    rows = {person.id: row for row, person in enumerate(stored.people)}
    placements = sorted(
        (
            one
            for one in held.placements
            if one.person_id in rows and one.start_date in warm.columns
        ),
        key=lambda one: (rows[one.person_id], one.start_date),
    )
    assignments = sorted(
        held.assignments,
        key=lambda one: (
            rows[one.person_id],
            one.block.date,
            SESSIONS.index(one.block.session),
        ),
    )
    return PublicationFile(
        program=stored.program,
        display=build_display(stored.program, warm.problem),
        ids=Ids(people=stored.person_ids, rotations=stored.rotation_ids, duties=stored.duty_ids),
        placements=tuple(
            PublishedPlacement(
                person=people[one.person_id],
                rotation=rotations[one.rotation_type_id],
                start=one.start_date,
                end=one.end_date,
                source=Source(one.source),
                locked=one.locked,
            )
            for one in placements
        ),
        assignments=tuple(
            PublishedAssignment(
                id=one.id,
                person=people[one.person_id],
                date=one.block.date,
                session=one.block.session,
                rotation=None if one.rotation_type_id is None else rotations[one.rotation_type_id],
                duty=None if one.duty_type_id is None else stored.duty_codes[one.duty_type_id],
                status=AssignmentStatus(one.status),
                source=Source(one.source),
                locked=one.locked,
                note=one.note,
            )
            for one in assignments
        ),
        overrides=tuple(_told(warm, assignments, people, overrides)),
        formats=_formats(stored.row.settings),
    )


def _told(
    warm: WarmSchedule,
    assignments: Iterable[Assignment],
    people: Mapping[UUID, str],
    overrides: Iterable[Override],
) -> Iterator[PublishedOverride]:
    """Yield the overrides of what the schedule still has, by their keys."""
    there = {violation_key(one) for one in warm.duty_hours}
    there |= {finding_key(one) for one in warm.broken}
    there |= {
        leave_key(people[one.person_id], one.block.date, one.block.session) for one in assignments
    }
    for one in sorted(overrides, key=lambda one: one.finding_key):
        if one.finding_key in there:
            yield PublishedOverride(
                key=one.finding_key,
                origin=one.origin,
                rule=one.rule,
                person=one.person,
                message=one.message,
                author=one.author,
                reason=one.reason,
            )


async def restore_draft(
    session: AsyncSession, schedule: Schedule, published: PublicationFile, author_id: UUID
) -> None:
    """Replace what stands in a schedule by what was published of it, as its next revision.

    Raises
    ------
    ConflictError
        When somebody or something that the publication names is not there any more.
    """
    ids = published.ids
    placements = [
        {
            "person_id": ids.people[one.person],
            "rotation_type_id": ids.rotations[one.rotation],
            "start_date": one.start,
            "end_date": one.end,
            "source": one.source,
            "locked": one.locked,
        }
        for one in published.placements
    ]
    assignments = [
        {
            "id": one.id,
            "person_id": ids.people[one.person],
            "block": (one.date, one.session),
            "rotation_type_id": None if one.rotation is None else ids.rotations[one.rotation],
            "duty_type_id": None if one.duty is None else ids.duties[one.duty],
            "status": one.status,
            "source": one.source,
            "locked": one.locked,
            "note": one.note,
        }
        for one in published.assignments
    ]
    await replace_draft(session, schedule, placements, assignments)
    edits = EditRepository(session)
    await edits.advance(schedule)
    await edits.log(schedule, author_id, NewEdit(changes=None, kind=EditKind.REPLACEMENT))


def certificate_of(
    warm: WarmSchedule,
    snapshot: Packed,
    overrides: Sequence[Override],
    key: Ed25519PrivateKey,
    issued_at: datetime,
) -> CertificateMade | None:
    """Return the signed certificate of a schedule; None for a programme without duty types.

    Raises
    ------
    InvalidStateError
        When there is no duty to certify, or it is out of a certificate's bounds.
    """
    if warm.audit is None or warm.validator is None:
        return None
    program = warm.program
    calendar = program.calendar
    years = dict.fromkeys((calendar.start.year, calendar.last_day.year))
    subject = Subject(
        programme=program.name,
        specialty=program.policy.specialty,
        academic_year="–".join(map(str, years)),
        schedule=CertifiedSchedule(
            file=f"revision {warm.revision} of schedule {warm.schedule_id}",
            sha256=snapshot.sha256,
            input_hash=None,
            sources=(),
        ),
    )
    law = Law(packs=warm.validator.packs, policy=program.policy)
    accepted = _certified(warm, overrides)
    try:
        draft = draft_certificate(subject, warm.audit, law, accepted, issued_at)
    except UnusableDutyError as error:
        raise InvalidStateError(
            f"There can be no certificate of this schedule: {error}.",
            {"faults": list(error.faults)},
            code="NOT_CERTIFIABLE",
        ) from error
    sealed = seal(draft, key)
    signature = sealed.certificate.signature
    assert signature is not None  # noqa: S101 - a key was given
    return CertificateMade(
        pack(sealed.content), sealed.certificate.judgement.verdict, signer(signature)
    )


def _certified(warm: WarmSchedule, overrides: Iterable[Override]) -> list[CertifiedOverride]:
    """Return the overrides of duty-hour findings as a certificate names them, each window once."""
    by_key = {one.finding_key: one for one in overrides}
    found: list[CertifiedOverride] = []
    for violation in warm.duty_hours:
        override = by_key.get(violation_key(violation))
        if override is not None and override_of(violation, found) is None:
            found.append(
                CertifiedOverride(
                    rule=violation.rule,
                    person=violation.person,
                    first=violation.first,
                    last=violation.last,
                    author=override.author,
                    reason=override.reason,
                )
            )
    return found


def _formats(settings: dict[str, Any]) -> Formats:
    given = parse(Formats, settings.get("formats", {}))
    assert isinstance(given, Formats)  # noqa: S101 - it was written by the same type
    return given
