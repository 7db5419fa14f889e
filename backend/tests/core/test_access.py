from uuid import UUID, uuid4

import pytest

from app.core.access import Access, ProgramRequiredError, Role
from app.core.exceptions import ForbiddenError, NotFoundError

HERE, THERE = uuid4(), uuid4()


def access(roles: dict[UUID, Role], *, is_admin: bool = False) -> Access:
    return Access(user_id=uuid4(), is_admin=is_admin, roles=roles)


def test_who_has_none_of_the_roles_anywhere_is_turned_away() -> None:
    with pytest.raises(ForbiddenError):
        access({HERE: Role.VIEWER}).asking_for([Role.COORDINATOR])


def test_a_role_elsewhere_does_not_help_here() -> None:
    asked = access({HERE: Role.VIEWER, THERE: Role.COORDINATOR}).asking_for([Role.COORDINATOR])

    asked.check(THERE)
    with pytest.raises(ForbiddenError):
        asked.check(HERE)
    with pytest.raises(NotFoundError):
        asked.check(uuid4())


def test_what_asks_for_nothing_allows_nothing() -> None:
    with pytest.raises(ForbiddenError):
        access({HERE: Role.COORDINATOR}).check(HERE)


def test_the_only_programme_need_not_be_named() -> None:
    assert access({HERE: Role.VIEWER}).asking_for(frozenset(Role)).program(None) == HERE


@pytest.mark.parametrize(
    "who",
    [
        access({}, is_admin=True),
        access({HERE: Role.VIEWER}, is_admin=True),
        access({HERE: Role.VIEWER, THERE: Role.VIEWER}),
    ],
)
def test_otherwise_it_has_to_be(who: Access) -> None:
    with pytest.raises(ProgramRequiredError):
        who.asking_for(frozenset(Role)).program(None)


def test_admin_is_allowed_everywhere() -> None:
    who = access({}, is_admin=True).asking_for([Role.ADMIN])

    assert who.program(HERE) == HERE
    assert who.known_programs is None
