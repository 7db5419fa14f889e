"""Compare the verifier with the oracle on many random cases, with progress: `make oracle`."""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.scheduling.acgme.comparison import compare

REPORTED = 20
"""Disagreements printed; the rest is counted."""


def disagreements(seed: int) -> list[str]:
    """Return where the verifier and the oracle disagree in the case of a seed."""
    return compare(seed).disagreements


def main() -> int:
    """Return 1 when they disagree anywhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="?", default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.cases)
    begun, wrong = time.monotonic(), 0
    with ProcessPoolExecutor() as workers:
        for done, lines in enumerate(workers.map(disagreements, seeds, chunksize=20), start=1):
            for line in lines:
                wrong += 1
                if wrong <= REPORTED:
                    print(line)
            if done % 500 == 0 or done == len(seeds):
                spent = time.monotonic() - begun
                print(f"{done} of {len(seeds)} cases, {spent:.0f} s, {wrong} disagreements")
                sys.stdout.flush()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
