"""A new password by mail, for who has forgotten the old one."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.core import security
from app.core.clock import now
from app.core.settings import Settings
from app.db.session import Database
from app.models import OutgoingMail, PasswordReset, User
from app.services.mail_delivery import deliver_due, forget_old_mails
from app.services.password_reset_service import MOST_OPEN
from tests.api.support import AsUser, Client, error_code
from tests.mail_server import MailServer, serving
from tests.rows import UNSEEN, add_user

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("cheap_passwords")]

OLD, NEW = "correct horse battery", "staple battery horse"
INVALID = (400, "LINK_INVALID")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with serving(MailServer()) as server:
        yield server


@pytest.fixture
async def ann(database: Database) -> User:
    user = await add_user(database, "ann", password_hash=await security.hash_password(OLD))
    async with database.unit_of_work() as session:
        stored = await session.get_one(User, user.id)
        stored.email = "ann@b.example"
        stored.must_change_password = True
    return user


async def ask(client: Client, *names: str) -> None:
    for name in names:
        response = await client.post("/auth/password/forgot", json={"username": name})
        assert (response.status_code, response.json()) == (202, {"status": "noted"})


async def reset(client: Client, token: str, password: str = NEW) -> tuple[int, str]:
    change = {"token": token, "new_password": password}
    response = await client.post("/auth/password/reset", json=change)
    return (204, "") if response.status_code == 204 else error_code(response)


async def log_in(client: Client, password: str) -> int:
    form = {"username": "ann", "password": password}
    return (await client.post("/auth/login", data=form)).status_code


def token_of(server: MailServer) -> str:
    text = server.mails[-1].get_content()
    [token] = re.findall(
        r"^http://localhost:8000/reset-password#([\w-]{43})\r?$", text, re.MULTILINE
    )
    return str(token)


async def test_from_forgetting_to_a_new_password(
    client: Client,
    database: Database,
    settings: Settings,
    server: MailServer,
    ann: User,
    as_user: AsUser,
) -> None:
    settings = server.settings(settings)
    await log_in(client, OLD)
    old = as_user(ann)
    await ask(client, " Ann ")
    await deliver_due(database, settings)
    assert server.mails[0]["to"] == "ann@b.example"
    token = token_of(server)

    assert await reset(client, token, "short") == (422, "REQUEST_INVALID")
    assert await reset(client, token) == (204, "")

    assert error_code(await client.get("/auth/me", headers=old)) == (401, "UNAUTHENTICATED")
    assert error_code(await client.post("/auth/refresh")) == (401, "UNAUTHENTICATED")
    assert [await log_in(client, one) for one in (OLD, NEW)] == [401, 200]
    assert await reset(client, token, OLD) == INVALID
    async with database.reading() as session:
        assert not (await session.get_one(User, ann.id)).must_change_password
    await deliver_due(database, settings)
    assert server.mails[-1]["subject"] == "Your password was changed"


async def test_asking_looks_nobody_up(client: Client, database: Database, ann: User) -> None:
    """Known or not, the same statements are run, and nothing else."""
    assert ann.username == "ann"
    await ask(client, "ann", "nobody", "ann@b.example", "x" * 320)

    async with database.reading() as session:
        wishes = (await session.scalars(select(PasswordReset))).all()
        assert await session.scalar(select(func.count()).select_from(OutgoingMail)) == 0
    assert len(wishes) == 4
    assert {(one.user_id, one.token_hash) for one in wishes} == {(None, None)}


async def test_who_cannot_be_helped_gets_no_mail(
    client: Client, database: Database, settings: Settings, server: MailServer, ann: User
) -> None:
    await add_user(database, "without.address")
    async with database.unit_of_work() as session:
        await session.execute(
            update(User).where(User.id == ann.id).values(is_active=False), execution_options=UNSEEN
        )
    await ask(client, "nobody", "without.address", "ann")

    await deliver_due(database, server.settings(settings))

    assert server.mails == []
    async with database.reading() as session:
        assert (await session.scalars(select(PasswordReset))).all() == []


async def test_nobody_fills_a_mailbox(
    client: Client, database: Database, settings: Settings, server: MailServer, ann: User
) -> None:
    assert ann.username == "ann"
    await ask(client, *["ann"] * (MOST_OPEN + 2))
    await deliver_due(database, server.settings(settings))

    assert len(server.mails) == MOST_OPEN
    assert await reset(client, token_of(server)) == (204, "")
    # All links of before are void, and there is room again.
    server.mails.pop()
    assert await reset(client, token_of(server)) == INVALID
    await ask(client, "ann")
    await deliver_due(database, server.settings(settings))
    assert await reset(client, token_of(server), OLD) == (204, "")


async def test_a_link_ends(
    client: Client, database: Database, settings: Settings, server: MailServer, ann: User
) -> None:
    settings = server.settings(settings)
    await ask(client, "ann")
    await deliver_due(database, settings)
    async with database.unit_of_work() as session:
        await session.execute(update(PasswordReset).values(expires_at=now() - timedelta(seconds=1)))

    assert await reset(client, token_of(server)) == INVALID
    assert await reset(client, "guess") == INVALID
    await forget_old_mails(database, settings)
    async with database.reading() as session:
        assert (await session.scalars(select(PasswordReset))).all() == []
        assert (await session.get_one(User, ann.id)).token_generation == 0


async def test_who_has_left_gets_no_new_password(
    client: Client, database: Database, settings: Settings, server: MailServer, ann: User
) -> None:
    await ask(client, "ann")
    await deliver_due(database, server.settings(settings))
    async with database.unit_of_work() as session:
        await session.execute(
            update(User).where(User.id == ann.id).values(is_active=False), execution_options=UNSEEN
        )

    assert await reset(client, token_of(server)) == INVALID


async def test_without_a_mail_server_there_are_no_links(
    client: Client, database: Database, settings: Settings, ann: User
) -> None:
    assert ann.username == "ann"
    await ask(client, "ann")
    await deliver_due(database, settings)

    async with database.reading() as session:
        assert await session.scalar(select(PasswordReset.token_hash)) is None
