"""Use cases that join several services, the engine or the queue."""
