from typing import Annotated

from fastapi import Cookie, Depends, Request, Response, status
from fastapi.security import OAuth2PasswordRequestForm

from app.api.deps import (
    AccountLimit,
    AuthDep,
    DatabaseDep,
    OneTimeUser,
    SessionOnly,
    SettingsDep,
    address_of,
    public,
)
from app.api.routing import Router
from app.api.same_origin import same_origin
from app.core.settings import Settings
from app.models import User
from app.schemas.auth import MeResponse, PasswordChange, PasswordReset, PasswordWish, TokenResponse
from app.services.auth_service import Tokens
from app.services.password_reset_service import PasswordResetService

router = Router(prefix="/auth", tags=["accounts"], dependencies=[Depends(same_origin)])

COOKIE = "housestaff_refresh"
_PUBLIC = [Depends(public), AccountLimit]
_PATH = "/api/auth"
RefreshCookie = Annotated[str, Cookie(alias=COOKIE)]


async def get_resets(database: DatabaseDep, settings: SettingsDep) -> PasswordResetService:
    """Return what gives new passwords, in transactions of its own."""
    return PasswordResetService(database, settings)


ResetDep = Annotated[PasswordResetService, Depends(get_resets)]


@router.post("/login", dependencies=_PUBLIC)
async def login(
    form: Annotated[OAuth2PasswordRequestForm, Depends()],
    request: Request,
    response: Response,
    auth: AuthDep,
    settings: SettingsDep,
) -> TokenResponse:
    """Log in with name and password; the refresh token comes in a cookie."""
    tokens = await auth.log_in(form.username, form.password, address_of(request))
    return _answer(response, tokens, settings)


@router.post("/refresh", dependencies=_PUBLIC)
async def refresh(
    response: Response, auth: AuthDep, settings: SettingsDep, refresh_token: RefreshCookie = ""
) -> TokenResponse:
    """Exchange the refresh token in the cookie for new tokens; each serves once."""
    return _answer(response, await auth.refresh(refresh_token), settings)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT, dependencies=_PUBLIC)
async def logout(
    response: Response, auth: AuthDep, settings: SettingsDep, refresh_token: RefreshCookie = ""
) -> None:
    """End the session: its refresh tokens are void, and the cookie is taken back."""
    await auth.log_out(refresh_token)
    _forget(response, settings)


@router.post("/password", status_code=status.HTTP_204_NO_CONTENT, dependencies=[SessionOnly])
async def change_password(
    user: OneTimeUser,
    change: PasswordChange,
    request: Request,
    response: Response,
    auth: AuthDep,
    settings: SettingsDep,
) -> None:
    """Change one's own password; all of one's tokens are void then, this one included."""
    await auth.change_password(
        user, change.current_password, change.new_password, address_of(request)
    )
    _forget(response, settings)


@router.post("/password/forgot", status_code=status.HTTP_202_ACCEPTED, dependencies=_PUBLIC)
async def forgot_password(wish: PasswordWish, resets: ResetDep) -> dict[str, str]:
    """Ask for a link to a new password by mail; the answer is the same whoever is asked for."""
    await resets.ask(wish.username)
    return {"status": "noted"}


@router.post("/password/reset", status_code=status.HTTP_204_NO_CONTENT, dependencies=_PUBLIC)
async def reset_password(
    reset: PasswordReset, response: Response, resets: ResetDep, settings: SettingsDep
) -> None:
    """Set a new password by the link of a mail; all sessions are void then."""
    await resets.reset(reset.token, reset.new_password)
    _forget(response, settings)


@router.get("/me", response_model=MeResponse)
async def me(user: OneTimeUser) -> User:
    """Return who is calling, with the roles in each programme."""
    return user


def _answer(response: Response, tokens: Tokens, settings: Settings) -> TokenResponse:
    response.set_cookie(
        COOKIE,
        tokens.refresh_token,
        path=_PATH,
        expires=tokens.refresh_expires_at,
        httponly=True,
        samesite="strict",
        secure=settings.environment == "production",
    )
    return TokenResponse(
        access_token=tokens.access_token,
        token_type="bearer",  # noqa: S106 - the kind of token, none itself
        expires_in=tokens.expires_in,
    )


def _forget(response: Response, settings: Settings) -> None:
    secure = settings.environment == "production"
    response.delete_cookie(COOKIE, path=_PATH, httponly=True, samesite="strict", secure=secure)
