from typing import Annotated

from pydantic import Field

from app.scheduling.acgme.policy import Policy
from app.scheduling.domain.program import Sense
from app.scheduling.domain.scope import Who
from app.schemas.base import Response, Update
from app.schemas.engine_body import Storable

_Groups = Annotated[dict[str, Who], Storable]
_RotationGroups = Annotated[dict[str, tuple[str, ...]], Storable]
_Policy = Annotated[Policy, Storable]
_OBJECTIVE = "The sense in which objective and bound are stated."
_GROUPS = "Named scopes of people, usable wherever a `who` is."
_ROTATION_GROUPS = "Named lists of rotation codes, usable wherever rotation codes are."
_DUTY_HOURS = "How the programme applies the duty-hour rules."


class ProgramSettingsUpdate(Update):
    """What is to change of a programme's settings; each section is replaced as a whole."""

    objective: Sense | None = Field(default=None, description=_OBJECTIVE)
    groups: _Groups | None = Field(default=None, description=_GROUPS)
    rotation_groups: _RotationGroups | None = Field(default=None, description=_ROTATION_GROUPS)
    duty_hours: _Policy | None = Field(default=None, description=_DUTY_HOURS)


class ProgramSettingsResponse(Response):
    """What a programme file says beside its lists."""

    objective: Sense = Field(description=_OBJECTIVE)
    groups: dict[str, Who] = Field(description=_GROUPS)
    rotation_groups: dict[str, tuple[str, ...]] = Field(description=_ROTATION_GROUPS)
    duty_hours: Policy = Field(description=_DUTY_HOURS)
    version: int = Field(description="The programme's.")
