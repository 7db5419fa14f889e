from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core.exceptions import InvalidStateError
from app.db.session import Database
from app.models import LoginFailure
from app.repositories.cursors import Order, page_after

pytestmark = pytest.mark.anyio
START = datetime(2026, 7, 1, tzinfo=UTC)
BY_TIME = (LoginFailure.at, LoginFailure.id)
NEWEST = Order(BY_TIME, newest_first=True)


async def add(database: Database, *minutes: int) -> None:
    async with database.unit_of_work() as session:
        session.add_all(
            LoginFailure(subject=f"{minute}", at=START + timedelta(minutes=minute, microseconds=7))
            for minute in minutes
        )


async def read(
    database: Database, order: Order, cursor: str | None
) -> tuple[list[str], str | None]:
    async with database.reading() as session:
        page = await page_after(session, select(LoginFailure), order, cursor, 3)
    return [one.subject for one in page.items], page.next_cursor


async def test_pages_follow_each_other_while_rows_are_added(database: Database) -> None:
    await add(database, *range(8))

    first, cursor = await read(database, NEWEST, None)
    assert first == ["7", "6", "5"]
    await add(database, 9)
    second, cursor = await read(database, NEWEST, cursor)
    assert second == ["4", "3", "2"]
    assert await read(database, NEWEST, cursor) == (["1", "0"], None)


async def test_rows_of_one_moment_are_all_shown(database: Database) -> None:
    await add(database, *[1] * 7)
    for order in (NEWEST, Order(BY_TIME)):
        seen, cursor = await read(database, order, None)
        while cursor is not None:
            more, cursor = await read(database, order, cursor)
            seen += more
        assert seen == ["1"] * 7


async def test_a_page_that_is_just_full_is_the_last(database: Database) -> None:
    await add(database, 2, 1, 3)

    assert await read(database, Order(BY_TIME), None) == (["1", "2", "3"], None)
    assert await read(database, Order((LoginFailure.subject,)), None) == (["1", "2", "3"], None)


async def test_other_kinds_of_columns(database: Database) -> None:
    await add(database, *range(5))
    order = Order((LoginFailure.subject, LoginFailure.id))

    first, cursor = await read(database, order, None)
    assert (first, await read(database, order, cursor)) == (["0", "1", "2"], (["3", "4"], None))


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "x",
        "é",
        "W10",  # []
        "WzEsMl0",  # [1,2]
        "bnVsbA",  # null
        "e30",  # {}
        "WyIyMDI2LTA3LTAxVDAwOjAwOjAwIiwgIjAxOTdmNmExLTVjMWUtN2UwYS05ZDU3LTJiMWYwZTZjN2QxMCJd",
    ],
)
async def test_cursors_that_are_none_of_ours(database: Database, cursor: str) -> None:
    await add(database, 1)
    with pytest.raises(InvalidStateError) as refused:
        await read(database, NEWEST, cursor)
    assert refused.value.error_code == "CURSOR_INVALID"
