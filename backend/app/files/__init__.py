"""Files that people keep: the programme file, people tables, schedules."""
