"""The pinned packages need nothing that is not pinned: they are installed without a resolver."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BACKEND = Path(__file__).parents[2]
_PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,.-]+\])?==", re.MULTILINE)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_what_pinned_packages_need_is_pinned(name: str) -> None:
    pinned = {canonicalize_name(found) for found in _PINNED.findall((BACKEND / name).read_text())}
    needed = {
        (package.name, canonicalize_name(need.name))
        for package in distributions()
        if canonicalize_name(package.name) in pinned
        for need in map(Requirement, package.requires or ())
        if need.marker is None or need.marker.evaluate({"extra": ""})
    }

    assert {(package, need) for package, need in needed if need not in pinned} == set()
