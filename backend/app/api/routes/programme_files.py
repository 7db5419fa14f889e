from typing import Annotated
from uuid import UUID

from fastapi import File, Query, Response, UploadFile, status

from app.api.deps import Admin, Coordinator, Expensive, ReadSessionDep, SessionDep
from app.api.routing import Router
from app.api.versions import IfState, state_read
from app.files.loaded import LoadedProgramme
from app.schemas.program import ProgramResponse
from app.schemas.programme_file import (
    ImportOverResponse,
    ImportResponse,
    ProgrammeChangesResponse,
)
from app.services.programme_files import ProgrammeFiles, Upload, read_uploads, summary
from app.services.programme_import import ProgrammeImport

router = Router(prefix="/programs", tags=["programme files"], dependencies=[Expensive])
Programme = Annotated[UploadFile, File(description="A programme file in YAML.")]
Tables = Annotated[
    list[UploadFile] | None, File(description="Workbooks and CSV files that it names.")
]
DryRun = Annotated[bool, Query(description="Tell what would change, and change nothing.")]


@router.post("/import", status_code=status.HTTP_201_CREATED)
async def import_program(
    session: SessionDep,
    access: Admin,
    programme: Programme,
    tables: Tables = None,
) -> ImportResponse:
    """Make a programme of a programme file, with its people, rules and academic year.

    Assignments in the file become a draft of their own. Every fault is told by file and line.
    """
    imported = await ProgrammeFiles(session, access).make(await _read(programme, tables))
    return ImportResponse(
        program=ProgramResponse.model_validate(imported.stored.row),
        academic_year_id=imported.stored.year.id,
        schedule_id=imported.schedule.id if imported.schedule else None,
        findings=list(imported.findings),
        **summary(imported),
    )


@router.post("/{program_id}/import")
async def import_over_program(
    response: Response,
    session: SessionDep,
    access: Coordinator,
    program_id: UUID,
    programme: Programme,
    tables: Tables = None,
    *,
    dry_run: DryRun = False,
    if_match: IfState = None,
) -> ImportOverResponse:
    """Make a programme what a programme file says, in the academic year that begins as the file's.

    Parts are known by their keys: people by id, rotation and duty types by code, rules by name;
    what is the same stays as it is. All is done or nothing. Try it first with `dry_run`; then send
    the `ETag` of that answer, or of the export that was edited, in `If-Match` (400
    `IF_MATCH_REQUIRED`; 409 `STALE` when somebody was faster). What schedules use is not taken away
    (409 `CONFLICT`, named in `details.in_use`). Assignments in the file stay out: they belong to
    schedules.
    """
    loaded = await _read(programme, tables)
    service = ProgrammeImport(session, access)
    if dry_run:
        found = await service.tried(program_id, loaded)
    else:
        found = await service.done(program_id, loaded, state_read(if_match))
    response.headers["ETag"] = f'"{found.state}"'
    return ImportOverResponse(
        program_id=program_id,
        academic_year_id=found.year.id,
        dry_run=dry_run,
        state=found.state,
        changes=ProgrammeChangesResponse.model_validate(found.changes),
        findings=list(found.findings),
    )


@router.get(
    "/{program_id}/export.yaml",
    response_class=Response,
    responses={
        status.HTTP_200_OK: {
            "content": {"application/yaml": {"schema": {}}},
            "description": "The programme file.",
        }
    },
)
async def export_program(
    session: ReadSessionDep,
    access: Coordinator,
    program_id: UUID,
    academic_year_id: UUID | None = None,
    schedule_id: UUID | None = None,
) -> Response:
    """Return a programme as a programme file that loads as the same programme.

    Of the present academic year, or the latest, if none is given; with a schedule, of its year and
    with its assignments. The `ETag` says which state of the programme it is: send it back with the
    edited file.
    """
    exported = await ProgrammeFiles(session, access).dump(program_id, academic_year_id, schedule_id)
    headers = {
        "Content-Disposition": f'attachment; filename="{exported.name}"',
        "ETag": f'"{exported.state}"',
    }
    return Response(exported.text, media_type="application/yaml", headers=headers)


async def _read(programme: UploadFile, tables: list[UploadFile] | None) -> LoadedProgramme:
    first, *rest = [
        Upload(one.filename or "", await one.read()) for one in (programme, *(tables or []))
    ]
    return await read_uploads(first, rest)
