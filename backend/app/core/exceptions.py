"""What may go wrong on purpose: one hierarchy, with a code that clients rely on and an HTTP status.

Nothing here knows HTTP beyond the number: `api/exception_handlers.py` makes the envelope.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

Details = Mapping[str, Any]


class AppException(Exception):  # noqa: N818 - the contract's name
    """Something that the caller can understand, and often mend.

    Parameters
    ----------
    message
        One sentence for people.
    details
        For programs; JSON values only.
    code
        In place of the class's own, where there is a more precise one.
    retry_after_s
        When it is worth trying again.
    """

    code: ClassVar[str] = "APP_ERROR"
    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(
        self,
        message: str,
        details: Details | None = None,
        *,
        code: str = "",
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details: Details = details or {}
        self.error_code = code or self.code
        self.retry_after_s = retry_after_s


class NotFoundError(AppException):
    """There is no such thing, or the caller may not know of it."""

    code = "NOT_FOUND"
    status = HTTPStatus.NOT_FOUND

    def __init__(self, resource: str, identity: UUID | str) -> None:
        super().__init__(
            f"There is no such {resource}.", {"resource": resource, "id": str(identity)}
        )


class InvalidStateError(AppException):
    """A well-formed request that the stored state forbids."""

    code = "VALIDATION_ERROR"
    status = HTTPStatus.BAD_REQUEST


class ConflictError(AppException):
    """It contradicts something stored: a name, a half-day, a published schedule."""

    code = "CONFLICT"
    status = HTTPStatus.CONFLICT


class StaleError(AppException):
    """Somebody else has changed it since the caller read it."""

    code = "STALE"
    status = HTTPStatus.CONFLICT

    def __init__(self, details: Details | None = None) -> None:
        super().__init__("Somebody else has changed it since you read it: read it again.", details)


class UnauthenticatedError(AppException):
    """Nobody knows who is calling."""

    code = "UNAUTHENTICATED"
    status = HTTPStatus.UNAUTHORIZED


class ForbiddenError(AppException):
    """The caller may read it, or know of it, and not do this."""

    code = "FORBIDDEN"
    status = HTTPStatus.FORBIDDEN

    def __init__(
        self,
        message: str = "Insufficient permissions",
        details: Details | None = None,
        *,
        code: str = "",
    ) -> None:
        super().__init__(message, details, code=code)


class PasswordChangeRequiredError(ForbiddenError):
    """The caller's password was given to them and serves for nothing but choosing another."""

    code = "PASSWORD_CHANGE_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Choose a password of your own first: POST /api/auth/password.")


class RateLimitedError(AppException):
    """Too often in too short a time."""

    code = "RATE_LIMITED"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"Too often in too short a time: wait {retry_after_s} s.", retry_after_s=retry_after_s
        )


class UnavailableError(AppException):
    """Something that the service needs is missing for the moment."""

    code = "UNAVAILABLE"
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, message: str, details: Details | None = None) -> None:
        super().__init__(message, details, retry_after_s=2)
