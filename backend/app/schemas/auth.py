from typing import Literal

from pydantic import ConfigDict, Field

from app.schemas.base import Input, Response
from app.schemas.user import LinkToken, NewPassword, UserResponse


class TokenResponse(Response):
    """An access token; the refresh token comes in a cookie that scripts cannot read."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int = Field(description="Seconds.")


class PasswordChange(Input):
    """The password that one has and the one that one wants; spaces count."""

    model_config = ConfigDict(str_strip_whitespace=False)

    current_password: str = Field(max_length=1000, examples=["what I was given"])
    new_password: NewPassword


class PasswordWish(Input):
    """Who has forgotten their password."""

    username: str = Field(
        min_length=1, max_length=320, description="Name or e-mail address.", examples=["m.curie"]
    )


class PasswordReset(Input):
    """A new password, by the link of a mail; spaces count."""

    model_config = ConfigDict(str_strip_whitespace=False)

    token: LinkToken
    new_password: NewPassword


class MeResponse(UserResponse):
    """Who is calling."""
