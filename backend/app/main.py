"""The web service; ``uvicorn app.main:app``."""

from fastapi import FastAPI

from app import __version__
from app.api.router import api_router


def create_app() -> FastAPI:
    """Build the application, so that a test can have one of its own."""
    application = FastAPI(title="Housestaff", version=__version__)
    application.include_router(api_router)
    return application


app = create_app()
