"""Writes docs/settings.md from the code: ``make settings``."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from app.core.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
_HEAD = """\
# Settings

Environment variables of the service and of `housestaff admin`. This page is written from
`backend/app/core/settings.py` by `make settings`.

| Variable | Default | Meaning |
|---|---|---|
"""


def page() -> str:
    """Return the page as it has to be."""
    prefix = Settings.model_config.get("env_prefix", "")
    lines = []
    for name, field in Settings.model_fields.items():
        default = field.default
        assert default is not PydanticUndefined  # noqa: S101 - what runs on a laptop needs nothing
        shown = default.get_secret_value() if isinstance(default, SecretStr) else default
        value = f"`{shown}`" if str(shown) else "empty"
        lines.append(f"| `{prefix}{name.upper()}` | {value} | {field.description} |\n")
    return _HEAD + "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
