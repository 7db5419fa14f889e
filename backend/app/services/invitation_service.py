"""Invitations: an address is asked to become a member, and answers by the link in the mail."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.core.access import Access, Role
from app.core.clock import now
from app.core.exceptions import ConflictError, ForbiddenError, InvalidStateError
from app.core.security import fingerprint, hash_password, new_token
from app.core.settings import Settings
from app.db.session import AsyncSession, Database
from app.models import Invitation, User
from app.repositories.base import Page
from app.repositories.invitation_repository import (
    InvitationRepository,
    find_invitation,
    link_person,
)
from app.repositories.program_repository import ProgramRepository
from app.repositories.user_repository import UserRepository
from app.services.account_mails import invitation
from app.services.mail_service import MailService


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """Whom to invite, and as what."""

    email: str
    role: Role
    full_name: str
    program_id: UUID | None
    person_id: UUID | None


class InvitationService:
    """What coordinators do with invitations of their programme."""

    def __init__(self, session: AsyncSession, access: Access, settings: Settings) -> None:
        self.access = access
        self.settings = settings
        self.invitations = InvitationRepository(session, access)
        self.programs = ProgramRepository(session, access)
        self.mails = MailService(session)

    async def list_newest(self, program_id: UUID | None, skip: int, limit: int) -> Page[Invitation]:
        """Return a programme's invitations, newest first."""
        meant = await self.programs.meant(program_id)
        return await self.invitations.list_newest(meant, skip, limit)

    async def create(self, new: NewInvitation) -> Invitation:
        """Invite somebody; an open invitation of that address to the programme is void then.

        Raises
        ------
        ConflictError
            When the person of the schedule has an account already.
        """
        program = await self.programs.get(self.access.program(new.program_id))
        if new.person_id is not None:
            person = await self.invitations.person(new.person_id, program.id)
            if person.user_id is not None:
                raise ConflictError(f"{person.name} has an account already.")
        token = new_token()
        made = Invitation(
            program_id=program.id,
            email=new.email,
            full_name=new.full_name,
            role=new.role,
            person_id=new.person_id,
            invited_by=self.access.user_id,
            token_hash=fingerprint(token),
            expires_at=now() + timedelta(days=self.settings.invitation_days),
        )
        await self.invitations.replace(made)
        subject, text = invitation(self.settings, program.name, new.role, token)
        await self.mails.put(new.email, subject, text)
        return made

    async def revoke(self, invitation_id: UUID) -> None:
        """Delete an invitation; who has accepted it stays a member."""
        await self.invitations.delete(await self.invitations.get(invitation_id))


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody with a link is invited to."""

    email: str
    full_name: str
    role: Role
    program: str
    has_account: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The account that somebody without one wants."""

    username: str
    password: str
    full_name: str


class InvitationAnswer:
    """What somebody with a link may do, whoever they are; hashes between transactions."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def look(self, token: str) -> Offer:
        """Return what a link is for."""
        async with self.database.reading() as session:
            found = await _find(session, token, lock=False)
            user = await UserRepository(session).find_by_name(found.email)
        name, program = found.full_name, found.program.name
        return Offer(found.email, name, found.role, program, has_account=user is not None)

    async def accept(self, token: str, account: Account | None) -> User:
        """Make the member, and the account if the address has none yet.

        Raises
        ------
        InvalidStateError
            When the link does not work, or an account is missing or given needlessly: the link
            proves whose mailbox it is, and gives nobody a new password for an old account.
        ConflictError
            When the name is taken, or the person of the schedule is another user by now.
        """
        await self.look(token)
        password_hash = "" if account is None else await hash_password(account.password)
        async with self.database.unit_of_work() as session:
            found = await _find(session, token, lock=True)
            users = UserRepository(session)
            user = await users.find_by_name(found.email)
            if user is None:
                user = await _make(users, found, account, password_hash)
            elif account is not None:
                raise InvalidStateError(
                    f"{found.email} has an account: accept without name and password.",
                    code="ACCOUNT_EXISTS",
                )
            if not user.is_active:
                raise ForbiddenError("This account is not active.")
            await users.set_role(user, found.program_id, found.role)
            person = found.person_id
            if person is not None and not await link_person(session, person, user.id):
                raise ConflictError("The person whom this is for has another account by now.")
            found.accepted_at = now()
        return user


async def _find(session: AsyncSession, token: str, *, lock: bool) -> Invitation:
    found = await find_invitation(session, fingerprint(token), now(), lock=lock)
    if found is None:
        raise InvalidStateError(
            "This invitation was accepted, withdrawn or is too old: ask for another.",
            code="LINK_INVALID",
        )
    return found


async def _make(
    users: UserRepository, found: Invitation, account: Account | None, password_hash: str
) -> User:
    if account is None:
        raise InvalidStateError(
            f"{found.email} has no account yet: send username and password.",
            code="ACCOUNT_REQUIRED",
        )
    user = User(
        username=account.username,
        email=found.email,
        full_name=account.full_name or found.full_name,
        password_hash=password_hash,
    )
    await users.save(user)
    return user
