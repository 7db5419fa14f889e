"""Passwords and tokens."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

import jwt
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.core.clock import now
from app.core.exceptions import UnauthenticatedError

_ALGORITHM = "HS256"
_AUDIENCE = "housestaff"


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_hex(16))


async def hash_password(password: str) -> str:
    """Return an Argon2id hash; made in a thread, since it takes a while by design."""
    return await asyncio.to_thread(_hasher().hash, password)


async def password_matches(password: str, password_hash: str | None) -> bool:
    """Return whether it is the password.

    For an unknown user (None), and one who has no password (empty), it takes just as long.
    """
    nobodys: str = await asyncio.to_thread(_nobodys_hash)
    matches = await asyncio.to_thread(_hasher().verify, password, password_hash or nobodys)
    return matches and bool(password_hash)


def new_password() -> str:
    """Return a password of about 95 bits, to be used once."""
    return secrets.token_urlsafe(12)


def new_token() -> str:
    """Return an unguessable token of 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


API_TOKEN_PREFIX = "hs_"  # noqa: S105 - the same for all of them
"""Tells API tokens from access tokens, and from other services' where one leaks."""


def new_api_token() -> str:
    """Return an unguessable token that shows what it is."""
    return API_TOKEN_PREFIX + new_token()


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a token or name, under which it is stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What an access token says: whose it is, and of which generation of the user's tokens."""

    user_id: UUID
    generation: int


def issue_access_token(token: AccessToken, secret: str, lifetime: timedelta) -> str:
    """Return a signed token that names a user for a short time."""
    issued = now()
    claims = {
        "sub": str(token.user_id),
        "gen": token.generation,
        "aud": _AUDIENCE,
        "iat": issued,
        "exp": issued + lifetime,
        "jti": secrets.token_hex(8),
    }
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def read_access_token(token: str, secret: str) -> AccessToken:
    """Return what a token says.

    Raises
    ------
    UnauthenticatedError
        When it is not ours, was changed, or has expired.
    """
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["sub", "gen", "aud", "iat", "exp"]},
        )
        return AccessToken(UUID(claims["sub"]), int(claims["gen"]))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise UnauthenticatedError("The access token is not valid, or has expired.") from error
