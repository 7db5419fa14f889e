import numpy as np

from app.scheduling.rules.runs import first_present, last_present, runs_of


def test_runs_are_maximal_and_end_with_the_row() -> None:
    mask = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]], dtype=np.bool_)
    runs = runs_of(mask)
    assert list(runs) == [(0, 0, 1), (0, 3, 3), (1, 0, 0), (3, 0, 3)]
    assert runs.length.tolist() == [2, 1, 1, 4]


def test_an_appointment_begins_and_ends_once_per_stretch() -> None:
    present = np.array([[0, 1, 1, 0, 1], [1, 1, 1, 1, 1]], dtype=np.bool_)
    assert first_present(present).tolist() == [
        [False, True, False, False, True],
        [True, False, False, False, False],
    ]
    assert last_present(present).tolist() == [
        [False, False, True, False, True],
        [False, False, False, False, True],
    ]
