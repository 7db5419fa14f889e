"""Assignments in the form in which callers get them."""

from app.models import Assignment
from app.schemas.assignment import AssignmentResponse
from app.schemas.block import BlockResponse
from app.schemas.schedule import AssignedPerson, NestedAssignment


def nested(one: Assignment) -> NestedAssignment:
    """Return an assignment as it stands in a schedule."""
    return NestedAssignment(
        id=one.id,
        person_id=one.person_id,
        block_id=one.block_id,
        rotation_type=None if one.rotation_type is None else one.rotation_type.code,
        duty=None if one.duty_type is None else one.duty_type.code,
        status=one.status,
        source=one.source,
        locked=one.locked,
        note=one.note,
        version=one.version,
        person=AssignedPerson.model_validate(one.person),
        block=BlockResponse.model_validate(one.block),
    )


def shown(one: Assignment) -> AssignmentResponse:
    """Return an assignment by itself."""
    return AssignmentResponse(
        **nested(one).model_dump(),
        schedule_id=one.schedule_id,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )
