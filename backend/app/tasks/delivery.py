"""How a worker treats the messages that it has taken."""

import logging
import os
import signal
import threading
from typing import Any

from celery import Task
from celery.worker.request import Request

_LOG = logging.getLogger(__name__)
_PATIENCE_S = 5.0


class DeliveredMessage(Request):
    """A message that a worker has taken.

    When it cannot be acknowledged because the broker has died, Celery notes that and goes on; but
    with Redis such a message counts as being worked on for ever, and the worker never takes another
    one (measured). So the worker ends, and whoever watches over it starts it again.
    """

    def acknowledge(self) -> None:
        """Tell the broker that the message is dealt with; Celery does so a moment later."""
        super().acknowledge()
        looking = threading.Timer(_PATIENCE_S, self._end_unless_acknowledged)
        looking.daemon = True
        looking.start()

    def _end_unless_acknowledged(self) -> None:
        if not self.message.acknowledged:
            _LOG.error("a message cannot be acknowledged: the worker ends, to be started again")
            os.kill(os.getpid(), signal.SIGTERM)


class DeliveredTask(Task[Any, Any]):
    """A task whose messages are `DeliveredMessage`."""

    Request = f"{__name__}:{DeliveredMessage.__name__}"
