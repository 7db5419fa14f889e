"""Journeys run on the application as the tests of its routes do."""

from tests.api.conftest import (
    admin,
    application,
    as_user,
    client,
    leave_round,
    one_application,
    settings,
)

__all__ = [
    "admin",
    "application",
    "as_user",
    "client",
    "leave_round",
    "one_application",
    "settings",
]
