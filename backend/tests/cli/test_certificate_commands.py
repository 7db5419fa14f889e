import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.cli.commands import FIELDS, certify
from app.files.signing import PASSPHRASE
from tests.cli.programmes import SMALL, write

Capture = pytest.CaptureFixture[str]

TIMED = f"""\
{SMALL.replace("category: ward}", "category: ward, template: {mon-sat: DAY}}")}\
time_zone: America/New_York
specialty: internal medicine
duty_types:
  - {{code: DAY, kind: in_house, am: "06:00-12:00", pm: "12:00-18:00"}}
"""
OVERWORKED = TIMED.replace("12:00-18:00", "12:00-20:30")
"""Fourteen and a half hours on six days a week."""
YEAR = {"ada": "WIVW", "ben": "IWWV", "eve": "WVIW"}
CODES = {"W": "WARD", "I": "ICU", "V": "VAC"}
OVERRIDES = """\
overrides:
  - {rule: CPR-6.20-80H, person: ada, first: 2026-07-01, author: Dr P, reason: No other senior}
  - {rule: CPR-6.20-80H, person: ada, first: 2026-09-23, author: Dr P, reason: No other senior}
  - {rule: CPR-6.20-80H, person: ben, first: 2026-07-29, author: Dr P, reason: The move}
  - {rule: CPR-6.20-80H, person: ben, first: 2026-08-26, author: Dr P, reason: The move}
  - {rule: CPR-6.20-80H, person: eve, first: 2026-07-01, author: Dr P, reason: The move}
  - {rule: CPR-6.20-80H, person: eve, first: 2026-09-23, author: Dr P, reason: The move}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """Work in a folder with a programme, its overworked sister, a schedule and a pair of keys."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv(PASSPHRASE, raising=False)
    write(tmp_path, TIMED)
    write(tmp_path, OVERWORKED, "hard.yaml")
    write(tmp_path, OVERRIDES, "accepted.yaml")
    rows = [
        f"{person},{period},{CODES[code]}"
        for person, codes in YEAR.items()
        for period, code in enumerate(codes, 1)
    ]
    write(tmp_path, "\n".join(["person,period,rotation", *rows]), "year.csv")
    assert main(["keygen", "key.pem"]) == 0
    capsys.readouterr()
    return tmp_path


def run(capsys: Capture, *words: str, code: int = 0) -> dict[str, Any]:
    """Return a command's JSON object."""
    assert main([*words, "--json"]) == code
    document = dict(json.loads(capsys.readouterr().out))
    assert document.keys() >= {"command", "version", "status", "findings", *FIELDS[words[0]]}
    return document


def printed(capsys: Capture, *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    out, errors = capsys.readouterr()
    return out if code < 2 else errors


def test_a_schedule_is_certified_and_checked(folder: Path, capsys: Capture) -> None:
    made = run(capsys, "certify", "small.yaml", "year.csv", "--sign-key", "key.pem")
    checked = run(capsys, "verify-certificate", "year.certificate.json", "--key", "key.pub.pem")

    assert (made["status"], made["verdict"]) == ("OK", "compliant")
    assert (made["certificate"], made["pdf"]) == ("year.certificate.json", "year.certificate.pdf")
    assert (checked["status"], checked["pinned"], checked["findings"]) == ("VALID", True, [])
    for key in ("verdict", "signed_by", "issued_at", "document_sha256"):
        assert checked[key] == made[key]
    assert datetime.fromisoformat(made["issued_at"]).microsecond == 0
    assert (folder / "year.certificate.pdf").read_bytes().startswith(b"%PDF-")
    data = json.loads((folder / "year.certificate.json").read_bytes())
    assert data["subject"]["programme"] == "Small Hospital"
    assert data["subject"]["academic_year"] == "2026"
    schedule = data["subject"]["schedule"]
    assert schedule["file"] == "year.csv"
    assert [one["role"] for one in schedule["sources"]] == ["programme"]


def test_it_is_told_in_words(capsys: Capture) -> None:
    made = printed(capsys, "certify", "small.yaml", "year.csv", "--sign-key", "key.pem")
    checked = printed(capsys, "verify-certificate", "year.certificate.json", "--key", "key.pub.pem")
    unpinned = printed(capsys, "verify-certificate", "year.certificate.json")

    assert "Compliant: every rule that must be kept is kept" in made
    assert "housestaff verify-certificate year.certificate.json --key PUBLIC.pem" in made
    assert checked.startswith("year.certificate.json: valid, all that it claims follows from it")
    assert "Signed by the key that you gave" in checked
    assert "re-derived, but not pinned to a key" in unpinned


def test_what_is_not_compliant_is_written_all_the_same(folder: Path, capsys: Capture) -> None:
    made = run(capsys, "certify", "hard.yaml", "year.csv", "-o", "hard.json", code=1)

    assert (made["status"], made["verdict"]) == ("VIOLATIONS", "not compliant")
    assert made["signed_by"] is None
    errors = [found for found in made["findings"] if found["severity"] == "error"]
    assert {found["rule"] for found in errors} == {"CPR-6.20-80H"}
    assert (folder / "hard.pdf").exists()
    assert run(capsys, "verify-certificate", "hard.json")["verdict"] == "not compliant"
    out = printed(capsys, "certify", "hard.yaml", "year.csv", code=1)
    assert "Not compliant: 6 errors" in out
    assert "not signed: --sign-key KEY.pem signs it" in out


def test_what_somebody_accepts_is_no_error(capsys: Capture) -> None:
    words = ("certify", "hard.yaml", "year.csv", "--overrides", "accepted.yaml")

    made = run(capsys, *words)
    out = printed(capsys, *words)
    checked = printed(capsys, "verify-certificate", "year.certificate.json")

    assert (made["status"], made["verdict"]) == ("OK", "compliant with overrides")
    accepted = [found for found in made["findings"] if "override" in found]
    assert [found["severity"] for found in accepted] == ["warning"] * 6
    assert accepted[0]["message"].endswith("(accepted by Dr P: No other senior)")
    assert len(made["overrides"]) == 6
    assert "Compliant with overrides: every error is accepted by name" in out
    assert "CPR-6.20-80H of ben from 29 Jul 2026: accepted by Dr P: The move" in checked


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("person: ben", "person: zoe"), "accepted.yaml:4: no finding is accepted by"),
        (("first: 2026-07-29", "first: 2026-07-28"), "accepted.yaml:4: no finding is accepted"),
        (("2026-07-29,", "2026-07-29, last: 2026-07-30,"), "accepted.yaml:4: no finding is"),
        (("person: ben, first: 2026-07-29", "person: ada, first: 2026-07-01"), "override 1 acce"),
        (("reason: The move", 'reason: " "'), "accepted.yaml:4: an override needs its reason"),
        (("author: Dr P, ", ""), "accepted.yaml:2: key 'author' is missing"),
        (("rule: CPR-6.20-80H", "rul: x"), "key 'rul' is unknown"),
        (("overrides:", "override:"), "key 'override' is unknown"),
    ],
)
def test_overrides_that_accept_nothing_are_refused(
    folder: Path, capsys: Capture, change: tuple[str, str], message: str
) -> None:
    write(folder, OVERRIDES.replace(*change), "accepted.yaml")

    words = ("certify", "hard.yaml", "year.csv", "--overrides", "accepted.yaml")

    assert message in printed(capsys, *words, code=2)
    assert not (folder / "year.certificate.json").exists()


def test_a_confirmed_number_becomes_an_error(folder: Path, capsys: Capture) -> None:
    calls = TIMED.replace("category: icu}", "category: icu, template: {mon: CALL, wed: CALL}}")
    night = (
        '  - {code: CALL, kind: call, am: "07:00-12:00", pm: "12:00-18:00", night: "18:00-07:00"}\n'
    )
    write(folder, calls + night, "calls.yaml")
    words = ("certify", "calls.yaml", "year.csv", "--pack", "acgme-im")

    kept = run(capsys, *words)
    confirmed = run(capsys, *words, "--confirm", "IM-Q3", code=1)

    assert "IM-Q3" in {one["rule"] for one in kept["unconfirmed"]}
    assert "IM-Q3" not in {one["rule"] for one in confirmed["unconfirmed"]}
    assert "confirmed on the command line" in (folder / "year.certificate.json").read_text()


def test_a_changed_certificate_is_not_valid(folder: Path, capsys: Capture) -> None:
    run(capsys, "certify", "small.yaml", "year.csv", "--sign-key", "key.pem")
    path = folder / "year.certificate.json"
    path.write_bytes(path.read_bytes().replace(b"Small Hospital", b"Large Hospital"))

    checked = run(capsys, "verify-certificate", path.name, "--key", "key.pub.pem", code=1)
    out = printed(capsys, "verify-certificate", path.name, "--key", "key.pub.pem", code=1)

    assert (checked["status"], checked["verdict"], checked["signed_by"]) == (
        "NOT VALID",
        None,
        None,
    )
    assert {found["rule"] for found in checked["findings"]} == {"document", "signature"}
    assert out.startswith("year.certificate.json: not valid\n")
    assert "the signature is not of this document" in out


def test_another_key_is_not_the_pinned_one(capsys: Capture) -> None:
    run(capsys, "certify", "small.yaml", "year.csv", "--sign-key", "key.pem")
    run(capsys, "keygen", "other.pem")

    words = ("verify-certificate", "year.certificate.json", "--key", "other.pub.pem")

    assert run(capsys, *words, code=1)["pinned"] is False


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("verify-certificate", "none.json"), "there is no such file"),
        (("verify-certificate", "year.csv", "--key", "none.pem"), "there is no such file"),
        (("verify-certificate", "year.csv", "--key", "key.pem"), "this is a private key"),
        (("certify", "small.yaml", "none.csv"), "there is no such file"),
        (("certify", "small.yaml", "year.csv", "-o", "cert.txt"), "must end in .json"),
        (("certify", "small.yaml", "year.csv", "--pdf", "cert.txt"), "must end in .pdf"),
        (("certify", "small.yaml", "year.csv", "-o", "none/c.json"), "there is no such folder"),
        (("certify", "small.yaml", "year.csv", "--sign-key", "key.pub.pem"), "no private key"),
        (("certify", "small.yaml", "year.csv", "--overrides", "none"), "there is no such file"),
        (("certify", "small.yaml", "year.csv", "--pack", "none"), "there is no rule pack 'none'"),
        (("certify", "small.yaml", "year.csv", "--confirm", "X"), "no rule and no pack is called"),
        (("keygen", "key"), "must end in .pem"),
        (("keygen", "key.pem"), "key.pem is there already: a key is never overwritten"),
    ],
)
def test_bad_input_is_told(
    folder: Path, capsys: Capture, words: tuple[str, ...], message: str
) -> None:
    before = sorted(folder.iterdir())

    assert message in printed(capsys, *words, code=2)
    assert sorted(folder.iterdir()) == before


def test_other_files_are_no_valid_certificates(capsys: Capture) -> None:
    out = printed(capsys, "verify-certificate", "year.csv", code=1)

    assert re.search(r"form: .*not JSON|line feed", out)


def test_a_programme_without_duty_types_has_nothing_to_certify(
    folder: Path, capsys: Capture
) -> None:
    write(folder, SMALL, "plain.yaml")

    errors = printed(capsys, "certify", "plain.yaml", "year.csv", code=2)

    assert "has no duty types" in errors
    assert "nothing to certify" in errors


def test_the_schedule_is_not_overwritten(folder: Path, capsys: Capture) -> None:
    schedule = folder / "year.json"
    schedule.write_bytes((folder / "year.csv").read_bytes())

    assert "is the schedule" in printed(
        capsys, "certify", "small.yaml", "year.json", "-o", "year.json", code=2
    )
    assert schedule.read_bytes() == (folder / "year.csv").read_bytes()


def test_a_certificate_too_large_to_be_checked_is_not_written(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certify, "LARGEST_CERTIFICATE", 1000)

    assert "certify parts of the programme" in printed(
        capsys, "certify", "small.yaml", "year.csv", code=2
    )
    assert not (folder / "year.certificate.json").exists()


def test_a_key_may_be_locked(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("certify", "small.yaml", "year.csv", "--sign-key", "locked.pem")
    monkeypatch.setenv(PASSPHRASE, "correct horse")
    assert run(capsys, "keygen", "locked.pem")["locked"] is True
    assert run(capsys, *words)["signed_by"] is not None
    monkeypatch.setenv(PASSPHRASE, "wrong horse")
    assert "does not open the key" in printed(capsys, *words, code=2)
    monkeypatch.delenv(PASSPHRASE)
    assert f"put its passphrase into {PASSPHRASE}" in printed(capsys, *words, code=2)


def test_a_key_that_others_can_read_is_pointed_at(folder: Path, capsys: Capture) -> None:
    (folder / "key.pem").chmod(0o644)

    made = run(capsys, "certify", "small.yaml", "year.csv", "--sign-key", "key.pem")

    [warning] = [found for found in made["findings"] if found["rule"] == "key"]
    assert warning["severity"] == "warning"
    assert "chmod 600 key.pem" in warning["message"]


def test_keygen_says_what_it_made(capsys: Capture) -> None:
    out = printed(capsys, "keygen", "mine.pem")

    assert "Private key: mine.pem, not locked" in out
    assert "Public key:  mine.pub.pem" in out
