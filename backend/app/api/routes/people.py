from typing import Annotated
from uuid import UUID

from fastapi import Query, status

from app.api.deps import (
    AccessNotesDep,
    Coordinator,
    Limit,
    Reader,
    ReadSessionDep,
    SessionDep,
    Skip,
)
from app.api.idempotency import IdempotentRoute
from app.api.routing import Router
from app.api.versions import TaggingDep, VersionsDep
from app.core.access import Access, Role
from app.core.words import PersonKind
from app.models import Person
from app.repositories.person_repository import PeopleFilter
from app.schemas.base import Deleted
from app.schemas.person import (
    AppointmentSet,
    PersonCreate,
    PersonList,
    PersonResponse,
    PersonUpdate,
)
from app.services.person_service import PersonService

router = Router(prefix="/people", tags=["people"], route_class=IdempotentRoute)
_APPOINTED = {"pgy", "track", "cohort", "fte", "start_date", "end_date"}


@router.get("")
async def list_people(
    session: ReadSessionDep,
    access: Reader,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
    search: Annotated[str | None, Query(max_length=100, description="In name or key.")] = None,
    kind: PersonKind | None = None,
    is_active: bool | None = None,
    pgy: Annotated[int | None, Query(ge=1, le=9)] = None,
    academic_year_id: UUID | None = None,
) -> PersonList:
    """List a programme's people in its order.

    Appointments are shown to coordinators, and people's own; addresses to all but viewers.
    """
    wanted = PeopleFilter(
        text=search, kind=kind, is_active=is_active, pgy=pgy, academic_year_id=academic_year_id
    )
    found = await PersonService(session, access).list_in_order(program_id, wanted, skip, limit)
    items = [_shown(person, access) for person in found.items]
    return PersonList(items=items, total=found.total, skip=skip, limit=limit)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_person(
    session: SessionDep, access: Coordinator, tagging: TaggingDep, new: PersonCreate
) -> PersonResponse:
    """Add a person; with `pgy`, appointed at once."""
    wanted = new.appointment()
    appointment = None if wanted is None else _stated(wanted)
    service = PersonService(session, access)
    columns = new.model_dump(exclude=_APPOINTED)
    person = await service.create(new.program_id, columns, appointment, new.academic_year_id)
    return _shown(tagging.tagged(person), access)


@router.get("/{person_id}")
async def get_person(
    session: ReadSessionDep,
    access: Reader,
    notes: AccessNotesDep,
    tagging: TaggingDep,
    person_id: UUID,
) -> PersonResponse:
    """Return a person; the access log notes it, unless it is oneself."""
    person = await PersonService(session, access).get(person_id)
    notes.read("person", person.program_id, person.id, person_id=person.id, owner=person.user_id)
    return _shown(tagging.tagged(person), access)


@router.patch("/{person_id}")
async def update_person(
    session: SessionDep,
    access: Coordinator,
    versions: VersionsDep,
    person_id: UUID,
    update: PersonUpdate,
) -> PersonResponse:
    """Change only what is sent; with `If-Match` or `version`, only if nobody was faster."""
    service = PersonService(session, access)
    read = versions.read(update.version)
    person = await service.update(person_id, update.changes(), read)
    return _shown(versions.tagged(person), access)


@router.delete("/{person_id}")
async def delete_person(
    session: SessionDep, access: Coordinator, versions: VersionsDep, person_id: UUID
) -> Deleted:
    """Delete a person who stands in no schedule; others are made inactive instead."""
    await PersonService(session, access).delete(person_id, versions.read())
    return Deleted(status="deleted")


@router.put("/{person_id}/appointments/{academic_year_id}")
async def set_appointment(
    session: SessionDep,
    access: Coordinator,
    person_id: UUID,
    academic_year_id: UUID,
    appointment: AppointmentSet,
) -> PersonResponse:
    """Appoint a person in an academic year, in place of another appointment that there was."""
    service = PersonService(session, access)
    person = await service.appoint(person_id, academic_year_id, _stated(appointment))
    return _shown(person, access)


@router.delete("/{person_id}/appointments/{academic_year_id}")
async def remove_appointment(
    session: SessionDep, access: Coordinator, person_id: UUID, academic_year_id: UUID
) -> Deleted:
    """Take a person's appointment in an academic year away."""
    await PersonService(session, access).remove_appointment(person_id, academic_year_id)
    return Deleted(status="deleted")


def _stated(appointment: AppointmentSet) -> dict[str, object]:
    return {name: getattr(appointment, name) for name in AppointmentSet.model_fields}


def _shown(person: Person, access: Access) -> PersonResponse:
    """Return what the caller may see: see docs/security.md."""
    shown = PersonResponse.model_validate(person)
    role = Role.ADMIN if access.is_admin else access.roles[person.program_id]
    hidden: dict[str, object] = {}
    if not shown.email or role == Role.VIEWER:
        hidden["email"] = None
    if role not in {Role.ADMIN, Role.COORDINATOR} and person.user_id != access.user_id:
        hidden |= {"appointments": [], "user_id": None, "tags": []}
    return shown.model_copy(update=hidden)
