import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.api.deps import SettingsDep, public
from app.core.exceptions import NotFoundError, UnauthenticatedError
from app.core.metrics import Metrics

router = APIRouter(tags=["health"], dependencies=[Depends(public)])

_LOCAL = {"127.0.0.1", "::1"}
_PROXIES = ("forwarded", "x-forwarded-for")


async def get_metrics(request: Request) -> Metrics:
    """Return the application's figures."""
    figures: Metrics = request.app.state.metrics
    return figures


@router.get("/metrics", include_in_schema=False)
async def metrics(
    request: Request, settings: SettingsDep, figures: Annotated[Metrics, Depends(get_metrics)]
) -> Response:
    """Return figures for Prometheus; to this machine alone, or to who has the token."""
    wanted = settings.metrics_token.get_secret_value()
    if wanted:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), wanted.encode()):
            raise UnauthenticatedError("Send the token of HOUSESTAFF_METRICS_TOKEN.")
    elif not _is_local(request):
        raise NotFoundError("page", request.url.path)
    return Response(figures.page(), media_type=CONTENT_TYPE_LATEST)


def _is_local(request: Request) -> bool:
    """Return whether the caller is on this machine, and no proxy that stands there."""
    proxied = any(name in request.headers for name in _PROXIES)
    return not proxied and request.client is not None and request.client.host in _LOCAL
