from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.core.exceptions import NotFoundError
from app.models import Invitation, Person
from app.repositories.base import Page, Repository, page


class InvitationRepository(Repository[Invitation]):
    """Invitations of the programmes that the caller may know of."""

    row = Invitation
    resource = "invitation"

    async def list_newest(self, program_id: UUID, skip: int, limit: int) -> Page[Invitation]:
        """Return a programme's invitations, newest first."""
        statement = self.readable().where(Invitation.program_id == program_id)
        newest = (Invitation.created_at.desc(), Invitation.id.desc())
        return await page(self.session, statement, skip, limit, *newest)

    async def person(self, person_id: UUID, program_id: UUID) -> Person:
        """Return whom an invitation is to be for.

        Raises
        ------
        NotFoundError
            When the programme has no such person.
        """
        of_program = (Person.id == person_id) & (Person.program_id == program_id)
        found = await self.session.scalar(select(Person).where(of_program))
        if found is None:
            raise NotFoundError("person", person_id)
        return found

    async def replace(self, invitation: Invitation) -> None:
        """Write an invitation; open ones of the same address and programme are void."""
        statement = select(Invitation).where(
            Invitation.program_id == invitation.program_id,
            Invitation.email == invitation.email,
            Invitation.accepted_at.is_(None),
        )
        for earlier in await self.session.scalars(statement):
            await self.session.delete(earlier)
        self.session.add(invitation)
        await self.session.flush()  # its id is in the answer

    async def delete(self, invitation: Invitation) -> None:
        """Have an invitation deleted: its link leads nowhere then."""
        await self.session.delete(invitation)


async def find_invitation(
    session: AsyncSession, token_hash: str, at: datetime, *, lock: bool
) -> Invitation | None:
    """Return the open invitation of a token with its programme; locked where one may write."""
    open_one = (
        select(Invitation)
        .where(
            Invitation.token_hash == token_hash,
            Invitation.accepted_at.is_(None),
            Invitation.expires_at > at,
        )
        .options(joinedload(Invitation.program, innerjoin=True))
    )
    return await session.scalar(open_one.with_for_update(of=Invitation) if lock else open_one)


async def link_person(session: AsyncSession, person_id: UUID, user_id: UUID) -> bool:
    """Say that a person of the schedule is this user; False when they are another."""
    person = await session.get_one(Person, person_id, with_for_update=True)
    if person.user_id not in {None, user_id}:
        return False
    person.user_id = user_id
    return True
