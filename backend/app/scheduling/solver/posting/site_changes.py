"""Site changes as a state, the site where one was last, and the steps that leave it."""

from collections.abc import Iterator

from app.scheduling.domain.problem import true_rows
from app.scheduling.rules.site_changes import NO_SITE, SiteChanges
from app.scheduling.solver.model import Literal, RotationModel, variables_of

States = dict[int, Literal]
"""By site: whether a person was there last."""


def post_site_changes(model: RotationModel, rule: SiteChanges) -> None:
    """Count, or charge, every step from the site where one was last to another."""
    for person in true_rows(model.problem.scope(rule.who, rule.when)):
        changes = list(_changes(model, rule, person))
        if rule.hard or rule.at_most:
            model.keep_between(rule, [(1, change) for change in changes], None, rule.at_most)
        else:
            for change in changes:
                model.charge(rule, change)


def _changes(model: RotationModel, rule: SiteChanges, person: int) -> Iterator[Literal]:
    """Yield the literals of a person's changes that count: true at least where there is one."""
    scope = model.problem.scope(rule.who, rule.when)[person]
    sites = _sites(model, rule)
    last: States = dict.fromkeys(sites, False)
    for slot in range(int(scope.nonzero()[0][-1]) + 1):
        here = {site: model.is_on(person, slot, codes) for site, codes in sites.items()}
        if _nowhere(here):
            continue
        somewhere = model.is_on(person, slot, sum(sites.values()))
        certain = somewhere is True or _nowhere(last)
        now = here if certain else _remembered(model, rule, slot, last, here)
        if scope[slot]:
            yield from _departures(model, rule, slot, last, now)
        last = now


def _sites(model: RotationModel, rule: SiteChanges) -> dict[int, int]:
    """Return the rotations of each site as bit masks."""
    codes: dict[int, list[int]] = {}
    for code, site in enumerate(rule.sites(model.problem)[:-1].tolist()):
        if site != NO_SITE:
            codes.setdefault(site, []).append(code)
    return {site: model.bits(those) for site, those in codes.items()}


def _remembered(
    model: RotationModel, rule: SiteChanges, slot: int, last: States, here: States
) -> States:
    """Return where one was last after a slot: where one is, or where one was."""
    now: States = {}
    for site, on in here.items():
        was = last[site]
        if was is False:
            now[site] = on
            continue
        now[site] = model.literal(("last at", rule.name, slot, site))
        model.add_between([(1, now[site]), (-1, on)], 0, None)
        model.add_between([(1, now[site]), (-1, was), (-1, on)], None, 0)
    model.add_at_most_one(variables_of(now.values()))
    remembered = [(-1, state) for state in last.values()]
    model.add_between([*((1, state) for state in now.values()), *remembered], 0, None)
    return now


def _nowhere(states: States) -> bool:
    return all(state is False for state in states.values())


def _departures(
    model: RotationModel, rule: SiteChanges, slot: int, last: States, now: States
) -> Iterator[Literal]:
    """Yield a literal per site that one may leave in a slot: at most one of them holds."""
    for site, was in last.items():
        if was is not False and now[site] is not was:
            left = model.literal(("left", rule.name, slot, site))
            model.add_between([(1, left), (-1, was), (1, now[site])], 0, None)
            yield left
