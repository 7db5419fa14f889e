from datetime import date
from typing import Any

import pytest

from app.files.faults import InvalidFile
from app.files.yaml_source import DEEPEST, LONGEST_TEXT, MOST_ENTRIES, read_yaml, scalar


def faults(text: str | bytes) -> list[str]:
    """Return the faults of a file, those that end the reading included."""
    content = text if isinstance(text, bytes) else text.encode()
    try:
        found = read_yaml(content, "f.yaml").faults
    except InvalidFile as error:
        found = list(error.faults)
    return [str(fault) for fault in found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            (word, word)
            for word in ("yes", "no", "on", "off", "y", "NO", "06:00", "1_000", "1:2:3")
        ),
        *((word, word) for word in ("0b11", "=", "<<", "2026-7-1", "1.2.3", "+", "-", ".", "nan")),
        *((word, None) for word in ("", "~", "null", "Null", "NULL")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *(("12", 12), ("-3", -3), ("+4", 4), ("007", 7), ("0o17", 15), ("0xfF", 255)),
        *(("1.5", 1.5), (".5", 0.5), ("2.", 2.0), ("1e3", 1000.0), ("-1.5E-1", -0.15)),
        ("2026-07-01", date(2026, 7, 1)),
    ],
)
def test_plain_words_follow_the_core_schema(text: str, value: Any) -> None:
    found = scalar(text)
    assert found == value
    assert type(found) is type(value)


def test_quoted_words_stay_text() -> None:
    data = read_yaml(b'a: "1"\nb: \'true\'\nc: "2026-07-01"\nd: |\n  12\n', "f.yaml").data
    assert data == {"a": "1", "b": "true", "c": "2026-07-01", "d": "12\n"}


def test_keys_are_text_whatever_they_look_like() -> None:
    assert read_yaml(b"on: {1: a, true: b, 2026-07-01: c}", "f").data == {
        "on": {"1": "a", "true": "b", "2026-07-01": "c"}
    }


def test_every_value_has_its_place() -> None:
    source = read_yaml(b"name: x\nrules:\n  - kind: a\n    who: {pgy: [1,\n      22]}\n", "f.yaml")
    lines = {
        ("rules",): (2, 1),
        ("rules", 0): (3, 5),
        ("rules", 0, "kind"): (3, 5),
        ("rules", 0, "who", "pgy", 1): (5, 7),
        ("rules", 0, "who", "track"): (4, 5),
        ("rules", 7): (2, 1),
        (): (1, 1),
    }
    found = {path: source.place(path) for path in lines}
    assert {path: (place.line, place.column) for path, place in found.items()} == lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: .nan", "f.yaml:1: a: .nan is no number that means anything here"),
        ("a:\n- 1\n- -.inf", "f.yaml:3: a[2]: -.inf is no number that means anything here"),
        ("a: 1e999", "f.yaml:1: a: the number 1e999 is too large"),
        ("a: 2026-02-30", "f.yaml:1: a: the date 2026-02-30 does not exist"),
        (f"a: {'9' * 19}", "f.yaml:1: a: the number 9999999999999999999 has more than 18 digits"),
        ("a: &x 1", "f.yaml:1: a: the anchor &x is not allowed: leave it out"),
        ("a: !!python/object:os.system x", "the tag 'tag:yaml.org,2002:python/object:os.system'"),
        ("a: !x {b: 1}", "f.yaml:1: a: the tag '!x' is not allowed: leave it out"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3: the key 'a' is here twice, first on line 1: keep one"),
        ("[a, b]: 1", "f.yaml:1: a key must be text, not a list or block"),
        ("a: 1\n---\nb: 2", "f.yaml:2: a second document begins here: use one file each"),
        ("a: [1,\nb: 2", "f.yaml:3: this is not YAML"),
        ("a:\n\t- b", "f.yaml:2: this is not YAML: found character that cannot start any token"),
        ("a: b: c", "f.yaml:1: this is not YAML: mapping values are not allowed in this context"),
        ("a: 1\nb: \x07", "f.yaml:2: the character U+0007 is not allowed"),
        ("", "f.yaml: the file is empty"),
        ("# nothing", "f.yaml: the file is empty"),
        (b"a: 1\nb: \xff\xfe", "f.yaml:2: the text is not UTF-8: save it as UTF-8"),
        ("a: 1".encode("utf-16"), "f.yaml:1: the text is UTF-16, not UTF-8: save it as UTF-8"),
    ],
)
def test_faults_name_line_and_mend(text: str | bytes, message: str) -> None:
    found = faults(text)
    assert len(found) == 1
    assert message in found[0]


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read_yaml("a: é".encode("utf-8-sig"), "f").data == {"a": "é"}


def test_faults_of_single_values_are_listed_together_and_the_first_of_two_keys_counts() -> None:
    source = read_yaml(b"a: .nan\nb: 2026-13-01\na: {c: .inf}\n", "f.yaml")
    assert [fault.place.line for fault in source.faults] == [1, 2, 3, 3]
    assert source.data == {"a": ".nan", "b": "2026-13-01"}
    assert source.refused(("a",))
    assert not source.refused(())


def test_aliases_are_refused_one_by_one() -> None:
    bomb = "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
    assert faults(bomb) == [
        "f.yaml:1: a: the anchor &a is not allowed: leave it out",
        "f.yaml:2: b: the anchor &b is not allowed: leave it out",
        "f.yaml:2: b[1]: *a refers elsewhere: write it out",
        "f.yaml:2: b[2]: *a refers elsewhere: write it out",
        "f.yaml:3: c: the anchor &c is not allowed: leave it out",
        "f.yaml:3: c[1]: *b refers elsewhere: write it out",
        "f.yaml:3: c[2]: *b refers elsewhere: write it out",
    ]


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 5_000])
def test_deep_nesting_is_refused_at_its_limit(text: str) -> None:
    assert faults(text)[0].endswith(f"lists and blocks nest deeper than {DEEPEST}")


def test_the_deepest_nesting_is_read() -> None:
    assert faults("[" * DEEPEST + "]" * DEEPEST) == []


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_long_texts_are_refused_and_not_repeated(quote: str) -> None:
    found = faults(f"a: {quote}{'x' * 10_000_000}{quote}")
    message = f"this text has 10000000 characters: at most {LONGEST_TEXT} are allowed"
    assert found == [f"f.yaml:1: a: {message}"]


def test_the_longest_text_is_read() -> None:
    assert faults(f"a: {'x' * LONGEST_TEXT}") == []


@pytest.mark.parametrize("line", ["- 1\n", "k{}: 1\n"])
def test_long_lists_and_blocks_are_refused_at_their_limit(line: str) -> None:
    text = "".join(line.format(number) for number in range(100_000))
    found = faults(text)
    assert len(found) == 1
    assert found[0].startswith(f"f.yaml:{MOST_ENTRIES + 1}: ")
    assert "more than 10000 entries" in found[0]
    assert faults("".join(line.format(number) for number in range(MOST_ENTRIES))) == []


def test_many_values_are_refused() -> None:
    row = "[" + "1, " * 9_999 + "1]"
    found = faults("".join(f"- {row}\n" for _ in range(250)))
    assert found[-1].endswith("there are more than 1000000 values")


def test_faults_stop_at_a_thousand() -> None:
    found = faults("a: 1\n" * 100_000)
    assert len(found) == 1001
    assert found[-1] == "f.yaml: there are more than 1000 faults: these come first"
