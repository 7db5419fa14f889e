"""Housestaff: residency schedules that are made, proved and kept."""

__version__ = "0.1.0"
