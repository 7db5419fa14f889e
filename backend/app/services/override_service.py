"""Findings that somebody answers for: accepted with a reason, and withdrawn."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from app.core.access import Access
from app.core.exceptions import NotFoundError
from app.db.session import AsyncSession
from app.models import Override, Schedule
from app.repositories.base import Page
from app.repositories.override_repository import OverrideRepository
from app.repositories.publication_repository import overrides_of
from app.repositories.schedule_repository import ScheduleRepository
from app.repositories.user_repository import display_name
from app.schemas.finding import FindingResponse
from app.services.findings import duty_hours, finding_key, rules, violation_key
from app.services.verification import Verifier
from app.services.warm_schedule import WarmSchedule


class Accepted(NamedTuple):
    """A finding that is to be accepted."""

    key: str
    origin: str
    rule: str
    person: str | None
    message: str


class OverrideService:
    """Overrides of schedules, within what the caller may do."""

    def __init__(self, session: AsyncSession, access: Access) -> None:
        self.session = session
        self.access = access
        self.overrides = OverrideRepository(session, access)
        self.schedules = ScheduleRepository(session, access)

    async def list_of_schedule(self, schedule_id: UUID, skip: int, limit: int) -> Page[Override]:
        """Return what was accepted of a schedule, the oldest first."""
        schedule = await self.schedules.get(schedule_id)
        return await self.overrides.list_of_schedule(schedule.id, skip, limit)

    async def accept_key(
        self, verifier: Verifier, schedule_id: UUID, key: str, reason: str
    ) -> Override:
        """Accept a finding that a schedule has now; a new reason takes the place of the old one.

        Raises
        ------
        NotFoundError
            When the schedule has no such finding.
        """
        schedule = await self.schedules.get(schedule_id)
        finding = _find(await verifier.warm(self.session, schedule), key)
        if finding is None:
            raise NotFoundError("finding", key)
        [accepted] = await self.accept(schedule, [as_accepted(finding)], reason)
        return accepted

    async def accept(
        self, schedule: Schedule, findings: Sequence[Accepted], reason: str
    ) -> list[Override]:
        """Note that the caller answers for findings of a schedule."""
        author = await display_name(self.session, self.access.user_id)
        known = await self.overrides.of_keys(schedule.id, (one.key for one in findings))
        made = []
        for one in findings:
            override = known.get(one.key)
            if override is None:
                override = Override(
                    program_id=schedule.program_id,
                    schedule_id=schedule.id,
                    finding_key=one.key,
                    origin=one.origin,
                    rule=one.rule,
                    person=one.person,
                )
            override.message, override.reason = one.message, reason
            override.author_id, override.author = self.access.user_id, author
            made.append(override)
        await self.overrides.save(made)
        return made

    async def withdraw(self, schedule_id: UUID, override_id: UUID) -> None:
        """Take an override back: the finding counts again.

        Raises
        ------
        NotFoundError
            When the schedule has no such override.
        """
        schedule = await self.schedules.get(schedule_id)
        override = await self.overrides.get(override_id)
        if override.schedule_id != schedule.id:
            raise NotFoundError(self.overrides.resource, override_id)
        await self.overrides.delete(override)


async def accepted_of(session: AsyncSession, schedule_id: UUID) -> Mapping[str, Override]:
    """Return what was accepted of a schedule by the keys of the findings."""
    return {one.finding_key: one for one in await overrides_of(session, schedule_id)}


def as_accepted(finding: FindingResponse) -> Accepted:
    """Return a finding as an override keeps it."""
    key, origin = finding.key, finding.origin
    return Accepted(key, origin, finding.rule, finding.person, finding.message)


def _find(warm: WarmSchedule, key: str) -> FindingResponse | None:
    for violation in warm.duty_hours:
        if violation_key(violation) == key:
            return next(duty_hours(warm, [violation]))
    for broken in warm.broken:
        if finding_key(broken) == key:
            return next(rules(warm, [broken]))
    return None
