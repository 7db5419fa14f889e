"""The broker without a server: messages are files in the data folder.

It loses the message of a worker that is killed (measured), which is harmless: the job table knows
what there is to do, and the reaper sends a message again.
"""

import uuid
from pathlib import Path
from time import time_ns
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Celery's channel of files, with messages that appear whole.

    The original writes into the file that readers already see: with two of each, one message in
    500 was read half-written (measured), which ends the worker that reads it.
    """

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override] # noqa: ANN401 - kombu's interface, whose stubs differ
        """Put a message onto a queue."""
        del kwargs
        folder = Path(self.data_folder_out)
        # Readers take what ends in the queue's name, in the order of the names.
        unseen = folder / uuid.uuid4().hex
        try:
            unseen.write_text(dumps(payload), encoding="utf-8")
            unseen.rename(folder / f"{time_ns()}_{unseen.name}.{queue}.msg")
        except OSError as error:
            unseen.unlink(missing_ok=True)
            raise ChannelError(f"The message cannot be written to {folder}.") from error


class Transport(filesystem.Transport):
    """Celery's transport of files, with `Channel`."""

    Channel = Channel
