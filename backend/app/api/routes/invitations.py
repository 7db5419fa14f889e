from uuid import UUID

from fastapi import Depends, status

from app.api.deps import (
    AccountLimit,
    Coordinator,
    DatabaseDep,
    Limit,
    ReadSessionDep,
    SessionDep,
    SessionOnly,
    SettingsDep,
    Skip,
    public,
)
from app.api.idempotency import IdempotentRoute
from app.api.routing import Router
from app.models import Invitation, User
from app.repositories.base import Page
from app.schemas.base import Deleted
from app.schemas.invitation import (
    InvitationAccept,
    InvitationAccepted,
    InvitationCreate,
    InvitationList,
    InvitationResponse,
    InvitationToken,
    OfferResponse,
)
from app.services.invitation_service import (
    Account,
    InvitationAnswer,
    InvitationService,
    NewInvitation,
    Offer,
)

router = Router(
    prefix="/invitations",
    tags=["accounts"],
    dependencies=[SessionOnly],
    route_class=IdempotentRoute,
)
answers = Router(
    prefix="/invitations", tags=["accounts"], dependencies=[Depends(public), AccountLimit]
)


@router.get("", response_model=InvitationList)
async def list_invitations(
    session: ReadSessionDep,
    access: Coordinator,
    settings: SettingsDep,
    skip: Skip = 0,
    limit: Limit = 100,
    program_id: UUID | None = None,
) -> Page[Invitation]:
    """List a programme's invitations, newest first, accepted ones included."""
    service = InvitationService(session, access, settings)
    return await service.list_newest(program_id, skip, limit)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=InvitationResponse,
)
async def create_invitation(
    session: SessionDep, access: Coordinator, settings: SettingsDep, new: InvitationCreate
) -> Invitation:
    """Invite somebody by e-mail; an open invitation of the same address is void then."""
    service = InvitationService(session, access, settings)
    return await service.create(NewInvitation(**new.model_dump()))


@router.delete("/{invitation_id:uuid}")
async def revoke_invitation(
    session: SessionDep, access: Coordinator, settings: SettingsDep, invitation_id: UUID
) -> Deleted:
    """Withdraw an invitation; who has accepted it stays a member."""
    await InvitationService(session, access, settings).revoke(invitation_id)
    return Deleted(status="deleted")


@answers.post("/look", response_model=OfferResponse)
async def look_at_invitation(database: DatabaseDep, given: InvitationToken) -> Offer:
    """Return what a link is for; 400 `LINK_INVALID` when it does not work any more."""
    return await InvitationAnswer(database).look(given.token)


@answers.post("/accept", response_model=InvitationAccepted)
async def accept_invitation(database: DatabaseDep, given: InvitationAccept) -> User:
    """Become a member; an address without an account gets one by the name and password sent."""
    account = None
    if given.username is not None and given.password is not None:
        account = Account(given.username, given.password, given.full_name.strip())
    return await InvitationAnswer(database).accept(given.token, account)
