import pytest

from app.files.exports.annual_grid import Count, Limits, lay_out
from tests.files.exports.sample import small_document


def test_people_are_grouped_by_pgy() -> None:
    grid = lay_out(small_document())

    assert [(s.title, [row.person.id for row in s.rows]) for s in grid.sections] == [
        ("PGY-1", ["ada", "ben"]),
        ("PGY-3", ["eve"]),
    ]


def test_runs_are_consecutive_columns_of_one_rotation() -> None:
    runs = {row.person.id: row.runs for row in lay_out(small_document()).rows}

    assert [(run.first, run.last, run.rotation and run.rotation.code) for run in runs["eve"]] == [
        (0, 0, "C"),
        (1, 1, "I"),
        (2, 4, "W"),
        (5, 5, "V"),
        (6, 6, None),
    ]


def test_requirements_on_the_same_rotations_share_a_column() -> None:
    grid = lay_out(small_document())

    assert [(tally.label, tally.names) for tally in grid.tallies] == [
        ("W", ("Intern wards", "Senior wards")),
        ("V", ("One vacation",)),
    ]


def test_totals_count_what_is_done() -> None:
    rows = {row.person.id: row for row in lay_out(small_document()).rows}

    assert {person: row.met for person, row in rows.items()} == {
        "ada": "2/2",
        "ben": "2/2",
        "eve": "1/2",
    }
    assert [str(count) for count in rows["eve"].tallies.values()] == ["3/4–5", "1/1"]
    assert lay_out(small_document()).open_tallies(rows["eve"]) == ["W 3/4–5"]


def test_staffing_counts_people_beside_their_limits() -> None:
    wards, nights = lay_out(small_document()).staffing

    assert [count.there for count in wards.counts] == [1, 2, 2, 1, 1, 0, 0]
    assert [count.over for count in wards.counts] == [False, True, True, *[False] * 4]
    assert [count.short for count in nights.counts] == [True, True, True, False, False, True, True]
    assert wards.needed(range(4)) == "1"
    assert wards.needed(range(7)) == "1 … ≤2"


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(2, 2), "2"),
        (Limits(4, 7), "4–7"),
        (Limits(3, None), "3+"),
        (Limits(0, 2), "≤2"),
        (Limits(0, 0), "0"),
        (Limits(0, None), ""),
        (Limits(0.5, 1.5), "0.5–1.5"),
    ],
)
def test_limits_in_words(limits: Limits, text: str) -> None:
    assert str(limits) == text


@pytest.mark.parametrize(
    ("there", "short", "over"),
    [(2, True, False), (3, False, False), (4, False, False), (5, False, True)],
)
def test_a_count_is_judged_at_its_limits(there: float, *, short: bool, over: bool) -> None:
    count = Count(there, Limits(3, 4))

    assert (count.short, count.over, count.kept) == (short, over, not (short or over))


def test_rounding_is_no_shortage() -> None:
    assert Count(0.428571, Limits(3 / 7, 3 / 7)).kept


def test_tracks_of_one_pgy_are_apart() -> None:
    document = small_document()
    people = tuple(
        type(person)(id=person.id, name=person.name, pgy=2, track=track)
        for person, track in zip(document.display.people, ["A", "B", "A"], strict=True)
    )
    display = type(document.display)(
        **{name: getattr(document.display, name) for name in document.display.__slots__}
        | {"people": people}
    )
    grid = lay_out(type(document)(display=display, placements=document.placements))

    assert [(s.title, len(s.rows)) for s in grid.sections] == [("PGY-2 · A", 2), ("PGY-2 · B", 1)]
