"""The command line: `main` starts one command and loads nothing that the command does not need."""

from app.cli.dispatch import main

__all__ = ["main"]
