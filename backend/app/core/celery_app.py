"""Celery: how messages that wake workers are sent, and how workers treat them.

A message holds a job's id and no more; the job table is the truth of it. So a message may be lost
or come twice, and no results are kept here.
"""

import asyncio
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from app.core.settings import Settings

if TYPE_CHECKING:
    from celery import Celery
    from kombu import Queue

RUN_JOB = "run_job"
REAP = "reap"
START_DAILY = "start_daily"
DELIVER_MAILS = "deliver_mails"

_EVERY_S = 10.0
_CONNECT_TIMEOUT_S = 2
# Longer than any solve. Celery gives a message that was not acknowledged in this time to another
# worker; that is not how jobs come back, and the second delivery of a live job does nothing.
_VISIBLE_AGAIN_S = 8 * 24 * 3600


class Line(StrEnum):
    """Where jobs wait: what takes a processor for long does not hold up what is done soon."""

    SOLVES = "solves"
    CHORES = "chores"


def make_celery(settings: Settings) -> "Celery":
    """Return Celery as these settings want it; nothing is connected yet."""
    # Inside, as below: a fifth of a second that a service needs only with its first job.
    from celery import Celery  # noqa: PLC0415
    from celery.schedules import crontab  # noqa: PLC0415

    celery = Celery("housestaff", set_as_current=False)
    celery.conf.update(
        **_broker(settings),
        # The exchange without a name routes by the queue's: nothing is to be declared or kept.
        task_queues=[_queue(settings, line) for line in Line],
        task_default_exchange="",
        task_default_queue=Line.CHORES.value,
        task_ignore_result=True,
        # Acknowledged at the end, one at a time: else a message waits at a worker that is busy.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=100,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        accept_content=["json"],
        broker_connection_timeout=_CONNECT_TIMEOUT_S,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        timezone="UTC",
        beat_schedule={
            REAP: _often(REAP),
            DELIVER_MAILS: _often(DELIVER_MAILS),
            START_DAILY: {"task": START_DAILY, "schedule": crontab(minute="7")},
        },
    )
    return celery


def _often(task: str) -> dict[str, object]:
    """Return the entry of what is looked at every few seconds; what is late is worthless."""
    return {"task": task, "schedule": _EVERY_S, "options": {"expires": _EVERY_S}}


def _queue(settings: Settings, line: Line) -> "Queue":
    from kombu import Exchange, Queue  # noqa: PLC0415

    arguments = {}
    if settings.broker_url.startswith("amqp"):
        # RabbitMQ closes the channel of who holds a message for longer, half an hour by default.
        arguments["x-consumer-timeout"] = _VISIBLE_AGAIN_S * 1000
    return Queue(line.value, Exchange(""), routing_key=line.value, queue_arguments=arguments)


def _broker(settings: Settings) -> dict[str, object]:
    if not settings.broker_url:
        folder = str(settings.spool_dir)
        options: dict[str, object] = {
            "data_folder_in": folder,
            "data_folder_out": folder,
            "control_folder": folder,
            "polling_interval": 0.1,
        }
        return {
            "broker_transport": "app.core.spool:Transport",
            "broker_transport_options": options,
        }
    options = {}
    if settings.broker_url.startswith("redis"):
        options = {
            "visibility_timeout": _VISIBLE_AGAIN_S,
            "socket_connect_timeout": _CONNECT_TIMEOUT_S,
            "socket_keepalive": True,
        }
    elif settings.broker_url.startswith("amqp"):
        options = {"confirm_publish": True}
    return {"broker_url": settings.broker_url, "broker_transport_options": options}


class Broker:
    """Sends messages to workers, whatever carries them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def _celery(self) -> "Celery":
        return make_celery(self.settings)

    async def send(self, job_id: UUID, line: Line) -> bool:
        """Send word that there is a job; return whether it went out.

        A broker that is down is no error: the reaper sends word later.
        """
        return await asyncio.to_thread(self._send, job_id, line)

    def _send(self, job_id: UUID, line: Line) -> bool:
        from kombu.exceptions import KombuError, OperationalError  # noqa: PLC0415

        # A connection that has died since it was last used is made again once.
        policy = {"max_retries": 1, "interval_start": 0.0}
        try:
            self._celery.send_task(
                RUN_JOB, [str(job_id)], queue=line.value, retry=True, retry_policy=policy
            )
        except (KombuError, OperationalError, OSError):
            return False
        return True

    def close(self) -> None:
        """Close all connections."""
        if "_celery" in self.__dict__:
            self._celery.close()
