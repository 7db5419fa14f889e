import pytest

from app.db.session import Database
from app.models import Placement, Program, User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code
from tests.rows import START, add_cast

pytestmark = pytest.mark.anyio


@pytest.fixture
def headers(coordinator: User, as_user: AsUser) -> dict[str, str]:
    return as_user(coordinator)


async def test_a_calendar_makes_the_periods(client: Client, headers: dict[str, str]) -> None:
    calendar = {
        "start": "2027-07-01",
        "period": "month",
        "splits": [{"period": 2, "on": "2027-08-16"}],
        "holidays": [{"on": "2027-12-25", "name": "Christmas"}],
    }
    response = await client.post("/academic-years", json={"calendar": calendar}, headers=headers)
    assert response.status_code == 201
    year = response.json()
    assert (year["start_date"], year["end_date"]) == ("2027-07-01", "2028-06-30")
    assert len(year["periods"]) == 13
    assert year["periods"][2] == {
        "period": 2,
        "part": 1,
        "start_date": "2027-08-16",
        "end_date": "2027-08-31",
    }
    listed = (await client.get("/academic-years", headers=headers)).json()
    assert [one["start_date"] for one in listed["items"]] == ["2026-07-01", "2027-07-01"]
    url = f"/academic-years/{year['id']}"
    changed = await client.patch(
        url, json={"calendar": {"start": "2027-07-01"}, "version": 1}, headers=headers
    )
    assert (len(changed.json()["periods"]), changed.json()["version"]) == (13, 2)
    assert (await client.get(url, headers=headers)).json() == changed.json()


async def test_years_do_not_overlap(client: Client, headers: dict[str, str]) -> None:
    response = await client.post(
        "/academic-years", json={"calendar": {"start": "2027-06-30"}}, headers=headers
    )

    assert error_code(response) == (409, "CONFLICT")


async def test_periods_stay_where_placements_are(
    client: Client, headers: dict[str, str], database: Database, program: Program
) -> None:
    cast = await add_cast(database, program)
    async with database.unit_of_work() as session:
        session.add(
            Placement(
                program_id=program.id,
                schedule_id=cast.schedule.id,
                person_id=cast.people[0].id,
                rotation_type_id=cast.rotation.id,
                start_date=START,
                end_date=START.replace(day=28),
            )
        )
    year = (await client.get("/academic-years", headers=headers)).json()["items"][0]
    url = f"/academic-years/{year['id']}"

    moved = await client.patch(
        url, json={"calendar": {"start": "2026-07-01", "period": "month"}}, headers=headers
    )
    assert error_code(moved) == (409, "CONFLICT")
    holiday = {"start": "2026-07-01", "holidays": [{"on": "2026-12-25", "name": "Christmas"}]}
    kept = await client.patch(url, json={"calendar": holiday}, headers=headers)
    assert kept.json()["calendar"]["holidays"] == holiday["holidays"]


@SAME_ON_BOTH
@pytest.mark.parametrize(
    "calendar",
    [
        {},
        {"start": "2027-07-01", "end": "2027-06-30"},
        {"start": "2027-07-01", "period": "3 weeks"},
        {"start": "2027-07-01", "x": 1},
    ],
)
async def test_wrong_calendars(
    client: Client, headers: dict[str, str], calendar: dict[str, object]
) -> None:
    response = await client.post("/academic-years", json={"calendar": calendar}, headers=headers)

    assert error_code(response) == (422, "REQUEST_INVALID")
