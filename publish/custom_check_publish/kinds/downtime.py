"""Downtimes. One is its attributes and its `id`, without the envelope of the API."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from datadog_api_client.v2.api.downtimes_api import DowntimesApi
from datadog_api_client.v2.model.downtime_response_attributes import DowntimeResponseAttributes
from dateutil.rrule import rrulestr

from custom_check_publish.drift import Difference
from custom_check_publish.marker import MANAGED_BY, Live, Marker, name_tag
from custom_check_publish.models import InvalidAsset
from custom_check_publish.publication import Publication
from custom_check_publish.transport import NO_CONTENT, Shape, Transport

from .kind import Body, Find, Kind, first_line, mentions, pages, paragraphs

PAGE = 100
"""Downtimes in one answer: as in the example of the documents."""
SHAPE: Shape = {'id': str, 'attributes': {'message': str | None}}
"""What the rest of the package relies on."""
START_MARGIN = timedelta(minutes=5)
"""A first occurrence nearer than this could have begun by the time the server looks, which refuses a past start."""


class Downtime(Kind):
    name = 'downtime'
    model = DowntimeResponseAttributes

    def read(self, asset: dict[str, Any], publication: Publication, integration: Sequence[str]) -> tuple[str, Body]:
        who = ', '.join(tag.removeprefix('integration:') for tag in integration) or publication.name
        try:
            text = str.replace(asset['message'], '{integration}', who)
            return asset['title'], {
                'message': paragraphs(text, mentions(publication.recipients)),
                # By tags and not by id: one downtime covers exactly our monitors, also one that was made anew. All must
                # match.
                'monitor_identifier': {'monitor_tags': [*integration, MANAGED_BY, name_tag(publication.name)]},
                'scope': '*',
                # The API wants the two zones to be the same.
                'display_timezone': publication.timezone,
                'schedule': {
                    'timezone': publication.timezone,
                    'recurrences': [_recurrence(it, publication) for it in asset['recurrences']],
                },
                'notify_end_states': asset['notify_end_states'],
                'notify_end_types': asset['notify_end_types'],
            }
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidAsset(f': {type(error).__name__}: {error}') from None

    def marked_text(self, live: Live) -> str:
        return live.get('message') or ''

    def mark(self, body: Body, marker: Marker) -> None:
        body['message'] = paragraphs(body['message'], str(marker))

    def each(self, transport: Transport) -> Iterator[Live]:
        operation = DowntimesApi(transport.client).list_downtimes

        def page(_: int, offset: int) -> Iterable[Live]:
            return transport.call(operation, {'data': [SHAPE]}, page_offset=offset, page_limit=PAGE)['data']

        for live in map(_flat, pages(page)):
            # A cancelled downtime stays in the list for about two days.
            if live.get('status') not in ('canceled', 'ended') and not live.get('canceled'):
                yield live

    def create(self, transport: Transport, find: Find, body: Body) -> Live:
        request = {'data': {'type': 'downtime', 'attributes': body}}
        operation = DowntimesApi(transport.client).create_downtime
        answer = transport.create(find, operation, {'data': SHAPE}, body=request)
        # What was looked for comes as it is listed.
        return _flat(answer['data']) if 'data' in answer else answer

    def update(self, transport: Transport, id_: Any, body: Body) -> Live:
        """Change the attributes in `body`, and no others."""
        request = {'data': {'type': 'downtime', 'id': id_, 'attributes': body}}
        operation = DowntimesApi(transport.client).update_downtime
        return _flat(transport.call(operation, {'data': SHAPE}, downtime_id=id_, body=request)['data'])

    def delete(self, transport: Transport, id_: Any) -> None:
        transport.call(DowntimesApi(transport.client).cancel_downtime, NO_CONTENT, downtime_id=id_)

    def correction(self, wanted: Body, differences: Sequence[Difference]) -> Body:
        """Return what differs only: a schedule sent again would begin at its next occurrence and end an open one."""
        roots = {difference.where[0] for difference in differences}
        body = super().correction(wanted, differences)
        return {name: value for name, value in body.items() if name in roots}

    def title(self, live: Live) -> str:
        return first_line(live.get('message'))

    def details(self, body: Body) -> list[str]:
        schedule = body['schedule']
        return [
            *(
                f'mutes: {it["rrule"]}, from {it["start"].replace("T", " ")} for {it["duration"]}'
                for it in schedule['recurrences']
            ),
            f'time zone: {schedule["timezone"]}',
        ]

    def path(self, live: Live) -> str:
        # Datadog documents no page of its own for a downtime.
        return '/monitors/downtimes'


def _recurrence(asset: dict[str, Any], publication: Publication) -> dict[str, Any]:
    local = publication.now.astimezone(ZoneInfo(publication.timezone)).replace(tzinfo=None)
    return {
        'rrule': asset['rrule'],
        'duration': asset['duration'],
        'start': next_start(asset['rrule'], time.fromisoformat(asset['time']), local),
    }


def next_start(rrule: str, at: time, local: datetime) -> str:
    """Return the first occurrence of `rrule` after `local`, in local time without an offset, as the API takes it.

    The API refuses a start in the past, so a recurrence whose window is open now begins with its next one.
    """
    earliest = local + START_MARGIN
    occurrence = rrulestr(rrule, dtstart=datetime.combine(local.date(), at)).after(earliest)
    if occurrence is None:
        raise ValueError(f'{rrule} never occurs after {earliest:%Y-%m-%d}')
    return str(occurrence.strftime('%Y-%m-%dT%H:%M'))


def _flat(data: Live) -> Live:
    return data['attributes'] | {'id': data['id']}
