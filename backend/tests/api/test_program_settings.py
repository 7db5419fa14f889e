import pytest

from app.models import Program, User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code

pytestmark = pytest.mark.anyio


@pytest.fixture
def headers(coordinator: User, as_user: AsUser) -> dict[str, str]:
    return as_user(coordinator)


@pytest.fixture
def url(program: Program) -> str:
    return f"/programs/{program.id}/settings"


async def test_sections_are_replaced_one_by_one(
    client: Client, headers: dict[str, str], url: str
) -> None:
    plain = (await client.get(url, headers=headers)).json()
    assert (plain["objective"], plain["groups"], plain["version"]) == ("minimize", {}, 1)

    groups = {"Seniors": {"pgy": [2, 3]}}
    changed = await client.patch(url, json={"groups": groups, "version": 1}, headers=headers)
    assert changed.json()["groups"]["Seniors"]["pgy"] == [2, 3]
    policy = {"tightened": [{"rule": "CPR-6.20-80H", "limit": 76}]}
    changed = await client.patch(url, json={"duty_hours": policy}, headers=headers)
    assert changed.json()["duty_hours"]["tightened"][0]["limit"] == 76
    shown = (await client.get(url, headers=headers)).json()
    assert shown == changed.json()
    assert shown["groups"]["Seniors"]["pgy"] == [2, 3]
    stale = await client.patch(url, json={"objective": "maximize", "version": 1}, headers=headers)
    assert error_code(stale) == (409, "STALE")


async def test_what_refers_to_nothing_is_refused(
    client: Client, headers: dict[str, str], url: str
) -> None:
    for wrong in (
        {"rotation_groups": {"Wards": ["W1"]}},
        {"groups": {"A": {"groups": ["B"]}}},
        {"duty_hours": {"no_moonlighting": ["nobody"]}},
    ):
        response = await client.patch(url, json=wrong, headers=headers)
        assert error_code(response) == (400, "VALIDATION_ERROR")
        assert response.json()["error"]["details"]["faults"]
    assert (await client.get(url, headers=headers)).json()["version"] == 1


async def test_a_policy_that_cannot_be_applied_is_refused(
    client: Client, headers: dict[str, str], url: str
) -> None:
    ward = {"code": "ward", "kind": "in_house", "am": "06:00-12:00"}
    for path, body in (
        ("/duty-types", ward),
        ("/rotation-types", {"code": "A"}),
        ("/people", {"name": "Ada", "pgy": 1}),
    ):
        assert (await client.post(path, json=body, headers=headers)).status_code == 201

    for policy in (
        {"packs": ["acgme-astrology"]},
        {"tightened": [{"rule": "CPR-6.20-80H", "limit": 90}]},
    ):
        response = await client.patch(url, json={"duty_hours": policy}, headers=headers)
        assert error_code(response) == (400, "INVALID_POLICY")


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "wrong", [{"objective": "best"}, {"groups": {"A": {"year": 1}}}, {"duty_hours": None}, {"x": 1}]
)
async def test_wrong_bodies(
    client: Client, headers: dict[str, str], url: str, wrong: dict[str, object]
) -> None:
    response = await client.patch(url, json=wrong, headers=headers)

    assert error_code(response) == (422, "REQUEST_INVALID")
