"""Search: from rules to a CP-SAT model to schedules and bounds."""
