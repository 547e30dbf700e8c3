"""Monitors and downtimes of a scenario: paths of files, or objects as Datadog's API has them."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag

from .fields import Count, Finite, Strict, Zone, shorthand


def numeric(value: Any) -> Any:
    """Return the number that a string holds: Datadog takes numbers in both forms."""
    if isinstance(value, str) and re.fullmatch(r'\s*[-+]?\d+(\.\d*)?([eE][-+]?\d+)?\s*', value, re.ASCII):
        return int(value) if value.strip().isdecimal() else float(value)
    return value


Threshold = Annotated[Finite, BeforeValidator(numeric)]
Amount = Annotated[Count, BeforeValidator(numeric)]


class ApiObject(Strict):
    """An object of Datadog's API, which may have more fields than are read here."""

    model_config = ConfigDict(extra='allow')


class AssetFile(Strict):
    """Monitors or downtimes in files."""

    file: str
    """Path, relative to the scenario; `*` matches any characters of a name."""


class MonitorFile(AssetFile):
    """Monitors in files, with recipients and tags to add to each of them."""

    notify: list[str] = []
    """Addresses or handles to add to the message, such as you@example.com or @slack-ops."""
    tags: list[str] = []
    """Tags to add to the monitor, such as team:web."""
    only: Annotated[list[str | int], Field(min_length=1)] | None = None
    """Names or ids of the monitors to rehearse; by default, all in the file."""


class Thresholds(ApiObject):
    critical: Threshold | None = None
    warning: Threshold | None = None
    critical_recovery: Threshold | None = None
    warning_recovery: Threshold | None = None
    ok: Threshold | None = None
    unknown: Threshold | None = None


class Options(ApiObject):
    KNOWN: ClassVar = {
        'aggregation', 'device_ids', 'enable_logs_sample', 'enable_samples', 'group_retention_duration',
        'groupby_simple_monitor', 'locked', 'min_failure_duration', 'min_location_failed', 'new_host_delay',
        'notification_preset_name', 'notify_audit', 'notify_by', 'scheduling_options', 'silenced',
        'synthetics_check_id', 'threshold_windows', 'variables', 'avalanche_window', 'queue_config',
    }  # fmt: skip

    thresholds: Thresholds | None = None
    notify_no_data: bool | None = None
    no_data_timeframe: Amount | None = None
    on_missing_data: Literal['default', 'show_no_data', 'show_and_notify_no_data', 'resolve'] | None = None
    timeout_h: Amount | None = None
    new_group_delay: Amount | None = None
    evaluation_delay: Amount | None = None
    require_full_window: bool | None = None
    renotify_interval: Amount | None = None
    renotify_occurrences: Amount | None = None
    renotify_statuses: list[Literal['alert', 'warn', 'no data']] | None = None
    escalation_message: str | None = None
    include_tags: bool | None = None


def _priority(value: Any) -> Any:
    """Return a priority; 0 is none, as Terraform sends it."""
    return numeric(value) or None


class Monitor(ApiObject):
    """A monitor with the fields of Datadog's API."""

    KNOWN: ClassVar = {
        'assets', 'created', 'created_at', 'creator', 'deleted', 'draft_status', 'matching_downtimes', 'modified',
        'multi', 'org_id', 'overall_state', 'overall_state_modified', 'restricted_roles', 'restriction_policy', 'state',
    }  # fmt: skip

    name: str
    type: str
    query: str
    key: str | None = None
    """A short name by which tests and composite monitors refer to the monitor."""
    id: Annotated[int, BeforeValidator(numeric), Field(ge=1, le=2**53)] | None = None
    message: str | None = None
    tags: list[str] | None = None
    priority: Annotated[Annotated[int, Field(ge=1, le=5)] | None, BeforeValidator(_priority)] = None
    options: Options | None = None


class Recurrence(ApiObject):
    KNOWN: ClassVar[set[str]] = set()

    rrule: str
    duration: str
    start: str | None = None
    """A local time such as 2026-11-23T19:00; by default, the recurrence begins long before the test."""
    time: str | None = None
    """Instead of a start, only the time of the day, such as 19:00."""


class Schedule(ApiObject):
    KNOWN: ClassVar = {'current_downtime'}

    timezone: Zone | None = None
    recurrences: list[Recurrence] | None = None
    start: str | None = None
    end: str | None = None


class Identifier(ApiObject):
    KNOWN: ClassVar[set[str]] = set()

    monitor_id: int | None = None
    monitor_tags: list[str] | None = None


class Downtime(ApiObject):
    """A downtime: attributes as in API v2, or just `title`, `message`, and `recurrences`."""

    model_config = ConfigDict(
        json_schema_extra={'not': {'anyOf': [{'required': [key]} for key in ('file', 'attributes', 'data')]}}
    )
    KNOWN: ClassVar = {'display_timezone', 'modified', 'run_as', 'status'}

    title: str | None = None
    message: str | None = None
    recurrences: list[Recurrence] | None = None
    """Instead of a schedule: recurrences in the time zone of the scenario."""
    schedule: Schedule | None = None
    scope: str | None = None
    monitor_identifier: Identifier | None = None
    """By default, all monitors."""
    mute_first_recovery_notification: bool | None = None
    notify_end_states: list[Literal['alert', 'no data', 'warn']] | None = None
    notify_end_types: list[Literal['canceled', 'expired']] | None = None
    created: str | None = None
    canceled: str | None = None


class DowntimeResource(ApiObject):
    """A downtime as a resource of API v2."""

    KNOWN: ClassVar = {'type', 'id', 'relationships'}

    attributes: Downtime


class DowntimeBody(ApiObject):
    """The body of a request or response of API v2."""

    KNOWN: ClassVar = {'included', 'meta'}

    data: DowntimeResource


def _which_monitor(value: Any) -> str:
    return 'MonitorFile' if isinstance(value, str | MonitorFile) or _has(value, 'file') else 'Monitor'


def _which_downtime(value: Any) -> str:
    if isinstance(value, str | AssetFile) or _has(value, 'file'):
        return 'AssetFile'
    return 'DowntimeBody' if _has(value, 'data') else 'DowntimeResource' if _has(value, 'attributes') else 'Downtime'


def _has(value: Any, key: str) -> bool:
    return isinstance(value, Mapping) and key in value


MonitorEntry = Annotated[
    Annotated[MonitorFile, shorthand('file', MonitorFile), Tag('MonitorFile')] | Annotated[Monitor, Tag('Monitor')],
    Discriminator(_which_monitor),
]
DowntimeEntry = Annotated[
    Annotated[AssetFile, shorthand('file', AssetFile), Tag('AssetFile')]
    | Annotated[Downtime, Tag('Downtime')]
    | Annotated[DowntimeResource, Tag('DowntimeResource')]
    | Annotated[DowntimeBody, Tag('DowntimeBody')],
    Discriminator(_which_downtime),
]
