from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import status

from app.api.deps import CurrentUser, ReadSessionDep, SessionDep, SessionOnly, SettingsDep
from app.api.routing import Router
from app.models import ApiToken
from app.schemas.api_token import ApiTokenCreate, ApiTokenResponse, NewApiTokenResponse
from app.schemas.base import Deleted
from app.services.api_token_service import ApiTokenService, NewToken

router = Router(prefix="/tokens", tags=["accounts"], dependencies=[SessionOnly])


@router.get("", response_model=list[ApiTokenResponse])
async def list_tokens(
    session: ReadSessionDep, user: CurrentUser, settings: SettingsDep
) -> Sequence[ApiToken]:
    """List one's own API tokens, newest first, expired ones included."""
    return await ApiTokenService(session, user, settings).list_own()


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_token(
    session: SessionDep, user: CurrentUser, settings: SettingsDep, new: ApiTokenCreate
) -> NewApiTokenResponse:
    """Make an API token for a program; the answer holds it, and nothing shows it again.

    Programs send it as `Authorization: Bearer hs_…`. It does what its scopes and its programme
    allow, and never more than its user; accounts, passwords and tokens are out of its reach.
    """
    service = ApiTokenService(session, user, settings)
    made, token = await service.create(NewToken(**new.model_dump()))
    shown: dict[str, Any] = ApiTokenResponse.model_validate(made).model_dump()
    return NewApiTokenResponse(**shown, token=token)


@router.delete("/{token_id}")
async def revoke_token(
    session: SessionDep, user: CurrentUser, settings: SettingsDep, token_id: UUID
) -> Deleted:
    """Revoke one of one's own API tokens, at once."""
    await ApiTokenService(session, user, settings).revoke(token_id)
    return Deleted(status="deleted")
