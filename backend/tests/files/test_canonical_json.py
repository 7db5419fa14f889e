import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.files.canonical_json import DEEPEST, NotCanonicalError, read_canonical, to_canonical

WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=30,
)


def shuffled(value: Any, random: Random) -> Any:
    """Return the same value with the keys of every block in another order."""
    if isinstance(value, dict):
        keys = random.sample(list(value), len(value))
        return {key: shuffled(value[key], random) for key in keys}
    return [shuffled(inner, random) for inner in value] if isinstance(value, list) else value


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert read_canonical(to_canonical(value)) == value


@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(value: Any, random: Random) -> None:
    assert to_canonical(shuffled(value, random)) == to_canonical(value)


@given(VALUES)
def test_it_is_json(value: Any) -> None:
    assert json.loads(to_canonical(value)) == value


def test_the_example_of_the_standard() -> None:
    """RFC 8785, section 3.2.2, but for its numbers with decimals."""
    text = r"""{
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"""
    expected = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert to_canonical(json.loads(text)) == expected.encode()


def test_keys_are_sorted_by_utf_16() -> None:
    """RFC 8785, section 3.2.3: code points would put the emoji last."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(to_canonical(dict.fromkeys(keys, 0)))) == order


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}', "see byte 6"),
        (b'{"b":1,"a":2}', "see byte 3"),
        (b'{"a":1}\n', "see byte 8"),
        (b'{"a":1,"a":1}', "see byte 7"),
        (b'"\\u0041"', "see byte 2"),
        (b'"\\/"', "see byte 2"),
        (b"-0", "see byte 1"),
        (b"1.0", "1.0 is no whole number"),
        (b"1e3", "1e3 is no whole number"),
        (b"NaN", "NaN is no whole number"),
        (b"9007199254740992", "beyond 2^53"),
        (b"9" * 5000, "beyond 2^53"),
        (b'"\\ud800"', "half a surrogate pair"),
        (b'"\xff"', "byte 2 is not UTF-8"),
        (b"\xef\xbb\xbf1", "not JSON"),
        (b"", "not JSON: Expecting value, character 1"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "nest deeper than 16"),
        (b"[" * 100_000, "nest deeper than 16"),
        (b"[" + b"," * 6_000_000 + b"]", "more than 6000000 values"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_every_other_way_to_write_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(NotCanonicalError) as caught:
        read_canonical(content)
    assert message in str(caught.value)


@pytest.mark.parametrize("value", [1.5, 2**53, {1: 2}, "\ud800", {"\udfff": 1}, b"bytes", {1, 2}])
def test_what_cannot_be_written_in_one_way_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonicalError):
        to_canonical(value)
