import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from app.cli import main
from app.core.settings import Settings
from app.core.words import MailState
from app.db.migrations import head
from app.db.session import Database
from app.main import create_app
from app.models import OutgoingMail
from app.services.mail_service import MailService


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("HOUSESTAFF_DATA_DIR", str(tmp_path / "data"))
    return Settings()


def object_of(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["admin", *words])
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return code, found


def test_from_nothing_to_a_login(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    code, migrated = object_of(capsys, "migrate", "--json")
    assert (code, migrated["revision"]) == (0, head())

    code, made = object_of(capsys, "create-user", "Root", "--admin", "--email", "r@b.org", "--json")
    assert (code, made["username"], made["is_admin"]) == (0, "root", True)

    with TestClient(create_app(settings)) as client:
        form = {"username": "root", "password": made["one_time_password"]}
        token = client.post("/api/auth/login", data=form).json()["access_token"]
        me = client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}).json()
    assert me["is_admin"]
    assert me["must_change_password"]
    assert me["email"] == "r@b.org"

    code, again = object_of(capsys, "--json", "create-user", "root")
    assert (code, again["status"]) == (2, "BAD_INPUT")


def test_the_password_is_told_once(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert settings.environment == "development"
    main(["admin", "migrate"])
    assert head() in capsys.readouterr().out

    assert main(["admin", "create-user", "ann"]) == 0

    first, second = capsys.readouterr().out.splitlines()
    assert first == "User ann is made."
    assert len(second.rpartition(" ")[2]) == 16


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["create-user", "ann"], "admin migrate"),
        (["create-user", "a b"], "username"),
        (["create-user", "ann", "--email", "x"], "email"),
        (["create-user"], "NAME"),
        (["nonsense"], "nonsense"),
        ([], "WHAT"),
    ],
)
def test_what_cannot_be_done_is_said(
    settings: Settings, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert settings.environment == "development"

    assert main(["admin", *words]) == 2

    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("HOUSESTAFF_ENVIRONMENT", "production", "HOUSESTAFF_SECRET_KEY"),
        ("HOUSESTAFF_DATABASE_URL", "postgresql+asyncpg://x@127.0.0.1:1/x", "cannot be reached"),
    ],
)
def test_settings_that_will_not_do(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    message: str,
) -> None:
    monkeypatch.setenv(variable, value)

    assert main(["admin", "create-user", "ann"]) == 2
    assert message in capsys.readouterr().err


def test_mails_that_were_given_up_are_queued_again(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async def give_up() -> None:
        database = Database.connect(settings.database)
        async with database.unit_of_work() as session:
            await MailService(session).put("ann@b.example", "A", "B")
            await session.execute(update(OutgoingMail).values(state=MailState.FAILED))
        await database.close()

    main(["admin", "migrate"])
    asyncio.run(give_up())
    capsys.readouterr()

    assert main(["admin", "retry-mails"]) == 0
    assert capsys.readouterr().out == "1 mail queued again.\n"
    assert object_of(capsys, "retry-mails", "--json")[1]["queued"] == 0


def test_a_forgotten_password_and_a_lost_laptop(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["admin", "migrate"])
    main(["admin", "create-user", "ann", "--email", "ann@b.example"])
    capsys.readouterr()

    assert main(["admin", "reset-password", "Ann@b.example"]) == 0
    password = capsys.readouterr().out.splitlines()[1].rpartition(" ")[2]
    with TestClient(create_app(settings)) as client:
        form = {"username": "ann", "password": password}
        token = client.post("/api/auth/login", data=form).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/auth/me", headers=headers).json()["must_change_password"]
        assert object_of(capsys, "revoke-sessions", "ann", "--json")[1]["username"] == "ann"
        assert client.get("/api/auth/me", headers=headers).status_code == 401

    assert main(["admin", "revoke-sessions", "bob"]) == 2
    assert "no such user" in capsys.readouterr().err


def test_users_are_listed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert settings.environment == "development"
    main(["admin", "migrate"])
    main(["admin", "create-user", "root", "--admin"])
    main(["admin", "create-user", "ann", "--email", "ann@b.example"])
    capsys.readouterr()

    assert main(["admin", "list-users"]) == 0

    assert capsys.readouterr().out.splitlines() == ["ann  ann@b.example  -", "root  -  ADMIN"]
    _, listed = object_of(capsys, "list-users", "--json")
    assert [one["username"] for one in listed["users"]] == ["ann", "root"]
