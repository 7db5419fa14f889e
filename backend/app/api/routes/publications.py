from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from fastapi.responses import StreamingResponse

from app.api.deps import (
    Coordinator,
    DatabaseDep,
    Expensive,
    Limit,
    PublishedDep,
    Reader,
    ReadSessionDep,
    SettingsDep,
    Skip,
    VerifierDep,
)
from app.api.downloads import CSV_ANSWER, WORKBOOK_ANSWER, csv_download, workbook_download
from app.controllers.publish import Publishing
from app.files.signing import fingerprint, public_pem
from app.models import Publication
from app.repositories.base import Page
from app.repositories.program_repository import ProgramRepository
from app.schemas.publication import (
    DifferenceResponse,
    PublicationCreate,
    PublicationList,
    PublicationResponse,
    PublishedDays,
    PublishedQuery,
    PublishedResponse,
    SigningKeyResponse,
)
from app.services.installation_key import signing_key
from app.services.publication_service import PublicationService
from app.services.published_export import told_csv, told_of, told_workbook
from app.services.published_overview import overview

router = APIRouter(tags=["publications"])


@router.post(
    "/schedules/{schedule_id}/publish",
    status_code=status.HTTP_201_CREATED,
    response_model=PublicationResponse,
    dependencies=[Expensive],
)
async def publish_schedule(
    database: DatabaseDep,
    verifier: VerifierDep,
    published: PublishedDep,
    settings: SettingsDep,
    access: Coordinator,
    schedule_id: UUID,
    new: PublicationCreate,
) -> Publication:
    """Tell people a schedule: as a snapshot for good, with a signed duty-hour certificate.

    Refused while there are errors that nobody has overridden (422 `ACGME_VIOLATION`, or 400
    `RULES_BROKEN` where only the programme's own rules are broken; `details` has the findings that
    still stand, and under `overridden` those that somebody answers for),
    when the schedule was changed since it was read (409 `STALE`), and when people were told just
    this already (409 `CONFLICT`). From now on it counts on all of its days, whatever was published
    before.
    """
    publishing = Publishing(database, verifier, published, settings, access)
    return await publishing.publish(schedule_id, new.revision, new.note)


@router.get("/schedules/{schedule_id}/publications", response_model=PublicationList)
async def list_publications(
    session: ReadSessionDep,
    published: PublishedDep,
    access: Coordinator,
    schedule_id: UUID,
    skip: Skip = 0,
    limit: Limit = 100,
) -> Page[Publication]:
    """List a schedule's publications, newest first."""
    service = PublicationService(session, access, published)
    return await service.list_of_schedule(schedule_id, skip, limit)


@router.get("/publications/{publication_id}", response_model=PublicationResponse)
async def get_publication(
    session: ReadSessionDep, published: PublishedDep, access: Coordinator, publication_id: UUID
) -> Publication:
    """Return what is known of a publication; what was published is `…/schedule`."""
    return await PublicationService(session, access, published).get(publication_id)


@router.get("/publications/{publication_id}/schedule", response_class=Response)
async def get_published_file(
    session: ReadSessionDep, published: PublishedDep, access: Coordinator, publication_id: UUID
) -> Response:
    """Return the published schedule as a file that `housestaff show` and `compare` read."""
    content = await PublicationService(session, access, published).document(publication_id)
    return _download(content.encode(), f"publication-{publication_id}.schedule.json")


@router.get("/publications/{publication_id}/certificate", response_class=Response)
async def get_certificate(
    session: ReadSessionDep, published: PublishedDep, access: Coordinator, publication_id: UUID
) -> Response:
    """Return the certificate; `housestaff verify-certificate` derives all that it claims."""
    content = await PublicationService(session, access, published).certificate(publication_id)
    return _download(content, f"publication-{publication_id}.certificate.json")


@router.get("/publications/{publication_id}/difference/{other_id}")
async def get_difference(
    session: ReadSessionDep,
    published: PublishedDep,
    access: Coordinator,
    publication_id: UUID,
    other_id: UUID,
) -> DifferenceResponse:
    """Return what a publication changes against another one.

    Who moves, whose half-days change, and what somebody answers for in one of them alone.
    """
    return await PublicationService(session, access, published).difference(publication_id, other_id)


@router.post(
    "/publications/{publication_id}/rollback",
    status_code=status.HTTP_201_CREATED,
    response_model=PublicationResponse,
    dependencies=[Expensive],
)
async def roll_back(
    database: DatabaseDep,
    verifier: VerifierDep,
    published: PublishedDep,
    settings: SettingsDep,
    access: Coordinator,
    publication_id: UUID,
    new: PublicationCreate,
) -> Publication:
    """Tell people an earlier publication again, and make its schedule as it was then.

    `revision` is that of the schedule as it stands now. Nothing is taken back: it becomes a new
    publication.
    """
    publishing = Publishing(database, verifier, published, settings, access)
    return await publishing.roll_back(publication_id, new.revision, new.note)


@router.get("/programs/{program_id}/published")
async def get_published(
    session: ReadSessionDep,
    published: PublishedDep,
    access: Reader,
    program_id: UUID,
    query: Annotated[PublishedQuery, Query()],
) -> PublishedResponse:
    """Return the published schedule: who is where from day to day, with half-days if asked.

    On each day the newest publication counts that includes it; `parts` says which.
    """
    program = await ProgramRepository(session, access).get(program_id)
    return await overview(session, published, program, query)


@router.get(
    "/programs/{program_id}/published/export.csv",
    dependencies=[Expensive],
    response_class=StreamingResponse,
    responses=CSV_ANSWER,
)
async def export_published_csv(
    session: ReadSessionDep,
    published: PublishedDep,
    access: Reader,
    program_id: UUID,
    query: Annotated[PublishedDays, Query()],
) -> StreamingResponse:
    """Download the published half-days, person by person.

    Columns: `id,date,session,person,pgy,rotation_type,duty,start,end,source`, as drafts leave; of
    leave no more than that. No cell can become a formula.
    """
    program = await ProgramRepository(session, access).get(program_id)
    told = await told_of(session, published, program.id, query)
    return csv_download(told_csv(told), f"{program.name} published")


@router.get(
    "/programs/{program_id}/published/export.xlsx",
    dependencies=[Expensive],
    response_class=Response,
    responses=WORKBOOK_ANSWER,
)
async def export_published_workbook(
    session: ReadSessionDep,
    published: PublishedDep,
    access: Reader,
    program_id: UUID,
    query: Annotated[PublishedDays, Query()],
) -> Response:
    """Download the published grid as a workbook: who is where in each period of these days."""
    program = await ProgramRepository(session, access).get(program_id)
    told = await told_of(session, published, program.id, query)
    return workbook_download(await told_workbook(told), f"{program.name} published")


@router.get("/signing-key")
async def get_signing_key(
    settings: SettingsDep,
    access: Reader,  # noqa: ARG001 - the same for every programme
) -> SigningKeyResponse:
    """Return the public key by which certificates of this installation are checked."""
    key = (await signing_key(settings)).public_key()
    return SigningKeyResponse(
        algorithm="Ed25519", fingerprint=fingerprint(key), public_key=public_pem(key)
    )


def _download(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/json", headers=headers)
