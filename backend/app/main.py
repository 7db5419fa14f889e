"""The web service; ``uvicorn app.main:app``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import __version__
from app.api.exception_handlers import add_exception_handlers
from app.api.middleware import BodyLimitMiddleware, RequestMiddleware
from app.api.openapi import describe, operation_id
from app.api.router import api_router
from app.core.logging import configure_logging
from app.core.rate_limits import RateLimits
from app.core.settings import Settings
from app.db.session import Database
from app.services.verification import Verifier


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    """Hold the connections to the database for as long as the application runs."""
    configure_logging()
    settings: Settings = application.state.settings
    settings.prepare_data_dir()
    application.state.database = Database.connect(settings.database)
    application.state.rate_limits = RateLimits(settings)
    application.state.verifier = Verifier(settings.warm_megabytes)
    yield
    await application.state.rate_limits.close()
    await application.state.database.close()


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
    application.add_middleware(BodyLimitMiddleware, limit=settings.request_bytes)
    application.add_middleware(RequestMiddleware)
    add_exception_handlers(application)
    application.include_router(api_router)
    describe(application)
    return application


app = create_app()
