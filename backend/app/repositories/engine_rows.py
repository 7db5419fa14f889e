"""Rows of a programme as the engine's dataclasses, and back."""

from collections.abc import Iterable
from dataclasses import MISSING, fields
from datetime import timedelta
from typing import Annotated, Any, get_type_hints
from uuid import UUID

from pydantic import Field

from app.core.words import Decision
from app.db.base import JsonObject, new_id
from app.models import (
    AcademicYear,
    Appointment,
    DutyType,
    Leave,
    Person,
    Program,
    Request,
    RotationType,
    Rule,
)
from app.repositories import engine_json
from app.scheduling.domain import people as engine_people
from app.scheduling.domain import program as engine_program
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.duties import DutyType as EngineDutyType
from app.scheduling.domain.duties import SupervisionHours, Template
from app.scheduling.domain.rotations import RotationType as EngineRotationType
from app.scheduling.domain.rule import Rule as EngineRule
from app.scheduling.domain.scope import Who
from app.scheduling.rules import AnyRule
from app.scheduling.timetable.absences import leave_range

SETTINGS = ("objective", "groups", "rotation_groups", "duty_hours")
"""Sections of a programme that are kept as they are in `Program.settings`."""
_SECTIONS = get_type_hints(engine_program.Program, include_extras=True)
_ANY_RULE = Annotated[AnyRule, Field(discriminator="kind")]
_DUTY_FIELDS = tuple(one.name for one in fields(EngineDutyType))
_ROTATION_FIELDS = (
    *("code", "name", "category", "site", "zone", "specialty", "averaging_group", "colour"),
    "primary_care_exception",
)
_APPOINTED = ("pgy", "track", "cohort", "fte")


def settings_of(row: Program) -> dict[str, Any]:
    """Return the sections that a programme's settings give, or else what the engine takes."""
    usual = {
        one.name: one.default if one.default_factory is MISSING else one.default_factory()
        for one in fields(engine_program.Program)
        if one.name in SETTINGS
    }
    stated = {
        name: engine_json.load(_SECTIONS[name], row.settings[name])
        for name in SETTINGS
        if name in row.settings
    }
    return usual | stated


def dump_settings(program: engine_program.Program) -> JsonObject:
    """Return the sections of a programme that are kept in its settings."""
    return {name: dump_section(name, getattr(program, name)) for name in SETTINGS}


def dump_section(name: str, value: object) -> Any:  # noqa: ANN401 - plain data
    """Return one of `SETTINGS` as it is kept."""
    return engine_json.dump(_SECTIONS[name], value)


def rotation_of(row: RotationType) -> EngineRotationType:
    """Return a rotation type as the engine knows it."""
    return EngineRotationType(
        **{name: getattr(row, name) for name in _ROTATION_FIELDS},
        leave=row.is_leave,
        who=engine_json.load(Who, row.who),
        template=engine_json.load(Template, row.template),
        supervision=engine_json.load(tuple[SupervisionHours, ...], row.supervision),
    )


def rotation_columns(kind: EngineRotationType) -> dict[str, Any]:
    """Return the columns of a rotation type."""
    return {name: getattr(kind, name) for name in _ROTATION_FIELDS} | {
        "is_leave": kind.leave,
        "who": engine_json.dump(Who, kind.who),
        "template": engine_json.dump(Template, kind.template),
        "supervision": engine_json.dump(tuple[SupervisionHours, ...], kind.supervision),
    }


def duty_of(row: DutyType) -> EngineDutyType:
    """Return a duty type as the engine knows it."""
    return EngineDutyType(**{name: getattr(row, name) for name in _DUTY_FIELDS})


def duty_columns(duty: EngineDutyType) -> dict[str, Any]:
    """Return the columns of a duty type."""
    return {name: getattr(duty, name) for name in _DUTY_FIELDS}


def rule_of(row: Rule) -> EngineRule:
    """Return a rule as the engine knows it."""
    rule: EngineRule = engine_json.load(
        _ANY_RULE, {**row.parameters, "kind": row.kind, "name": row.name}
    )
    return rule


def rule_columns(rule: EngineRule) -> dict[str, Any]:
    """Return the columns of a rule."""
    parameters = engine_json.dump(type(rule), rule)
    return {
        "kind": rule.kind,
        "name": rule.name,
        "parameters": {
            name: value for name, value in parameters.items() if name not in {"kind", "name"}
        },
    }


def person_of(
    row: Person, appointment: Appointment, leaves: Iterable[Leave], requests: Iterable[Request]
) -> engine_people.Person:
    """Return a person in an academic year as the engine knows them."""
    plain = {
        "id": row.key,
        "name": row.name,
        "email": row.email,
        "tags": row.tags,
        "start": appointment.start_date,
        "end": appointment.end_date,
        "changes": appointment.changes,
        "preassignments": appointment.preassignments,
        "carry_over": appointment.carry_over,
    }
    plain |= {name: getattr(appointment, name) for name in _APPOINTED}
    plain["leave"] = [leave_json(one) for one in leaves]
    plain["wishes"] = [wish_json(one) for one in requests]
    person: engine_people.Person = engine_json.load(engine_people.Person, plain)
    return person


def leave_of(row: Leave) -> engine_people.Leave:
    """Return an absence as the engine knows it."""
    leave: engine_people.Leave = engine_json.load(engine_people.Leave, leave_json(row))
    return leave


def wish_of(row: Request) -> engine_people.Wish:
    """Return a ranked wish as the engine knows it."""
    wish: engine_people.Wish = engine_json.load(engine_people.Wish, wish_json(row))
    return wish


def leave_json(row: Leave) -> JsonObject:
    """Return an absence as a programme file has it."""
    if row.period is not None:
        return {"period": row.period, "half": row.half, "kind": row.kind}
    return {"start": row.start_date, "end": row.end_date, "kind": row.kind}


def wish_json(row: Request) -> JsonObject:
    """Return a ranked wish as a programme file has it."""
    return {name: getattr(row, name) for name in ("rank", "rotations", "periods", "avoid")}


def appointment_columns(stated: engine_people.Person) -> dict[str, Any]:
    """Return the columns of somebody's appointment."""
    hints = get_type_hints(engine_people.Person, include_extras=True)
    return {name: getattr(stated, name) for name in _APPOINTED} | {
        "start_date": stated.start,
        "end_date": stated.end,
        **{
            name: engine_json.dump(hints[name], getattr(stated, name))
            for name in ("changes", "preassignments", "carry_over")
        },
    }


def new_year(program_id: UUID, calendar: Calendar) -> AcademicYear:
    """Return an academic year that is not stored yet."""
    year = AcademicYear(id=new_id(), program_id=program_id)
    set_calendar(year, calendar)
    return year


def set_calendar(year: AcademicYear, calendar: Calendar) -> None:
    """Give an academic year a calendar."""
    year.calendar = engine_json.dump(Calendar, calendar)
    year.start_date = calendar.start
    year.end_date = calendar.last_day


def new_rotation(program_id: UUID, position: int, kind: EngineRotationType) -> RotationType:
    """Return a rotation type that is not stored yet."""
    return RotationType(program_id=program_id, position=position, **rotation_columns(kind))


def new_duty(program_id: UUID, position: int, duty: EngineDutyType) -> DutyType:
    """Return a duty type that is not stored yet."""
    return DutyType(program_id=program_id, position=position, **duty_columns(duty))


def new_rule(program_id: UUID, position: int, rule: EngineRule) -> Rule:
    """Return a rule that is not stored yet."""
    return Rule(program_id=program_id, position=position, **rule_columns(rule))


def new_person(program_id: UUID, position: int, stated: engine_people.Person) -> Person:
    """Return a person that is not stored yet."""
    return Person(
        program_id=program_id,
        position=position,
        key=stated.id,
        name=stated.name,
        email=stated.email,
        tags=list(stated.tags),
    )


def new_appointment(
    person: Person, year: AcademicYear, stated: engine_people.Person
) -> Appointment:
    """Return an appointment that is not stored yet."""
    return Appointment(
        program_id=person.program_id,
        person_id=person.id,
        academic_year_id=year.id,
        **appointment_columns(stated),
    )


def new_leaves(
    person: Person, stated: engine_people.Person, calendar: Calendar, user_id: UUID
) -> list[Leave]:
    """Return somebody's approved absences, not stored yet."""
    return [
        Leave(
            **_owner(person, user_id),
            **leave_columns(one, calendar),
            decision=Decision.APPROVED,
        )
        for one in stated.leave
    ]


def leave_columns(leave: engine_people.Leave, calendar: Calendar) -> dict[str, Any]:
    """Return the columns of an absence; one by period has the days of the period, or of its half.

    Raises
    ------
    ValueError
        When there is no such period.
    """
    first, last = leave.start, leave.end
    if leave.period is not None:
        first, stop = leave_range(leave, calendar.slots)
        last = stop - timedelta(1)
    return {
        "start_date": first,
        "end_date": last,
        "period": leave.period,
        "half": leave.half,
        "kind": leave.kind,
    }


def new_requests(
    person: Person, year: AcademicYear, stated: engine_people.Person, user_id: UUID
) -> list[Request]:
    """Return somebody's approved wishes, not stored yet."""
    return [
        Request(
            **_owner(person, user_id),
            academic_year_id=year.id,
            **wish_columns(wish),
            decision=Decision.APPROVED,
        )
        for wish in stated.wishes
    ]


def wish_columns(wish: engine_people.Wish) -> dict[str, Any]:
    """Return the columns of a ranked wish."""
    return {
        "rank": wish.rank,
        "rotations": list(wish.rotations),
        "periods": list(wish.periods),
        "avoid": wish.avoid,
    }


def _owner(person: Person, user_id: UUID) -> dict[str, Any]:
    return {
        "program_id": person.program_id,
        "person_id": person.id,
        "requested_by": user_id,
        "decided_by": user_id,
    }
