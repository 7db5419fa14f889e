from app.core.exceptions import StaleError


def check_version(stored: int, read: int | None) -> None:
    """Refuse an edit of a version that is not there any more; without one the last edit wins.

    Raises
    ------
    StaleError
        When it was changed since it was read.
    """
    if read is not None and read != stored:
        raise StaleError({"version": stored})
