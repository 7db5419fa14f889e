"""Rotation types and duty types: their bodies are the engine's own dataclasses."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from fastapi import APIRouter, status

from app.api.deps import Coordinator, Limit, Reader, ReadSessionDep, SessionDep, Skip
from app.api.idempotency import IdempotentRoute
from app.api.routing import Router
from app.api.versions import TaggingDep, VersionsDep
from app.models import DutyType, RotationType
from app.repositories.part_repository import DUTY_TYPES, ROTATION_TYPES
from app.scheduling.domain.duties import DutyType as EngineDutyType
from app.scheduling.domain.rotations import RotationType as EngineRotationType
from app.schemas.base import Deleted
from app.schemas.engine_body import Changes
from app.schemas.parts import (
    DutyTypeCreate,
    DutyTypeList,
    DutyTypeResponse,
    RotationTypeCreate,
    RotationTypeList,
    RotationTypeResponse,
)
from app.services.part_service import PartService

router = APIRouter()
rotation_types = Router(
    prefix="/rotation-types", tags=["rotation types"], route_class=IdempotentRoute
)
duty_types = Router(prefix="/duty-types", tags=["duty types"], route_class=IdempotentRoute)


@rotation_types.get("")
async def list_rotation_types(
    session: ReadSessionDep,
    access: Reader,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
) -> RotationTypeList:
    """List a programme's rotation types in its order."""
    service = PartService(session, access, ROTATION_TYPES)
    found = await service.list_in_order(program_id, skip, limit)
    items = [_rotation(row) for row in found.items]
    return RotationTypeList(items=items, total=found.total, skip=skip, limit=limit)


@rotation_types.post("", status_code=status.HTTP_201_CREATED)
async def create_rotation_type(
    session: SessionDep, access: Coordinator, tagging: TaggingDep, new: RotationTypeCreate
) -> RotationTypeResponse:
    """Add a rotation type at the end of the programme's order."""
    service = PartService(session, access, ROTATION_TYPES)
    return _rotation(tagging.tagged(await service.create(new.program_id, new)))


@rotation_types.get("/{rotation_type_id}")
async def get_rotation_type(
    session: ReadSessionDep, access: Reader, tagging: TaggingDep, rotation_type_id: UUID
) -> RotationTypeResponse:
    """Return a rotation type with its weekly template."""
    service = PartService(session, access, ROTATION_TYPES)
    return _rotation(tagging.tagged(await service.get(rotation_type_id)))


@rotation_types.patch("/{rotation_type_id}")
async def update_rotation_type(
    session: SessionDep,
    access: Coordinator,
    versions: VersionsDep,
    rotation_type_id: UUID,
    update: Changes[EngineRotationType],
) -> RotationTypeResponse:
    """Change only what is sent; refused when the programme would contradict itself."""
    service = PartService(session, access, ROTATION_TYPES)
    changes = update.changes()
    read = versions.read(update.get("version"))
    row = await service.update(rotation_type_id, changes, update.get("position"), read)
    return _rotation(versions.tagged(row))


@rotation_types.delete("/{rotation_type_id}")
async def delete_rotation_type(
    session: SessionDep, access: Coordinator, rotation_type_id: UUID
) -> Deleted:
    """Delete a rotation type that stands in no schedule and no rule."""
    await PartService(session, access, ROTATION_TYPES).delete(rotation_type_id)
    return Deleted(status="deleted")


@duty_types.get("")
async def list_duty_types(
    session: ReadSessionDep,
    access: Reader,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
) -> DutyTypeList:
    """List a programme's duty types in its order."""
    found = await PartService(session, access, DUTY_TYPES).list_in_order(program_id, skip, limit)
    items = [_duty(row) for row in found.items]
    return DutyTypeList(items=items, total=found.total, skip=skip, limit=limit)


@duty_types.post("", status_code=status.HTTP_201_CREATED)
async def create_duty_type(
    session: SessionDep, access: Coordinator, tagging: TaggingDep, new: DutyTypeCreate
) -> DutyTypeResponse:
    """Add a duty type at the end of the programme's order."""
    service = PartService(session, access, DUTY_TYPES)
    return _duty(tagging.tagged(await service.create(new.program_id, new)))


@duty_types.get("/{duty_type_id}")
async def get_duty_type(
    session: ReadSessionDep, access: Reader, tagging: TaggingDep, duty_type_id: UUID
) -> DutyTypeResponse:
    """Return a duty type with its times."""
    service = PartService(session, access, DUTY_TYPES)
    return _duty(tagging.tagged(await service.get(duty_type_id)))


@duty_types.patch("/{duty_type_id}")
async def update_duty_type(
    session: SessionDep,
    access: Coordinator,
    versions: VersionsDep,
    duty_type_id: UUID,
    update: Changes[EngineDutyType],
) -> DutyTypeResponse:
    """Change only what is sent; refused when the programme would contradict itself."""
    service = PartService(session, access, DUTY_TYPES)
    changes = update.changes()
    read = versions.read(update.get("version"))
    row = await service.update(duty_type_id, changes, update.get("position"), read)
    return _duty(versions.tagged(row))


@duty_types.delete("/{duty_type_id}")
async def delete_duty_type(session: SessionDep, access: Coordinator, duty_type_id: UUID) -> Deleted:
    """Delete a duty type that stands in no schedule and no template."""
    await PartService(session, access, DUTY_TYPES).delete(duty_type_id)
    return Deleted(status="deleted")


router.include_router(rotation_types)
router.include_router(duty_types)

_STORED = ("id", "program_id", "position", "version", "created_at", "updated_at")


def _rotation(row: RotationType) -> RotationTypeResponse:
    return RotationTypeResponse(**_parameters(ROTATION_TYPES.read(row)), **_stored(row))


def _duty(row: DutyType) -> DutyTypeResponse:
    return DutyTypeResponse(**_parameters(DUTY_TYPES.read(row)), **_stored(row))


def _parameters(part: EngineRotationType | EngineDutyType) -> dict[str, Any]:
    return {one.name: getattr(part, one.name) for one in fields(part)}


def _stored(row: RotationType | DutyType) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _STORED}
