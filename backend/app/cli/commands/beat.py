import argparse

from app.cli.output import Report
from app.cli.service import beat_words, become, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(arguments: argparse.Namespace) -> Report:
    del arguments
    read_settings()
    become(beat_words())
