"""What the law can ask for: one predicate a class, whose numbers come from the rule packs."""

from typing import get_args

from app.scheduling.acgme.predicates.calls import CallFrequency, CallSpacing, HomeCallNights
from app.scheduling.acgme.predicates.conduct import ForbiddenDuty, VoluntaryStays
from app.scheduling.acgme.predicates.continuous_duty import ContinuousDuty
from app.scheduling.acgme.predicates.free_days import (
    CalendarDaysOff,
    ExactFreeDays,
    FreeDayInEveryWeek,
    FreeDays,
    LongStretch,
    PostCallDaysOff,
)
from app.scheduling.acgme.predicates.nights import (
    ConsecutiveNights,
    NightFloatStretch,
    NightFloatTotal,
)
from app.scheduling.acgme.predicates.rest import Rest, RestAfterCall, RestAsLongAsShift
from app.scheduling.acgme.predicates.supervision import (
    PreceptorRatio,
    PresenceNeeded,
    Supervised,
)
from app.scheduling.acgme.predicates.transition import Transition
from app.scheduling.acgme.predicates.week_hours import AnyWeekHours, WeekHours
from app.scheduling.acgme.predicates.weekly_hours import WeeklyHours

AnyDutyHourRule = (
    WeeklyHours
    | WeekHours
    | AnyWeekHours
    | FreeDays
    | FreeDayInEveryWeek
    | ExactFreeDays
    | CalendarDaysOff
    | PostCallDaysOff
    | LongStretch
    | Rest
    | RestAfterCall
    | RestAsLongAsShift
    | ContinuousDuty
    | Transition
    | CallFrequency
    | CallSpacing
    | HomeCallNights
    | ConsecutiveNights
    | NightFloatStretch
    | NightFloatTotal
    | ForbiddenDuty
    | VoluntaryStays
    | Supervised
    | PreceptorRatio
    | PresenceNeeded
)

PREDICATES: dict[str, type[AnyDutyHourRule]] = {
    kind.__dataclass_fields__["predicate"].default: kind for kind in get_args(AnyDutyHourRule)
}
"""Every predicate by the word that packs use."""
