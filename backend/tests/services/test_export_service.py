import pytest

from app.db.session import Database
from app.services.export_service import csv_of
from app.services.verification import Verifier
from tests.api.support import SAME_ON_BOTH
from tests.rows import add_user
from tests.stored import store_drawn

pytestmark = pytest.mark.anyio


@SAME_ON_BOTH
async def test_a_year_is_written_a_few_people_at_a_time(database: Database) -> None:
    """No piece is more than a fraction of the file, and no connection is held between them."""
    stored = await store_drawn(database, await add_user(database, "a"))
    async with database.reading() as session:
        warm = await Verifier(64).warm(session, stored.schedule)
    sizes = []
    async for piece in csv_of(database, stored.schedule, warm):
        sizes.append(len(piece))
        assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined] # of a queue
    assert len(sizes) == 16
    assert max(sizes) * 8 < sum(sizes)
    people = {line.split(",")[3] for line in piece.splitlines()}
    assert people == {person.id for person in warm.program.people[-4:]}
