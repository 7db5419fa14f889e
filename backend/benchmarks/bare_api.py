"""The smallest service that does the same queries: what the frameworks themselves cost.

One module, no layers: no roles, no envelope of errors, no log, no limits. It is what a ratio of 1
means. `HOUSESTAFF_DATABASE_URL` and `HOUSESTAFF_SECRET_KEY` are those of the real service.
"""

import os
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import jwt
from fastapi import Depends, FastAPI, Header
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload

from app.models import Placement, Schedule, User
from app.schemas.schedule import ScheduleList, ScheduleResponse

SECRET = os.environ.get("HOUSESTAFF_SECRET_KEY", "")
engine = create_async_engine(
    os.environ.get("HOUSESTAFF_DATABASE_URL", "sqlite+aiosqlite://"), pool_pre_ping=False
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


async def get_user(session: Session, authorization: Annotated[str, Header()]) -> User:
    token = authorization.removeprefix("Bearer ")
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_aud": False})
    user = select(User).where(User.id == UUID(claims["sub"]))
    found: User = (await session.scalars(user.options(joinedload(User.memberships)))).unique().one()
    return found


Caller = Annotated[User, Depends(get_user)]


@app.get("/schedules", response_model=ScheduleList)
async def list_schedules(session: Session, caller: Caller, program_id: UUID) -> dict[str, Any]:
    del caller
    chosen = select(Schedule).where(Schedule.program_id == program_id)
    total = await session.scalar(select(func.count()).select_from(chosen.subquery()))
    newest = chosen.order_by(Schedule.created_at.desc(), Schedule.id.desc()).limit(100)
    items = (await session.scalars(newest)).all()
    return {"items": items, "total": total, "skip": 0, "limit": 100}


@app.get("/schedules/{schedule_id}", response_model=ScheduleResponse)
async def get_schedule(session: Session, caller: Caller, schedule_id: UUID) -> Schedule:
    del caller
    return await session.get_one(Schedule, schedule_id)


@app.get("/schedules/{schedule_id}/placements")
async def get_placements(
    session: Session, caller: Caller, schedule_id: UUID
) -> list[dict[str, Any]]:
    """Return a year's placements as rows: 1/21 of the half-days, and without what they mean."""
    del caller
    columns = (Placement.person_id, Placement.start_date, Placement.rotation_type_id)
    rows = await session.execute(select(*columns).where(Placement.schedule_id == schedule_id))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - its name for a row's columns


@app.post("/schedules/{schedule_id}/edits")
async def edit(
    session: Session, caller: Caller, schedule_id: UUID, body: dict[str, str]
) -> dict[str, Any]:
    """Change one placement and the revision, if it is the one that was read."""
    del caller
    schedule = await session.get_one(Schedule, schedule_id, with_for_update=True)
    placement = await session.scalar(select(Placement).where(Placement.id == UUID(body["id"])))
    assert placement is not None
    placement.rotation_type_id = UUID(body["rotation_type_id"])
    await session.execute(
        update(Schedule)
        .where(Schedule.id == schedule_id, Schedule.revision == schedule.revision)
        .values(revision=schedule.revision + 1)
    )
    await session.commit()
    return {"revision": schedule.revision}
