"""Colours of rotation types, and the text colour that is readable on each."""

import colorsys
from collections.abc import Sequence

from app.files.schedule_document import ShownRotation

_HUES = (0.58, 0.99, 0.33, 0.11, 0.75, 0.49, 0.04, 0.90, 0.22, 0.66)
_LEAVE = "#eeeeee"
_DARK, _LIGHT = "#111111", "#ffffff"


def rotation_colours(rotations: Sequence[ShownRotation]) -> dict[str, str]:
    """Return ``#rrggbb`` by code: as given, else one hue per category in several shades."""
    colours: dict[str, str] = {}
    members: dict[str, int] = {}
    for rotation in rotations:
        if rotation.colour:
            colours[rotation.code] = rotation.colour.lower()
        elif rotation.leave:
            colours[rotation.code] = _LEAVE
        else:
            category = rotation.category or rotation.code
            shade = members[category] = members.get(category, -1) + 1
            hue = _HUES[list(members).index(category) % len(_HUES)]
            colours[rotation.code] = _hex(hue, (0.45, 0.65, 0.80, 0.32)[shade % 4])
    return colours


def ink(background: str) -> str:
    """Return the near-black or white that contrasts more with the background (WCAG 2.2)."""
    light = _luminance(background)
    on_dark = (_luminance(_LIGHT) + 0.05) / (light + 0.05)
    on_light = (light + 0.05) / (_luminance(_DARK) + 0.05)
    return _LIGHT if on_dark > on_light else _DARK


def _hex(hue: float, lightness: float) -> str:
    channels = colorsys.hls_to_rgb(hue, lightness, 0.5)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
