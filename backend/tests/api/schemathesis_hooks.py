"""What Schemathesis needs to know of us: who calls, and ids of things that there are."""

import asyncio
import json
import os
from datetime import timedelta
from typing import Any
from uuid import UUID

import schemathesis
from sqlalchemy import select

from app.core.security import AccessToken, issue_access_token
from app.core.settings import Settings
from app.db.session import Database
from app.models import User

_SETTINGS = Settings()
_DATABASE = Database.connect(_SETTINGS.database)
_LOOP = asyncio.Runner()
_WORLD = json.loads(os.environ["SCHEMATHESIS_WORLD"])


async def _caller() -> AccessToken:
    async with _DATABASE.reading() as session:
        user = (await session.scalars(select(User).where(User.username == "caller"))).one()
    if not user.is_active or user.must_change_password:
        async with _DATABASE.unit_of_work() as session:
            user = await session.get_one(User, user.id)
            user.is_active, user.must_change_password = True, False
    return AccessToken(user.id, user.token_generation)


@schemathesis.auth(refresh_interval=None)
class Caller:
    """Logs in anew for every request: what is tried includes ending all of one's sessions."""

    def get(self, case: Any, context: Any) -> str:
        del case, context
        secret = _SETTINGS.secret_key.get_secret_value()
        return issue_access_token(_LOOP.run(_caller()), secret, timedelta(minutes=5))

    def set(self, case: Any, data: str, context: Any) -> None:
        del context
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any]) -> dict[str, Any]:
    """Have half of the ids be of things that there are, and leave those where they are."""
    if context.operation.method == "delete":
        return path_parameters
    return {name: _known(name, value) for name, value in (path_parameters or {}).items()}


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any]) -> dict[str, Any]:
    """As for paths."""
    del context
    return {name: _known(name, value) for name, value in (query or {}).items()}


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """As for paths."""
    del context
    if not isinstance(body, dict):
        return body
    return {name: _known(name, value) for name, value in body.items()}


def _known(name: str, value: Any) -> Any:
    try:
        chosen = UUID(value).int % 2 == 0
    except (ValueError, TypeError, AttributeError):
        return value
    return _WORLD.get(name, value) if chosen else value
