from dataclasses import replace
from datetime import date

from app.files.comparison import Change, TermChange, compare_documents
from app.scheduling.domain.result import Term
from tests.files.exports.sample import ROWS, document, small_document, small_program


def term(name: str, value: float) -> Term:
    return Term(rule="r", name=name, unit="u", amount=value, weight=1, value=value, ideal=0)


def test_a_schedule_is_the_same_as_itself() -> None:
    comparison = compare_documents(small_document(), small_document(), [], [])

    assert comparison.same
    assert (comparison.people, comparison.periods) == (3, 7)
    assert comparison.staffing == ()


def test_changes_name_person_period_and_both_rotations() -> None:
    after = document(small_program(), {**ROWS, "ada": "WWIVNCN", "ben": "IWWNVC."})

    comparison = compare_documents(small_document(), after, [], [])

    assert not comparison.same
    last = date(2026, 12, 16)
    assert comparison.changes == (
        Change("ada", "Ada <b>Lovelace</b>", "7", last, "C", "N"),
        Change("ben", "=1+1", "7", last, "C", None),
    )
    assert comparison.by_period == [("7", 2)]


def test_people_with_most_changes_come_first() -> None:
    after = document(small_program(), {**ROWS, "ada": "WWIVNCN", "ben": "IWWVNCC"})

    assert compare_documents(small_document(), after, [], []).by_person == [
        ("=1+1", 2),
        ("Ada <b>Lovelace</b>", 1),
    ]


def test_staffing_that_differs_says_where_it_is_short() -> None:
    after = document(small_program(), {**ROWS, "ada": "WWIVNCN"})

    [change] = compare_documents(small_document(), after, [], []).staffing

    assert (change.name, change.period, change.before, change.after) == ("Nights", "7", 0, 1)
    assert (change.short_before, change.short_after) == (True, False)


def test_people_and_periods_of_only_one() -> None:
    program = small_program()
    fewer = replace(
        program,
        people=program.people[1:],
        calendar=replace(program.calendar, starts=program.calendar.period_starts[:6]),
    )
    after = document(fewer, {person.id: ROWS[person.id][:6] for person in fewer.people})

    comparison = compare_documents(small_document(), after, [], [])

    assert comparison.people_only_before == ("Ada <b>Lovelace</b>",)
    assert comparison.people_only_after == ()
    assert comparison.periods_only_before == ("7 from 2026-12-16",)
    assert not comparison.same
    assert not comparison.changes


def test_terms_stand_side_by_side() -> None:
    comparison = compare_documents(
        small_document(),
        small_document(),
        [term("kept", 3), term("gone", 1)],
        [term("kept", 5), term("new", 2)],
    )

    assert comparison.terms == (
        TermChange("kept", 3, 5),
        TermChange("gone", 1, None),
        TermChange("new", None, 2),
    )
