from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.words import JobState
from app.schemas.base import Listing, Response, StoredResponse


class TaskStarted(Response):
    """The answer to a request that starts work."""

    task_id: UUID
    status: Literal["queued"]


class TaskSummary(StoredResponse):
    """A task as listings show it."""

    kind: str = Field(description="`generate`, for example.")
    program_id: UUID | None
    schedule_id: UUID | None
    requested_by: UUID | None
    state: JobState
    progress: dict[str, Any] = Field(
        description="The latest that is known: `objective`, `bound`, `gap`, `elapsed_s`; empty "
        "before there is anything."
    )
    stopped: bool = Field(description="Whether it was stopped before its own end.")
    attempt: int = Field(description="How often it was begun; lost and failed tries count.")
    error: dict[str, Any] | None = Field(description="`code` and `message` of what went wrong.")
    cancel_requested: bool
    started_at: datetime | None
    finished_at: datetime | None


class TaskResponse(TaskSummary):
    """A task with what came out of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01937a4c-5b1e-7cc3-98c4-dc0c0c07398f",
                    "created_at": "2026-07-01T12:00:00Z",
                    "updated_at": "2026-07-01T12:00:42Z",
                    "kind": "generate",
                    "program_id": "01937a4c-0000-7000-8000-000000000001",
                    "schedule_id": "01937a4c-0000-7000-8000-000000000002",
                    "requested_by": "01937a4c-0000-7000-8000-000000000003",
                    "state": "succeeded",
                    "progress": {"objective": 412, "bound": 398, "gap": 0.034, "elapsed_s": 30.0},
                    "stopped": False,
                    "attempt": 1,
                    "error": None,
                    "cancel_requested": False,
                    "started_at": "2026-07-01T12:00:01Z",
                    "finished_at": "2026-07-01T12:00:42Z",
                    "parameters": {"time_s": 30},
                    "input_revision": 4,
                    "result": {"status": "FEASIBLE", "revision": 5, "branch_id": None},
                }
            ]
        }
    )

    parameters: dict[str, Any]
    input_revision: int | None = Field(description="The schedule's revision that it began with.")
    result: dict[str, Any] | None = Field(
        description="What came out of it; of a generation `status`, objective, bound, terms and "
        "findings, the `revision` that it made, or the `branch_id` where it was kept."
    )


class TaskList(Listing[TaskSummary]):
    """Some of a programme's tasks, newest first."""
