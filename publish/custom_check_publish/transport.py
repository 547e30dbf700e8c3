"""How a request is sent: built by the official client, tried again where that is safe, and its answer checked."""

import json
import math
import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import UnionType
from typing import Any, TypeVar
from urllib.parse import urlencode

import urllib3
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.authentication_api import AuthenticationApi
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from .http import Answer, Http, TooLarge
from .keys import hide

ATTEMPTS = 5
FIRST_WAIT = 1.0
"""Seconds before the second attempt where the server names no time; doubled for each further one."""
LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is reported to the user instead, as limits by the hour exist."""
KEY_HELP = {
    'DD_API_KEY': 'Make an API key under Organization Settings > API Keys (/organization-settings/api-keys).',
    'DD_APP_KEY': (
        'Make an application key under Organization Settings > Application Keys '
        '(/organization-settings/application-keys).'
    ),
}

T = TypeVar('T')
Shape = type | UnionType | list[Any] | dict[str, Any]
"""What an answer must be: a type, a list of what its one item describes, or an object with at least these fields."""
NO_CONTENT = type(None)


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


class Transport:
    """Sends the operations of the client's API classes, which are made with `client`.

    `note` gets each wait, `trace` of each request (without headers: those hold the keys).
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
        self._date = ''
        # Answers stay as they were sent: the models would drop what they do not know, and with it drift. Bodies have
        # been checked when the assets were read.
        configuration = Configuration(host=url, preload_content=False, check_input_type=False)
        # Not as an argument: the client would put the environment's own in their place, with the spaces around them.
        configuration.api_key = {'apiKeyAuth': api_key, 'appKeyAuth': app_key}
        self.client = ApiClient(configuration)
        self.client.rest_client = _Client(url)

    def now(self) -> float:
        """Return the time of the account, a POSIX time in seconds, by its last answer; the time here before any."""
        try:
            return parsedate_to_datetime(self._date).timestamp()
        except ValueError:
            return time.time()

    def call(self, operation: Callable[..., Any], shape: Shape, **arguments: Any) -> Any:
        """Send a request that may be repeated: reading, replacing and removing. Return the JSON of its answer."""
        try:
            return self._attempts()(self._send, operation, shape, **arguments)
        except ApiError as error:
            # Its attempts are used up: a create that was looking for its lost answer must not begin again.
            error.transient = False
            raise

    def create(
        self, find: Callable[[], T | None], operation: Callable[..., Any], shape: Shape, **arguments: Any
    ) -> T | Any:
        """Send a request that must be carried out once only. Return the JSON of its answer, or what `find` returned.

        After a lost or an odd answer, `find` looks for what the request may have made before it is sent again.
        """
        perhaps_made = False
        for attempt in self._attempts():
            with attempt:
                if perhaps_made and (existing := find()) is not None:
                    return existing
                try:
                    return self._send(operation, shape, **arguments)
                except ApiError as error:
                    # Too many requests is the one failure that says the request was not carried out.
                    perhaps_made = perhaps_made or error.status != HTTPStatus.TOO_MANY_REQUESTS
                    if error.status in range(200, 300) and (existing := find()) is not None:
                        return existing
                    raise
        raise AssertionError('unreachable: the last attempt returns or raises')

    def _attempts(self) -> Retrying:
        def wait(state: RetryCallState) -> float:
            error = _error(state)
            return FIRST_WAIT * 2 ** (state.attempt_number - 1) if error.retry_after is None else error.retry_after

        def before_sleep(state: RetryCallState) -> None:
            attempt = state.attempt_number + 1
            self._note(f'{_error(state)} Trying again in {wait(state):.0f} s (attempt {attempt} of {ATTEMPTS}).')

        return Retrying(
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

    def _send(self, operation: Callable[..., Any], shape: Shape, **arguments: Any) -> Any:
        """Send one request and return the JSON of its answer; raise `ApiError` with words for the user."""
        name = operation.__name__.replace('_', ' ')
        began = time.monotonic()
        try:
            answer: Answer = operation(**arguments)
        except TooLarge as error:
            raise ApiError(f'No answer from {self.url} to "{name}": {error}.') from None
        except (urllib3.exceptions.HTTPError, TimeoutError) as error:
            self._trace(f'{name}: {error}')
            raise ApiError(f'No answer from {self.url} to "{name}": {_reason(error)}.', transient=True) from None
        self._date = answer.headers.get('date', '')
        self._trace(f'{name}: HTTP {answer.status} in {time.monotonic() - began:.2f} s')
        try:
            data = json.loads(str(answer.data, 'utf-8')) if answer.data else None
        except (ValueError, RecursionError):
            data = answer.data
        if not 200 <= answer.status < 300:
            raise self._refused(name, answer, data)
        if isinstance(data, dict) and data.get('errors'):
            what = f'says: {_errors(data)}'
        elif isinstance(data, bytes):
            what = 'is not JSON'
        elif not fits(data, shape):
            what = f'is not as documented: {quoted(answer.data) or "it is empty"}'
        else:
            return data
        message = f'The answer of {self.url} to "{name}" {what}. Is this Datadog\'s API?'
        raise ApiError(message, answer.status)

    def _refused(self, name: str, answer: Answer, data: Any) -> ApiError:
        status = answer.status
        message = f'HTTP {status} from {self.url} to "{name}": {_errors(data) or answer.reason or "no reason given"}.'
        retry_after = _retry_after(answer.headers)
        # 501 is a path that the server does not have, and will not have in a second.
        transient = status in (408, 429) or status >= 500 and status != 501
        if status in (401, 403) and name != 'validate':
            message = f'{message} {self._who_was_refused()}'
        elif transient and (retry_after or 0) > LONGEST_WAIT:
            message = (
                f'{message} The server asks to wait {retry_after:.0f} s, longer than the {LONGEST_WAIT:.0f} s that '
                'this command waits: run it again after that.'
            )
        return ApiError(message, status, transient, retry_after)

    def _who_was_refused(self) -> str:
        """Ask the server about the API key alone, to name the key at fault."""
        try:
            self._send(AuthenticationApi(self.client).validate, {'valid': bool})
        except ApiError as error:
            if error.status in (401, 403):
                return f'DD_API_KEY was refused: it is not a key of this site. {KEY_HELP["DD_API_KEY"]}'
            return 'DD_API_KEY or DD_APP_KEY was refused. ' + ' '.join(KEY_HELP.values())
        return (
            'DD_API_KEY is valid, so DD_APP_KEY was refused: it is not a key of this site, or it or its owner lacks '
            f'the permission. {KEY_HELP["DD_APP_KEY"]}'
        )


class _Client:
    """What the client sends with, in the place of its own: that one resends, follows redirects with the keys, decodes
    every error page as UTF-8, and waits for an answer for ever if a byte of it comes now and then."""

    def __init__(self, url: str) -> None:
        self._http = Http(url)

    def request(
        self, method: str, url: str, query_params: Any = None, headers: Any = None, body: Any = None, **_: Any
    ) -> Answer:
        address = f'{url}?{urlencode(query_params)}' if query_params else url
        return self._http.send(method, address, headers, None if body is None else json.dumps(body))


def fits(value: Any, shape: Shape) -> bool:
    """Whether a value has a shape."""
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(fits(value.get(name), field) for name, field in shape.items())
    return isinstance(value, shape)


def quoted(data: bytes) -> str:
    """Return how an answer begins. The keys are hidden before it is cut, as half of one is one still."""
    return hide(data[:10_000].decode('utf-8', 'replace'))[:80]


def _error(state: RetryCallState) -> ApiError:
    error = state.outcome and state.outcome.exception()
    assert isinstance(error, ApiError)
    return error


def _retry_after(headers: Any) -> float | None:
    """Return the seconds until the server wants the next request, from whichever header it sent; at least 0."""
    for name in ('x-ratelimit-reset', 'retry-after'):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value)
        except ValueError:
            try:
                seconds = parsedate_to_datetime(value).timestamp() - time.time()
            except (ValueError, OverflowError):
                continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def _errors(data: Any) -> str:
    """Return the words of a refusal: its `errors`, strings in v1 and at times objects in v2."""
    errors = data.get('errors') or data.get('error') if isinstance(data, dict) else None
    entries = errors if isinstance(errors, list) else [errors] if errors else []
    words = (
        str(entry.get('detail') or entry.get('title') or entry) if isinstance(entry, dict) else str(entry)
        for entry in entries
    )
    return '; '.join(words).rstrip('.')


def _reason(error: Exception) -> str:
    """Return what went wrong without the pool objects that urllib3 puts before it."""
    reason = ': '.join(str(argument).rstrip('.') for argument in error.args)
    return re.sub(r'^(<[^>]*>|\w+\([^)]*\)): ', '', reason)
