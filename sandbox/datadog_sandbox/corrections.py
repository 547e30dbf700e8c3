"""Corrections of service level objectives: times, such as those of maintenance, that do not count.

Source: https://docs.datadoghq.com/service_management/service_level_objectives/#slo-status-corrections
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .downtimes import Window, merge, occurrences, zone
from .store import Store

KIND = 'slo correction'
"""The kind of resource that a correction is."""


def corrected(store: Store, slo: Mapping[str, Any], start: int, end: int) -> list[Window]:
    """Return the times of [start, end) that are corrected, in their order, and without overlaps."""
    opened = [
        window
        for correction in store.all(KIND)
        if applies(correction, slo)
        for window in windows(correction, start, end)
    ]
    return [Window(max(start, window.start), min(end, window.end)) for window in merge(opened)]


def applies(correction: Mapping[str, Any], slo: Mapping[str, Any]) -> bool:
    """Return whether a correction is about an objective: by its id or, as approximated, by tags which it must have."""
    if correction.get('slo_query'):
        return set(correction['slo_query'].split()) <= set(slo['tags'])
    return bool(correction['slo_id'] == slo['id'])


def windows(correction: Mapping[str, Any], start: int, end: int) -> list[Window]:
    """Return the times of a correction that overlap [start, end). Raises `downtimes.DowntimeError` for a wrong rule."""
    if not correction.get('rrule'):
        opened = [Window(correction['start'], correction['end'])]
    else:
        length, timezone = correction['duration'], correction['timezone']
        local = datetime.fromtimestamp(correction['start'], zone(timezone)).replace(tzinfo=None).isoformat()
        starts = occurrences(correction['rrule'], local, timezone).between(start - length, end)
        opened = [Window(moment, moment + length) for moment in starts]
    return [window for window in opened if window.start < end and window.end > start]


def rest(start: int, end: int, without: Sequence[Window]) -> list[Window]:
    """Return what is left of [start, end) without some times that are in their order."""
    edges = [start, *(edge for window in without for edge in window), end]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [Window(first, last) for first, last in pairs if first < last]
