"""What the worker does once a day, so that nothing grows for ever."""

from app.core.settings import Settings
from app.db.session import Database
from app.services.access_log import forget_old_entries
from app.services.idempotency_service import forget_old_keys
from app.services.mail_delivery import forget_old_mails


async def tidy_up(database: Database, settings: Settings) -> None:
    """Delete what has been kept for as long as the settings say."""
    await forget_old_mails(database, settings)
    await forget_old_keys(database)
    await forget_old_entries(database, settings)
