"""What the cookie opens is closed to pages of other sites."""

import pytest

from app.core import security
from app.core.settings import Settings
from app.db.session import Database
from tests.api.support import SAME_ON_BOTH, Client, error_code
from tests.rows import add_user

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("cheap_passwords"),
    SAME_ON_BOTH,
]
FORM = {"username": "ann", "password": "correct horse battery"}
CROSS = (403, "CROSS_ORIGIN")
OWN = "https://housestaff.test"


@pytest.fixture
async def session(client: Client, database: Database) -> Client:
    """Give a client that holds a refresh cookie."""
    password_hash = await security.hash_password(FORM["password"])
    await add_user(database, "ann", password_hash=password_hash)
    assert (await client.post("/auth/login", data=FORM)).status_code == 200
    return client


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://housestaff.test.evil.example"},
        {"Origin": "https://other.housestaff.test", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_other_sites_are_refused(session: Client, headers: dict[str, str]) -> None:
    for path in ("/auth/refresh", "/auth/logout"):
        assert error_code(await session.post(path, headers=headers)) == CROSS
    # Neither can they log somebody in under a name of theirs.
    login = await session.post("/auth/login", data=FORM, headers=headers)
    assert error_code(login) == CROSS
    assert "set-cookie" not in login.headers

    # Nothing was used up or ended.
    assert (await session.post("/auth/refresh")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost:8000"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_own_pages_and_programs_are_let_in(session: Client, headers: dict[str, str]) -> None:
    assert (await session.post("/auth/refresh", headers=headers)).status_code == 200
    assert (await session.post("/auth/logout", headers=headers)).status_code == 204


async def test_in_production_only_the_public_address_counts(
    session: Client, settings: Settings
) -> None:
    settings.environment = "production"
    settings.public_url = "https://hospital.example/staff"

    assert error_code(await session.post("/auth/refresh", headers={"Origin": OWN})) == CROSS
    public = {"Origin": "https://hospital.example"}
    assert (await session.post("/auth/refresh", headers=public)).status_code == 200


async def test_reading_is_for_everybody_who_may(session: Client) -> None:
    response = await session.get("/auth/me", headers={"Origin": "https://evil.example"})

    # Without a bearer token the cookie opens nothing.
    assert error_code(response) == (401, "UNAUTHENTICATED")
