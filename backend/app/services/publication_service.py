"""What people were told: reading it, and what differs between two publications."""

import asyncio
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import ConflictError, NotFoundError
from app.db.session import AsyncSession
from app.files.comparison import compare_documents
from app.files.publication_file import unpack
from app.files.schedule_file import to_json
from app.models import Publication
from app.repositories.base import Page
from app.repositories.publication_repository import PublicationRepository
from app.repositories.schedule_repository import ScheduleRepository
from app.schemas.publication import (
    DifferenceResponse,
    OverrideDifference,
    PersonChangeResponse,
    PlacementChangeResponse,
    PublishedOverrideResponse,
)
from app.services.published import Published, PublishedSchedules
from app.services.told_changes import changes


class PublicationService:
    """Publications that the caller may know of."""

    def __init__(
        self, session: AsyncSession, access: Access, published: PublishedSchedules
    ) -> None:
        self.session = session
        self.published = published
        self.schedules = ScheduleRepository(session, access)
        self.publications = PublicationRepository(session, access)

    async def list_of_schedule(self, schedule_id: UUID, skip: int, limit: int) -> Page[Publication]:
        """Return a schedule's publications, newest first."""
        schedule = await self.schedules.get(schedule_id)
        return await self.publications.list_of_schedule(schedule.id, skip, limit)

    async def get(self, publication_id: UUID) -> Publication:
        """Return one publication."""
        return await self.publications.get(publication_id)

    async def certificate(self, publication_id: UUID) -> bytes:
        """Return the certificate's file.

        Raises
        ------
        NotFoundError
            When it has none: the programme had no duty types.
        """
        publication = await self.get(publication_id)
        content = await self.publications.certificate(publication.id)
        if content is None:
            raise NotFoundError("certificate", publication_id)
        return await asyncio.to_thread(unpack, content)

    async def document(self, publication_id: UUID) -> str:
        """Return the schedule as a JSON file of `housestaff show`, `export` and `compare`."""
        published = await self._content(await self.get(publication_id))
        return await asyncio.to_thread(lambda: to_json(published.file.document))

    async def difference(self, publication_id: UUID, other_id: UUID) -> DifferenceResponse:
        """Return what a publication changes against another one.

        Raises
        ------
        ConflictError
            When they are of two programmes.
        """
        new, old = await self.get(publication_id), await self.get(other_id)
        if new.program_id != old.program_id:
            raise ConflictError("These publications are of two programmes.")
        after, before = await self._content(new), await self._content(old)
        return await asyncio.to_thread(_difference, (old, before), (new, after))

    async def _content(self, publication: Publication) -> Published:
        return await self.published.read(self.session, publication)


def _difference(
    before: tuple[Publication, Published], after: tuple[Publication, Published]
) -> DifferenceResponse:
    compared = compare_documents(before[1].file.document, after[1].file.document, (), ())
    told = changes([_whole(*before)], [_whole(*after)])
    return DifferenceResponse(
        publication_id=after[0].id,
        other_id=before[0].id,
        placements=[PlacementChangeResponse.model_validate(one) for one in compared.changes],
        people=[PersonChangeResponse.model_validate(one) for one in told],
        overrides=OverrideDifference(
            new=list(_answers_without(after[1], before[1])),
            gone=list(_answers_without(before[1], after[1])),
        ),
        people_only_before=list(compared.people_only_before),
        people_only_after=list(compared.people_only_after),
    )


def _answers_without(one: Published, other: Published) -> Iterator[PublishedOverrideResponse]:
    known = {(each.key, each.author, each.reason) for each in other.file.overrides}
    for each in one.file.overrides:
        if (each.key, each.author, each.reason) not in known:
            yield PublishedOverrideResponse.model_validate(each)


def _whole(publication: Publication, published: Published) -> tuple[tuple[date, date], Published]:
    return (publication.start_date, publication.end_date), published
