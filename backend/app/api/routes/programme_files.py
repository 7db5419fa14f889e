from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Response, UploadFile, status

from app.api.deps import Admin, Coordinator, Expensive, ReadSessionDep, SessionDep
from app.schemas.program import ProgramResponse
from app.schemas.programme_file import ImportResponse
from app.services.programme_files import ProgrammeFiles, Upload, read_uploads, summary

router = APIRouter(prefix="/programs", tags=["programme files"], dependencies=[Expensive])


@router.post("/import", status_code=status.HTTP_201_CREATED)
async def import_program(
    session: SessionDep,
    access: Admin,
    programme: Annotated[UploadFile, File(description="A programme file in YAML.")],
    tables: Annotated[
        list[UploadFile] | None, File(description="Workbooks and CSV files that it names.")
    ] = None,
) -> ImportResponse:
    """Make a programme of a programme file, with its people, rules and academic year.

    Assignments in the file become a draft of their own. Every fault is told by file and line.
    """
    first, *rest = [
        Upload(one.filename or "", await one.read()) for one in (programme, *(tables or []))
    ]
    imported = await ProgrammeFiles(session, access).make(await read_uploads(first, rest))
    return ImportResponse(
        program=ProgramResponse.model_validate(imported.stored.row),
        academic_year_id=imported.stored.year.id,
        schedule_id=imported.schedule.id if imported.schedule else None,
        findings=list(imported.findings),
        **summary(imported),
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
    with its assignments.
    """
    exported = await ProgrammeFiles(session, access).dump(program_id, academic_year_id, schedule_id)
    headers = {"Content-Disposition": f'attachment; filename="{exported.name}"'}
    return Response(exported.text, media_type="application/yaml", headers=headers)
