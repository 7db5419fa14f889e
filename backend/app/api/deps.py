"""What routes depend on: settings, sessions, the caller and what the caller may do."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import OAuth2PasswordBearer

from app.core.access import Access, Role, Scope
from app.core.acting import Actor, actor
from app.core.celery_app import Broker
from app.core.exceptions import (
    ForbiddenError,
    PasswordChangeRequiredError,
    UnauthenticatedError,
)
from app.core.rate_limits import Group, RateLimits
from app.core.security import API_TOKEN_PREFIX
from app.core.settings import Settings
from app.db.session import AsyncSession, Database
from app.models import ApiToken, User
from app.services.access_log import AccessLog, AccessNotes
from app.services.api_token_service import caller_of
from app.services.auth_service import AuthService, user_of
from app.services.published import PublishedSchedules
from app.services.verification import Verifier

_READING = {"GET", "HEAD"}
_bearer = OAuth2PasswordBearer(tokenUrl="/api/auth/login", auto_error=False)


async def get_settings(request: Request) -> Settings:
    """Return the settings that the application was made with."""
    settings: Settings = request.app.state.settings
    return settings


async def get_database(request: Request) -> Database:
    """Return the application's database."""
    database: Database = request.app.state.database
    return database


async def get_verifier(request: Request) -> Verifier:
    """Return what keeps schedules ready to be judged."""
    verifier: Verifier = request.app.state.verifier
    return verifier


async def get_published_schedules(request: Request) -> PublishedSchedules:
    """Return what keeps publications read."""
    published: PublishedSchedules = request.app.state.published
    return published


PublishedDep = Annotated[PublishedSchedules, Depends(get_published_schedules)]
VerifierDep = Annotated[Verifier, Depends(get_verifier)]


async def get_broker(request: Request) -> Broker:
    """Return what sends word of jobs to workers."""
    broker: Broker = request.app.state.broker
    return broker


BrokerDep = Annotated[Broker, Depends(get_broker)]
SettingsDep = Annotated[Settings, Depends(get_settings)]
DatabaseDep = Annotated[Database, Depends(get_database)]


async def get_rate_limits(request: Request) -> RateLimits:
    """Return what counts calls."""
    limits: RateLimits = request.app.state.rate_limits
    return limits


RateLimitsDep = Annotated[RateLimits, Depends(get_rate_limits)]


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""


async def get_access_log(request: Request) -> AccessLog:
    """Return what notes who reads whose record."""
    log: AccessLog = request.app.state.access_log
    return log


async def get_db(request: Request) -> AsyncIterator[AsyncSession]:
    """Give the request's transaction; it is committed before the response leaves."""
    database: Database = request.app.state.database
    async with database.unit_of_work() as session:
        yield session


async def get_read_db(request: Request) -> AsyncIterator[AsyncSession]:
    """Give a session that only reads: SQLite lets it in beside the one writer.

    A request has one; the caller is looked up in it as well.
    """
    database: Database = request.app.state.database
    async with database.reading() as session:
        yield session


# With the default scope the commit would come after the response: a failed one would be a 200.
SessionDep = Annotated[AsyncSession, Depends(get_db, scope="function")]
ReadSessionDep = Annotated[AsyncSession, Depends(get_read_db, scope="function")]
Skip = Annotated[
    int, Query(ge=0, le=2**31 - 1, description="How many to leave out at the beginning.")
]
Limit = Annotated[int, Query(ge=1, le=500, description="How many to return at most.")]

Cursor = Annotated[
    str | None,
    Query(max_length=500, description="`next_cursor` of the page before; none: the first page."),
]


async def get_auth(database: DatabaseDep, settings: SettingsDep) -> AuthService:
    """Return what issues and checks tokens, in transactions of its own."""
    return AuthService(database, settings)


AuthDep = Annotated[AuthService, Depends(get_auth)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, and the API token by which a program does so in their name."""

    user: User
    token: ApiToken | None = None


async def get_caller(
    request: Request, session: ReadSessionDep, token: Annotated[str | None, Depends(_bearer)]
) -> Caller:
    """Return who is calling.

    It depends on little: FastAPI solves what a dependency needs anew for each that needs it.

    Raises
    ------
    UnauthenticatedError
        When there is no valid token.
    ForbiddenError
        When it is an API token, and its scopes do not go that far.
    RateLimitedError
        When the user calls too often, or the address with wrong tokens.
    """
    if token is None:
        raise UnauthenticatedError("Send an access token: Authorization: Bearer …")
    limits: RateLimits = request.app.state.rate_limits
    try:
        caller = await _authenticated(request, session, token)
    except UnauthenticatedError:
        await limits.count(Group.REFUSED, address_of(request))
        raise
    actor.set(Actor(caller.user.id, caller.user.username))
    reads = request.method in _READING
    if not reads:
        # The route has a transaction of its own; who holds one connection and waits for another
        # may wait for ever.
        await session.close()
    await limits.count(Group.READS if reads else Group.WRITES, str(caller.user.id))
    needed = Scope.READ if reads else Scope.WRITE
    if caller.token is not None and needed not in caller.token.scopes:
        raise ForbiddenError(f"This API token has no scope {needed}.", {"scope": needed})
    return caller


async def _authenticated(request: Request, session: AsyncSession, token: str) -> Caller:
    if token.startswith(API_TOKEN_PREFIX):
        return Caller(*await caller_of(token, session, request.app.state.database))
    settings: Settings = request.app.state.settings
    return Caller(await user_of(token, session, settings))


CallerDep = Annotated[Caller, Depends(get_caller)]


async def _limit_address(request: Request, limits: RateLimitsDep) -> None:
    await limits.count(Group.ACCOUNTS, address_of(request))


async def _limit_expensive(caller: CallerDep, limits: RateLimitsDep) -> None:
    await limits.count(Group.EXPENSIVE, str(caller.user.id))


async def get_access_notes(
    caller: CallerDep, log: Annotated[AccessLog, Depends(get_access_log)]
) -> AccessNotes:
    """Return the access log in the caller's hands."""
    return AccessNotes(log, caller.user.id, None if caller.token is None else caller.token.id)


AccessNotesDep = Annotated[AccessNotes, Depends(get_access_notes)]
"""For routes that show a record of somebody: ``notes.read("leave", program_id, …)``."""
AccountLimit = Depends(_limit_address)
"""For routes without a caller that cost something: counts by address."""
Expensive = Depends(_limit_expensive)
"""For routes that start long work or move whole files: counts them apart."""


async def get_current_user(caller: CallerDep) -> User:
    """Return the user who is calling, or in whose name a program does."""
    return caller.user


async def need_session(caller: CallerDep) -> None:
    """Refuse API tokens: what is about accounts is done by people.

    Raises
    ------
    ForbiddenError
        When it is one.
    """
    if caller.token is not None:
        raise ForbiddenError("API tokens cannot do this: log in.", code="SESSION_REQUIRED")


SessionOnly = Depends(need_session)
"""For routes and routers that an API token does not open."""


async def get_one_time_user(user: Annotated[User, Depends(get_current_user)]) -> User:
    """Return who is calling, if the account is active; the password may be a one-time one.

    Raises
    ------
    ForbiddenError
        When it is not.
    """
    if not user.is_active:
        raise ForbiddenError("This account is not active.")
    return user


async def get_current_active_user(user: Annotated[User, Depends(get_one_time_user)]) -> User:
    """Return who is calling, if the account is active and has a password of its own.

    Raises
    ------
    PasswordChangeRequiredError
        When the password was given by somebody else.
    """
    if user.must_change_password:
        raise PasswordChangeRequiredError
    return user


OneTimeUser = Annotated[User, Depends(get_one_time_user)]
"""As `CurrentUser`, for the few routes that a one-time password opens."""
CurrentUser = Annotated[User, Depends(get_current_active_user)]
"""Anybody who is logged in, whatever their roles."""


class RoleCheck:
    """A route's permission: which roles it is for. Tests read it off every route.

    The role is the caller's in the programme of the object, so that this check only turns away who
    has none of the roles anywhere; services and repositories do the rest with the `Access`.
    """

    def __init__(self, roles: Collection[Role]) -> None:
        self.roles = frozenset(roles)

    async def __call__(self, caller: CallerDep) -> Access:
        """Return what the caller may do here."""
        user = await get_current_active_user(await get_one_time_user(caller.user))
        roles = {one.program_id: one.role for one in user.memberships}
        access = Access(user_id=user.id, is_admin=user.is_admin, roles=roles)
        if caller.token is not None and caller.token.program_id is not None:
            access = access.within(caller.token.program_id)
        return access.asking_for(self.roles)


def require_roles(roles: Collection[Role]) -> RoleCheck:
    """Return the dependency that lets only these roles in; ADMIN always is."""
    return RoleCheck(roles)


async def public() -> None:
    """Mark a route that needs no caller."""


Reader = Annotated[Access, Depends(require_roles(frozenset(Role)))]
"""Anybody with a role in a programme."""
Colleague = Annotated[
    Access, Depends(require_roles([Role.COORDINATOR, Role.FACULTY, Role.RESIDENT]))
]
"""Everybody who works in the programme; not viewers."""
Coordinator = Annotated[Access, Depends(require_roles([Role.COORDINATOR]))]
"""Coordinators of the programme; and ADMIN."""
Admin = Annotated[Access, Depends(require_roles([Role.ADMIN]))]
"""ADMIN alone."""
