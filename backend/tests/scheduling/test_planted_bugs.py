"""The comparison with the exhaustive search catches what it is there for."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pytest

from app.scheduling.domain.scope import ALWAYS, EVERYBODY, When
from app.scheduling.domain.score import Scales
from app.scheduling.rules import RULE_BOOK
from app.scheduling.rules.worst_off import WorstOff
from app.scheduling.solver import model as model_module
from app.scheduling.solver.model import Literal, RotationModel
from app.scheduling.solver.posting import POSTINGS
from app.scheduling.solver.posting import preferred_sequence as preferred_module
from app.scheduling.solver.posting import site_changes as site_changes_module
from app.scheduling.solver.posting import worst_off as worst_off_module
from tests.scheduling.brute_force import Truth, solve_disagreements, truth
from tests.scheduling.random_programs import Case, draw_case, kind_of

Plant = Callable[[pytest.MonkeyPatch], None]
Planted = tuple[str, str, Plant]
MOST_PROGRAMS = 150

BY_KIND = {kind_of(rule): rule for rule in RULE_BOOK}


def posted_as(kind: str, change: Callable[[Any, Any], Any]) -> Plant:
    """Return a plant that posts another rule of the kind than the one that is asked for."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        rule_class = BY_KIND[kind]
        post = POSTINGS[rule_class]

        def wrong(model: RotationModel, rule: Any) -> None:
            for other in change(model, rule):
                post(model, other)

        patch.setitem(POSTINGS, rule_class, wrong)

    return plant


def one_less(name: str, floor: int = 0) -> Callable[[Any, Any], Any]:
    """Return a change that lowers a parameter by one, down to a floor."""

    def change(_: Any, rule: Any) -> Any:
        value = getattr(rule, name)
        return [rule if value is None or value <= floor else replace(rule, **{name: value - 1})]

    return change


def one_more(name: str) -> Callable[[Any, Any], Any]:
    """Return a change that raises a parameter by one."""
    return lambda _, rule: [replace(rule, **{name: getattr(rule, name) + 1})]


def set_to(**values: Any) -> Callable[[Any, Any], Any]:
    """Return a change that sets parameters."""
    return lambda _, rule: [replace(rule, **values)]


def without_last_period(model: RotationModel, rule: Any) -> Any:
    last = model.problem.slots[-1].period
    all_year = rule.when == ALWAYS and last > 1
    return [replace(rule, when=When(except_periods=(last,))) if all_year else rule]


def without_first_period(model: RotationModel, rule: Any) -> Any:
    last = model.problem.slots[-1].period
    all_year = rule.when == ALWAYS and last > 1
    return [replace(rule, when=When(except_periods=(1,))) if all_year else rule]


def only_min(_: RotationModel, rule: Any) -> Any:
    return [replace(rule, max=None)] if rule.min is not None else []


def only_max(_: RotationModel, rule: Any) -> Any:
    return [replace(rule, min=None)] if rule.max is not None else []


def other_cut(_: RotationModel, rule: Any) -> Any:
    return [replace(rule, cut_by_year=not rule.cut_by_year)]


def first_points_only(_: RotationModel, rule: Any) -> Any:
    return [replace(rule, points=rule.points[:1], ranks=())]


def model_method(name: str, wrong: Callable[..., Any]) -> Plant:
    """Return a plant that hands a method of the model to a wrong one, with the right one."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        right = getattr(RotationModel, name)
        patch.setattr(RotationModel, name, lambda *args, **kwargs: wrong(right, *args, **kwargs))

    return plant


def lower_minimum(right: Any, model: Any, rule: Any, terms: Any, *limits: Any) -> None:
    low, *others = limits
    right(model, rule, terms, low - 1 if low else low, *others)


def occurrence_shortened(patch: pytest.MonkeyPatch) -> None:
    right = preferred_module._link

    def wrong(model: Any, known: Any, rule: Any, occurrences: Any) -> None:
        right(model, known, rule, [(literal, parts[:-1]) for literal, parts in occurrences])

    patch.setattr(preferred_module, "_link", wrong)


def last_site_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(site_changes_module, "_remembered", lambda *args: args[-1])


def without_last_person(patch: pytest.MonkeyPatch) -> None:
    right = WorstOff.group
    patch.setattr(WorstOff, "group", lambda *args: right(*args)[:-1])


def shares_forgotten(patch: pytest.MonkeyPatch) -> None:
    right = worst_off_module._total
    patch.setattr(worst_off_module, "_total", lambda *args: right(*args)[:-1])


def without_last_literal(right: Any, model: Any, literals: Iterable[Literal]) -> Any:
    parts = list(literals)
    return right(model, parts[:-1] if len(parts) > 1 else parts)


def without_last_clause(right: Any, model: Any, rule: Any, clauses: Any, amount: int = 1) -> None:
    several = list(clauses)
    right(model, rule, several[:-1] if len(several) > 1 else several, amount)


def twice(right: Any, model: Any, rule: Any, variable: Any, amount: int = 1) -> None:
    right(model, rule, variable, 2 * amount)


def at_one(right: Any, model: Any, rule: Any, variable: Any, _: int = 1) -> None:
    right(model, rule, variable, 1)


def joined_cells_forgotten(patch: pytest.MonkeyPatch) -> None:
    def own(joined: Any) -> Any:
        return np.tile(np.arange(joined.shape[1]), (joined.shape[0], 1)).tolist()

    patch.setattr(model_module, "_first_of_joined", own)


def eligibility_forgotten(patch: pytest.MonkeyPatch) -> None:
    def everything(problem: Any, _: Any) -> Any:
        return np.repeat(problem.present[:, :, None], len(problem.rotations), axis=2)

    patch.setattr(model_module, "open_cells", everything)


def hard_cells_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(model_module, "open_cells", lambda problem, _: problem.eligible.copy())


def weights_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Scales, "cost", lambda *_: 1)


def one_step_above(right: Any, model: Any) -> None:
    right(model)
    model.cp.proto.objective.offset += 1


PLANTS: dict[str, Planted] = {
    "coverage not posted": ("coverage", "hard", posted_as("coverage", lambda *_: [])),
    "coverage posted twice": ("coverage", "penalty", posted_as("coverage", lambda _, r: [r, r])),
    "minimum of coverage one less": ("coverage", "hard", posted_as("coverage", one_less("min"))),
    "maximum of coverage forgotten": ("coverage", "penalty", posted_as("coverage", only_min)),
    "full-time equivalents forgotten": (
        "coverage",
        "penalty",
        posted_as("coverage", set_to(fte=False)),
    ),
    "coverage of everybody": ("coverage", "penalty", posted_as("coverage", set_to(who=EVERYBODY))),
    "minimum of requirements forgotten": (
        "requirement",
        "hard",
        posted_as("requirement", only_max),
    ),
    "a step of slack for nothing": (
        "requirement",
        "penalty",
        model_method("keep_between", lower_minimum),
    ),
    "minimum of runs forgotten": ("run_length", "hard", posted_as("run_length", only_max)),
    "runs cut by the year": ("run_length", "penalty", posted_as("run_length", other_cut)),
    "starts cut by the year": ("allowed_starts", "hard", posted_as("allowed_starts", other_cut)),
    "parts of batches": ("batches", "hard", posted_as("batches", set_to(whole=False))),
    "gap one less": ("spacing", "penalty", posted_as("spacing", one_less("min_gap", 1))),
    "last window forgotten": (
        "window_limit",
        "hard",
        posted_as("window_limit", without_last_period),
    ),
    "other order forgotten": (
        "forbidden_sequence",
        "hard",
        posted_as("forbidden_sequence", set_to(either_order=False)),
    ),
    "lag one more": (
        "required_sequence",
        "penalty",
        posted_as("required_sequence", one_more("lag")),
    ),
    "reward without its last condition": (
        "preferred_sequence",
        "reward",
        occurrence_shortened,
    ),
    "one earlier period less": (
        "prerequisite",
        "hard",
        posted_as("prerequisite", one_less("amount", 1)),
    ),
    "hard cells left open": ("assignment", "hard", hard_cells_forgotten),
    "soft cells charged twice": ("assignment", "penalty", model_method("charge", twice)),
    "leave cap one higher": ("leave_cap", "hard", posted_as("leave_cap", one_more("max"))),
    "later ranks forgotten": ("wishes", "penalty", posted_as("wishes", first_points_only)),
    "wish granted a period early": (
        "wishes",
        "reward",
        model_method("all_of", without_last_literal),
    ),
    "one way of being alone forgotten": (
        "together",
        "hard",
        model_method("forbid_any", without_last_clause),
    ),
    "last rotation shared": ("apart", "penalty", model_method("forbid_any", without_last_clause)),
    "one side of the mirror forgotten": (
        "mirrored",
        "penalty",
        model_method("forbid_any", without_last_clause),
    ),
    "points of one's own forgotten": (
        "preferences",
        "reward",
        posted_as("preferences", set_to(personal=())),
    ),
    "points for nothing": ("preferences", "hard", posted_as("preferences", one_less("at_least"))),
    "site before a vacation forgotten": ("site_changes", "penalty", last_site_forgotten),
    "one change of site for nothing": (
        "site_changes",
        "hard",
        posted_as("site_changes", one_more("at_most")),
    ),
    "one period of waiting for nothing": (
        "waiting",
        "penalty",
        posted_as("waiting", one_more("at_most")),
    ),
    "waiting in the first period forgotten": (
        "waiting",
        "hard",
        posted_as("waiting", without_first_period),
    ),
    "last person never worst off": ("worst_off", "reward", without_last_person),
    "a part of the total forgotten": ("worst_off", "penalty", shares_forgotten),
    "carry-over forgotten": ("fairness", "penalty", posted_as("fairness", set_to(carry_over=""))),
    "band one higher": ("fairness", "hard", posted_as("fairness", one_more("band"))),
    "one change for nothing": (
        "stability",
        "penalty",
        posted_as("stability", one_more("at_most")),
    ),
    "notice forgotten": ("stability", "hard", posted_as("stability", set_to(notice=()))),
    "amounts forgotten": ("run_length", "penalty", model_method("charge", at_one)),
    "joined parts forgotten": ("requirement", "hard", joined_cells_forgotten),
    "eligibility forgotten": ("coverage", "penalty", eligibility_forgotten),
    "weights forgotten": ("preassignments", "penalty", weights_forgotten),
    "bound too high": ("cohorts", "penalty", model_method("minimize_shortfall", one_step_above)),
}


@cache
def drawn(kind: str, mode: str, number: int) -> tuple[Case, Truth]:
    case = draw_case(kind, mode, number)
    return case, truth(case)


def differs(case: Case, known: Truth) -> bool:
    try:
        return any(islice(solve_disagreements(case, known), 1))
    except RuntimeError:  # the engine has caught itself
        return True


@pytest.mark.parametrize("name", PLANTS)
def test_planted_bug_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, mode, plant = PLANTS[name]
    with monkeypatch.context() as patch:
        plant(patch)
        for number in range(MOST_PROGRAMS):
            case, known = drawn(kind, mode, number)
            if differs(case, known):
                break
        else:
            pytest.fail(f"{MOST_PROGRAMS} programmes did not show it")
    assert not differs(case, known)
