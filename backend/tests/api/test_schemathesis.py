"""What a machine can find wrong with the interface; at length by ``make schemathesis``."""

from collections.abc import Iterator

import pytest

from app.core.access import Role
from tests.api.schemathesis_run import Trial, run
from tests.conftest import new_postgres

pytestmark = pytest.mark.timeout(1800)  # many requests; how many it says itself
# Whole requests. The coverage phase, which tries every constraint of every field by itself, takes
# ten thousands of them, and is left to ``make schemathesis``.
PHASES = "--phases=examples,fuzzing,stateful"


@pytest.fixture(params=[(Role.ADMIN, "sqlite"), (Role.COORDINATOR, "postgresql")])
def trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    role, database = request.param
    for url in new_postgres() if database == "postgresql" else [""]:
        yield Trial(role=role, examples=2, seed=20261126, database_url=url, options=(PHASES,))


def test_no_check_fails(trial: Trial) -> None:
    outcome = run(trial)

    assert outcome.code == 0, "\n".join([outcome.report, *outcome.errors])
    assert outcome.errors == []


def test_a_planted_fault_is_found() -> None:
    trial = Trial(
        role=Role.ADMIN,
        examples=20,
        seed=1,
        application="tests.api.schemathesis_planted:app",
        options=("--include-path=/api/planted",),
    )

    outcome = run(trial)

    assert outcome.code == 1
    assert "Server error" in outcome.report
    assert "ZeroDivisionError" in outcome.errors[0]
