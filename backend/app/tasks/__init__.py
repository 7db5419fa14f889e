"""What messages make workers do: `celery --app app.tasks worker`, or `housestaff worker`."""

from app.tasks.jobs import celery

__all__ = ["celery"]
