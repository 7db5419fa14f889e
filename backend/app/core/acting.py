"""In whose name something is being done."""

from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who changes something; without an id it is the system itself."""

    user_id: UUID | None
    name: str


SYSTEM = Actor(None, "system")
actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)
"""Who is acting: set by whoever knows the caller of a request, job or command."""
