import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.api.routes.auth import COOKIE
from app.core import security
from app.core.access import Role
from app.core.clock import now
from app.core.security import AccessToken, issue_access_token
from app.core.settings import Settings
from app.db.session import Database
from app.models import LoginFailure, Program, RefreshToken, User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code
from tests.rows import UNSEEN, add_member, add_user

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("cheap_passwords")]

PASSWORD = "correct horse battery"  # noqa: S105 - nobody's
ENDED = (401, "UNAUTHENTICATED")


@pytest.fixture
async def ann(database: Database) -> User:
    password_hash = await security.hash_password(PASSWORD)
    return await add_user(database, "ann", password_hash=password_hash)


async def log_in(client: Client, password: str = PASSWORD, name: str = "ann") -> int:
    form = {"username": name, "password": password}
    return (await client.post("/auth/login", data=form)).status_code


async def test_login_gives_a_token_and_a_cookie(client: Client, ann: User) -> None:
    response = await client.post("/auth/login", data={"username": " Ann ", "password": PASSWORD})

    assert response.status_code == 200
    assert response.json().keys() == {"access_token", "token_type", "expires_in"}
    assert (response.json()["token_type"], response.json()["expires_in"]) == ("bearer", 900)
    cookie = response.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/api/auth"))
    headers = {"Authorization": f"Bearer {response.json()['access_token']}"}
    me = (await client.get("/auth/me", headers=headers)).json()
    assert (me["id"], me["username"], me["must_change_password"]) == (str(ann.id), "ann", False)
    assert "password_hash" not in me


@SAME_ON_BOTH
async def test_in_production_the_cookie_needs_https(
    client: Client, ann: User, settings: Settings
) -> None:
    settings.environment = "production"

    response = await client.post("/auth/login", data={"username": "ann", "password": PASSWORD})

    assert ann.username == "ann"
    assert "secure" in response.headers["set-cookie"].lower()


async def test_me_lists_memberships(
    client: Client, database: Database, program: Program, as_user: AsUser
) -> None:
    faculty = await add_member(database, "fac", program, Role.FACULTY)

    me = await client.get("/auth/me", headers=as_user(faculty))

    assert me.json()["memberships"] == [{"program_id": str(program.id), "role": "FACULTY"}]


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("\0", "")])
async def test_a_login_that_fails_is_remembered(
    client: Client, database: Database, ann: User, name: str, password: str
) -> None:
    response = await client.post("/auth/login", data={"username": name, "password": password})

    assert ann.username == "ann"
    # An empty field is no login at all: the form is not complete.
    assert error_code(response) == (ENDED if password else (422, "REQUEST_INVALID"))
    async with database.reading() as session:
        failures = await session.scalar(select(func.count()).select_from(LoginFailure))
    assert failures == (2 if password else 0)


async def test_an_unknown_user_costs_the_same(
    client: Client, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    hasher = security._hasher()
    verify = hasher.verify

    def count(password: str, password_hash: str) -> bool:
        verified.append(password_hash)
        return verify(password, password_hash)

    monkeypatch.setattr(hasher, "verify", count)

    assert [await log_in(client, "wrong"), await log_in(client, "wrong", "nobody")] == [401, 401]
    assert len(verified) == 2
    assert verified[0] == ann.password_hash
    assert verified[0].split("$")[:4] == verified[1].split("$")[:4]


async def test_who_fails_too_often_waits(client: Client, ann: User, database: Database) -> None:
    assert [await log_in(client, "wrong") for _ in range(3)] == [401] * 3

    response = await client.post("/auth/login", data={"username": "ann", "password": PASSWORD})

    assert error_code(response) == (429, "RATE_LIMITED")
    assert 0 < int(response.headers["retry-after"]) <= 60
    assert await log_in(client, name="other") == 401
    async with database.unit_of_work() as session:
        await session.execute(update(LoginFailure).values(at=now() - timedelta(seconds=61)))
    assert await log_in(client) == 200
    assert ann.username == "ann"


async def test_many_at_once_are_no_more_guesses(client: Client, ann: User) -> None:
    codes = await asyncio.gather(*(log_in(client, "wrong") for _ in range(12)))

    assert set(codes) == {401, 429}
    assert await log_in(client) == 429
    assert ann.username == "ann"


async def test_an_address_may_fail_more_often(
    client: Client, ann: User, settings: Settings
) -> None:
    settings.login_failures_per_address = 5
    assert [await log_in(client, "wrong", f"n{n}") for n in range(5)] == [401] * 5

    assert await log_in(client) == 429
    assert ann.username == "ann"


async def test_success_forgets_failures(client: Client, ann: User, database: Database) -> None:
    codes = [await log_in(client, one) for one in ("wrong", "wrong", PASSWORD, "wrong", "wrong")]

    assert codes == [401, 401, 200, 401, 401]
    assert await log_in(client) == 200
    async with database.reading() as session:
        found = (await session.scalars(select(LoginFailure.subject))).all()
    # Those of the address stay: a guesser may know one password.
    assert len(found) == 4
    assert len(set(found)) == 1
    assert ann.username == "ann"


async def test_who_is_not_active_is_refused(
    client: Client, ann: User, database: Database, as_user: AsUser
) -> None:
    async with database.unit_of_work() as session:
        await session.execute(
            update(User).where(User.id == ann.id).values(is_active=False), execution_options=UNSEEN
        )

    response = await client.post("/auth/login", data={"username": "ann", "password": PASSWORD})

    assert error_code(response) == (403, "FORBIDDEN")
    assert error_code(await client.get("/auth/me", headers=as_user(ann))) == (403, "FORBIDDEN")
    assert await log_in(client, "wrong") == 401


async def test_refresh_serves_once_and_reuse_voids_the_chain(client: Client, ann: User) -> None:
    await log_in(client)
    first = client.cookies[COOKIE]
    assert (await client.post("/auth/refresh")).status_code == 200
    second = client.cookies[COOKIE]
    assert second != first

    # Somebody else sends the first again; the real user then loses the second.
    client.cookies.clear()
    reused = await client.post("/auth/refresh", headers={"Cookie": f"{COOKIE}={first}"})
    after = await client.post("/auth/refresh", headers={"Cookie": f"{COOKIE}={second}"})

    assert error_code(reused) == ENDED
    assert reused.headers["www-authenticate"] == "Bearer"
    assert error_code(after) == ENDED
    assert await log_in(client) == 200
    assert (await client.post("/auth/refresh")).status_code == 200
    assert ann.username == "ann"


async def test_one_token_sent_twice_at_once_serves_once(client: Client, ann: User) -> None:
    await log_in(client)
    headers = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    client.cookies.clear()

    answers = await asyncio.gather(
        *(client.post("/auth/refresh", headers=headers) for _ in range(4))
    )

    assert sorted(one.status_code for one in answers) == [200, 401, 401, 401]
    assert ann.username == "ann"


@SAME_ON_BOTH
@pytest.mark.parametrize("cookie", [{}, {"Cookie": f"{COOKIE}=made-up"}])
async def test_refresh_without_a_known_token(client: Client, cookie: dict[str, str]) -> None:
    assert error_code(await client.post("/auth/refresh", headers=cookie)) == ENDED


async def test_a_refresh_token_expires(client: Client, ann: User, database: Database) -> None:
    await log_in(client)
    async with database.unit_of_work() as session:
        await session.execute(update(RefreshToken).values(expires_at=now()))

    assert error_code(await client.post("/auth/refresh")) == ENDED
    await log_in(client)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 1
    assert ann.username == "ann"


async def test_logout_voids_the_chain(client: Client, ann: User) -> None:
    await log_in(client)
    headers = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}

    assert (await client.post("/auth/logout")).status_code == 204

    assert COOKIE not in client.cookies
    assert error_code(await client.post("/auth/refresh", headers=headers)) == ENDED
    assert (await client.post("/auth/logout")).status_code == 204
    assert ann.username == "ann"


async def test_a_new_password_voids_all_tokens(
    client: Client, ann: User, database: Database, as_user: AsUser
) -> None:
    async with database.unit_of_work() as session:
        await session.execute(
            update(User).values(must_change_password=True), execution_options=UNSEEN
        )
    await log_in(client)
    headers = as_user(ann)
    assert (await client.get("/auth/me", headers=headers)).json()["must_change_password"]
    refresh = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}

    change = {"current_password": PASSWORD, "new_password": "another horse battery"}
    response = await client.post("/auth/password", json=change, headers=headers)

    assert response.status_code == 204
    assert error_code(await client.get("/auth/me", headers=headers)) == ENDED
    assert error_code(await client.post("/auth/refresh", headers=refresh)) == ENDED
    assert await log_in(client) == 401
    answer = await client.post(
        "/auth/login", data={"username": "ann", "password": "another horse battery"}
    )
    again = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert not (await client.get("/auth/me", headers=again)).json()["must_change_password"]


@SAME_ON_BOTH
@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [
        ("wrong", "another horse battery", (400, "VALIDATION_ERROR")),
        (PASSWORD, PASSWORD, (400, "VALIDATION_ERROR")),
        (PASSWORD, "short", (422, "REQUEST_INVALID")),
    ],
)
async def test_passwords_that_will_not_do(
    client: Client, ann: User, as_user: AsUser, current: str, new: str, expected: tuple[int, str]
) -> None:
    change = {"current_password": current, "new_password": new}

    response = await client.post("/auth/password", json=change, headers=as_user(ann))

    assert error_code(response) == expected
    assert "battery" not in response.text


async def test_a_stolen_token_does_not_guess_the_password(
    client: Client, ann: User, as_user: AsUser
) -> None:
    change = {"current_password": "wrong", "new_password": "another horse battery"}

    answers = [
        await client.post("/auth/password", json=change, headers=as_user(ann)) for _ in range(4)
    ]

    assert [one.status_code for one in answers] == [400, 400, 400, 429]


@SAME_ON_BOTH
async def test_tokens_that_are_not_ours(client: Client, ann: User, settings: Settings) -> None:
    secret = settings.secret_key.get_secret_value()
    token = AccessToken(ann.id, 0)
    bad = [
        "nonsense",
        issue_access_token(token, "x" * 40, timedelta(minutes=1)),
        issue_access_token(token, secret, timedelta(minutes=-1)),
        issue_access_token(AccessToken(ann.id, 7), secret, timedelta(minutes=1)),
        issue_access_token(AccessToken(UUID(int=1), 0), secret, timedelta(minutes=1)),
    ]

    for one in bad:
        response = await client.get("/auth/me", headers={"Authorization": f"Bearer {one}"})
        assert error_code(response) == ENDED
        assert response.headers["www-authenticate"] == "Bearer"
