"""What all endpoints of the API share: keys, bodies, parameters, answers, and how a request is refused."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from datadog_api_client import Configuration
from datadog_api_client.exceptions import ApiAttributeError, OpenApiException
from datadog_api_client.model_utils import OpenApiModel, UnparsedObject, validate_and_convert_types
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datadog_sandbox.account import Account
from datadog_sandbox.http import Refused, decompress, has_key, parse_json, read_body
from datadog_sandbox.store import Store

LARGEST = 2**53
"""No number in a parameter is larger: every JSON reader knows the numbers up to here exactly."""

# Who made everything: the account has one user.
USER = {'id': '00000000-0000-4000-8000-000000000001', 'handle': 'owner@sandbox.invalid', 'name': 'Sandbox'}
ORG = 1


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

    def number(self, name: str, default: int | None = None, most: int = LARGEST) -> int:
        """Return a whole number from the query. Without a default it is required."""
        text = self.query.get(name, '')
        if not text:
            if default is None:
                raise Refused(f'{name} is required')
            return default
        # Some clients send times as floats.
        if not re.fullmatch(r'\d{1,17}(\.\d*)?', text) or int(float(text)) > most:
            raise Refused(f'{name} must be a whole number from 0 to {most}, not {text[:100]!r}')
        return int(float(text))

    def flag(self, name: str) -> bool:
        return self.query.get(name, '').lower() in ('1', 'true')

    def words(self, name: str) -> list[str]:
        """Return the parts of a comma-separated list."""
        return [word.strip() for word in self.query.get(name, '').split(',') if word.strip()]

    def stamp(self) -> str:
        """Return the time for `created` and `modified`: later than any that was returned before."""
        return iso(self.store.next('stamp', int(self.now * 1_000_000)))


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
) -> Route:
    """Return a route that answers with the JSON of what `handler` returns, and with 204 for None.

    `unsupported` names documented parameters that the sandbox does not act on: a request that sets one is refused with
    501, as an answer that ignores it would be wrong.
    """

    async def serve(request: Request) -> Response:
        _check_keys(request, app_key)
        for name in unsupported:
            if request.query_params.get(name, 'false').lower() != 'false':
                raise Refused(f'The sandbox does not support the parameter {name}', 501)
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
        answer = await run_in_threadpool(handler, call)
        return Response(status_code=204) if answer is None else _json(answer, status)

    return Route(path, serve, methods=[method])


def _check_keys(request: Request, app_key: bool) -> None:
    headers, query = request.headers, request.query_params
    if not has_key(headers, query) or (app_key and not has_key(headers, query, application=True)):
        raise Refused('Forbidden', 403)


def _json(answer: Any, status: int) -> Response:
    return Response(json.dumps(answer, separators=(',', ':')), status, media_type='application/json')


# Bodies against the models of the official client


def strict(body: Any, model: type, path: str = 'body') -> None:
    """Raise `Refused` unless the body fits a model of the official client in every field.

    A null is as good as an absent field: some clients send one for everything that was not set.
    """
    if not isinstance(body, dict):
        raise Refused(f'{path} is required, as a JSON object')
    body = _without_nulls(body)
    try:
        parsed = validate_and_convert_types(body, (model,), [path], True, True, configuration=_configuration())
    except RecursionError as error:
        raise Refused(f'{path} is nested too deeply') from error
    except TypeError as error:
        missing = re.search(r'missing \d+ required positional arguments?: (.*)', str(error))
        raise Refused(f'{path} has no {missing[1]}' if missing else str(error)) from error
    except ApiAttributeError as error:
        raise _unexpected(['.'.join(map(str, error.path_to_item or [path]))]) from error
    except (OpenApiException, ValueError, AttributeError) as error:
        # It quotes the value, however long.
        raise Refused(str(error)[:500]) from error
    unknown, wrong = _misfits(parsed, body, path)
    if unknown:
        raise _unexpected(unknown)
    if wrong:
        raise Refused(f'Not a value that the API documents: {", ".join(wrong)}')


def _unexpected(fields: list[str]) -> Refused:
    names = ', '.join(f"'{field}'" for field in fields)
    return Refused(
        f'Additional properties are not allowed ({names} {"was" if len(fields) == 1 else "were"} unexpected)'
    )


@cache
def _configuration() -> Configuration:
    return Configuration()


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _misfits(value: Any, raw: Any, path: str) -> tuple[list[str], list[str]]:
    """Return where a parsed body holds a field that its model does not know, and where it is no known object or word.

    The innermost places count: client 2.62 marks everything around them too.
    """
    inner: list[tuple[Any, Any, str]] = []
    unknown: list[str] = []
    if isinstance(value, list):
        inner = [(one, raw[index], f'{path}[{index}]') for index, one in enumerate(value)]
    elif isinstance(value, dict):
        inner = [(one, raw[name], f'{path}.{name}') for name, one in value.items()]
    elif isinstance(value, UnparsedObject):
        return [], [path]
    elif isinstance(value, OpenApiModel):
        if composed := getattr(value, '_composed_instances', None):
            inner = [(one, raw, path) for one in composed]
        elif known := getattr(value, 'attribute_map', {}):
            if not isinstance(raw, dict):
                # The models take a list for their arguments.
                return [], [path]
            unknown = [f'{path}.{name}' for name in raw if name not in known.values()]
            inner = [
                (one, raw[known[name]], f'{path}.{known[name]}')
                for name, one in value._data_store.items()
                if known.get(name) in raw
            ]
    wrong: list[str] = []
    for one, part, where in inner:
        more_unknown, more_wrong = _misfits(one, part, where)
        unknown += more_unknown
        wrong += more_wrong
    if not unknown and not wrong and isinstance(value, OpenApiModel) and value._unparsed:
        wrong.append(path)
    return unknown, wrong
