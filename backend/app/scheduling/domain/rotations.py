"""Rotation types: the services one is posted to."""

from dataclasses import dataclass
from typing import Any, ClassVar

from app.scheduling.domain.scope import EVERYBODY, STRICT, Who


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationType:
    """A service that one is posted to.

    Parameters
    ----------
    code
        Short code, unique; what the grid shows.
    name
        Full name; the code when empty.
    category
        Free word for grouping in displays (ward, ICU, clinic, elective, …).
    site
        Where it is.
    colour
        ``#rrggbb``; chosen from the category when empty.
    leave
        Whether being on it means being away (vacation).
    who
        Who may be on it at all.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    code: str
    name: str = ""
    category: str = ""
    site: str = ""
    colour: str = ""
    leave: bool = False
    who: Who = EVERYBODY

    def __post_init__(self) -> None:
        """Refuse empty codes and colours that are none."""
        if not self.code.strip():
            raise ValueError("a rotation type needs a code")
        hexadecimal = set("0123456789abcdefABCDEF")
        if self.colour and not (
            len(self.colour) == len("#rrggbb")
            and self.colour[0] == "#"
            and set(self.colour[1:]) <= hexadecimal
        ):
            raise ValueError(f"colour {self.colour!r} of {self.code}: write it as #4477aa")

    @property
    def label(self) -> str:
        """The name, or the code when there is none."""
        return self.name or self.code
