import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path

from app.cli.output import BadInput, Finding, Report, finding
from app.cli.render.numbers import counted
from app.cli.service import faults_are_told, opened_database, read_settings
from app.core.settings import Settings
from app.repositories.audit_repository import Anchors, ChainState, chains, check_chain
from app.services.audit_anchors import Anchor, anchor_path, by_chain, read_anchors


def add_arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    verify = steps.add_parser("verify", help="say whether the audit trail was tampered with")
    verify.add_argument(
        "--anchors",
        metavar="FILE",
        type=Path,
        help="a copy of audit-anchors.jsonl that was kept elsewhere, beside the data folder's own",
    )
    verify.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
    )


def run(arguments: argparse.Namespace) -> Report:
    """Derive every hash of every chain again, and look for the heads that were noted."""
    settings = read_settings()
    given: Path | None = arguments.anchors
    if given is not None and not given.is_file():
        raise BadInput(f"{given} is not there")
    paths = [anchor_path(settings), *([] if given is None else [given])]
    with faults_are_told():
        anchors = [one for path in paths for one in read_anchors(path)]
        found = asyncio.run(_verify(settings, by_chain(anchors)))
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
            ],
            "anchors": len(anchors),
            "anchored_at": max((one.at for one in anchors), default=None),
        },
        show=lambda: _show(found, anchors),
    )


async def _verify(settings: Settings, anchors: Mapping[str, Anchors]) -> list[ChainState]:
    async with opened_database(settings) as database, database.reading() as session:
        names = sorted({*await chains(session), *anchors})
        return [await check_chain(session, chain, anchors.get(chain, {})) for chain in names]


def _finding(one: ChainState) -> Finding:
    message = f"{one.chain}: {one.problem}"
    return finding(message, rule="audit", name="Audit trail", source=one.chain)


def _show(found: list[ChainState], anchors: list[Anchor]) -> None:
    for one in found:
        if one.broken_at is None:
            print(f"{one.chain}: {counted(one.events, 'event')} hold; the last hash is {one.head}")
        else:
            print(f"{one.chain}: broken at event {one.broken_at}: {one.problem}")
    if not found:
        print("There are no events yet.")
    if anchors:
        last = max(one.at for one in anchors)
        print(f"They were held against {counted(len(anchors), 'anchor')}, the last of {last}.")
    else:
        print("No anchor was noted yet: nothing shows whether newest events were cut off.")
