"""The scheduling engine: pure functions from a programme to schedules, findings and bounds."""
