"""Who supervises a rotation: from the programme to SUP-1 and SUP-2 (specification §10)."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from app.files.rule_packs import load_packs
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.validator import ACGMEValidator, Audit
from app.scheduling.domain.calendar import Calendar
from app.scheduling.domain.duties import DayDuties, DutyType, SupervisionHours
from app.scheduling.domain.people import Person
from app.scheduling.domain.program import Program
from app.scheduling.domain.rotations import RotationType
from app.scheduling.timetable import compile_timetable, expand, expand_person

CLINIC = DutyType(code="CLINIC", kind="in_house", am="08:00-12:00", pm="13:00-17:00")


def clinic(
    pgys: str,
    *supervision: SupervisionHours,
    exception: bool = True,
    policy: Policy | None = None,
    start: date = date(2026, 8, 3),
) -> Program:
    """Return a week of clinic for residents of these years, with nights off."""
    return Program(
        name="Clinic",
        time_zone="America/New_York",
        calendar=Calendar(start=start, end=date(start.year, start.month, start.day + 6)),
        rotation_types=(
            RotationType(
                code="CLIN",
                template={"mon-fri": DayDuties(am="CLINIC", pm="CLINIC")},
                supervision=supervision,
                primary_care_exception=exception and bool(supervision),
            ),
        ),
        people=tuple(Person(id=f"r{number}", pgy=int(pgy)) for number, pgy in enumerate(pgys)),
        duty_types=(CLINIC,),
        duty_hours=policy or Policy(),
    )


def audited(program: Program) -> Audit:
    grid = np.zeros((len(program.people), len(program.calendar.slots)), dtype=np.int16)
    packs = load_packs(["cms-primary-care"])
    return ACGMEValidator(packs, program.policy).audit(expand(program, grid))


def of(audit: Audit, rule: str) -> list[tuple[str, str, float, float]]:
    return [
        (one.person, one.severity, one.measured, one.limit)
        for one in audit.findings
        if one.rule == rule
    ]


def weekdays(supervisors: int, hours: str = "08:00-17:00") -> SupervisionHours:
    return SupervisionHours(days="mon-fri", hours=hours, supervisors=supervisors)


@pytest.mark.parametrize(
    ("pgys", "preceptors", "errors"),
    [
        ("2222", 1, 0),
        ("22221", 1, 10),  # four PGY-2 and a PGY-1 with one preceptor, in ten sessions
        ("22211", 2, 0),
        ("222222222", 2, 10),
    ],
)
def test_a_preceptor_has_four_residents(pgys: str, preceptors: int, errors: int) -> None:
    found = of(audited(clinic(pgys, weekdays(preceptors))), "SUP-2")
    assert found == [("", "error", float(len(pgys)), 4.0 * preceptors)] * errors


def test_the_limit_is_the_exceptions_alone() -> None:
    assert of(audited(clinic("22222", weekdays(1), exception=False)), "SUP-2") == []


def test_interns_may_weigh_more_by_local_policy() -> None:
    program = clinic("2211", weekdays(1), policy=Policy(intern_weight=1.5))
    assert of(audited(program), "SUP-2") == [("", "error", 5.0, 4.0)] * 10


def test_interns_need_the_preceptor_in_the_room_for_six_months() -> None:
    found = of(audited(clinic("21", weekdays(1))), "SUP-2-PRESENCE")
    assert found == [("r1", "info", 10.0, 0.0)]


@pytest.mark.parametrize(
    ("hours", "level", "alone"),
    [
        ("08:00-17:00", "direct", 0),
        ("08:00-17:00", "indirect", 0),
        ("08:00-17:00", "oversight", 4.0),
        ("08:01-17:00", "direct", 1 / 60),
    ],
)
def test_every_minute_is_supervised(hours: str, level: str, alone: float) -> None:
    told = replace(weekdays(1, hours), level=level)  # type: ignore[arg-type]
    found = of(audited(clinic("2", told)), "SUP-1")
    assert [entry[1] for entry in found[:1]] == (["error"] if alone else [])
    assert [entry[2] for entry in found[:1]] == ([pytest.approx(alone)] if alone else [])


def test_nobody_there_is_no_supervision() -> None:
    assert len(of(audited(clinic("2", weekdays(0))), "SUP-1")) == 10


def test_the_first_months_may_need_direct_supervision() -> None:
    told = replace(weekdays(1), level="indirect")
    policy = Policy(direct_supervision_months=1)
    found = of(audited(clinic("12", told, policy=policy)), "SUP-1")
    assert {person for person, *_ in found} == {"r0"}


def test_a_rotation_of_which_nothing_is_said_is_not_judged() -> None:
    audit = audited(clinic("22222"))
    assert of(audit, "SUP-1") == of(audit, "SUP-2") == []


def test_a_night_is_supervised_into_the_morning() -> None:
    hours = SupervisionHours(days="fri", hours="18:00-06:00")
    assert hours.span == (18 * 60, 30 * 60)


def test_revising_one_person_judges_the_clinic_again() -> None:
    program = clinic("22221", weekdays(1))
    grid = np.zeros((5, len(program.calendar.slots)), dtype=np.int16)
    validator = ACGMEValidator(load_packs(["cms-primary-care"]), program.policy)
    timetable = compile_timetable(program)
    audit = validator.audit(expand(timetable, grid))
    away = grid.copy()
    away[4] = -1
    revised = validator.revise(audit, expand_person(timetable, away, 4), 4)
    assert len(of(audit, "SUP-2")) == 10
    assert of(revised, "SUP-2") == []
    assert revised.findings == validator.audit(expand(timetable, away)).findings


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: SupervisionHours(hours="8-17"), "write them as"),
        (lambda: SupervisionHours(hours="08:00-17:00", days="monday"), "is no weekday"),
        (lambda: SupervisionHours(hours="08:00-17:00", supervisors=-1), "expected 0 to"),
        (lambda: RotationType(code="CLIN", primary_care_exception=True), "say who supervises"),
    ],
)
def test_what_makes_no_sense_is_refused(made: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made()  # type: ignore[operator]
