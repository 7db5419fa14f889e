from pathlib import Path

import pytest

from tests.architecture.sources import outside_reaches, transaction_ends

APP = Path(__file__).parents[2] / "app"


def _sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def test_the_engine_reaches_for_nothing_outside() -> None:
    files = _sources(APP / "scheduling")
    found = {
        str(path.relative_to(APP)): reaches
        for path in files
        if (reaches := outside_reaches(path.read_text(encoding="utf-8")))
    }

    assert files
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        "open('a')",
        "print('a')",
        "from datetime import date\ndate.today()",
        "from datetime import datetime as dt\ndt.now()",
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "import time\ntime.time()",
        "from time import monotonic\nclock = monotonic",
        "import random\nrandom.random()",
        "from random import choice\nchoice([1])",
        "import numpy as np\nnp.random.rand(3)",
        "import numpy as np\nnp.random.default_rng()",
        "from numpy.random import default_rng\ndefault_rng()",
        "import numpy as np\nnp.load('a')",
        "from pathlib import Path\nPath('a').read_text()",
        "from uuid import uuid4\nuuid4()",
    ],
)
def test_a_planted_reach_is_found(planted: str) -> None:
    assert (
        len(outside_reaches(f"def f():\n    {planted.replace(chr(10), chr(10) + '    ')}\n")) == 1
    )


@pytest.mark.parametrize(
    "allowed",
    [
        "from datetime import date\ndate(2026, 7, 1)",
        "import numpy as np\nnp.random.default_rng(7)",
        "self.open = is_open(cell)",
        "watch.clock()",
        "problem.time.time",
    ],
)
def test_what_stays_inside_is_allowed(allowed: str) -> None:
    assert outside_reaches(allowed) == []


def test_only_db_ends_a_transaction() -> None:
    found = {
        str(path.relative_to(APP)): ends
        for path in _sources(APP)
        if not path.is_relative_to(APP / "db")
        and (ends := transaction_ends(path.read_text(encoding="utf-8")))
    }

    assert found == {}


@pytest.mark.parametrize(
    "planted", ["session.commit()", "await self.session.rollback()", "end = session.commit"]
)
def test_a_planted_transaction_end_is_found(planted: str) -> None:
    assert len(transaction_ends(f"async def f(self, session):\n    {planted}\n")) == 1


def test_postings_name_the_role_of_every_variable() -> None:
    """A variable without a role keeps its rows out of the head-count relaxation."""
    postings = _sources(APP / "scheduling" / "solver" / "posting")
    shared = {"fairness.py", "worst_off.py"}  # their levels belong to nobody in particular
    nameless = [
        path.name
        for path in postings
        if any(made in path.read_text(encoding="utf-8") for made in ("cp.new_", ".number("))
    ]
    assert set(nameless) == shared
