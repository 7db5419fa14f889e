import re
import zlib
from base64 import a85decode
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from app.files.certificate import Sealed, draft_certificate, seal
from app.files.certificate_document import Certificate, Override
from app.files.certificate_summary import CertificateSummary
from app.files.exports.certificate_pdf import write_certificate_page
from app.scheduling.acgme.intervals import DutyInterval, Resident, RotationSpan
from app.scheduling.acgme.kinds import Kind
from app.scheduling.acgme.policy import Policy
from app.scheduling.acgme.timeline import build_timeline
from tests.files.certificates import (
    ACCEPTED,
    ALSO_ACCEPTED,
    FIRST,
    ISSUED,
    SUBJECT,
    audit,
    certificate,
    law,
    work,
)

_STREAM = re.compile(rb"stream\s(.*?)endstream", re.DOTALL)
_FONT = re.compile(rb"/F(\d+) ([\d.]+) Tf")
_TEXT = re.compile(rb"1 0 0 1 ([\d.]+) ([\d.]+) Tm.*?\((.*)\) Tj")
_FONTS = re.compile(rb"/BaseFont /([\w-]+).*?/Name /F(\d+)", re.DOTALL)
_ESCAPED = re.compile(rb"\\(\d{3}|.)")


@dataclass(frozen=True)
class Words:
    """A line of text on a page, in points from the lower left corner."""

    text: str
    x: float
    y: float
    size: float
    width: float

    def overlaps(self, other: "Words") -> bool:
        """Return whether the two are written across each other."""
        beside = self.x + self.width <= other.x or other.x + other.width <= self.x
        low, high = sorted((self, other), key=lambda one: one.y)
        return not beside and low.y + 0.7 * low.size > high.y


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def words(pdf: bytes) -> list[Words]:
    """Return every line of text, in the order in which it was written."""
    [stream] = _STREAM.findall(pdf)
    content = zlib.decompress(a85decode(stream.strip().removesuffix(b"~>")))
    fonts = {number: name.decode() for name, number in _FONTS.findall(pdf)}
    found, font, size = [], "", 0.0
    for line in content.split(b"\n"):
        for match in _FONT.finditer(line):
            font, size = fonts[match[1]], float(match[2])
        text = _TEXT.search(line)
        if text:
            said = _ESCAPED.sub(_character, text[3]).decode("cp1252")
            width = stringWidth(said, font, size)
            found.append(Words(said, float(text[1]), float(text[2]), size, width))
    return found


def _character(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8)]) if len(match[1]) == 3 else match[1]


def texts(pdf: bytes) -> str:
    return "\n".join(one.text for one in words(pdf))


def drawn(of: Certificate) -> bytes:
    """Return the page, once nothing on it is beyond its edges or written across other words."""
    pdf = write_certificate_page(of, "small.certificate.json")
    assert pages(pdf) == 1
    found = words(pdf)
    for one in found:
        assert one.x >= 40, one
        assert one.x + one.width <= 612 - 40, one
        assert 30 <= one.y <= 792 - 40, one
    assert [pair for pair in combinations(found, 2) if pair[0].overlaps(pair[1])] == []
    return pdf


@pytest.mark.parametrize(
    ("sealed", "verdict"),
    [
        (certificate(overworked=False), "Compliant: every rule that must be kept is kept"),
        (certificate(overrides=[ACCEPTED, ALSO_ACCEPTED]), "Compliant with overrides: every error"),
        (certificate(overrides=[ACCEPTED]), "Not compliant: 1 error"),
        (certificate(key=None), "Not compliant: 2 errors"),
    ],
)
def test_the_verdict_is_on_one_page(sealed: Sealed, verdict: str) -> None:
    text = texts(drawn(sealed.certificate))

    assert verdict in text
    assert "DUTY-HOUR CERTIFICATE" in text
    assert "Small Hospital" in text
    assert sealed.certificate.hashes.document in text
    for row in CertificateSummary(sealed.certificate).rows:
        assert row.rule.name[:30] in text
        assert row.worst.message[:40] in text


def test_overrides_choices_and_doubts_are_told() -> None:
    text = texts(drawn(certificate(overrides=[ACCEPTED]).certificate)).replace("\n", " ")

    assert "Accepted by Dr Ines Pérez, programme director: The only senior during the move" in text
    assert "84 hours a week granted on MICU, approval RRC 12/3" in text
    assert "CPR-6.21-8H tightened to 9: our own" in text
    assert "IM-Q3 confirmed: read in the PDF" in text
    assert "CPR-6.25-APPROVAL, CPR-6.25-VISA" in text
    assert "Moonlighting needs written approval †" in text
    assert "Open errors (1)" in text


def test_how_to_check_it_is_told() -> None:
    signed, unsigned = certificate(), certificate(key=None)

    command = "housestaff verify-certificate small.certificate.json"
    assert f"{command} --key PUBLIC.pem" in texts(drawn(signed.certificate))
    text = texts(drawn(unsigned.certificate))
    assert "--key" not in text.replace("--sign-key", "")
    assert "Not signed" in text


def test_letters_that_the_fonts_do_not_have_are_replaced_and_that_is_said() -> None:
    text = texts(drawn(certificate().certificate))

    assert "Béla Lukasz" in text
    assert "eve, CPR-6.21a-14H" in text
    assert "Letters that this page's fonts do not have are replaced" in text


def test_western_letters_are_kept() -> None:
    programme = "Hôpital “Sacré-Cœur” – Übung, 50 €"
    assert programme in texts(drawn(certificate(programme=programme).certificate))


def test_the_same_certificate_gives_the_same_page() -> None:
    one, other = (drawn(certificate().certificate) for _ in range(2))

    assert one == other


def crowd() -> Sealed:
    """Return a certificate of a hundred residents, four packs and thirty overrides."""
    people = [
        Resident(id=f"p{n}", name=f"Maximiliana-Konstantina van der Berg {n}", zone="Asia/Kolkata")
        for n in range(100)
    ]
    codes = {"WARD": "internal medicine", "ED": "emergency medicine"}
    spans = [
        RotationSpan(
            person=one.id,
            rotation=code,
            first=FIRST + timedelta(28 * part),
            last=FIRST + timedelta(28 * part + 27),
            specialty=specialty,
        )
        for one in people
        for part, (code, specialty) in enumerate(codes.items())
    ]
    duty: list[DutyInterval] = []
    for number, one in enumerate(people):
        hours = 14.5 if number < 30 else 12
        duty += [work(one, day, 6, hours, pgy=number % 3 + 1) for day in range(28) if day % 7 < 6]
        duty += [work(one, day, 6, 24, kind=Kind.CALL, rotation="ED") for day in range(28, 56, 3)]
        duty += [work(one, day, 20, 9, kind=Kind.NIGHT_FLOAT, rotation="ED") for day in (30, 33)]
        duty.append(work(one, 6, 8, 4, kind=Kind.MOONLIGHTING_EXTERNAL, approved=False, pgy=1))
    by = law(Policy(specialty="internal medicine"), ("acgme-im", "acgme-em", "ny-405"))
    found = audit(build_timeline("plan", people, duty, spans), by)
    overrides = [
        Override(
            rule="CPR-6.20-80H",
            person=one.person,
            first=one.first,
            author="Dr Ines Pérez-Reverte, programme director and vice chair of education",
            reason="The unit moved, and two seniors were on sick leave for the whole rotation",
        )
        for one in found.findings
        if one.rule == "CPR-6.20-80H"
    ]
    about = replace(SUBJECT, programme="The Distinguished University Hospital Residency " * 3)
    return seal(draft_certificate(about, found, by, overrides, ISSUED))


def test_a_hundred_residents_and_four_packs_fit_on_one_page() -> None:
    crowded = crowd().certificate
    rows = CertificateSummary(crowded).rows
    text = texts(drawn(crowded))

    assert len(rows) >= 25
    for row in rows:
        assert row.rule.name[:30] in text
    assert "and more: all of it is in the file" in text
    assert "Overrides (30)" in text
