"""What an error of the database means to the caller."""

from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from app.core.exceptions import AppException, ConflictError, StaleError, UnavailableError

_CONFLICTS = {
    *("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_FOREIGNKEY"),
    *("23505", "23503", "23P01"),  # unique, foreign key, exclusion
}
_PASSING = (
    *("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN"),
    *("08", "40", "53", "57", "55P03"),  # connection, deadlock, resources, shut down, lock timeout
)


def translate(error: exc.SQLAlchemyError) -> AppException | None:
    """Return what to tell the caller; None for a fault of our own, such as wrong SQL."""
    if isinstance(error, StaleDataError):
        return StaleError()
    if isinstance(error, exc.TimeoutError):
        return UnavailableError("All connections to the database are busy.")
    if not isinstance(error, exc.DBAPIError):
        return None
    code = _code(error)
    if code in _CONFLICTS:
        return ConflictError("It contradicts what is stored: something of that name or place is.")
    if error.connection_invalidated or code.startswith(_PASSING):
        return UnavailableError("The database does not answer for the moment.")
    return None


def _code(error: exc.DBAPIError) -> str:
    """Return SQLite's name of the error or PostgreSQL's five characters."""
    for name in ("sqlite_errorname", "sqlstate"):
        code = getattr(error.orig, name, None)
        if code:
            return str(code)
    return ""
