from typing import TYPE_CHECKING, cast
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import TypeAdapter

from app.api.deps import Coordinator, Limit, Reader, ReadSessionDep, SessionDep, Skip
from app.api.idempotency import IdempotentRoute
from app.api.versions import TaggingDep, VersionsDep
from app.models import Rule
from app.repositories.part_repository import RULES
from app.schemas.base import Deleted
from app.schemas.parts import RuleCreate, RuleKindResponse, RuleList, RuleResponse, RuleUpdate
from app.services.part_service import PartService
from app.services.rule_kinds import rule_kinds

if TYPE_CHECKING:
    from app.scheduling.rules import AnyRule

router = APIRouter(tags=["rules"], route_class=IdempotentRoute)


@router.get("/rule-kinds")
async def list_rule_kinds(access: Reader) -> list[RuleKindResponse]:  # noqa: ARG001 - any member
    """List the kinds of rule that there are, with the JSON Schema of their parameters."""
    return TypeAdapter(list[RuleKindResponse]).validate_python(rule_kinds(), from_attributes=True)


@router.get("/rules")
async def list_rules(
    session: ReadSessionDep,
    access: Reader,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
) -> RuleList:
    """List a programme's rules in its order: the rule book."""
    found = await PartService(session, access, RULES).list_in_order(program_id, skip, limit)
    items = [_shown(row) for row in found.items]
    return RuleList(items=items, total=found.total, skip=skip, limit=limit)


@router.post("/rules", status_code=status.HTTP_201_CREATED)
async def create_rule(
    session: SessionDep, access: Coordinator, tagging: TaggingDep, new: RuleCreate
) -> RuleResponse:
    """Add a rule at the end of the rule book."""
    service = PartService(session, access, RULES)
    return _shown(tagging.tagged(await service.create(new.program_id, new.rule)))


@router.get("/rules/{rule_id}")
async def get_rule(
    session: ReadSessionDep, access: Reader, tagging: TaggingDep, rule_id: UUID
) -> RuleResponse:
    """Return a rule."""
    service = PartService(session, access, RULES)
    return _shown(tagging.tagged(await service.get(rule_id)))


@router.patch("/rules/{rule_id}")
async def update_rule(
    session: SessionDep,
    access: Coordinator,
    versions: VersionsDep,
    rule_id: UUID,
    update: RuleUpdate,
) -> RuleResponse:
    """Put another rule in its place, move it, or both."""
    service = PartService(session, access, RULES)
    row = await service.get(rule_id)
    rule = RULES.read(row) if update.rule is None else update.rule
    read = versions.read(update.version)
    return _shown(versions.tagged(await service.put(row, rule, update.position, read)))


@router.delete("/rules/{rule_id}")
async def delete_rule(session: SessionDep, access: Coordinator, rule_id: UUID) -> Deleted:
    """Delete a rule."""
    await PartService(session, access, RULES).delete(rule_id)
    return Deleted(status="deleted")


def _shown(row: Rule) -> RuleResponse:
    rule = cast("AnyRule", RULES.read(row))
    return RuleResponse(
        id=row.id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        program_id=row.program_id,
        position=row.position,
        version=row.version,
        sentence=rule.describe(),
        rule=rule,
    )
