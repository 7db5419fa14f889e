from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.models import Override
from app.repositories.base import Page, Repository, page


class OverrideRepository(Repository[Override]):
    """Findings that somebody answers for."""

    row = Override
    resource = "override"

    async def list_of_schedule(self, schedule_id: UUID, skip: int, limit: int) -> Page[Override]:
        """Return what was accepted of a schedule, the oldest first."""
        statement = self.readable().where(Override.schedule_id == schedule_id)
        order = (Override.created_at.expression, Override.id.expression)
        return await page(self.session, statement, skip, limit, *order)

    async def of_keys(self, schedule_id: UUID, keys: Iterable[str]) -> dict[str, Override]:
        """Return the overrides of some findings by their keys."""
        statement = select(Override).where(
            Override.schedule_id == schedule_id, Override.finding_key.in_(list(keys))
        )
        return {one.finding_key: one for one in await self.session.scalars(statement)}

    async def save(self, overrides: Iterable[Override]) -> None:
        """Write new or changed overrides now: a finding is accepted once."""
        self.session.add_all(overrides)
        await self.session.flush()

    async def delete(self, override: Override) -> None:
        """Withdraw an override."""
        await self.session.delete(override)
        await self.session.flush()
