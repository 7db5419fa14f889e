"""What a handler of a job gets to work with, and what it gives back."""

import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.celery_app import Line
from app.core.settings import Settings
from app.core.words import JobEventType
from app.db.session import AsyncSession, Database
from app.models import Job
from app.repositories.job_queue_repository import Event
from app.services.job_queue_service import Ending

Save = Callable[[AsyncSession], Awaitable[Mapping[str, Any]]]
_SAME_PROGRESS_EVERY_S = 5.0
_MOST_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a handler gives back: how the job ended, and what is to be written.

    Parameters
    ----------
    save
        Writes what the job effects, in the transaction that ends it, and returns what to add to the
        result. When the job was given to somebody else in the meantime, nothing of it stays.
    """

    ending: Ending
    save: Save | None = None


class Work:
    """A job that is being carried out.

    Handlers may look at `stop_requested` and tell progress from any thread. What they tell is
    written down by the keeper, at most once a second.
    """

    def __init__(self, job: Job, database: Database, settings: Settings) -> None:
        self.job = job
        self.database = database
        self.settings = settings
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._progress: dict[str, Any] | None = None
        self._written: tuple[dict[str, Any], float] = ({}, -_SAME_PROGRESS_EVERY_S)

    @property
    def stop_requested(self) -> bool:
        """Whether to end soon, with the best there is."""
        return self._stop.is_set()

    def request_stop(self) -> None:
        """Have the handler end soon."""
        self._stop.set()

    def progress(
        self, objective: float | None, bound: float | None, gap: float | None, elapsed_s: float
    ) -> None:
        """Tell how far it is."""
        told = {"objective": objective, "bound": bound, "gap": gap}
        with self._lock:
            self._progress = told | {"elapsed_s": round(elapsed_s, 1)}

    def log(self, message: str) -> None:
        """Tell something for people."""
        with self._lock:
            if len(self._lines) < _MOST_LINES:
                self._lines.append(message)

    def told(self, *, all_of_it: bool = False) -> list[Event]:
        """Return what is to be written down and was not yet.

        Progress without news is told every few seconds, or with `all_of_it`.
        """
        with self._lock:
            lines, self._lines = self._lines, []
            progress = self._progress
        events: list[Event] = [(JobEventType.LOG, {"message": line}) for line in lines]
        if progress is not None:
            before, at = self._written
            news = any(progress[key] != before.get(key) for key in ("objective", "bound"))
            due = time.monotonic() - at >= _SAME_PROGRESS_EVERY_S or all_of_it
            if progress != before and (news or due):
                self._written = (progress, time.monotonic())
                events.append((JobEventType.PROGRESS, progress))
        return events


Handler = Callable[[Work], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """A kind of job.

    Parameters
    ----------
    line
        Where it waits.
    priority
        The higher, the sooner; those who wait for it watch.
    """

    name: str
    line: Line
    run: Handler
    priority: int = 0
