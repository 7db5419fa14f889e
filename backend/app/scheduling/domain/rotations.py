"""Rotation types: the services one is posted to."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.scheduling.domain.duties import DayDuties, SupervisionHours, Template, template_days
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
    template
        A normal week of duty: by weekday (``mon``, ``mon-fri``, ``"mon,wed"``) a duty type, or
        duty types by session (``{am: CLINIC, night: CALL}``). Days that are not named are free.
    zone
        IANA time zone of its site, by whose clock its duty is; the programme's when empty.
    specialty
        The service's specialty, for duty-hour rules of a place; the programme's when empty.
    averaging_group
        Rotation types of one group count as one rotation where duty hours are averaged; its own
        code when empty.
    supervision
        Who supervises the residents on it; where nothing is said, supervision is not judged.
    primary_care_exception
        Whether it is a clinic that bills residents' visits without the teaching physician's
        presence (CMS), so that a preceptor may have four residents.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT
    code: str
    name: str = ""
    category: str = ""
    site: str = ""
    colour: str = ""
    leave: bool = False
    who: Who = EVERYBODY
    template: Template = field(default_factory=dict)
    zone: str = ""
    specialty: str = ""
    averaging_group: str = ""
    supervision: tuple[SupervisionHours, ...] = ()
    primary_care_exception: bool = False

    def __post_init__(self) -> None:
        """Refuse empty codes, colours that are none, and weeks that say one day twice."""
        if not self.code.strip():
            raise ValueError("a rotation type needs a code")
        hexadecimal = set("0123456789abcdefABCDEF")
        if self.colour and not (
            len(self.colour) == len("#rrggbb")
            and self.colour[0] == "#"
            and set(self.colour[1:]) <= hexadecimal
        ):
            raise ValueError(f"colour {self.colour!r} of {self.code}: write it as #4477aa")
        template_days(self.template)
        if self.leave and self.template:
            raise ValueError(f"{self.code} is leave: it has no template")
        if self.primary_care_exception and not self.supervision:
            raise ValueError(
                f"{self.code} bills by the primary-care exception: say who supervises it and when"
            )

    @property
    def week(self) -> dict[int, DayDuties]:
        """The template by weekday, Monday being 0; a duty type alone is named in all sessions."""
        said = {day: self.template[key] for day, key in template_days(self.template).items()}
        return {
            day: DayDuties(am=one, pm=one, night=one) if isinstance(one, str) else one
            for day, one in said.items()
        }

    @property
    def averaged_as(self) -> str:
        """The averaging group, or the code when there is none."""
        return self.averaging_group or self.code

    @property
    def label(self) -> str:
        """The name, or the code when there is none."""
        return self.name or self.code
