"""What all endpoints of the API share: keys, bodies, parameters, answers, and how a request is refused."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datadog_sandbox.account import Account
from datadog_sandbox.http import Keyless, Refused, decompress, has_key, parse_json, read_body
from datadog_sandbox.store import Store
from datadog_sandbox.validation import Refused as Invalid
from datadog_sandbox.validation.misfits import check, model

from .history import as_of

LARGEST = 2**53
"""No number in a parameter is larger: every JSON reader knows the numbers up to here exactly."""

FLAGS = {'': False, 'false': False, '0': False, 'true': True, '1': True}
"""What a flag in a query may be, in lower case: Python's clients send `True`."""

# Who made everything: the owner of the account.
USER = {'id': '00000000-0000-4000-8000-000000000001', 'handle': 'owner@sandbox.invalid', 'name': 'Sandbox'}
ORG = 1


class Number(Convertor[int]):
    """A number in a path, of any length, as a resource that is not there is not found: `{id:number}`."""

    regex = '[0-9]+'

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor('number', Number())


@dataclass(frozen=True)
class Answer:
    """What a handler returns where the status depends on the request."""

    body: Any
    status: int


@dataclass(frozen=True)
class Call:
    """One request, its keys checked and its body read."""

    store: Store
    account: Account
    now: float
    """Seconds since the epoch."""
    path: Mapping[str, Any]
    query: Mapping[str, str]
    body: Any
    """None where there is no body."""
    base: str
    """The address under which the client reached the server, such as 'http://127.0.0.1:8080'."""

    def number(self, name: str, default: int | None = None, most: int = LARGEST, least: int = 0) -> int:
        """Return a whole number from the query. Without a default it is required."""
        text = self.query.get(name, '')
        if not text:
            if default is None:
                raise Refused(f'{name} is required')
            return default
        # Some clients send times as floats.
        if not re.fullmatch(r'\d{1,17}(\.\d*)?', text) or not least <= int(float(text)) <= most:
            raise Refused(f'{name} must be a whole number from {least} to {most}, not {text[:100]!r}')
        return int(float(text))

    def flag(self, name: str, default: bool = False) -> bool:
        """Return whether the query says yes to a name; without it, the default."""
        text = self.query.get(name, '')
        if text.lower() not in FLAGS:
            raise Refused(f'{name} must be true or false, not {text[:100]!r}')
        return FLAGS[text.lower()] if text else default

    def words(self, name: str) -> list[str]:
        """Return the parts of a comma-separated list."""
        return [word.strip() for word in self.query.get(name, '').split(',') if word.strip()]

    def settings(self, *names: str) -> dict[str, Any]:
        """Return the body, and what the query sets of these names: older clients send either.

        A name that is in both is that of the body.
        """
        body = {} if self.body is None else self.body
        if not isinstance(body, dict):
            raise Refused('body must be a JSON object')
        return {name: self.query[name] for name in names if self.query.get(name)} | body

    def stamp(self) -> str:
        """Return the time for `created` and `modified`: later than any that was returned before."""
        return iso(self.store.next_number('stamp', int(self.now * 1_000_000)))


def iso(microseconds: int) -> str:
    """Return a time as the API writes it, such as '2026-11-24T12:00:00.000000+00:00'."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest).isoformat(timespec='microseconds')


def endpoint(
    method: str,
    path: str,
    handler: Callable[[Call], Any],
    status: int = 200,
    app_key: bool = True,
    unsupported: tuple[str, ...] = (),
    media_type: str = 'application/json',
    kind: str = '',
) -> Route:
    """Return a route that answers with the JSON of what `handler` returns, and with 204 for None.

    `kind` names the answer in `history`: where it changed since the time of the clock, it is as it was then.

    `unsupported` names documented parameters that the sandbox does not act on: a request that sets one is refused, as
    an answer that ignores it would be wrong.
    """

    async def serve(request: Request) -> Response:
        _check_keys(request, app_key)
        for name in unsupported:
            if request.query_params.get(name):
                raise Refused(f'The sandbox does not support the parameter {name}')
        raw = await read_body(request)
        if raw:
            raw = decompress(raw, request.headers.get('content-encoding', ''))
        call = Call(
            request.app.state.store,
            request.app.state.account,
            request.app.state.clock(),
            request.path_params,
            request.query_params,
            parse_json(raw) if raw else None,
            f'{request.url.scheme}://{request.url.netloc}',
        )
        try:
            answer = await run_in_threadpool(handler, call)
        except Invalid as error:
            raise Refused(str(error)) from error
        if answer is None:
            return Response(status_code=204)
        return _json(as_of(call.now, kind, answer), status, media_type)

    return Route(path, serve, methods=[method])


def _check_keys(request: Request, app_key: bool) -> None:
    headers, query = request.headers, request.query_params
    if not has_key(headers, query) or (app_key and not has_key(headers, query, application=True)):
        raise Keyless


def _json(answer: Any, status: int, media_type: str) -> Response:
    if isinstance(answer, Answer):
        answer, status = answer.body, answer.status
    return Response(orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS), status, media_type=media_type)


def typed(body: Any, version: str, module: str, name: str) -> None:
    """Refuse a body with a value of another type than in a model of Datadog's client; it may lack anything."""
    if errors := check(body, model(version, module, name)).errors:
        raise Refused(errors[0])


def checked(body: Any, version: str, module: str, name: str) -> dict[str, Any]:
    """Return a body without its nulls when the types of its fields are those of a model of Datadog's client."""
    misfits = check(body, model(version, module, name))
    if errors := misfits.refusals():
        raise Refused(errors[0])
    return {field: value for field, value in body.items() if value is not None}
