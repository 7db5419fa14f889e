"""Certificates of a small made-up programme, for tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.files.canonical_json import to_canonical
from app.files.certificate import Sealed, draft_certificate, seal
from app.files.certificate_document import CertifiedSchedule, Law, Override, Subject
from app.files.certificate_file import Block, hashes_of, signed_content, to_plain
from app.files.loaded import Source
from app.files.rule_packs import load_packs
from app.files.signing import sign
from app.scheduling.acgme.intervals import (
    DutyInterval,
    LeaveDays,
    Resident,
    RotationSpan,
    Supervision,
)
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.policy import Confirmation, HoursException, Policy, Tightening
from app.scheduling.acgme.timeline import Timeline, build_timeline
from app.scheduling.acgme.validator import ACGMEValidator, Audit

KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
FIRST = date(2026, 10, 5)
"""A Monday; the clock is put back on the last day of the fourth week."""
ISSUED = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)

SUBJECT = Subject(
    programme="Small Hospital",
    specialty="internal medicine",
    academic_year="2026-2027",
    schedule=CertifiedSchedule(
        file="small.schedule.json",
        sha256="0" * 64,
        input_hash=None,
        sources=(Source(role="programme", file="small.yaml", sha256="1" * 64),),
    ),
)
RESIDENTS = tuple(
    Resident(id=id_, name=name, zone=zone, specialty="internal medicine")
    for id_, name, zone in (
        ("ada", "Ada Ames", "America/New_York"),
        ("ben", "Béla Łukasz", "America/New_York"),
        ("eve", "夏娃", "Europe/London"),
    )
)
POLICY = Policy(
    specialty="internal medicine",
    confirmed=(Confirmation(rule="IM-Q3", source="read in the PDF"),),
    tightened=(Tightening(rule="CPR-6.21-8H", limit=9, reason="our own"),),
    exceptions=(HoursException(hours=84, approval="RRC 12/3", rotations=("MICU",)),),
)
ACCEPTED = Override(
    rule="CPR-6.20-80H",
    person="ben",
    first=FIRST,
    author="Dr Ines Pérez, programme director",
    reason="The only senior during the move of the unit",
)
ALSO_ACCEPTED = Override(
    rule="CPR-6.21a-14H",
    person="eve",
    first=date(2026, 11, 16),
    last=date(2026, 11, 17),
    author="Dr Ines Pérez, programme director",
    reason="Asked to come back for a colleague",
)


@cache
def law(policy: Policy = POLICY, packs: Sequence[str] = ("acgme-im",)) -> Law:
    return Law(packs=load_packs(packs), policy=policy)


def work(person: Resident, day: int, begin: float, hours: float, **known: Any) -> DutyInterval:
    """Return duty from so many hours after the midnight of a day, numbered from 0."""
    zone = ZoneInfo(person.zone)
    midnight = datetime.combine(FIRST + timedelta(day), time())
    start = (midnight + timedelta(hours=begin)).replace(tzinfo=zone).astimezone(UTC)
    fields: dict[str, Any] = {"kind": Kind.IN_HOUSE, "rotation": "WARD", "pgy": 2} | known
    end = start + timedelta(hours=hours)
    return DutyInterval(person=person.id, start=start, end=end, **fields)


@cache
def timeline(*, overworked: bool = True) -> Timeline:
    """Eight weeks: two rotations each, with leave, calls and moonlighting.

    Overworked, one resident has 87 hours a week, and one too little rest after 24 hours.
    """
    ada, ben, eve = RESIDENTS
    duty = [
        work(one, day, 6, 12, reference=f"{one.id} {day}")
        for one in (ada, eve)
        for day in range(56)
        if day % 7 != 6 and not (one is ada and 7 <= day < 14)
    ]
    long = 14.5 if overworked else 12
    duty += [work(ben, day, 6, long, rotation="NIGHT") for day in range(28) if day % 7 != 6]
    for day in range(28, 56, 4):
        duty.append(work(ben, day, 7, 24, kind=Kind.CALL, rotation="MICU"))
        duty.append(work(ben, day, 31, 3, kind=Kind.TRANSITION, rotation="MICU"))
    duty.append(work(ada, 6, 20, 4, kind=Kind.MOONLIGHTING_EXTERNAL, rotation="", approved=False))
    if not overworked:
        duty.append(work(eve, 41, 18, 2, rotation="ICU"))
    else:
        duty.append(
            work(eve, 41, 18, 14, kind=Kind.CALL, call_night=FIRST + timedelta(41), new_care=True)
        )
    spans = [
        RotationSpan(
            person=one.id,
            rotation=code,
            first=FIRST + timedelta(28 * part),
            last=FIRST + timedelta(28 * part + 27),
            specialty="internal medicine",
        )
        for one, codes in ((ada, ("WARD", "ICU")), (ben, ("NIGHT", "MICU")), (eve, ("WARD", "ICU")))
        for part, code in enumerate(codes)
    ]
    leave = [LeaveDays(person="ada", first=FIRST + timedelta(7), last=FIRST + timedelta(13))]
    supervision = [
        Supervision(
            rotation=code,
            start=work(ada, day, 0, 1).start,
            end=work(ada, day + 29, 0, 1).start,
            level="indirect",
            supervisors=number,
            primary_care_exception=number > 1,
        )
        for day in (-1, 28)
        for code, number in (("WARD", 1), ("ICU", 2))
    ]
    return build_timeline("plan", RESIDENTS, duty, spans, leave, supervision)


def audit(of: Timeline, by: Law) -> Audit:
    return ACGMEValidator(by.packs, by.policy).audit(of)


def certificate(
    *,
    overworked: bool = True,
    overrides: Sequence[Override] = (),
    by: Law | None = None,
    key: Ed25519PrivateKey | None = KEY,
    **subject: Any,
) -> Sealed:
    by = by or law()
    found = audit(timeline(overworked=overworked), by)
    about = replace(SUBJECT, **subject)
    return seal(draft_certificate(about, found, by, overrides, ISSUED), key)


def written(block: Block, key: Ed25519PrivateKey | None = None) -> bytes:
    """Return a certificate's data as a forger writes them: hashes and signature anew."""
    whole = dict(block)
    whole["hashes"] = hashes_of(whole)
    whole["signature"] = None if key is None else to_plain(sign(signed_content(whole), key))
    return to_canonical(whole) + b"\n"
