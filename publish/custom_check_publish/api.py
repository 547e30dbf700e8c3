"""Datadog's API: the official client for each request, JSON as it is for each answer, and retries that never double."""

import json
import re
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException, OpenApiException
from datadog_api_client.v1.api.authentication_api import AuthenticationApi
from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.api.events_api import EventsApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.snapshots_api import SnapshotsApi
from datadog_api_client.v2.api.downtimes_api import DowntimesApi
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from .assets import MANAGED_BY, Kind, owner

ATTEMPTS = 5
FIRST_WAIT = 1.0
"""Seconds before the second attempt where the server names no time; doubled for each further one."""
LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is told to the user instead, as limits by the hour exist."""
CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 30.0
"""Seconds."""
# The documented page sizes: the default of dashboards, the most for monitors, the documents' example for downtimes.
DASHBOARDS_PAGE, MONITORS_PAGE, DOWNTIMES_PAGE = 100, 1000, 100

Live = dict[str, Any]


class ApiError(Exception):
    """A request that failed for good, or, inside this module, that may be tried again."""

    def __init__(
        self, message: str, status: int | None = None, transient: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status, or None when no answer arrived."""
        self.transient = transient
        self.retry_after = retry_after
        """Seconds that the server asks to wait."""


class Api:
    """The operations that publishing needs, each under its name in the kinds of `assets.Kind`.

    `note` is told of each wait, `trace` of each request (without headers: those hold the keys).
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        app_key: str,
        note: Callable[[str], None],
        trace: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.url = url
        self._note = note
        self._trace = trace
        configuration = Configuration(
            host=url,
            api_key={'apiKeyAuth': api_key, 'appKeyAuth': app_key},
            # Answers stay as they were sent: the models would drop what they do not know, and with it drift.
            preload_content=False,
            request_timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
        )
        client = ApiClient(configuration)
        # urllib3 would resend on its own, and follow redirects with the keys.
        client.rest_client.pool_manager.connection_pool_kw['retries'] = False
        self._authentication = AuthenticationApi(client)
        self._dashboards = DashboardsApi(client)
        self._monitors = MonitorsApi(client)
        self._downtimes = DowntimesApi(client)
        self._snapshots = SnapshotsApi(client)
        self._events = EventsApi(client)

    # What the account holds

    def owned(self, kind: Kind) -> list[Live]:
        """Return our resources of a kind, oldest first, whole, each with its `id`; ended downtimes are not among them.

        A downtime comes as its attributes plus `id`.
        """
        if kind == 'dashboard':
            ours = [summary for summary in self._list_dashboards() if owner(kind, summary)]
            ours.sort(key=lambda summary: str(summary.get('created_at') or ''))
            found = [self._call(self._dashboards.get_dashboard, dashboard_id=summary['id']) for summary in ours]
        elif kind == 'monitor':
            found = sorted(self._list_monitors(), key=lambda monitor: monitor.get('id') or 0)
        else:
            found = sorted(self._list_downtimes(), key=lambda downtime: str(downtime.get('created') or ''))
        return [live for live in found if owner(kind, live)]

    def _list_dashboards(self) -> Iterator[Live]:
        start = 0
        while True:
            answer = self._call(self._dashboards.list_dashboards, start=start, count=DASHBOARDS_PAGE)
            page = answer.get('dashboards') or []
            yield from page
            start += len(page)
            if len(page) < DASHBOARDS_PAGE:
                return

    def _list_monitors(self) -> Iterator[Live]:
        number = 0
        while True:
            # The server filters, so an account of thousands costs one page; `owned` filters again.
            page = self._call(
                self._monitors.list_monitors, monitor_tags=MANAGED_BY, page=number, page_size=MONITORS_PAGE
            )
            yield from page
            number += 1
            if len(page) < MONITORS_PAGE:
                return

    def _list_downtimes(self) -> Iterator[Live]:
        offset, seen = 0, set()
        while True:
            answer = self._call(self._downtimes.list_downtimes, page_offset=offset, page_limit=DOWNTIMES_PAGE)
            page = answer.get('data') or []
            for downtime in page:
                attributes = downtime.get('attributes') or {}
                # A cancelled downtime stays in the list for about two days.
                if attributes.get('status') not in ('canceled', 'ended') and not attributes.get('canceled'):
                    yield attributes | {'id': downtime['id']}
            offset += len(page)
            # The documents give this limit no maximum: the total says whether a short page was the last one.
            total = ((answer.get('meta') or {}).get('page') or {}).get('total_filtered_count')
            new = {downtime['id'] for downtime in page} - seen
            seen |= new
            if not new or (len(page) < DOWNTIMES_PAGE if total is None else offset >= total):
                return

    # What changes it

    def create(self, kind: Kind, key: str, body: dict[str, Any]) -> Live:
        """Create a resource and return it.

        When the answer was lost on the way the account is looked at again, so that nothing is made twice.
        """

        def find() -> Live | None:
            return next((live for live in self.owned(kind) if owner(kind, live) == key), None)

        if kind == 'dashboard':
            return self._create(find, self._dashboards.create_dashboard, body=body)
        if kind == 'monitor':
            return self._create(find, self._monitors.create_monitor, body=body)
        request = {'data': {'type': 'downtime', 'attributes': body}}
        return _flat(self._create(find, self._downtimes.create_downtime, body=request))

    def update(self, kind: Kind, id_: Any, body: dict[str, Any]) -> Live:
        """Change a resource in place and return it. Of a downtime, only the attributes in `body` change."""
        if kind == 'dashboard':
            return self._call(self._dashboards.update_dashboard, dashboard_id=id_, body=body)
        if kind == 'monitor':
            return self._call(self._monitors.update_monitor, monitor_id=id_, body=body)
        request = {'data': {'type': 'downtime', 'id': id_, 'attributes': body}}
        return _flat(self._call(self._downtimes.update_downtime, downtime_id=id_, body=request))

    def delete(self, kind: Kind, id_: Any) -> None:
        """Delete a resource, or cancel a downtime. One that is gone already is no error."""
        try:
            if kind == 'dashboard':
                self._call(self._dashboards.delete_dashboard, dashboard_id=id_)
            elif kind == 'monitor':
                self._call(self._monitors.delete_monitor, monitor_id=id_)
            else:
                self._call(self._downtimes.cancel_downtime, downtime_id=id_)
        except ApiError as error:
            if error.status != 404:
                raise

    def snapshot(self, graph: dict[str, Any], title: str, start: int, end: int) -> str:
        """Ask for a picture of a graph between two POSIX times in seconds; return its URL, soon to work."""
        answer = self._call(
            self._snapshots.get_graph_snapshot,
            start=start,
            end=end,
            graph_def=json.dumps(graph, separators=(',', ':')),
            title=title,
        )
        url = answer.get('snapshot_url')
        if not url:
            raise ApiError('The answer to the snapshot request has no snapshot_url.')
        return url

    def post_event(self, event: dict[str, Any], tag: str, start: int) -> Live:
        """Post an event and return it. `tag` is one of its tags, its own: after a lost answer it is looked for."""

        def find() -> Live | None:
            answer = self._call(
                self._events.list_events, start=start, end=int(time.time()) + 60, tags=tag, unaggregated=True
            )
            return next((found for found in answer.get('events') or [] if tag in (found.get('tags') or [])), None)

        answer = self._create(find, self._events.create_event, body=event)
        return answer.get('event') or answer

    # How a request is sent

    def _create(self, find: Callable[[], Live | None], operation: Callable[..., Any], **arguments: Any) -> Live:
        perhaps_made = False
        for attempt in self._attempts():
            with attempt:
                if perhaps_made and (found := find()):
                    return found
                try:
                    return self._send(operation, **arguments)
                except ApiError as error:
                    # Too many requests is the one failure that says the request was not carried out.
                    perhaps_made = perhaps_made or error.status != 429
                    raise
        raise AssertionError('unreachable: the last attempt returns or raises')

    def _call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        """Send a request that may be repeated: reading, replacing and removing."""
        try:
            return self._attempts()(self._send, operation, **arguments)
        except ApiError as error:
            # Its attempts are used up: a create that was looking for its lost answer must not begin again.
            error.transient = False
            raise

    def _attempts(self) -> Retrying:
        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception()
            return FIRST_WAIT * 2 ** (state.attempt_number - 1) if error.retry_after is None else error.retry_after

        def before_sleep(state: RetryCallState) -> None:
            seconds = state.next_action.sleep
            self._note(
                f'{state.outcome.exception()} Trying again in {seconds:.0f} s (attempt {state.attempt_number + 1} of '
                f'{ATTEMPTS}).'
            )

        return Retrying(
            sleep=time.sleep,
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait,
            retry=retry_if_exception(
                lambda error: isinstance(error, ApiError)
                and error.transient
                and (error.retry_after or 0) <= LONGEST_WAIT
            ),
            before_sleep=before_sleep,
            reraise=True,
        )

    def _send(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        """Send one request and return the JSON of its answer; raise `ApiError` with words for the user."""
        name = operation.__name__.replace('_', ' ')
        began = time.monotonic()
        try:
            answer = operation(**arguments)
            data = answer.data
            self._trace(f'{name}: HTTP {answer.status} in {time.monotonic() - began:.2f} s')
        except ApiException as error:
            self._trace(f'{name}: HTTP {error.status} in {time.monotonic() - began:.2f} s')
            raise self._refused(name, error) from None
        except urllib3.exceptions.HTTPError as error:
            self._trace(f'{name}: {error}')
            raise ApiError(f'No answer from {self.url} to "{name}": {_reason(error)}.', transient=True) from None
        except OpenApiException as error:
            raise ApiError(f'The client refuses to send "{name}": {error}') from None
        try:
            return json.loads(data) if data else {}
        except ValueError:
            raise ApiError(f'The answer of {self.url} to "{name}" is not JSON. Is this Datadog\'s API?') from None

    def _refused(self, name: str, error: ApiException) -> ApiError:
        body = error.body if isinstance(error.body, dict) else {}
        said = body.get('errors') or body.get('error') or error.reason or 'no reason given'
        said = '; '.join(_error_text(one) for one in said) if isinstance(said, list) else str(said)
        message = f'HTTP {error.status} from {self.url} to "{name}": {said.rstrip(".")}.'
        retry_after = _retry_after(error.headers or {})
        if error.status in (401, 403):
            message = f'{message} {self._who_was_refused()}'
        elif error.status == 429 and (retry_after or 0) > LONGEST_WAIT:
            message = (
                f'{message} The server asks to wait {retry_after:.0f} s, longer than the {LONGEST_WAIT:.0f} s that '
                'this command waits: run it again after that.'
            )
        transient = error.status == 429 or (error.status or 0) >= 500
        return ApiError(message, error.status, transient, retry_after if transient else None)

    def _who_was_refused(self) -> str:
        """Ask the server about the API key alone, to name the key at fault."""
        try:
            self._authentication.validate()
        except ApiException as error:
            if error.status in (401, 403):
                return f'DD_API_KEY was refused: it is not a key of this site. {KEY_HELP["DD_API_KEY"]}'
        except urllib3.exceptions.HTTPError:
            pass
        else:
            return (
                'DD_API_KEY is valid, so DD_APP_KEY was refused: it is not a key of this site, or it or its owner '
                f'lacks the permission. {KEY_HELP["DD_APP_KEY"]}'
            )
        return 'DD_API_KEY or DD_APP_KEY was refused. ' + ' '.join(KEY_HELP.values())


KEY_HELP = {
    'DD_API_KEY': 'Make an API key under Organization Settings > API Keys (/organization-settings/api-keys).',
    'DD_APP_KEY': (
        'Make an application key under Organization Settings > Application Keys '
        '(/organization-settings/application-keys).'
    ),
}


def _flat(answer: Live) -> Live:
    """Bring the answer about one downtime to the form that `owned` gives, which a found one has already."""
    data = answer.get('data')
    return (data.get('attributes') or {}) | {'id': data.get('id')} if data else answer


def _retry_after(headers: dict[str, str]) -> float | None:
    """Return the seconds until the server wants the next request, from whichever header it sent; at least 0."""
    lower = {name.lower(): value for name, value in headers.items()}
    for name in ('x-ratelimit-reset', 'retry-after'):
        value = lower.get(name)
        if value is None:
            continue
        try:
            return max(0.0, float(value))
        except ValueError:
            pass
        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
        except ValueError:
            pass
    return None


def _error_text(error: Any) -> str:
    """Return the words of one entry of `errors`, a string in v1 and at times an object in v2."""
    return str(error.get('detail') or error.get('title') or error) if isinstance(error, dict) else str(error)


def _reason(error: Exception) -> str:
    """Return what went wrong without the pool objects that urllib3 puts before it."""
    reason = ': '.join(str(argument).rstrip('.') for argument in error.args)
    return re.sub(r'^(<[^>]*>|\w+\([^)]*\)): ', '', reason) or type(error).__name__
