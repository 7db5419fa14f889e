"""A programme file brought in over a programme: what is told is done, and nothing else."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from app.files.programme_file import load_programme
from app.models import User
from app.scheduling.domain.program import Program
from tests.api.support import AsUser, Client, error_code
from tests.stored import EXAMPLES

pytestmark = pytest.mark.anyio
Json = dict[str, Any]
FILES = {
    "tiny": ["programme.yaml"],
    "im-4plus1": ["programme.yaml", "people.csv"],
    "hmc-im": ["programme.yaml", "synthetic_input.xlsx"],
}
EMPTY = {"added": [], "changed": [], "removed": [], "reordered": False}


class Office:
    """An ADMIN with a programme and its file."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers
        self.url = ""
        self.schedule_id: str | None = None

    async def make(self, name: str) -> None:
        files = [
            ("programme" if file == "programme.yaml" else "tables", (file, content))
            for file in FILES[name]
            for content in [(EXAMPLES / name / file).read_bytes()]
        ]
        made = await self.client.post("/programs/import", files=files, headers=self.headers)
        assert made.status_code == 201, made.text
        self.url = f"/programs/{made.json()['program']['id']}"
        self.schedule_id = made.json()["schedule_id"]

    async def export(self, **query: str) -> tuple[Json, str]:
        """Return the programme file, as it can be edited, and its state."""
        found = await self.client.get(f"{self.url}/export.yaml", params=query, headers=self.headers)
        assert found.status_code == 200, found.text
        return yaml.safe_load(found.text), found.headers["etag"]

    async def bring(
        self, file: Json, state: str | None = None, *, dry_run: bool = False
    ) -> httpx2.Response:
        content = yaml.safe_dump(file, sort_keys=False).encode()
        return await self.client.post(
            f"{self.url}/import",
            params={"dry_run": dry_run},
            files={"programme": ("changed.yaml", content)},
            headers=self.headers | ({} if state is None else {"If-Match": state}),
        )

    async def tried(self, file: Json) -> Json:
        found = await self.bring(file, dry_run=True)
        assert found.status_code == 200, found.text
        changes: Json = found.json()["changes"]
        return changes

    async def trail(self) -> list[Json]:
        query = f"program_id={self.url.rpartition('/')[2]}&limit=500"
        found = await self.client.get("/audit", params=query, headers=self.headers)
        events: list[Json] = found.json()["items"]
        return events


@pytest.fixture
def office(client: Client, admin: User, as_user: AsUser) -> Office:
    return Office(client, as_user(admin))


def programme(file: Json, folder: Path) -> Program:
    """Return what a file says, in which the order of somebody's leave and wishes says nothing."""
    path = folder / "file.yaml"
    path.write_text(yaml.safe_dump(file, sort_keys=False), encoding="utf-8")
    program = load_programme(path).program
    people = [
        replace(
            one,
            leave=tuple(sorted(one.leave, key=repr)),
            wishes=tuple(sorted(one.wishes, key=repr)),
        )
        for one in program.people
    ]
    return replace(program, people=tuple(people), assignments=())


def changed(file: Json) -> Json:
    """Return the file with something added, changed and taken away in every part."""
    new = deepcopy(file)
    new["specialty"] = "Another"
    people, kinds, rules = new["people"], new["rotation_types"], new["rules"]
    for one in people:
        one.pop("wishes", None)
    people[0]["wishes"] = [{"rank": 7, "rotations": [kinds[0]["code"]], "periods": [2]}]
    people[1]["name"] = "Somebody Else"
    joins = {key: people[0][key] for key in ("pgy", "track", "cohort") if key in people[0]}
    first, last = [date.fromisoformat(str(new["calendar"]["start"])) for _ in range(2)]  # no alias
    people[-1] = {"id": "joins", **joins, "leave": [{"start": first, "end": last}]}
    kinds[0]["name"] = "Renamed"
    kinds.append({"code": "NEW1"})
    rules[-1]["name"] = "Another rule"
    new.setdefault("duty_types", []).append({"code": "NEW2", "kind": "off"})
    return new


@pytest.mark.parametrize("name", FILES)
async def test_a_changed_file_is_told_and_done(office: Office, name: str, tmp_path: Path) -> None:
    await office.make(name)
    old, state = await office.export()
    assert await office.tried(old) == {
        "settings": [],
        **dict.fromkeys(
            ("people", "rotation_types", "duty_types", "rules", "leave", "wishes"), EMPTY
        ),
    }
    new = changed(old)
    gone, second = old["people"][-1], old["people"][1]

    told = await office.tried(new)

    specialty = {"field": "specialty", "before": old.get("specialty", ""), "after": "Another"}
    assert told["settings"] == [specialty]
    renamed = {"field": "name", "before": second.get("name"), "after": "Somebody Else"}
    assert told["people"]["changed"] == [{"key": second["id"], "fields": [renamed]}]
    kind = old["rotation_types"][0]
    renamed = {"field": "name", "before": kind.get("name"), "after": "Renamed"}
    assert told["rotation_types"]["changed"] == [{"key": kind["code"], "fields": [renamed]}]
    keys = {
        part: tuple([one["key"] for one in told[part][how]] for how in ("added", "removed"))
        for part in ("people", "rotation_types", "duty_types", "rules")
    }
    assert keys == {
        "people": (["joins"], [gone["id"]]),
        "rotation_types": (["NEW1"], []),
        "duty_types": (["NEW2"], []),
        "rules": (["Another rule"], [old["rules"][-1]["name"]]),
    }
    day = str(new["calendar"]["start"])
    absence = {"key": "joins", "content": {"kind": "vacation", "start": day, "end": day}}
    assert told["leave"]["added"] == [absence]
    assert [one["key"] for one in told["leave"]["removed"]] == [
        *[gone["id"]] * len(gone.get("leave", ())),
    ]
    wish = {"rank": 7, "rotations": [kind["code"]], "periods": [2]}
    assert told["wishes"]["added"] == [{"key": old["people"][0]["id"], "content": wish}]
    wished = sum(len(one.get("wishes", ())) for one in old["people"])
    assert len(told["wishes"]["removed"]) == wished
    assert (await office.export()) == (old, state)  # nothing was done yet

    before = await office.trail()
    done = await office.bring(new, state)
    assert done.status_code == 200, done.text
    assert done.json()["changes"] == told
    now, new_state = await office.export()
    assert (new_state, done.headers["etag"]) == (f'"{done.json()["state"]}"', new_state)
    assert programme(now, tmp_path) == programme(new, tmp_path)

    # What is the same was not touched, and all of it was done at once.
    trail = [one for one in await office.trail() if one not in before]
    assert len({one["request_id"] for one in trail}) == 1
    assert Counter((one["object_kind"], one["action"]) for one in trail) == Counter(
        {
            ("programs", "update"): 1,
            **{("people", one): 1 for one in ("create", "update", "delete")},
            **{("appointments", one): 1 for one in ("create", "delete")},
            **{("rotation_types", one): 1 for one in ("create", "update")},
            ("duty_types", "create"): 1,
            **{("rules", one): 1 for one in ("create", "delete")},
            ("leaves", "create"): 1,
            ("leaves", "delete"): len(gone.get("leave", ())),
            ("requests", "create"): 1,
            ("requests", "delete"): wished,
        }
    )
    assert await office.tried(now) == await office.tried(new)


async def test_what_schedules_use_stays(office: Office) -> None:
    await office.make("tiny")
    old, state = await office.export()
    start = str(old["calendar"]["start"])
    people = await office.client.get(
        "/people", params={"program_id": office.url.rpartition("/")[2]}, headers=office.headers
    )
    ids = {one["key"]: one["id"] for one in people.json()["items"]}
    cell = {"op": "set", "person_id": ids["avery"], "on": start, "rotation_type": "WARD"}
    edit = {"revision": 1, "edits": [cell]}
    url = f"/schedules/{office.schedule_id}/edits"
    assert (await office.client.post(url, json=edit, headers=office.headers)).status_code == 200

    new = deepcopy(old)
    new["people"] = [one for one in old["people"] if one["id"] not in {"avery", "blake", "gray"}]
    new["duty_types"] = [one for one in old["duty_types"] if one["code"] != "FREE"]
    new["calendar"]["period"] = "2 weeks"
    for state_read in (None, state):
        refused = await office.bring(new, state_read, dry_run=state_read is None)
        assert error_code(refused) == (409, "CONFLICT")
        error = refused.json()["error"]
        schedules = ["Imported assignments"]
        assert error["details"]["in_use"] == [
            {"part": "people", "key": "avery", "schedules": schedules},
            {"part": "people", "key": "blake", "schedules": schedules},
            {"part": "duty_types", "key": "FREE", "schedules": schedules},
            {"part": "calendar", "key": start, "schedules": schedules},
        ]
        assert "blake in Imported assignments" in error["message"]
    assert (await office.export()) == (old, state)

    # The file of a schedule has its assignments: they are passed over, and it is said.
    assert office.schedule_id is not None
    whole, state = await office.export(schedule_id=office.schedule_id)
    assert len(whole["assignments"]) == 2
    done = await office.bring(whole, state)
    assert done.json()["state"] == state.strip('"')
    assert [one["rule"] for one in done.json()["findings"]] == ["assignments"]


async def test_nobody_is_overwritten_unseen(office: Office) -> None:
    await office.make("tiny")
    old, state = await office.export()
    new = old | {"objective": "maximize"}
    assert error_code(await office.bring(new)) == (400, "IF_MATCH_REQUIRED")
    rule: Json = {"rule": {"kind": "leave", "name": "Newer"}}
    rule["program_id"] = office.url.rpartition("/")[2]
    added = await office.client.post("/rules", json=rule, headers=office.headers)
    assert added.status_code == 201, added.text
    refused = await office.bring(new, state)
    assert error_code(refused) == (409, "STALE")
    assert refused.json()["error"]["details"]["state"] != state.strip('"')
    assert len((await office.export())[0]["rules"]) == len(old["rules"]) + 1
    assert (await office.bring(new, "*")).status_code == 200
    assert (await office.export())[0]["rules"] == old["rules"]


async def test_the_order_of_a_file_is_kept(office: Office, tmp_path: Path) -> None:
    await office.make("tiny")
    old, _ = await office.export()
    new = deepcopy(old)
    new["people"].insert(1, {"id": "joins", "pgy": 1})
    new["rules"].reverse()
    told = await office.tried(new)
    assert not told["people"]["reordered"]
    assert told["rules"] == EMPTY | {"reordered": True}
    assert (await office.bring(new, "*")).status_code == 200
    now, _ = await office.export()
    assert programme(now, tmp_path) == programme(new, tmp_path)


async def test_years_have_people_of_their_own_and_all_else_in_common(office: Office) -> None:
    await office.make("tiny")
    old, _ = await office.export()
    program_id = office.url.rpartition("/")[2]
    later = deepcopy(old)
    del later["calendar"]["holidays"]
    later["calendar"]["start"] = date(2027, 7, 1)
    decided = [{"periods": [1], "one_of": ["ELEC"]}]
    later["people"] = [
        {"id": "avery", "name": "Avery Adams", "pgy": 2, "preassignments": decided},
        {"id": "joins", "pgy": 1},
    ]
    assert error_code(await office.bring(later, "*")) == (400, "NO_ACADEMIC_YEAR")
    body = {"calendar": {"start": "2027-07-01", "period": "4 weeks"}, "program_id": program_id}
    year = (await office.client.post("/academic-years", json=body, headers=office.headers)).json()
    told = await office.tried(later)  # into a year in which nobody is yet
    assert [one["key"] for one in told["people"]["added"]] == ["avery", "joins"]
    assert told["people"]["removed"] == []
    assert told["rules"] == EMPTY
    assert (await office.bring(later, "*")).status_code == 200
    assert (await office.export(academic_year_id=year["id"]))[0]["people"] == later["people"]

    # Who leaves one year stays in the other; what the other year needs cannot go.
    new = deepcopy(old)
    new["people"] = [one for one in old["people"] if one["id"] not in {"avery", "blake"}]
    draft = f"/schedules/{office.schedule_id}"
    assert (await office.client.delete(draft, headers=office.headers)).status_code == 200
    assert (await office.bring(new, "*")).status_code == 200
    people = await office.client.get(
        "/people", params={"program_id": program_id}, headers=office.headers
    )
    keys = [one["key"] for one in people.json()["items"]]
    assert "avery" in keys
    assert "blake" not in keys
    text = yaml.safe_dump(new)
    new = yaml.safe_load(text.replace("- ELEC", "- CLIN").replace("[ELEC]", "[CLIN]"))
    new["rotation_types"] = [one for one in new["rotation_types"] if one["code"] != "ELEC"]
    for dry_run in (True, False):
        refused = await office.bring(new, "*", dry_run=dry_run)
        assert error_code(refused) == (400, "VALIDATION_ERROR")
        assert "'ELEC' is unknown" in refused.json()["error"]["message"]


async def test_leave_moves_with_its_period(office: Office) -> None:
    await office.make("tiny")
    old, _ = await office.export()
    for one in old["people"]:
        one.pop("wishes", None)
    old["people"][0]["leave"] = [{"period": 3, "kind": "parental"}]
    assert (await office.bring(old, "*")).status_code == 200
    old["calendar"]["period"] = "month"
    [calendar] = (await office.tried(old))["settings"]
    assert (calendar["field"], calendar["after"]["period"]) == ("calendar", "month")
    assert (await office.bring(old, "*")).status_code == 200
    query = f"/leave?program_id={office.url.rpartition('/')[2]}"
    leave = (await office.client.get(query, headers=office.headers)).json()["items"]
    days = {one["period"]: (one["start_date"], one["end_date"]) for one in leave}
    assert days[3] == ("2026-09-01", "2026-09-30")
