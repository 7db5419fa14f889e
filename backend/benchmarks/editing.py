"""Somebody who edits one cell of a served schedule again and again."""

import json

from benchmarks.api_world import World
from benchmarks.servers import Answer, Server


class Editor:
    """Sets one cell to one thing and another in turn."""

    def __init__(self, server: Server, world: World, known: dict[str, str]) -> None:
        self.server, self.world = server, world
        self.headers = {**known, "Content-Type": "application/json"}
        self.revision = 1
        self.turn = 0
        self._etag = ""

    def edit(self) -> Answer:
        """Edit the cell."""
        answer = self._send(dry_run=False)
        self.revision = json.loads(answer.body)["revision"]
        self._etag = ""
        return answer

    def try_edit(self) -> Answer:
        """Ask what an edit would do."""
        return self._send(dry_run=True)

    def _send(self, *, dry_run: bool) -> Answer:
        self.turn += 1
        edit = {
            "op": "set",
            "person_id": str(self.world.person_id),
            "on": self.world.day,
            "rotation_type": self.world.codes[self.turn % 2],
        }
        body = {"revision": self.revision, "edits": [edit], "dry_run": dry_run}
        path = f"/api/schedules/{self.world.schedule_id}/edits"
        return self.server.ask("POST", path, self.headers, json.dumps(body).encode())

    def etag(self, path: str) -> str:
        """Return what the grid is known by now."""
        if not self._etag:
            headers = self.server.ask("GET", path, self.headers).headers
            self._etag = next(value for name, value in headers.items() if name.lower() == "etag")
        return self._etag
