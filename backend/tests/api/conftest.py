from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from app.core.access import Role
from app.core.settings import Settings
from app.db.session import Database
from app.main import create_app
from app.models import Program, User
from tests.api.drafts import Draft, make_draft
from tests.api.leave_rounds import LeaveRound, make_leave_round
from tests.api.support import AsUser, Client
from tests.rows import add_member, add_program, add_user, bearer


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=tmp_path, login_failures=3)


@pytest.fixture(scope="session")
def one_application() -> FastAPI:
    """Build the application once: that takes longer than most tests."""
    return create_app()


@pytest.fixture
async def application(
    one_application: FastAPI, settings: Settings, database: Database
) -> AsyncIterator[FastAPI]:
    """Give the real application, started, on a database without rows."""
    del database
    one_application.state.settings = settings
    async with one_application.router.lifespan_context(one_application):
        yield one_application


@pytest.fixture
async def client(application: FastAPI) -> AsyncIterator[Client]:
    transport = httpx2.ASGITransport(app=application)
    async with Client(transport=transport, base_url="https://housestaff.test/api") as client:
        yield client


@pytest.fixture
async def program(database: Database) -> Program:
    return await add_program(database)


@pytest.fixture
async def admin(database: Database) -> User:
    return await add_user(database, "admin", admin=True)


@pytest.fixture
async def coordinator(database: Database, program: Program) -> User:
    return await add_member(database, "coordinator", program, Role.COORDINATOR)


@pytest.fixture
def as_user(settings: Settings) -> AsUser:
    """Return what makes the header with which a user calls."""
    return lambda user: bearer(user, settings)


@pytest.fixture
async def draft(client: Client, database: Database, as_user: AsUser) -> Draft:
    """Store the 4+1 example with a schedule drawn by lot, and a coordinator who edits it."""
    return await make_draft(client, database, as_user)


@pytest.fixture
async def leave_round(client: Client, database: Database, as_user: AsUser) -> LeaveRound:
    """Store the tiny example, with two residents and their coordinator."""
    return await make_leave_round(client, database, as_user)
