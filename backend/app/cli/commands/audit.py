import argparse
import asyncio

from app.cli.output import Finding, Report, finding
from app.cli.render.numbers import counted
from app.cli.service import faults_are_told, opened_database, read_settings
from app.core.settings import Settings
from app.repositories.audit_repository import ChainState, chains, check_chain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    verify = steps.add_parser("verify", help="say whether the audit trail was tampered with")
    verify.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
    )


def run(arguments: argparse.Namespace) -> Report:
    """Derive every hash of every chain again."""
    del arguments
    settings = read_settings()
    with faults_are_told():
        found = asyncio.run(_verify(settings))
    broken = [_finding(one) for one in found if one.broken_at is not None]
    return Report(
        status="BROKEN" if broken else "OK",
        findings=broken,
        fields={
            "chains": [
                {
                    "chain": one.chain,
                    "events": one.events,
                    "head": one.head,
                    "broken_at": one.broken_at,
                }
                for one in found
            ]
        },
        show=lambda: _show(found),
    )


async def _verify(settings: Settings) -> list[ChainState]:
    async with opened_database(settings) as database, database.reading() as session:
        return [await check_chain(session, chain) for chain in await chains(session)]


def _finding(one: ChainState) -> Finding:
    message = f"{one.chain}: {one.problem}"
    return finding(message, rule="audit", name="Audit trail", source=one.chain)


def _show(found: list[ChainState]) -> None:
    for one in found:
        if one.broken_at is None:
            print(f"{one.chain}: {counted(one.events, 'event')} hold; the last hash is {one.head}")
        else:
            print(f"{one.chain}: broken at event {one.broken_at}: {one.problem}")
    if not found:
        print("There are no events yet.")
