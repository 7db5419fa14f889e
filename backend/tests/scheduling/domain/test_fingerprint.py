from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from app.scheduling.acgme.policy import Policy
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.duties import Assignment, DutyType, SupervisionHours
from app.scheduling.domain.fingerprint import DUTY_ONLY, DUTY_ONLY_OF_ROTATIONS, fingerprint
from app.scheduling.domain.people import Person
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.domain.scope import Who
from app.scheduling.rules.leave import LeaveKept

DAY = DutyType(code="D", kind="in_house", am="08:00-12:00")
SUPERVISED = (SupervisionHours(hours="08:00-17:00"),)
PLAIN = Program(
    name="Test",
    calendar=Calendar(start=date(2026, 7, 1)),
    rotation_types=(RotationType(code="A"),),
    people=(Person(id="p", pgy=1),),
    duty_types=(DAY,),
)
CHANGES: dict[str, Any] = {
    "name": "Other",
    "specialty": "Neurology",
    "time_zone": "America/New_York",
    "objective": "maximize",
    "calendar": Calendar(start=date(2026, 7, 1), period="1 week"),
    "rotation_types": (RotationType(code="B"),),
    "people": (Person(id="p", pgy=2),),
    "groups": {"all": Who()},
    "rotation_groups": {"all": ("A",)},
    "rules": (LeaveKept(name="Leave"),),
    "duty_types": (DAY, replace(DAY, code="E")),
    "duty_hours": Policy(merge_gap_minutes=90),
    "assignments": (Assignment(person="p", date=date(2026, 7, 4), session="AM", duty="D"),),
}
CHANGES_OF_ROTATIONS: dict[str, Any] = {
    "code": "B",
    "name": "Wards",
    "category": "ward",
    "site": "North",
    "colour": "#4477aa",
    "leave": True,
    "who": Who(pgy=(1,)),
    "template": {"mon": "D"},
    "zone": "America/New_York",
    "specialty": "Neurology",
    "averaging_group": "G",
    "supervision": SUPERVISED,
    "primary_care_exception": True,
}


def test_the_changes_are_of_every_parameter() -> None:
    assert list(CHANGES) == [item.name for item in fields(Program)]
    assert list(CHANGES_OF_ROTATIONS) == [item.name for item in fields(RotationType)]


@pytest.mark.parametrize("name", CHANGES)
def test_the_hash_covers_what_placements_depend_on(name: str) -> None:
    other = replace(PLAIN, **{name: CHANGES[name]})
    assert (fingerprint(other, None) == fingerprint(PLAIN, None)) == (name in DUTY_ONLY)


@pytest.mark.parametrize("name", CHANGES_OF_ROTATIONS)
def test_the_same_of_rotation_types(name: str) -> None:
    supervised = SUPERVISED if name == "primary_care_exception" else ()
    kind = RotationType(code="A", supervision=supervised)
    other = replace(PLAIN, rotation_types=(replace(kind, **{name: CHANGES_OF_ROTATIONS[name]}),))
    same = fingerprint(other, None) == fingerprint(PLAIN, None)
    assert same == (name in DUTY_ONLY_OF_ROTATIONS)


def test_the_hash_of_a_programme_is_what_it_was_before_there_was_duty() -> None:
    assert (
        fingerprint(PLAIN, None)
        == "8891e989fe65eca4885d039da6e74e8d1be466a8b90955e0d41620615dd808c1"
    )
