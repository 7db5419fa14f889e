"""Small programme files for tests of the commands."""

from pathlib import Path

SMALL = """\
name: Small Hospital
calendar: {start: 2026-07-01, end: 2026-10-20, period: 4 weeks}
groups: {interns: {pgy: [1]}}
rotation_types:
  - {code: WARD, name: Wards, category: ward}
  - {code: ICU, name: Intensive care, category: icu}
  - {code: VAC, name: Vacation, leave: true}
people:
  - {id: ada, name: Ada Ames, pgy: 1}
  - {id: ben, name: Ben Bell, pgy: 1}
  - {id: eve, name: Eve Earl, pgy: 2, wishes: [{rank: 1, rotations: [VAC], periods: [2]}]}
rules:
  - {kind: coverage, name: Wards, rotations: [WARD], min: 1}
  - {kind: coverage, name: Intensive care, rotations: [ICU], min: 2, penalty: 1}
  - {kind: requirement, name: One vacation, rotations: [VAC], exactly: 1}
  - {kind: wishes, name: Wishes, points: [5], reward: 1}
"""
"""Proved best in a moment: the wish is granted (-5), and three places in the ICU stay empty.

Twelve placements, three of them vacation and four on the wards, leave five of eight ICU places.
"""
BEST = -2

IMPOSSIBLE = SMALL.replace("rotations: [WARD], min: 1}", "rotations: [WARD], min: 4}")


def endless() -> str:
    """Return a programme whose first schedule is found at once and whose best takes very long."""
    people = "\n".join(
        f"  - {{id: p{n}, pgy: {n % 3 + 1}, wishes: ["
        + ", ".join(
            f"{{rank: {rank}, rotations: [{code}], periods: [{(n * step + rank) % 26 + 1}]}}"
            for rank, code, step in ((1, "V", 5), (2, "E", 7), (3, "V", 11))
        )
        + "]}"
        for n in range(30)
    )
    return f"""\
name: Endless
calendar: {{start: 2026-07-01, end: 2026-12-29, period: 1 week}}
rotation_types: [{", ".join(f"{{code: {code}}}" for code in "ABCDEV")}]
people:
{people}
rules:
  - {{kind: coverage, name: a, rotations: [A], min: 8, max: 9}}
  - {{kind: coverage, name: b, rotations: [B], min: 5, max: 7, penalty: 7}}
  - {{kind: coverage, name: c, rotations: [C], min: 5, max: 6, penalty: 5}}
  - {{kind: run_length, name: runs, rotations: [A, B, C, D], min: 2, max: 4, penalty: 3}}
  - {{kind: spacing, name: far, rotations: [A, B, E], min_gap: 3, penalty: 2}}
  - {{kind: fairness, name: fair, points: {{A: 1, B: 2, C: 1.5}}, penalty: 9}}
  - {{kind: wishes, name: wishes, points: [6, 4, 2], reward: 1}}
"""


def write(folder: Path, text: str, name: str = "small.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
