"""The types of a scenario's fields: durations, times, numbers, states."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from datadog_sandbox.downtimes import DowntimeError, zone

from . import times

LARGEST = 2**31 - 1


def string(read: Callable[[str], Any]) -> BeforeValidator:
    """Parse a string with `read`, whose error is also the message for values that are not strings."""
    return BeforeValidator(lambda value: read(value if isinstance(value, str) else json.dumps(value, default=str)))


def checked(check: Callable[[str], Any]) -> Callable[[str], str]:
    """Return a function that returns its argument unless `check` raises."""

    def unchanged(value: str) -> str:
        check(value)
        return value

    return unchanged


def _zone(name: str) -> str:
    try:
        zone(name)
    except DowntimeError as error:
        raise ValueError(str(error).removesuffix('.')) from None
    return name


def _positive_duration(text: str) -> int:
    seconds = times.duration(text)
    if not seconds:
        raise ValueError(f'{text!r} is not longer than 0s')
    return seconds


PATTERN = f'^{times.DURATION}$'
Duration = Annotated[int, string(_positive_duration), WithJsonSchema({'type': 'string', 'pattern': PATTERN})]
Time = Annotated[str, string(times.check)]
Start = Annotated[str, string(checked(lambda text: times.local(text, ZoneInfo('UTC'))))]
Zone = Annotated[str, AfterValidator(_zone)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Points = Annotated[list[Finite | None], Field(min_length=1)]
Range = Annotated[list[Finite], Field(min_length=2, max_length=2)]
State = Literal['OK', 'Warn', 'Alert', 'No Data', 'Skipped', 'absent']
Status = Literal['ok', 'warning', 'critical', 'unknown', 'none']
"""The status of a service check; `none`: the check does not run."""
Count = Annotated[int, Field(ge=0, le=LARGEST)]


class Strict(BaseModel):
    """A part of a scenario: an unknown key is an error."""

    model_config = ConfigDict(extra='forbid', strict=True, frozen=True, defer_build=True)


def shorthand[T](key: str, or_: type[T], of: Any = str) -> BeforeValidator:
    """Let a string stand for a mapping with one key."""
    return BeforeValidator(
        lambda value: {key: value} if isinstance(value, str) else value, json_schema_input_type=of | or_
    )
