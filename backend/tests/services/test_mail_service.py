"""Mails against a real server, and against none."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from app.core.clock import now
from app.core.exceptions import UnavailableError
from app.core.settings import Settings
from app.core.words import MailState
from app.db.session import Database
from app.models import OutgoingMail
from app.services import mail_delivery
from app.services.mail_delivery import LEASE, Delivery, deliver_due, forget_old_mails
from app.services.mail_service import MailService
from app.services.smtp import MailServerError, SmtpConnection
from tests.mail_server import TAKEN, MailServer, serving

pytestmark = pytest.mark.anyio
BACKEND = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[MailServer]:
    with serving(MailServer()) as server:
        yield server


@pytest.fixture
def settings(server: MailServer) -> Settings:
    return server.settings(Settings(mail_from="hs@hospital.example"))


async def put(database: Database, *recipients: str, once: str | None = None) -> None:
    async with database.unit_of_work() as session:
        for one in recipients:
            await MailService(session).put(one, "Your call\nhas moved", "Línk: x\n", once=once)


async def stored(database: Database) -> list[OutgoingMail]:
    async with database.reading() as session:
        return list(await session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


async def age(database: Database, by: timedelta) -> None:
    """Make everything look as if it had happened that much earlier."""
    columns = ("not_before", "claimed_at", "created_at", "updated_at")
    for mail in await stored(database):
        moments = {name: getattr(mail, name) for name in columns}
        earlier = {name: at - by for name, at in moments.items() if at}
        async with database.unit_of_work() as session:
            of_mail = OutgoingMail.id == mail.id
            await session.execute(update(OutgoingMail).where(of_mail).values(**earlier))


async def test_a_mail_arrives_once(
    database: Database, settings: Settings, server: MailServer
) -> None:
    await put(database, "ann@b.example")

    assert await deliver_due(database, settings) == Delivery(sent=1)
    assert await deliver_due(database, settings) == Delivery()

    [arrived] = server.mails
    [mail] = await stored(database)
    assert arrived["to"] == "ann@b.example"
    assert arrived["subject"] == "Your call has moved"
    assert arrived["from"] == "Housestaff <hs@hospital.example>"
    assert arrived["message-id"] == f"<{mail.id}@hospital.example>"
    assert arrived.get_content().splitlines() == ["Línk: x"]
    assert (mail.state, mail.attempts, mail.text) == (MailState.SENT, 1, "")
    assert mail.sent_at is not None


async def test_what_is_undone_sends_nothing(
    database: Database, settings: Settings, server: MailServer
) -> None:
    with pytest.raises(KeyError):
        async with database.unit_of_work() as session:
            await MailService(session).put("ann@b.example", "A", "B")
            raise KeyError

    assert await deliver_due(database, settings) == Delivery()
    assert server.mails == []


async def test_work_that_is_repeated_says_it_once(
    database: Database, settings: Settings, server: MailServer
) -> None:
    for _ in range(2):
        await put(database, "ann@b.example", once="swap 7 approved")

    assert await deliver_due(database, settings) == Delivery(sent=1)
    assert len(server.mails) == 1


async def test_a_mail_may_have_to_wait(database: Database, settings: Settings) -> None:
    async with database.unit_of_work() as session:
        tomorrow = now() + timedelta(days=1)
        await MailService(session).put("ann@b.example", "A", "B", not_before=tomorrow)

    assert await deliver_due(database, settings) == Delivery()
    await age(database, timedelta(days=1))
    assert await deliver_due(database, settings) == Delivery(sent=1)


async def test_without_a_server_mails_are_kept(database: Database) -> None:
    await put(database, "ann@b.example")

    assert await deliver_due(database, Settings(smtp_host="")) == Delivery()
    assert [one.state for one in await stored(database)] == [MailState.QUEUED]


async def test_a_server_that_is_down_is_tried_less_and_less(
    database: Database, settings: Settings, server: MailServer
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        down = settings.model_copy(update={"smtp_port": nobody.getsockname()[1]})
        await put(database, "ann@b.example", "bob@b.example")
        # One mail notices it, and the run ends; the next run notices it with the other.
        assert await deliver_due(database, down) == Delivery(postponed=1)
        assert await deliver_due(database, down) == Delivery(postponed=1)
        assert await deliver_due(database, down) == Delivery()
        waits = []
        for _ in range(9):
            [first, _] = await stored(database)
            waits.append(round((first.not_before - first.updated_at).total_seconds()))
            assert "ConnectionRefusedError" in first.error
            await age(database, timedelta(seconds=waits[-1]))
            await deliver_due(database, down)
            await deliver_due(database, down)
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]

    await age(database, timedelta(hours=1))
    assert await deliver_due(database, settings) == Delivery(sent=2)
    assert sorted(one["to"] for one in server.mails) == ["ann@b.example", "bob@b.example"]


async def test_what_the_server_will_never_take_is_given_up(
    database: Database, settings: Settings, server: MailServer
) -> None:
    server.answer = lambda to: "554 spam" if to.startswith("spam") else TAKEN
    await put(database, "nobody@b.example", "spam@b.example", "ann@b.example")
    await put(database, "a@b@c", "a@b, c@d", "ann", "é@b.example")

    assert await deliver_due(database, settings) == Delivery(sent=1, failed=6)

    errors = [one.error for one in await stored(database) if one.state == MailState.FAILED]
    assert errors[:2] == ["550 no such user", "554 spam"]
    assert len(server.mails) == 1


async def test_what_the_server_does_not_take_now_is_tried_later(
    database: Database, settings: Settings, server: MailServer
) -> None:
    answers = iter(["450 greylisted", "250 taken"])
    server.answer = lambda to: next(answers) if to.startswith("ann") else TAKEN
    await put(database, "ann@b.example", "bob@b.example")

    assert await deliver_due(database, settings) == Delivery(sent=1, postponed=1)
    await age(database, timedelta(seconds=30))
    assert await deliver_due(database, settings) == Delivery(sent=1)
    assert len(server.mails) == 2


async def test_in_the_end_a_mail_is_given_up_and_may_be_queued_again(
    database: Database, settings: Settings, server: MailServer
) -> None:
    server.answer = lambda _: "450 never today"
    await put(database, "ann@b.example")
    await age(database, timedelta(hours=settings.mail_give_up_hours))

    assert await deliver_due(database, settings) == Delivery(failed=1)

    server.answer = lambda _: TAKEN
    async with database.unit_of_work() as session:
        assert await MailService(session).retry_failed() == 1
    assert await deliver_due(database, settings) == Delivery(sent=1)


async def test_a_connection_that_breaks_after_the_mail_leaves_it_open(
    database: Database, settings: Settings, server: MailServer
) -> None:
    """The server has it, and we do not know: it is sent again, as the same mail."""
    answers = iter(["drop", TAKEN])
    server.answer = lambda _: next(answers)
    await put(database, "ann@b.example")

    assert await deliver_due(database, settings) == Delivery(postponed=1)
    await age(database, timedelta(seconds=30))
    assert await deliver_due(database, settings) == Delivery(sent=1)

    first, second = server.mails
    assert first["message-id"] == second["message-id"]


_DIES = """
import asyncio, os, signal
from app.core.settings import Settings
from app.db.session import Database
from app.services import smtp
from app.services.mail_delivery import deliver_due

send = smtp.SmtpConnection.send

def die_after(self, message):
    if os.environ["DIE"] == "after":
        send(self, message)
    os.kill(os.getpid(), signal.SIGKILL)

smtp.SmtpConnection.send = die_after
settings = Settings()
asyncio.run(deliver_due(Database.connect(settings.database), settings))
"""


@pytest.mark.parametrize(("moment", "copies"), [("before", 1), ("after", 2)])
async def test_a_worker_that_is_killed_loses_no_mail(
    database: Database, settings: Settings, server: MailServer, moment: str, copies: int
) -> None:
    await put(database, "ann@b.example")
    url = database.engine.url.render_as_string(hide_password=False)
    environment = {
        **os.environ,
        "DIE": moment,
        "PYTHONPATH": str(BACKEND),
        "HOUSESTAFF_DATABASE_URL": url,
        "HOUSESTAFF_SMTP_HOST": "127.0.0.1",
        "HOUSESTAFF_SMTP_PORT": str(server.port),
        "HOUSESTAFF_SMTP_SECURITY": "none",
        "HOUSESTAFF_MAIL_FROM": settings.mail_from,
    }
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", _DIES], env=environment, check=False
    )
    assert died.returncode == -signal.SIGKILL
    assert len(server.mails) == copies - 1

    # Until the lease has ended it may still be somebody's.
    assert await deliver_due(database, settings) == Delivery()
    await age(database, LEASE)
    assert await deliver_due(database, settings) == Delivery(sent=1)

    assert len({one["message-id"] for one in server.mails}) == 1
    assert len(server.mails) == copies
    [mail] = await stored(database)
    assert (mail.state, mail.attempts) == (MailState.SENT, 2)


async def test_many_workers_send_each_mail_once(
    database: Database, settings: Settings, server: MailServer
) -> None:
    await put(database, *(f"r{n}@b.example" for n in range(20)))

    runs = await asyncio.gather(*(deliver_due(database, settings) for _ in range(4)))

    assert sum(one.sent for one in runs) == 20
    assert len({one["to"] for one in server.mails}) == len(server.mails) == 20


async def test_who_comes_too_late_does_not_overwrite(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """A sender that slept through its lease finds that another has taken over."""
    await put(database, "ann@b.example")
    send = SmtpConnection.send

    def sleep_and_send(self: SmtpConnection, message: object) -> None:
        async def others() -> None:
            await age(database, LEASE)
            async with database.unit_of_work() as session:
                [mail] = await session.scalars(select(OutgoingMail))
                mail.attempts += 1

        asyncio.run_coroutine_threadsafe(others(), loop).result()
        send(self, message)  # type: ignore[arg-type]

    loop = asyncio.get_running_loop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SmtpConnection, "send", sleep_and_send)
        await deliver_due(database, settings)

    assert "mail was claimed by another" in caplog.text
    assert [one.state for one in await stored(database)] == [MailState.SENDING]


async def test_a_database_that_is_away_for_a_moment_is_waited_for(
    database: Database, settings: Settings, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(database, "ann@b.example")
    monkeypatch.setattr(mail_delivery, "_RECORD_WAIT_S", 0)
    work, calls = Database.unit_of_work, []

    def away(self: Database) -> object:
        calls.append(1)
        if 1 < len(calls) < 4:
            raise UnavailableError("gone")
        return work(self)

    monkeypatch.setattr(Database, "unit_of_work", away)

    assert await deliver_due(database, settings) == Delivery(sent=1)
    monkeypatch.undo()
    assert [one.state for one in await stored(database)] == [MailState.SENT]
    assert len(server.mails) == 1


async def test_old_mails_are_forgotten(database: Database, settings: Settings) -> None:
    await put(database, "ann@b.example", "nobody@b.example")
    await deliver_due(database, settings)
    await put(database, "bob@b.example")

    await forget_old_mails(database, settings)
    assert len(await stored(database)) == 3
    await age(database, timedelta(days=settings.mail_keep_days, seconds=1))
    await forget_old_mails(database, settings)

    assert [one.recipient for one in await stored(database)] == ["bob@b.example"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize(("password", "taken"), [("right", True), ("wrong", False)])
def test_the_server_may_ask_for_a_password(password: str, taken: bool) -> None:  # noqa: FBT001 - a case
    with serving(MailServer(), auth=True) as server:
        login = {"smtp_username": "hs", "smtp_password": SecretStr(password)}
        settings = server.settings(Settings()).model_copy(update=login)
        if taken:
            with SmtpConnection(settings):
                pass
        else:
            with pytest.raises(MailServerError, match="535"):
                SmtpConnection(settings)
        assert server.logins[:1] == ["hs"]


def test_without_encryption_there_is_no_mail(server: MailServer) -> None:
    settings = server.settings(Settings()).model_copy(update={"smtp_security": "starttls"})

    with pytest.raises(MailServerError, match="STARTTLS"):
        SmtpConnection(settings)
