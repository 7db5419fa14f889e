import pytest

from app.files.exports.colours import ink, rotation_colours
from app.files.schedule_document import ShownRotation


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        shares = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    "background",
    [f"#{red:02x}{green:02x}{blue:02x}" for red in range(0, 256, 51)
     for green in range(0, 256, 51) for blue in range(0, 256, 51)],
)  # fmt: skip
def test_text_is_readable_on_every_colour(background: str) -> None:
    assert contrast(background, ink(background)) >= 4.3


def test_given_colours_are_kept_and_leave_is_pale() -> None:
    rotations = [
        ShownRotation(code="A", name="A", colour="#AABBCC"),
        ShownRotation(code="V", name="V", leave=True),
    ]

    assert rotation_colours(rotations) == {"A": "#aabbcc", "V": "#eeeeee"}


def test_one_hue_per_category_and_different_shades() -> None:
    rotations = [
        ShownRotation(code=code, name=code, category=category)
        for code, category in [("A", "ward"), ("B", "ward"), ("C", "icu"), ("D", "")]
    ]

    colours = rotation_colours(rotations)

    assert len(set(colours.values())) == 4
    assert max("rgb", key=lambda c: int(colours["A"][1 + 2 * "rgb".index(c) :][:2], 16)) == "b"
    assert max("rgb", key=lambda c: int(colours["B"][1 + 2 * "rgb".index(c) :][:2], 16)) == "b"
    assert max("rgb", key=lambda c: int(colours["C"][1 + 2 * "rgb".index(c) :][:2], 16)) == "r"
