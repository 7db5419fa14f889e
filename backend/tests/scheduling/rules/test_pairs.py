from itertools import combinations, product

import pytest

from app.scheduling.rules.pairs import fewest_alike
from app.scheduling.rules.together import Together


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ((), "at least one pair"),
        ((("p1", "p1"),), "'p1' is paired with themselves"),
        ((("p1", "p2"), ("p2", "p1")), "'p2' and 'p1' are paired twice"),
    ],
)
def test_pairs_that_are_none_are_refused(pairs: tuple[tuple[str, str], ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Together(name="Couples", pairs=pairs)


ALL_OF_FOUR = list(combinations(range(4), 2))


@pytest.mark.parametrize("colours", [1, 2, 3])
@pytest.mark.parametrize("left_out", range(2 ** len(ALL_OF_FOUR)))
def test_fewest_alike_is_the_best_of_all_colourings(left_out: int, colours: int) -> None:
    pairs = [pair for n, pair in enumerate(ALL_OF_FOUR) if not left_out >> n & 1]
    best = min(
        sum(colouring[a] == colouring[b] for a, b in pairs)
        for colouring in product(range(colours), repeat=4)
    )
    assert fewest_alike(pairs, colours) == best


def test_fewest_alike_gives_up_on_large_tangles() -> None:
    assert fewest_alike(combinations(range(40), 2), 3) == 0
