"""The web service; ``uvicorn app.main:app``."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import __version__
from app.api.exception_handlers import add_exception_handlers
from app.api.middleware import BodyLimitMiddleware, RequestMiddleware
from app.api.openapi import describe, operation_id
from app.api.router import add_routes
from app.api.routes import metrics
from app.core.celery_app import Broker
from app.core.logging import configure_logging
from app.core.metrics import Metrics
from app.core.rate_limits import RateLimits
from app.core.settings import Settings
from app.db.session import Database
from app.services.access_log import AccessLog
from app.services.grids.encoded import EncodedAnswers
from app.services.published import PublishedSchedules
from app.services.stats_service import KeptStats
from app.services.verification import Verifier


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    """Hold the connections to database and broker for as long as the application runs."""
    configure_logging()
    state = application.state
    settings: Settings = state.settings
    settings.prepare_data_dir()
    database = Database.connect(settings.database)
    state.database = database
    state.broker = Broker(settings)
    state.rate_limits = RateLimits(settings)
    state.published = PublishedSchedules()
    state.stats = KeptStats()
    state.verifier = Verifier(settings.warm_megabytes)
    state.grids = EncodedAnswers(settings.grid_megabytes)
    state.metrics = Metrics()
    state.metrics.watch(database.connections)
    state.access_log = AccessLog(database)
    writing = asyncio.create_task(state.access_log.run())
    yield
    writing.cancel()
    await state.access_log.flush()
    await state.rate_limits.close()
    state.broker.close()
    await database.close()


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application, so that a test can have one of its own."""
    settings = settings or Settings()
    application = FastAPI(
        title="Housestaff",
        version=__version__,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=operation_id,
        lifespan=lifespan,
    )
    application.state.settings = settings
    application.state.metrics = Metrics()
    application.add_middleware(BodyLimitMiddleware, limit=settings.request_bytes)
    application.add_middleware(RequestMiddleware)
    add_exception_handlers(application)
    add_routes(application)
    application.include_router(metrics.router)
    describe(application)
    return application


app = create_app()
