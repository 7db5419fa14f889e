from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import NotFoundError
from app.models import CalendarLink, Person, Program, User


class CalendarLinkRepository:
    """Links that users have to the calendars of the people who they are."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def own_person(self, person_id: UUID, user_id: UUID) -> Person:
        """Return the person, whom nobody else can give a link at the same time.

        Raises
        ------
        NotFoundError
            When the user is not that person.
        """
        own = (Person.id == person_id) & (Person.user_id == user_id)
        found = await self.session.scalar(select(Person).where(own).with_for_update())
        if found is None:
            raise NotFoundError("person", person_id)
        return found

    async def find(self, person_id: UUID) -> CalendarLink | None:
        """Return somebody's link."""
        statement = select(CalendarLink).where(CalendarLink.person_id == person_id)
        return await self.session.scalar(statement)

    async def save(self, link: CalendarLink) -> None:
        """Write a new or changed link."""
        self.session.add(link)
        await self.session.flush()  # its times are in the answer

    async def delete(self, link: CalendarLink) -> None:
        """Have a link deleted: it leads nowhere then."""
        await self.session.delete(link)


async def person_of_link(session: AsyncSession, token_hash: str) -> tuple[Person, Program] | None:
    """Return whose calendar a link shows; nobody's once their account is not active."""
    statement = (
        select(Person, Program)
        .join(CalendarLink, CalendarLink.person_id == Person.id)
        .join(Program, Program.id == Person.program_id)
        .outerjoin(User, User.id == Person.user_id)
        .where(CalendarLink.token_hash == token_hash, or_(User.id.is_(None), User.is_active))
    )
    found = (await session.execute(statement)).one_or_none()
    return None if found is None else (found[0], found[1])
