"""From an address to a member."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.core.access import Role
from app.core.clock import now
from app.core.settings import Settings
from app.db.session import Database
from app.models import Invitation, OutgoingMail, Person, Program, User
from tests.api.support import SAME_ON_BOTH, AsUser, Client, error_code
from tests.rows import UNSEEN, add_cast, add_member, add_program, add_user

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("cheap_passwords")]

ACCOUNT = {"username": "M.Curie", "password": "polonium radium"}
INVALID = (400, "LINK_INVALID")


@pytest.fixture
def headers(coordinator: User, as_user: AsUser) -> dict[str, str]:
    return as_user(coordinator)


async def mails(database: Database) -> list[OutgoingMail]:
    async with database.reading() as session:
        return list(await session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


async def invite(
    client: Client, database: Database, headers: dict[str, str], **given: str
) -> tuple[str, dict[str, str]]:
    """Invite somebody; return the token of the mail and the answer."""
    new = {"email": "Curie@b.example", "role": "RESIDENT", **given}
    made = await client.post("/invitations", json=new, headers=headers)
    assert made.status_code == 201, made.text
    text = (await mails(database))[-1].text
    [token] = re.findall(r"^http://localhost:8000/invitation#([\w-]{43})$", text, re.MULTILINE)
    return token, made.json()


async def accept(client: Client, token: str, **account: str) -> tuple[int, str]:
    response = await client.post("/invitations/accept", json={"token": token, **account})
    if response.is_success:
        return response.status_code, response.json()["username"]
    return error_code(response)


async def test_from_an_address_to_a_member(
    client: Client, database: Database, program: Program, headers: dict[str, str]
) -> None:
    token, made = await invite(client, database, headers, full_name="Marie Curie")
    assert made["email"] == "curie@b.example"
    assert token not in str(made)
    [mail] = await mails(database)
    assert (mail.recipient, mail.subject) == ("curie@b.example", "Invitation to Medicine")

    offer = (await client.post("/invitations/look", json={"token": token})).json()
    assert offer == {
        "email": "curie@b.example",
        "full_name": "Marie Curie",
        "role": "RESIDENT",
        "program": "Medicine",
        "has_account": False,
    }
    assert await accept(client, token, **ACCOUNT) == (200, "m.curie")

    form = {"username": "curie@b.example", "password": ACCOUNT["password"]}
    access = (await client.post("/auth/login", data=form)).json()["access_token"]
    own = {"Authorization": f"Bearer {access}"}
    me = (await client.get("/auth/me", headers=own)).json()
    assert me["memberships"] == [{"program_id": str(program.id), "role": "RESIDENT"}]
    assert (me["full_name"], me["must_change_password"]) == ("Marie Curie", False)
    listed = (await client.get("/invitations", headers=headers)).json()
    assert listed["items"][0]["accepted_at"] is not None

    assert await accept(client, token, **ACCOUNT) == INVALID


async def test_the_token_is_not_kept(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    token, _ = await invite(client, database, headers)

    async with database.reading() as session:
        [kept] = await session.scalars(select(Invitation.token_hash))
    assert token not in kept
    assert len(kept) == 64


async def test_who_has_an_account_keeps_its_password(
    client: Client, database: Database, program: Program, admin: User, as_user: AsUser
) -> None:
    ann = await add_user(database, "ann", password_hash="hers")  # noqa: S106 - no password
    async with database.unit_of_work() as session:
        await session.execute(
            update(User).where(User.id == ann.id).values(email="curie@b.example"),
            execution_options=UNSEEN,
        )
    given = {"program_id": str(program.id)}
    token, _ = await invite(client, database, as_user(admin), **given)

    assert (await client.post("/invitations/look", json={"token": token})).json()["has_account"]
    assert await accept(client, token, **ACCOUNT) == (400, "ACCOUNT_EXISTS")
    assert await accept(client, token) == (200, "ann")

    async with database.reading() as session:
        assert (await session.get_one(User, ann.id)).password_hash == "hers"  # noqa: S105
    me = (await client.get("/auth/me", headers=as_user(ann))).json()
    assert [one["role"] for one in me["memberships"]] == ["RESIDENT"]


async def test_who_is_not_active_stays_outside(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    await add_user(database, "ann")
    async with database.unit_of_work() as session:
        gone = {"email": "curie@b.example", "is_active": False}
        await session.execute(
            update(User).where(User.username == "ann").values(**gone), execution_options=UNSEEN
        )
    token, _ = await invite(client, database, headers)

    assert await accept(client, token) == (403, "FORBIDDEN")


async def test_without_an_account_one_is_needed(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    token, _ = await invite(client, database, headers)

    assert await accept(client, token) == (400, "ACCOUNT_REQUIRED")
    assert await accept(client, token, username="curie") == (422, "REQUEST_INVALID")
    short = {"username": "curie", "password": "short"}
    assert await accept(client, token, **short) == (422, "REQUEST_INVALID")
    taken = {**ACCOUNT, "username": "coordinator"}
    assert await accept(client, token, **taken) == (409, "CONFLICT")
    # What was refused has used nothing up.
    assert await accept(client, token, **ACCOUNT) == (200, "m.curie")


async def test_a_link_ends(
    client: Client, database: Database, headers: dict[str, str], settings: Settings
) -> None:
    first, _ = await invite(client, database, headers)
    second, made = await invite(client, database, headers)
    look = client.post("/invitations/look", json={"token": first})
    assert error_code(await look) == INVALID  # by a newer one
    assert (await client.get("/invitations", headers=headers)).json()["total"] == 1
    gone = await client.delete(f"/invitations/{made['id']}", headers=headers)
    assert gone.json() == {"status": "deleted"}
    assert await accept(client, second, **ACCOUNT) == INVALID  # withdrawn
    third, _ = await invite(client, database, headers)
    async with database.unit_of_work() as session:
        late = now() - timedelta(seconds=1)
        assert await session.scalar(select(Invitation.expires_at)) == pytest.approx(
            now() + timedelta(days=settings.invitation_days), abs=timedelta(minutes=1)
        )
        await session.execute(update(Invitation).values(expires_at=late), execution_options=UNSEEN)
    assert await accept(client, third, **ACCOUNT) == INVALID  # too old
    assert await accept(client, "guess", **ACCOUNT) == INVALID


async def test_a_member_may_be_a_person_of_the_schedule(
    client: Client, database: Database, program: Program, headers: dict[str, str]
) -> None:
    person = (await add_cast(database, program)).people[0]
    given = {"person_id": str(person.id)}
    token, _ = await invite(client, database, headers, **given)
    await accept(client, token, **ACCOUNT)

    async with database.reading() as session:
        curie = await session.scalar(select(User).where(User.username == "m.curie"))
        assert curie is not None
        assert (await session.get_one(Person, person.id)).user_id == curie.id
    again = {"email": "other@b.example", "role": "RESIDENT", **given}
    response = await client.post("/invitations", json=again, headers=headers)
    assert error_code(response) == (409, "CONFLICT")


async def test_a_person_who_has_become_another_user(
    client: Client, database: Database, program: Program, coordinator: User, as_user: AsUser
) -> None:
    person = (await add_cast(database, program)).people[0]
    given = {"person_id": str(person.id)}
    token, _ = await invite(client, database, as_user(coordinator), **given)
    async with database.unit_of_work() as session:
        (await session.get_one(Person, person.id)).user_id = coordinator.id

    assert await accept(client, token, **ACCOUNT) == (409, "CONFLICT")
    async with database.reading() as session:
        assert await session.scalar(select(User).where(User.username == "m.curie")) is None


async def test_people_of_another_programme_are_not_there(
    client: Client, database: Database, headers: dict[str, str]
) -> None:
    other = await add_cast(database, await add_program(database, "Surgery"))
    for person_id in (other.people[0].id, uuid4()):
        new = {"email": "a@b.example", "role": "VIEWER", "person_id": str(person_id)}
        response = await client.post("/invitations", json=new, headers=headers)
        assert error_code(response) == (404, "NOT_FOUND")


async def test_an_invitation_changes_a_role(
    client: Client, database: Database, program: Program, headers: dict[str, str], as_user: AsUser
) -> None:
    member = await add_member(database, "curie", program, Role.VIEWER)
    async with database.unit_of_work() as session:
        await session.execute(
            update(User).where(User.id == member.id).values(email="curie@b.example"),
            execution_options=UNSEEN,
        )
    token, _ = await invite(client, database, headers, role="FACULTY")

    assert await accept(client, token) == (200, "curie")
    me = (await client.get("/auth/me", headers=as_user(member))).json()
    assert [one["role"] for one in me["memberships"]] == ["FACULTY"]


@SAME_ON_BOTH
@pytest.mark.parametrize("wrong", [{"role": "ADMIN"}, {"email": "b"}, {"is_admin": True}])
async def test_nobody_is_invited_as_admin(
    client: Client, headers: dict[str, str], wrong: dict[str, object]
) -> None:
    new = {"email": "a@b.example", "role": "VIEWER", **wrong}
    response = await client.post("/invitations", json=new, headers=headers)
    assert error_code(response) == (422, "REQUEST_INVALID")
