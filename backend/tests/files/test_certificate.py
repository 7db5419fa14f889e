import json
from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.files.certificate import (
    InvalidOverridesError,
    Sealed,
    draft_certificate,
    judge,
    override_of,
    seal,
)
from app.files.certificate_check import verify_certificate
from app.files.certificate_document import Duty, Law, Override
from app.files.certificate_duty import duty_of, timeline_of
from app.files.certificate_file import read_certificate, to_bytes, to_plain
from app.files.certificate_summary import CertificateSummary
from app.files.rule_packs import load_packs
from app.scheduling.acgme.finding import Margin, Violation
from app.scheduling.acgme.intervals import (
    DutyInterval,
    LeaveDays,
    Resident,
    RotationSpan,
    Supervision,
)
from app.scheduling.acgme.timeline import Spans, Supervisors, Timeline, build_timeline
from tests.files.certificates import (
    ACCEPTED,
    ALSO_ACCEPTED,
    FIRST,
    KEY,
    SUBJECT,
    audit,
    certificate,
    law,
    timeline,
)
from tests.scheduling.acgme.random_timelines import random_case


def random_certificate(seed: int) -> tuple[Timeline, Sealed]:
    """Return the timeline of a random case, and its certificate."""
    case = random_case(seed)
    drawn = build_timeline(
        case.basis,
        case.residents,
        case.intervals,
        case.spans,
        case.leave,
        first=case.first,
        last=case.last,
    )
    by = Law(packs=load_packs(case.packs), policy=case.policy)
    return drawn, seal(draft_certificate(SUBJECT, audit(drawn, by), by), KEY)


def assert_same(one: Timeline, other: Timeline) -> None:
    """Check that two timelines hold the same, whatever order their rotations are numbered in."""
    for field in fields(Timeline):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name in {"spans", "supervision"}:
            for part in fields(mine):
                if part.name != "rotation":
                    np.testing.assert_array_equal(
                        getattr(mine, part.name), getattr(theirs, part.name)
                    )
        elif isinstance(mine, np.ndarray) and field.name != "rotation":
            np.testing.assert_array_equal(mine, theirs)
        elif field.name not in {"rotation", "rotations", "specialties"}:
            assert mine == theirs


@pytest.mark.parametrize("seed", range(40))
def test_a_random_certificate_is_valid_and_gives_its_timeline_again(seed: int) -> None:
    drawn, sealed = random_certificate(seed)

    assert verify_certificate(sealed.content, KEY.public_key()).problems == ()
    read, _ = read_certificate(sealed.content, "certificate")
    assert read == sealed.certificate
    again = timeline_of(read.duty)
    assert_same(drawn, again)
    assert duty_of(again) == duty_of(drawn)
    by = read.law
    assert audit(again, by).findings == audit(drawn, by).findings


def test_nothing_of_what_is_judged_is_left_out() -> None:
    """A new field of the verifier's input must find its way into the certificate."""
    names = {kind: {field.name for field in fields(kind)} for kind in (Timeline, Duty)}
    columns = {"person", "start", "end", "kind", "rotation", "pgy", "flags", "call_night"}
    derived = {"days", "people", "rotations", "specialties", "references"}
    same = {"basis", "first", "leave", "spans", "supervision"}
    assert names[Timeline] == columns | derived | same
    assert names[Duty] == same | {"last", "residents", "zones", "intervals"}
    assert {field.name for field in fields(Spans)} == {"person", "rotation", "first", "last"}
    assert {field.name for field in fields(Supervisors)} == {
        *("rotation", "start", "end", "level", "supervisors", "exception"),
    }
    data = json.loads(certificate().content)["duty"]
    for key, kind in (
        ("residents", Resident),
        ("spans", RotationSpan),
        ("leave", LeaveDays),
        ("supervision", Supervision),
    ):
        assert data[key][0].keys() == {field.name for field in fields(kind)}
    said = set().union(*(one.keys() for one in data["intervals"]))
    assert said == {field.name for field in fields(DutyInterval)}


def test_nothing_of_what_was_found_is_left_out() -> None:
    data = json.loads(certificate().content)["judgement"]
    for key, kind in (("findings", Violation), ("margins", Margin)):
        assert data[key][0].keys() == {field.name for field in fields(kind)} | {"first", "last"}


def test_the_file_says_what_it_is() -> None:
    content = certificate(overrides=[ACCEPTED]).content
    data = json.loads(content)

    assert content.endswith(b"}\n")
    assert (data["format"], data["version"]) == ("housestaff-certificate", 1)
    assert data["issued_at"] == "2026-09-01T12:30:00Z"
    assert data["duty"]["intervals"][0] == {
        "end": "2026-10-05T22:00:00Z",
        "kind": "in_house",
        "person": "ada",
        "pgy": 2,
        "reference": "ada 0",
        "rotation": "WARD",
        "start": "2026-10-05T10:00:00Z",
    }
    [hours] = [one for one in data["judgement"]["findings"] if one["rule"] == "CPR-6.20-80H"]
    assert (hours["measured"], hours["limit"], hours["first"]) == ("87", "80", "2026-10-05")
    assert data["judgement"]["overrides"][0]["author"] == "Dr Ines Pérez, programme director"
    assert data["duty"]["zones"][0] == {
        "first_midnight": "2026-10-05T04:00:00Z",
        "odd_days": [{"day": "2026-11-01", "minutes": 1500}],
        "zone": "America/New_York",
    }
    assert data["law"]["packs"][0]["rules"][0]["sources"]


def test_a_certificate_need_not_say_when_and_of_which_file() -> None:
    found = audit(timeline(), law())
    sealed = seal(draft_certificate(replace(SUBJECT, schedule=None), found, law()))

    checked = verify_certificate(sealed.content)
    assert checked.valid
    assert checked.certificate is not None
    assert checked.certificate.issued_at is None


def test_the_same_audit_gives_the_same_bytes() -> None:
    assert certificate().content == certificate().content


def test_a_certificate_that_does_not_give_its_audit_is_a_defect() -> None:
    other = law(replace(law().policy, planner_buffer_hours=0))

    with pytest.raises(RuntimeError, match="does not give the audit"):
        draft_certificate(SUBJECT, audit(timeline(), law()), other)


@pytest.mark.parametrize(
    ("overrides", "verdict"),
    [
        ([], "not compliant"),
        ([ACCEPTED], "not compliant"),
        ([ACCEPTED, ALSO_ACCEPTED], "compliant with overrides"),
    ],
)
def test_the_verdict_asks_for_every_error(overrides: list[Override], verdict: str) -> None:
    assert judge(timeline(), law(), overrides).verdict == verdict


def test_without_errors_it_is_compliant_whatever_is_accepted() -> None:
    warning = Override(
        rule="CPR-6.25-APPROVAL", person="ada", first=date(2026, 10, 11), author="A", reason="B"
    )

    kept = judge(timeline(overworked=False), law(), [warning])

    assert kept.verdict == "compliant"
    assert [one.rule for one in kept.findings if override_of(one, [warning])] == [warning.rule]


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "CPR-6.20-PLAN"},
        {"person": "ada"},
        {"first": date(2026, 10, 6)},
        {"last": date(2026, 11, 2)},
    ],
)
def test_an_override_accepts_exactly_one_window(change: dict[str, object]) -> None:
    exact = replace(ACCEPTED, last=date(2026, 11, 1))
    assert judge(timeline(), law(), [exact]).overrides == (exact,)

    with pytest.raises(InvalidOverridesError, match="no finding is accepted"):
        judge(timeline(), law(), [replace(exact, **change)])  # type: ignore[arg-type] # any field


def test_one_answers_for_a_finding() -> None:
    again = replace(ACCEPTED, author="Somebody else")

    with pytest.raises(InvalidOverridesError) as caught:
        judge(timeline(), law(), [ALSO_ACCEPTED, ACCEPTED, again])

    [(position, message)] = caught.value.faults
    assert position == 2
    assert message.startswith("override 2 accepts CPR-6.20-80H of ben from 2026-10-05 already")


def test_an_override_needs_an_author_a_reason_and_rising_days() -> None:
    with pytest.raises(ValueError, match="its author"):
        replace(ACCEPTED, author=" ")
    with pytest.raises(ValueError, match="its reason"):
        replace(ACCEPTED, reason="")
    with pytest.raises(ValueError, match="before it begins"):
        replace(ACCEPTED, last=date(2026, 10, 4))


@pytest.mark.parametrize(
    ("value", "text"),
    [(85.75, "85.75"), (80.0, "80"), (0.0, "0"), (-7.5, "-7.5"), (1e-7, "0.0000001")],
)
def test_numbers_with_decimals_are_text(value: float, text: str) -> None:
    assert to_plain(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_gives_the_number_again(value: float) -> None:
    text = to_plain(value)
    assert isinstance(text, str)
    assert float(text) == value
    assert "e" not in text


def test_the_summary_counts_every_finding_once() -> None:
    summary = CertificateSummary(certificate(overrides=[ACCEPTED]).certificate)

    assert summary.counts == "1 error, 1 warning, 3 notes, 1 accepted"
    assert sum(row.counts.total() + row.accepted for row in summary.rows) == 6
    hours = next(row for row in summary.rows if row.rule.id == "CPR-6.20-80H")
    planned = next(row for row in summary.rows if row.rule.id == "CPR-6.20-PLAN")
    assert (hours.limit, hours.found) == ("at most 80 hours a week", "1 accepted")
    assert planned.found == "with CPR-6.20-80H"
    assert not {row.rule.name for row in summary.rows} & set(summary.silent)


def test_a_file_is_written_as_it_is_read() -> None:
    content = certificate().content
    assert to_bytes(json.loads(content)) == content
    assert FIRST.isoformat().encode() in content
