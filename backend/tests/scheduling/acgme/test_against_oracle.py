"""The verifier against the oracle, on random weeks; `make oracle` tries many more."""

import os
from collections import Counter
from functools import cache

import pytest

from tests.scheduling.acgme.comparison import Comparison, compare
from tests.scheduling.acgme.oracle import RULES

CASES = int(os.environ.get("HOUSESTAFF_ORACLE_CASES", "500"))
CHUNK = max(1, CASES // 10)
COUNTED = 300
"""Cases of which is counted how many break a rule and how many keep it."""
LEAST_SHARE = 0.01
SEVERITIES = {
    ("CPR-6.20-80H", "warning"),  # only with the hours and without the day of worked leave
    ("CPR-6.21a-14H", "warning"),  # home call after call
    ("CPR-6.22-24H", "info"),  # the clock was put back
    ("EM-SHIFT", "info"),
    ("EM-REST", "warning"),
    ("IM-Q3", "warning"),
    ("IM-Q3", "error"),
}
"""What a rule is found with only under conditions of its own."""


@cache
def compared(seed: int) -> Comparison:
    """Return what both say about the case of a seed; both tests ask for it."""
    return compare(seed)


@pytest.mark.parametrize("first", range(0, CASES, CHUNK))
def test_verifier_finds_what_the_oracle_finds(first: int) -> None:
    seeds = range(first, min(first + CHUNK, CASES))
    assert [words for seed in seeds for words in compared(seed).disagreements] == []


def test_every_rule_is_broken_and_kept() -> None:
    asked: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    severities: Counter[tuple[str, str]] = Counter()
    for seed in range(COUNTED):
        case, findings, _ = compared(seed)
        asked.update(rule for rule, entry in RULES.items() if entry.pack in case.packs)
        broken.update({one.rule for one in findings})
        severities.update({(one.rule, one.severity) for one in findings})
    few = LEAST_SHARE * COUNTED
    assert [rule for rule in RULES if broken[rule] < few] == []
    assert [rule for rule in RULES if asked[rule] - broken[rule] < few] == []
    assert severities.keys() >= SEVERITIES
