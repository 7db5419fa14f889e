"""Journeys run on the application as the tests of its routes do."""

from tests.api.conftest import (
    admin,
    application,
    as_user,
    client,
    one_application,
    settings,
)

__all__ = ["admin", "application", "as_user", "client", "one_application", "settings"]
