"""A certificate is valid as it was issued, and in no other way."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.files import certificate_file
from app.files.canonical_json import NotCanonicalError
from app.files.certificate_check import Checked, verify_certificate
from app.files.certificate_file import to_bytes
from app.files.signing import fingerprint
from tests.files.certificates import (
    ACCEPTED,
    ALSO_ACCEPTED,
    KEY,
    OTHER_KEY,
    certificate,
    written,
)

SIGNED = certificate(overrides=[ACCEPTED, ALSO_ACCEPTED])
UNSIGNED = certificate(key=None)
PUBLIC, OTHER_PUBLIC = KEY.public_key(), OTHER_KEY.public_key()
Change = Callable[[Any], object]


def block(content: bytes = SIGNED.content) -> Any:
    return json.loads(content)


def changed(change: Change, key: Any = KEY) -> Checked:
    """Check what somebody made who holds a key, and wrote hashes and signature anew."""
    data = block()
    change(data)
    return verify_certificate(written(data, key), PUBLIC)


def problems(checked: Checked) -> str:
    assert not checked.valid
    return "\n".join(f"{one.part}: {one.message}" for one in checked.problems)


def test_a_signed_certificate_is_valid_and_pinned() -> None:
    checked = verify_certificate(SIGNED.content, PUBLIC)

    assert checked.problems == ()
    assert checked.doubts == ()
    assert checked.pinned
    assert checked.signed_by == fingerprint(PUBLIC)
    assert checked.certificate == SIGNED.certificate


def test_without_a_key_it_is_derived_but_not_pinned() -> None:
    checked = verify_certificate(SIGNED.content)

    assert checked.valid
    assert not checked.pinned
    [doubt] = checked.doubts
    assert doubt.message.startswith("re-derived, but not pinned to a key")


def test_an_unsigned_certificate_says_so() -> None:
    checked = verify_certificate(UNSIGNED.content)

    assert checked.valid
    assert checked.signed_by == ""
    assert [one.message for one in checked.doubts] == ["it is not signed: nothing says who made it"]
    assert "not signed, so it is not by the key" in problems(
        verify_certificate(UNSIGNED.content, PUBLIC)
    )


def test_another_key_is_refused() -> None:
    found = problems(verify_certificate(SIGNED.content, OTHER_PUBLIC))

    assert fingerprint(PUBLIC) in found
    assert fingerprint(OTHER_PUBLIC) in found


def test_a_certificate_signed_anew_is_not_by_the_pinned_key() -> None:
    data = block()
    stolen = written(data, OTHER_KEY)

    assert verify_certificate(stolen).valid
    assert "not by the key given" in problems(verify_certificate(stolen, PUBLIC))


def test_a_key_cannot_be_put_beside_the_signature_of_another() -> None:
    data = block()
    data["signature"]["public_key"] = block(written(block(), OTHER_KEY))["signature"]["public_key"]
    swapped = to_bytes(data)

    for key in (None, PUBLIC, OTHER_PUBLIC):
        assert "the signature is not of this document" in problems(verify_certificate(swapped, key))


def test_a_signature_cannot_be_taken_off_unnoticed() -> None:
    data = block()
    data["signature"] = None

    assert "not signed" in problems(verify_certificate(to_bytes(data), PUBLIC))


@settings(deadline=None)
@given(st.data())
def test_no_byte_can_be_changed(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from([SIGNED.content, UNSIGNED.content]))
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != content[place]))
    damaged = content[:place] + bytes([byte]) + content[place + 1 :]

    assert not verify_certificate(damaged).valid


def test_no_bit_of_hashes_and_signature_can_be_changed() -> None:
    content = SIGNED.content
    for part in (content.index(b'"hashes"'), content.index(b'"signature"')):
        for place in range(part, part + 120, 17):
            for bit in range(8):
                byte = bytes([content[place] ^ 1 << bit])
                damaged = content[:place] + byte + content[place + 1 :]
                assert not verify_certificate(damaged, PUBLIC).valid


@settings(deadline=None)
@given(st.integers(0, len(SIGNED.content)), st.binary(min_size=1, max_size=3))
def test_nothing_can_be_added_or_cut(place: int, more: bytes) -> None:
    content = SIGNED.content

    assert not verify_certificate(content[:place] + more + content[place:]).valid
    assert not verify_certificate(content[:place]).valid or place == len(content)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda data: json.dumps(data, indent=1).encode() + b"\n", "this is not canonical JSON"),
        (lambda data: to_bytes(data)[:-1], "does not end with a line feed"),
        (lambda data: to_bytes(data) + b"\n", "this is not canonical JSON"),
        (lambda data: b"\xef\xbb\xbf" + to_bytes(data), "not JSON"),
        (lambda data: to_bytes(data | {"version": 2}), "of another version: known is 1"),
        (lambda data: to_bytes(data | {"version": True}), "of another version"),
        (lambda data: to_bytes(data | {"format": "other"}), "no certificate of Housestaff"),
        (lambda data: to_bytes(data | {"more": 1}), "key 'more' is unknown"),
        (lambda _: b"[]\n", "no certificate of Housestaff"),
        (lambda _: b"hello\n", "not JSON"),
        (lambda _: b"", "does not end"),
        (lambda _: b"[" * 100_000 + b"\n", "nest deeper"),
    ],
)
def test_other_forms_are_refused(write: Callable[[Any], bytes], message: str) -> None:
    assert message in problems(verify_certificate(write(block()), PUBLIC))


DUTY: list[tuple[Change, str]] = [
    (lambda d: d["duty"]["intervals"].pop(), "derived"),
    (lambda d: d["duty"]["leave"].clear(), "derived"),
    (lambda d: d["duty"]["intervals"][0].update(start="2026-10-05T09:59:00Z"), "derived"),
    (lambda d: d["duty"]["residents"][1].update(zone="Europe/London"), "derived"),
    (lambda d: d["duty"]["residents"][1].update(zone="Europe/Paris"), "zones: the days in"),
    (lambda d: d["duty"]["spans"].reverse(), "spans are not written in the order"),
    (lambda d: d["duty"]["intervals"].reverse(), "intervals are not written in the order"),
    (lambda d: d["duty"]["intervals"][0].update(reference=""), "a value has another form"),
    (lambda d: d["duty"]["intervals"][0].update(pgy="2"), "a value has another form"),
    (
        lambda d: d["duty"]["intervals"][0].update(start="2026-10-05T06:00:00-04:00"),
        "a value has another form",
    ),
    (lambda d: d["duty"]["intervals"][0].update(kind="leave"), "leave is given in days"),
    (lambda d: d["duty"]["intervals"][0].update(kind="sleep"), "kind"),
    (lambda d: d["duty"]["intervals"][0].update(person="zoe"), "person 'zoe' is unknown"),
    (lambda d: d["duty"]["intervals"][0].update(end="2026-10-05T09:00:00Z"), "duty ends at"),
    (lambda d: d["duty"]["intervals"][0].update(end="9999-12-31T23:59:00Z"), "outside 1990"),
    (lambda d: d["duty"]["intervals"][0].update(start="0001-01-01T00:00:00Z"), "outside 1990"),
    (lambda d: d["duty"]["intervals"][0].update(start="2026-10-05T10:00:30Z"), "whole minutes"),
    (lambda d: d["duty"].update(last="2026-10-04"), "are not 1 to"),
    (lambda d: d["duty"].update(last="2099-10-04"), "are not 1 to"),
    (lambda d: d["duty"].update(first="0001-01-01"), "are not 1 to"),
    (lambda d: d["duty"].update(first="0001-01-01", last="0001-02-01"), "not within 1990"),
    (lambda d: d["duty"]["residents"].append(d["duty"]["residents"][0]), "is there twice"),
    (lambda d: d["duty"]["residents"][0].update(zone="../etc"), "time zone '../etc' is unknown"),
    (lambda d: d["duty"]["residents"][0].update(zone="America"), "time zone 'America' is unknown"),
    (lambda d: d["duty"].update(spans=[]), "there is no rotation span"),
    (lambda d: d["duty"]["spans"][0].update(first="2026-12-01"), "before it starts"),
    (lambda d: d["duty"]["leave"][0].update(first="2026-12-01"), "before its start"),
    (
        lambda d: d["duty"].update(
            intervals=[d["duty"]["intervals"][0]] * 25 + d["duty"]["intervals"][1:]
        ),
        "more than 24 intervals at once",
    ),
    (lambda d: d["duty"]["supervision"][0].update(supervisors=-1), "expected 0 or more"),
    (lambda d: d["duty"]["supervision"][0].update(rotation="X"), "nobody is on the supervised"),
    (lambda d: d["duty"]["supervision"][0].update(end="2026-10-04T04:00:00Z"), "two rising"),
    (lambda d: d["duty"]["supervision"][0].update(start="0001-10-04T04:00:00Z"), "outside 1990"),
    (lambda d: d["duty"]["supervision"].clear(), "derived"),
    (lambda d: d["duty"].update(zones=[]), "are not given"),
    (
        lambda d: d["duty"]["zones"][0]["odd_days"].clear(),
        "the time zone data of this machine are not those of the certificate",
    ),
    (lambda d: d["duty"].update(residents=[1] * 5_001), "more than 5000 residents"),
    (lambda d: d["duty"].update(intervals=[{}] * 50_000), "is missing"),
]


@pytest.mark.parametrize(("change", "message"), DUTY)
def test_duty_that_was_changed_by_the_signer_is_found_out(change: Change, message: str) -> None:
    assert message in problems(changed(change))


@pytest.mark.parametrize(
    ("what", "most"), [("intervals", 9), ("residents", 2), ("rules", 2), ("overrides", 1)]
)
def test_a_file_of_too_many_entries_is_not_read_further(
    monkeypatch: pytest.MonkeyPatch, what: str, most: int
) -> None:
    monkeypatch.setattr(certificate_file, f"MOST_{what.upper()}", most)

    assert f"more than {most} {what}" in problems(verify_certificate(SIGNED.content))


def rule(data: Any, id_: str) -> Any:
    return next(one for pack in data["law"]["packs"] for one in pack["rules"] if one["id"] == id_)


LAW: list[tuple[Change, str]] = [
    (lambda d: rule(d, "CPR-6.20-80H").update(hours=70), "derived"),
    (lambda d: rule(d, "CPR-6.20-80H").update(hours=90), "no finding is accepted"),
    (lambda d: rule(d, "CPR-6.20-80H").update(confidence="M"), "unconfirmed numbers"),
    (lambda d: rule(d, "CPR-6.20-80H").update(predicate="none"), "predicate"),
    (lambda d: rule(d, "CPR-6.20-80H").update(id="X"), "no finding is accepted"),
    (lambda d: rule(d, "CPR-6.20-80H").update(sources=["?"]), "source '?' is not explained"),
    (lambda d: d["law"]["packs"].pop(), "policy: rule 'IM-Q3' is in no pack"),
    (lambda d: d["law"]["packs"][1].update(name="acgme-common"), "another form"),
    (lambda d: d["law"]["policy"]["tightened"][0].update(limit=7), "never loosen it"),
    (lambda d: d["law"]["policy"]["tightened"].clear(), "derived"),
    (lambda d: d["law"]["policy"]["exceptions"][0].update(hours=89), "expected 81 to 88"),
    (lambda d: d["law"]["policy"].update(averaging="pooled"), "averaging"),
    (
        lambda d: d["law"]["packs"][0].update(rules=[rule(d, "CPR-6.20-80H")] * 301),
        "more than 300 rules",
    ),
]


@pytest.mark.parametrize(("change", "message"), LAW)
def test_a_law_that_was_changed_by_the_signer_is_found_out(change: Change, message: str) -> None:
    assert message in problems(changed(change))


@pytest.mark.parametrize(
    ("id_", "numbers"),
    [("CPR-6.21b-1in7", {"per_days": 0}), ("IM-NF-YEAR", {"in_days": 0})],
)
def test_numbers_that_nothing_can_be_divided_by_are_no_defect(
    id_: str, numbers: dict[str, int]
) -> None:
    assert problems(changed(lambda data: rule(data, id_).update(numbers)))


JUDGEMENT: list[tuple[Change, str]] = [
    (lambda j: j.update(verdict="compliant"), "derived is 'compliant with overrides'"),
    (lambda j: j["findings"].pop(), "findings: 5 findings are claimed, 6 derived"),
    (lambda j: j["findings"].append(j["findings"][0]), "it does not follow from the duty"),
    (lambda j: j["findings"][0].update(severity="info"), "6 findings are claimed, 6 derived"),
    (lambda j: j["findings"][0].update(message="nothing"), "claimed is 'nothing', derived is"),
    (lambda j: j["findings"][0].update(first="2026-10-12"), "findings"),
    (lambda j: j["margins"][0].update(measured="1"), "margins"),
    (lambda j: j["margins"][0].update(measured="1.0"), "a value has another form"),
    (lambda j: j["margins"][0].update(measured="1e0"), "a value has another form"),
    (lambda j: j["margins"][0].update(measured="NaN"), "margins"),
    (lambda j: j["margins"][0].update(margin=f"1{'0' * 300}"), "margins"),
    (lambda j: j["margins"].reverse(), "margins"),
    (lambda j: j["unconfirmed"].clear(), "the unconfirmed numbers are not those"),
    (lambda j: j["overrides"].clear(), "derived is 'not compliant'"),
    (lambda j: j["overrides"][0].update(person="ada"), "no finding is accepted"),
    (lambda j: j["overrides"][0].update(author=" "), "an override needs its author"),
    (lambda j: j["overrides"].append(j["overrides"][0]), "override 1 accepts CPR-6.20-80H of ben"),
    (lambda j: j.update(overrides=j["overrides"] * 1001), "more than 1000 overrides"),
]


@pytest.mark.parametrize(("change", "message"), JUDGEMENT)
def test_a_judgement_that_was_changed_by_the_signer_is_found_out(
    change: Change, message: str
) -> None:
    assert message in problems(changed(lambda data: change(data["judgement"])))


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("residents", lambda d: d["duty"]["residents"][0].update(name="Ada Abel")),
        ("intervals", lambda d: d["duty"]["intervals"].pop()),
        ("spans", lambda d: d["duty"]["spans"][0].update(specialty="surgery")),
        ("leave", lambda d: d["duty"]["leave"].clear()),
        ("supervision", lambda d: d["duty"]["supervision"].clear()),
        ("packs", lambda d: rule(d, "CPR-6.20-80H").update(name="Eighty")),
        ("policy", lambda d: d["law"]["policy"].update(planner_buffer_hours=5)),
        ("judgement", lambda d: d["judgement"]["overrides"][0].update(reason="none")),
        ("document", lambda d: d["subject"].update(programme="Large Hospital")),
        ("document", lambda d: d.update(issued_at="2026-09-02T12:30:00Z")),
    ],
)
def test_a_changed_section_does_not_have_its_hash(part: str, change: Change) -> None:
    data = block(UNSIGNED.content if part != "judgement" else SIGNED.content)
    change(data)
    found = verify_certificate(to_bytes(data))

    assert {"document", part} <= {one.part for one in found.problems}


def test_a_weaker_law_that_was_judged_by_is_pointed_at() -> None:
    """Whoever holds the key may sign any law; the reader is told that it is not the known one."""
    weaker = deepcopy(block(UNSIGNED.content))
    rule(weaker, "CPR-6.25-APPROVAL").update(name="Moonlighting")
    weaker["judgement"]["findings"] = [
        found | {"name": "Moonlighting"} if found["rule"] == "CPR-6.25-APPROVAL" else found
        for found in weaker["judgement"]["findings"]
    ]
    for entries in (weaker["judgement"]["margins"], weaker["judgement"]["unconfirmed"]):
        for one in entries:
            one.update(name="Moonlighting") if one["rule"] == "CPR-6.25-APPROVAL" else None
    checked = verify_certificate(written(weaker, KEY), PUBLIC)

    assert checked.problems == ()
    [doubt] = checked.doubts
    assert "acgme-common" in doubt.message
    assert "compare its numbers" in doubt.message


def test_another_engine_is_named_where_it_judges_otherwise() -> None:
    def older(data: Any) -> None:
        data["engine_version"] = "0.0.9"
        data["judgement"]["findings"].pop()

    assert "made by Housestaff 0.0.9" in problems(changed(older))
    assert changed(lambda data: data.update(engine_version="0.0.9")).valid


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))


ODD: list[Any] = [
    *(None, True, 0, -1, 1, 2**53 - 1, -(2**53) + 1, 10**9, "", " ", "x", "1", "0", "-1", "1e308"),
    *("NaN", "2026-10-05", "9999-12-31", "0001-01-01", "2026-10-31T23:59:00Z", "é\0" * 9, "ada"),
    *("must", "error", "M", "plan", "record", "call", "WARD", "CPR-6.20-80H", "2199-12-31"),
    *([], {}, [[]], [None], ["x"], {"x": 1}, [1, 2, 3], [{}]),
]


@pytest.mark.parametrize("seed", range(150))
def test_no_damage_is_valid_or_stops_the_check(seed: int) -> None:
    """The forger holds the key and writes hashes and signature anew."""
    random, data = Random(seed), block()  # noqa: S311 - a seed for each test
    for _ in range(random.choice((1, 1, 2, 4))):
        part = random.choice(("duty", "law", "law", "judgement", "subject"))
        *outer, last = random.choice(list(paths(data[part])))
        inner = data[part]
        for step in outer:
            inner = inner[step]
        old = inner[last]
        inner[last] = deepcopy(random.choice([one for one in ODD if one != old]))
    try:
        content = written(data, KEY)
    except (TypeError, KeyError, AttributeError, NotCanonicalError):  # there is nothing to hash
        content = to_bytes(data)
    checked = verify_certificate(content, PUBLIC)
    assert checked.problems or checked.certificate is not None
