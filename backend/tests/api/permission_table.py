"""Who may call what: one line for every operation, which the tests compare with the router.

A new route needs a line here, and a row of `tests/api/world.py` if its path names something new.
The rest (anonymous, each role, another programme's member, one-time passwords, API tokens, things
that are not there) is tried for it without further words.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.core.access import Role

PUBLIC = "public"
LOGGED_IN = "logged in"
ONE_TIME = "logged in, with a one-time password too"
Permission = frozenset[Role] | str

EVERYBODY = frozenset(Role)
COORDINATOR = frozenset({Role.COORDINATOR})
ADMIN = frozenset({Role.ADMIN})
COLLEAGUES = frozenset({Role.COORDINATOR, Role.FACULTY, Role.RESIDENT})


# What an API token never opens, whatever its scopes.
_FOR_PEOPLE = (
    "/api/auth/password",
    "/api/tokens",
    "/api/users",
    "/api/invitations",
    "/api/access-log",
    "/api/audit",
    "/api/notifications",
    "/api/people/{person_id}/calendar-link",
)


class Case(NamedTuple):
    """A call that succeeds for whoever may make it.

    ``{name}`` in query and body is replaced by the id of the world's row, as in the path.

    Parameters
    ----------
    who
        What the route has to declare.
    scoped
        Whether it is about one programme: then it is not there for members of another.
    files
        What is sent as a form, in place of a body.
    path
        Other rows of the world than those that the path's parameters are called by.
    own
        Whether it is about somebody whom, coordinators apart, only that user may ask for.
    """

    who: Permission
    body: Any = None
    query: str = ""
    scoped: bool = True
    files: Any = None
    path: Mapping[str, str] = {}
    own: bool = False


_DAYS = {"start_date": "2026-07-01", "end_date": "2026-07-01"}
_SCHEDULE = {"name": "New", **_DAYS, "program_id": "{program_id}"}
_PASSWORDS = {"current_password": "-", "new_password": "twelve letters"}
_PROGRAM = {"name": "New", "time_zone": "UTC", "year_start": "2026-07-01"}
_GUEST = {"email": "guest@b.example", "role": "VIEWER", "program_id": "{program_id}"}
_SET = {"op": "set", "person_id": "{placed_id}", "on": "2026-07-01", "rotation_type": "MICU"}
_EDIT = {"revision": 1, "edits": [_SET]}
_YEAR = {"calendar": {"start": "2030-07-01"}, "program_id": "{program_id}"}
_DUTY = {"code": "N", "kind": "off", "program_id": "{program_id}"}
_RULE = {"kind": "leave", "name": "New"}
_LEAVE = {"start_date": "2026-12-24", "end_date": "2026-12-26", "person_id": "{placed_id}"}
_WISH = {"rank": 2, "rotations": ["MICU"], "periods": [3], "person_id": "{placed_id}"}
_FILE = b"""
name: From a file
calendar: {start: 2026-07-01}
rotation_types: [{code: A}]
people: [{id: r1, pgy: 1}]
"""
_CHANGED = b"""
name: Renamed
calendar: {start: 2026-07-01}
rotation_types: [{code: MICU}, {code: NEW}]
duty_types: [{code: "OFF", name: Off, kind: "off"}]
people: [{id: r2, pgy: 1}]
"""
_ASSIGNED = {
    "schedule_id": "{schedule_id}",
    "person_id": "{placed_id}",
    "rotation_type": "MICU",
    "date": "2026-07-01",
    "session": "PM",
    "duty": "OFF",
}
_UNPUBLISHED = {"schedule_id": "unpublished_id"}
_OVERRIDE = {"key": "{finding_key}", "reason": "Agreed."}
_DAYS_QUERY = "from=2026-07-01&to=2026-07-01"
_OF_PROGRAM = "program_id={program_id}"

CASES: dict[str, Case] = {
    "GET /metrics": Case(PUBLIC),
    "GET /api/health/live": Case(PUBLIC),
    "GET /api/health/ready": Case(PUBLIC),
    "POST /api/auth/login": Case(PUBLIC),
    "POST /api/auth/refresh": Case(PUBLIC),
    "POST /api/auth/logout": Case(PUBLIC),
    "POST /api/auth/password": Case(ONE_TIME, _PASSWORDS),
    "POST /api/auth/password/forgot": Case(PUBLIC),
    "POST /api/auth/password/reset": Case(PUBLIC),
    "GET /api/auth/me": Case(ONE_TIME),
    "GET /api/tokens": Case(LOGGED_IN),
    "POST /api/tokens": Case(LOGGED_IN, {"name": "export", "scopes": ["read"]}),
    "DELETE /api/tokens/{token_id}": Case(LOGGED_IN),
    "GET /api/users": Case(ADMIN),
    "POST /api/users": Case(ADMIN, {"username": "new"}),
    "GET /api/users/{user_id}": Case(ADMIN),
    "PATCH /api/users/{user_id}": Case(ADMIN, {"full_name": "X"}),
    "POST /api/users/{user_id}/password": Case(ADMIN),
    "DELETE /api/users/{user_id}/sessions": Case(ADMIN),
    "PUT /api/users/{user_id}/memberships/{program_id}": Case(ADMIN, {"role": "VIEWER"}),
    "DELETE /api/users/{user_id}/memberships/{program_id}": Case(ADMIN),
    "GET /api/invitations": Case(COORDINATOR, query=_OF_PROGRAM),
    "POST /api/invitations": Case(COORDINATOR, _GUEST),
    "DELETE /api/invitations/{invitation_id}": Case(COORDINATOR),
    "POST /api/invitations/look": Case(PUBLIC),
    "POST /api/invitations/accept": Case(PUBLIC),
    "POST /api/programs/import": Case(ADMIN, files={"programme": ("new.yaml", _FILE)}),
    "POST /api/programs/{program_id}/import": Case(
        COORDINATOR, query="dry_run=true", files={"programme": ("ward.yaml", _CHANGED)}
    ),
    "GET /api/programs/{program_id}/export.yaml": Case(COORDINATOR),
    "GET /api/programs": Case(EVERYBODY, scoped=False),
    "POST /api/programs": Case(ADMIN, _PROGRAM),
    "GET /api/programs/{program_id}": Case(EVERYBODY),
    "PATCH /api/programs/{program_id}": Case(COORDINATOR, {"specialty": "X"}),
    "GET /api/programs/{program_id}/settings": Case(EVERYBODY),
    "PATCH /api/programs/{program_id}/settings": Case(COORDINATOR, {"objective": "maximize"}),
    "GET /api/academic-years": Case(EVERYBODY, query=_OF_PROGRAM),
    "POST /api/academic-years": Case(COORDINATOR, _YEAR),
    "GET /api/academic-years/{academic_year_id}": Case(EVERYBODY),
    "PATCH /api/academic-years/{academic_year_id}": Case(COORDINATOR, {}),
    "GET /api/people": Case(EVERYBODY, query=_OF_PROGRAM),
    "POST /api/people": Case(COORDINATOR, {"name": "New", "program_id": "{program_id}"}),
    "GET /api/people/{person_id}": Case(EVERYBODY),
    "PATCH /api/people/{person_id}": Case(COORDINATOR, {"name": "X"}),
    "PUT /api/people/{person_id}/appointments/{academic_year_id}": Case(COORDINATOR, {"pgy": 1}),
    "DELETE /api/people/{person_id}/appointments/{academic_year_id}": Case(COORDINATOR),
    "DELETE /api/people/{person_id}": Case(COORDINATOR),
    "GET /api/rotation-types": Case(EVERYBODY, query=_OF_PROGRAM),
    "POST /api/rotation-types": Case(COORDINATOR, {"code": "N", "program_id": "{program_id}"}),
    "GET /api/rotation-types/{rotation_type_id}": Case(EVERYBODY),
    "PATCH /api/rotation-types/{rotation_type_id}": Case(COORDINATOR, {"name": "X"}),
    "DELETE /api/rotation-types/{rotation_type_id}": Case(COORDINATOR),
    "GET /api/duty-types": Case(EVERYBODY, query=_OF_PROGRAM),
    "POST /api/duty-types": Case(COORDINATOR, _DUTY),
    "GET /api/duty-types/{duty_type_id}": Case(EVERYBODY),
    "PATCH /api/duty-types/{duty_type_id}": Case(COORDINATOR, {"name": "X"}),
    "DELETE /api/duty-types/{duty_type_id}": Case(COORDINATOR),
    "GET /api/rule-kinds": Case(EVERYBODY, scoped=False),
    "GET /api/rules": Case(EVERYBODY, query=_OF_PROGRAM),
    "POST /api/rules": Case(COORDINATOR, {"rule": _RULE, "program_id": "{program_id}"}),
    "GET /api/rules/{rule_id}": Case(EVERYBODY),
    "PATCH /api/rules/{rule_id}": Case(COORDINATOR, {"position": 0}),
    "DELETE /api/rules/{rule_id}": Case(COORDINATOR),
    # Before their schedule goes.
    "DELETE /api/assignments/{assignment_id}": Case(COORDINATOR),
    "DELETE /api/schedules/{schedule_id}/overrides/{override_id}": Case(
        COORDINATOR, path=_UNPUBLISHED
    ),
    "GET /api/leave": Case(COLLEAGUES, query=_OF_PROGRAM),
    "POST /api/leave": Case(COLLEAGUES, _LEAVE, own=True),
    "GET /api/leave/{leave_id}": Case(COLLEAGUES, own=True),
    "PATCH /api/leave/{leave_id}": Case(COLLEAGUES, {"kind": "sick"}, own=True),
    "POST /api/leave/{leave_id}/decision": Case(COORDINATOR, {"decision": "approved"}),
    "POST /api/leave/{leave_id}/withdraw": Case(COLLEAGUES, own=True),
    "GET /api/requests": Case(COLLEAGUES, query=_OF_PROGRAM),
    "POST /api/requests": Case(COLLEAGUES, _WISH, own=True),
    "GET /api/requests/{request_id}": Case(COLLEAGUES, own=True),
    "PATCH /api/requests/{request_id}": Case(COLLEAGUES, {"periods": [4]}, own=True),
    "POST /api/requests/{request_id}/decision": Case(COORDINATOR, {"decision": "approved"}),
    "POST /api/requests/{request_id}/withdraw": Case(COLLEAGUES, own=True),
    "GET /api/schedules": Case(COORDINATOR, query=_OF_PROGRAM),
    "POST /api/schedules": Case(COORDINATOR, _SCHEDULE),
    "POST /api/schedules/bulk": Case(COORDINATOR, [_SCHEDULE]),
    "GET /api/schedules/{schedule_id}": Case(COORDINATOR),
    "PATCH /api/schedules/{schedule_id}": Case(COORDINATOR, {"name": "X"}),
    "DELETE /api/schedules/{schedule_id}": Case(COORDINATOR),
    "GET /api/schedules/{schedule_id}/findings": Case(COORDINATOR),
    "GET /api/access-log": Case(COORDINATOR, query=_OF_PROGRAM),
    "GET /api/schedules/{schedule_id}/grid": Case(COORDINATOR),
    "POST /api/schedules/{schedule_id}/branch": Case(COORDINATOR, {"name": "Branch"}),
    "GET /api/schedules/{schedule_id}/compare/{other_schedule_id}": Case(COORDINATOR),
    "GET /api/schedules/{schedule_id}/export.csv": Case(COORDINATOR),
    "GET /api/schedules/{schedule_id}/export.xlsx": Case(COORDINATOR),
    "POST /api/schedules/{schedule_id}/edits": Case(COORDINATOR, _EDIT),
    "GET /api/schedules/{schedule_id}/edits": Case(COORDINATOR),
    "POST /api/schedules/{schedule_id}/undo": Case(COORDINATOR, {"revision": 2}),
    "POST /api/schedules/{schedule_id}/redo": Case(COORDINATOR, {"revision": 3}),
    "POST /api/schedules/{schedule_id}/generate": Case(COORDINATOR, {}),
    "GET /api/assignments": Case(COORDINATOR, query="schedule_id={schedule_id}"),
    "POST /api/assignments": Case(COORDINATOR, _ASSIGNED),
    "GET /api/assignments/{assignment_id}": Case(COORDINATOR),
    "PATCH /api/assignments/{assignment_id}": Case(COORDINATOR, {"note": "X"}),
    "GET /api/schedules/{schedule_id}/overrides": Case(COORDINATOR),
    "POST /api/schedules/{schedule_id}/overrides": Case(COORDINATOR, _OVERRIDE, path=_UNPUBLISHED),
    "GET /api/schedules/{schedule_id}/coverage": Case(EVERYBODY, path={"schedule_id": "told_id"}),
    "GET /api/schedules/{schedule_id}/fairness": Case(COLLEAGUES, path={"schedule_id": "told_id"}),
    "GET /api/schedules/{schedule_id}/requests": Case(COLLEAGUES, path={"schedule_id": "told_id"}),
    "GET /api/people/{person_id}/assignments/upcoming": Case(COLLEAGUES, own=True),
    "GET /api/stats": Case(EVERYBODY, query=_OF_PROGRAM),
    "GET /api/on-duty": Case(EVERYBODY, query=_OF_PROGRAM),
    "GET /api/tasks": Case(COORDINATOR, query=_OF_PROGRAM),
    "GET /api/tasks/{task_id}": Case(COORDINATOR),
    "GET /api/tasks/{task_id}/events": Case(COORDINATOR),
    "DELETE /api/tasks/{task_id}": Case(COORDINATOR),
    "POST /api/schedules/{schedule_id}/publish": Case(
        COORDINATOR, {"revision": 2}, path=_UNPUBLISHED
    ),
    "GET /api/schedules/{schedule_id}/publications": Case(COORDINATOR),
    "GET /api/publications/{publication_id}": Case(COORDINATOR),
    "GET /api/publications/{publication_id}/schedule": Case(COORDINATOR),
    "GET /api/publications/{publication_id}/certificate": Case(COORDINATOR),
    "GET /api/publications/{publication_id}/difference/{other_id}": Case(COORDINATOR),
    "POST /api/publications/{publication_id}/rollback": Case(COORDINATOR, {"revision": 1}),
    "GET /api/programs/{program_id}/published": Case(EVERYBODY, query=_DAYS_QUERY),
    "GET /api/programs/{program_id}/published/export.csv": Case(EVERYBODY, query=_DAYS_QUERY),
    "GET /api/programs/{program_id}/published/export.xlsx": Case(EVERYBODY, query=_DAYS_QUERY),
    "POST /api/people/{person_id}/calendar-link": Case(LOGGED_IN),
    "DELETE /api/people/{person_id}/calendar-link": Case(LOGGED_IN),
    "GET /api/calendar/{token}.ics": Case(PUBLIC),
    "GET /api/notifications": Case(LOGGED_IN),
    "GET /api/notifications/unread": Case(LOGGED_IN),
    "POST /api/notifications/read": Case(LOGGED_IN),
    "POST /api/notifications/{notification_id}/read": Case(LOGGED_IN),
    "GET /api/audit": Case(COORDINATOR, query=_OF_PROGRAM),
    "GET /api/audit/platform": Case(ADMIN),
    "GET /api/signing-key": Case(EVERYBODY, scoped=False),
    "GET /api/blocks": Case(EVERYBODY, query=_DAYS_QUERY, scoped=False),
}


def for_people(operation: str) -> bool:
    """Return whether an operation is about accounts, and so out of the reach of API tokens."""
    return CASES[operation].who != PUBLIC and operation.split()[1].startswith(_FOR_PEOPLE)


GUARDED = [name for name, case in CASES.items() if isinstance(case.who, frozenset)]
"""Operations for some roles; what deletes comes last, so that the others find what they need."""
GUARDED.sort(key=lambda one: one.startswith("DELETE"))
LOGGED_INS = [name for name, case in CASES.items() if case.who in {LOGGED_IN, ONE_TIME}]
