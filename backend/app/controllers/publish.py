"""Publish a schedule, or go back to an earlier publication.

Working out snapshot and certificate takes seconds and happens outside any transaction that writes;
what it was made of is looked at again under the programme's lock.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.access import Access
from app.core.clock import now
from app.core.exceptions import ConflictError, StaleError
from app.core.settings import Settings
from app.db.locks import lock
from app.db.session import AsyncSession, Database
from app.files.publication_file import Packed, read_publication, write_publication
from app.models import Override, Publication, Schedule
from app.repositories.program_state import program_state
from app.repositories.publication_repository import PublicationRepository, Stretch, overrides_of
from app.repositories.schedule_repository import ScheduleRepository
from app.repositories.schedule_store import ScheduleStore
from app.repositories.user_repository import display_name
from app.services.installation_key import signing_key
from app.services.notices import published as notice_of
from app.services.notification_service import NotificationService
from app.services.published import Published, PublishedSchedules
from app.services.snapshots import (
    CertificateMade,
    certificate_of,
    publication_file,
    restore_draft,
)
from app.services.told_changes import PersonChange, changes, days_of
from app.services.unresolved import refuse_unresolved
from app.services.verification import Verifier


@dataclass(frozen=True, slots=True)
class _Made:
    """What is to be published, and what it was made of.

    Parameters
    ----------
    told
        The publications that people know of these days.
    changes
        Whom it concerns.
    """

    state: str
    overrides: frozenset[UUID]
    snapshot: Packed
    certificate: CertificateMade | None
    told: frozenset[UUID]
    changes: list[PersonChange]


class Publishing:
    """Publishes schedules, in transactions of its own."""

    def __init__(
        self,
        database: Database,
        verifier: Verifier,
        published: PublishedSchedules,
        settings: Settings,
        access: Access,
    ) -> None:
        self.database = database
        self.verifier = verifier
        self.published = published
        self.settings = settings
        self.access = access

    async def publish(self, schedule_id: UUID, revision: int, note: str) -> Publication:
        """Tell people a schedule as it stands.

        Parameters
        ----------
        revision
            What the caller has read and means.

        Raises
        ------
        StaleError
            When the schedule, its programme or its overrides are not as they were read.
        ConflictError
            When people were told the very same already.
        UnresolvedError
            When it has errors that nobody has answered for.
        """
        made = await self._make(schedule_id, revision)
        async with self.database.unit_of_work() as session:
            schedule = await self._locked(session, schedule_id, revision)
            publications = PublicationRepository(session, self.access)
            await _refuse_repetition(publications, schedule, made.snapshot)
            state = await program_state(session, schedule.program_id)
            overrides = await overrides_of(session, schedule_id)
            told = await self._told(session, schedule)
            if (state, _ids(overrides), _ids(one.publication for one, _ in told)) != (
                *(made.state, made.overrides, made.told),
            ):
                raise StaleError({"revision": schedule.revision})
            certificate = made.certificate
            publication = await self._new(session, schedule, note)
            publication.snapshot = made.snapshot.content
            publication.snapshot_sha256 = made.snapshot.sha256
            if certificate is not None:
                publication.certificate = certificate.packed.content
                publication.verdict = certificate.verdict
                publication.signed_by = certificate.signed_by
            await publications.add(publication)
            await self._notify(session, publication, made.changes)
        return publication

    async def roll_back(self, publication_id: UUID, revision: int, note: str) -> Publication:
        """Tell people an earlier publication again, and make its schedule as it was then.

        The certificate is the one of then: it is about the same duty.

        Parameters
        ----------
        revision
            Of the schedule, as the caller has read it.

        Raises
        ------
        StaleError
            When the schedule was changed since.
        ConflictError
            When it is what people were told last, and stands in the schedule still; or names what
            is not there any more.
        """
        async with self.database.unit_of_work() as session:
            publications = PublicationRepository(session, self.access)
            old = await publications.get(publication_id)
            schedule = await self._locked(session, old.schedule_id, revision)
            latest = await publications.latest_of_schedule(schedule.id)
            if latest is not None and latest.id == old.id and schedule.revision == old.revision:
                raise ConflictError("The schedule is as it was in this publication.")
            old = await publications.with_content(publication_id)
            days = old.start_date, old.end_date
            before = await self.published.between(session, old.program_id, *days)
            published = read_publication(old.snapshot)
            await restore_draft(session, schedule, published, self.access.user_id)
            publication = await self._new(session, schedule, note)
            publication.start_date, publication.end_date = old.start_date, old.end_date
            publication.restores_id = old.id
            publication.snapshot = old.snapshot
            publication.snapshot_sha256 = old.snapshot_sha256
            publication.certificate = old.certificate
            publication.verdict = old.verdict
            publication.signed_by = old.signed_by
            await publications.add(publication)
            after = await asyncio.to_thread(Published.of, published)
            concerned = await asyncio.to_thread(changes, days_of(before), [(days, after)])
            await self._notify(session, publication, concerned)
        return publication

    async def _make(self, schedule_id: UUID, revision: int) -> _Made:
        async with self.database.reading() as session:
            schedule = await ScheduleRepository(session, self.access).get(schedule_id)
            _check_revision(schedule, revision)
            warm = await self.verifier.warm(session, schedule)
            held = await ScheduleStore(session).load(schedule)
            overrides = await overrides_of(session, schedule_id)
            refuse_unresolved(warm, overrides)
            told = await self._told(session, schedule)
        key = await signing_key(self.settings)
        days = schedule.start_date, schedule.end_date

        def work_out() -> _Made:
            file = publication_file(held, warm, overrides)
            snapshot = write_publication(file)
            return _Made(
                state=warm.state,
                overrides=_ids(overrides),
                snapshot=snapshot,
                certificate=certificate_of(warm, snapshot, overrides, key, now()),
                told=_ids(one.publication for one, _ in told),
                changes=changes(days_of(told), [(days, Published.of(file))]),
            )

        return await asyncio.to_thread(work_out)

    async def _told(
        self, session: AsyncSession, schedule: Schedule
    ) -> list[tuple[Stretch, Published]]:
        """Return what people know of a schedule's days."""
        days = schedule.start_date, schedule.end_date
        return await self.published.between(session, schedule.program_id, *days)

    async def _notify(
        self, session: AsyncSession, publication: Publication, concerned: Sequence[PersonChange]
    ) -> None:
        notices = {one.person_id: notice_of(publication, one) for one in concerned}
        service = NotificationService(session, self.settings)
        await service.notify(publication.program_id, notices)

    async def _locked(self, session: AsyncSession, schedule_id: UUID, revision: int) -> Schedule:
        """Return the schedule as nobody else can publish or change it now."""
        schedules = ScheduleRepository(session, self.access)
        program_id = (await schedules.get(schedule_id)).program_id
        await lock(session, [f"publish:{program_id}"])
        schedule = await schedules.get_to_change(schedule_id)
        _check_revision(schedule, revision)
        return schedule

    async def _new(self, session: AsyncSession, schedule: Schedule, note: str) -> Publication:
        publications = PublicationRepository(session, self.access)
        return Publication(
            program_id=schedule.program_id,
            schedule_id=schedule.id,
            number=await publications.next_number(schedule.program_id),
            revision=schedule.revision,
            name=schedule.name,
            start_date=schedule.start_date,
            end_date=schedule.end_date,
            note=note,
            published_by=self.access.user_id,
            published_by_name=await display_name(session, self.access.user_id),
        )


def _ids(rows: Iterable[Override | Publication]) -> frozenset[UUID]:
    return frozenset(one.id for one in rows)


def _check_revision(schedule: Schedule, revision: int) -> None:
    if schedule.revision != revision:
        raise StaleError({"revision": schedule.revision})


async def _refuse_repetition(
    publications: PublicationRepository, schedule: Schedule, snapshot: Packed
) -> None:
    latest = await publications.latest_of_schedule(schedule.id)
    if latest is None or latest.snapshot_sha256 != snapshot.sha256:
        return
    days = (latest.start_date, latest.end_date) == (schedule.start_date, schedule.end_date)
    newest = latest.number + 1 == await publications.next_number(schedule.program_id)
    if days and newest:
        raise ConflictError(
            f"People were told just this: it is publication {latest.number}.",
            {"publication_id": str(latest.id)},
        )
