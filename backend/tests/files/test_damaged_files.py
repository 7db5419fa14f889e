"""Files damaged at random: every one is read, or refused with places; none crashes the reader."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.files.faults import FileFault, InvalidFile, Place
from app.files.programme_dump import dump_programme
from app.files.programme_file import load_programme
from app.files.yaml_source import read_yaml
from tests.files.workbook_maker import cell, raw, sheet
from tests.scheduling.random_programs import MODES, draw_case

EXAMPLES = Path(__file__).parents[3] / "examples"
ODD: list[Any] = [
    *(None, True, 0, -1, 1, 2**53, 10**17, -(10**17), 1e308, 5e-324, -0.0, 0.1, "", " ", "x", "1"),
    *("1-9999", "0-0", "2026-07-01", "9999-12-31", "0001-01-01", "é" * 50, "first", "4 weeks", "W"),
    *([], {}, [[]], [None], ["x"], {"x": 1}, {"": ""}, [1, 2, 3], ["W"], [["W"], ["W"]]),
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))


def faults(path: Path, **options: Any) -> tuple[FileFault, ...]:
    """Return what is wrong with a programme file; at least one fault when it is refused."""
    try:
        load_programme(path, **options)
    except InvalidFile as error:
        return error.faults or (FileFault(Place(file="f"), "", "no fault"),)
    return ()


def damaged(data: Any, random: Random) -> Any:
    """Return the data with a few values replaced, or keys renamed."""
    data = deepcopy(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        *outer, last = random.choice(list(paths(data)))
        block = data
        for step in outer:
            block = block[step]
        if isinstance(last, str) and random.random() < 0.15:
            block[f"{last}x"] = block.pop(last)
        else:
            block[last] = deepcopy(random.choice(ODD))
    return data


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_programmes_with_odd_values(kind: str, mode: str, tmp_path: Path) -> None:
    random = Random(f"{kind} {mode}")  # noqa: S311 - repeatable on purpose
    text = dump_programme(draw_case(kind, mode, 0).program)
    data = json.loads(json.dumps(read_yaml(text.encode(), "f").data, default=date.isoformat))
    path = tmp_path / "programme.yaml"
    for _ in range(10):
        odd = json.dumps(damaged(data, random), indent=1)
        path.write_text(re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", odd))
        found = [fault for fault in faults(path) if "these come first" not in fault.message]
        assert all(fault.place.line for fault in found)


@pytest.mark.parametrize("seed", range(20))
def test_programmes_with_odd_bytes(seed: int, tmp_path: Path) -> None:
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    content = bytearray((EXAMPLES / "tiny" / "programme.yaml").read_bytes())
    path = tmp_path / "programme.yaml"
    for _ in range(10):
        odd = bytearray(content)
        for _ in range(random.randrange(1, 6)):
            place = random.randrange(len(odd))
            odd[place : place + random.randrange(3)] = random.choices(
                b"\0\t\n :,[]{}&*!|>'\"%@#\xff", k=2
            )
        path.write_bytes(odd)
        assert all(str(fault).startswith(str(path)) for fault in faults(path))


@pytest.mark.parametrize("seed", range(20))
def test_workbooks_with_odd_bytes(seed: int, tmp_path: Path) -> None:
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    rows = "".join(
        f"<row r='{n}'>{cell(f'A{n}', f'p{n}')}<c r='B{n}'><v>1</v></c></row>" for n in range(2, 9)
    )
    header = f"<row r='1'>{cell('A1', 'id')}{cell('B1', 'pgy')}</row>"
    content = raw(sheet(header + rows))
    path = tmp_path / "people.xlsx"
    for _ in range(20):
        odd = bytearray(content)
        for _ in range(random.randrange(1, 8)):
            odd[random.randrange(len(odd))] = random.randrange(256)
        path.write_bytes(odd)
        found = faults(EXAMPLES / "tiny" / "programme.yaml", people=path)
        assert all(fault.message != "no fault" for fault in found)
