"""What guards the routes that a cookie opens against pages of other sites.

The cookie is `SameSite=Strict` already; this holds where a browser does not know that, and against
sister sites, which count as the same.
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from app.api.deps import get_settings
from app.core.exceptions import ForbiddenError
from app.core.settings import Settings

_SAFE = {"GET", "HEAD", "OPTIONS"}


async def same_origin(
    request: Request, settings: Annotated[Settings, Depends(get_settings)]
) -> None:
    """Refuse what a page of another origin makes a browser send.

    Browsers send `Origin` with every POST; who sends neither it nor `Sec-Fetch-Site` is no browser,
    and carries nobody else's cookie.

    Raises
    ------
    ForbiddenError
        When it is one.
    """
    if request.method in _SAFE:
        return
    origin = request.headers.get("origin")
    if origin is None:
        own = request.headers.get("sec-fetch-site", "none") in {"same-origin", "none"}
    else:
        own = _is_own(origin, request, settings)
    if not own:
        raise ForbiddenError("A page of another site cannot do this.", code="CROSS_ORIGIN")


def _is_own(origin: str, request: Request, settings: Settings) -> bool:
    public = urlsplit(settings.public_url)
    if origin == f"{public.scheme}://{public.netloc}":
        return True
    # In development people come by whatever name the machine has.
    host = request.headers.get("host")
    return settings.environment == "development" and urlsplit(origin).netloc == host
