"""What forms on pages do: what an endpoint of the API does for a client."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from datadog_sandbox.api.endpoint import Call
from datadog_sandbox.http import Refused, parse_json, read_body

MOST_FIELDS = 20


async def fields(request: Request) -> dict[str, str]:
    """Return what was filled in, the last of several fields of one name. Raises `Refused`."""
    body = (await read_body(request)).decode(errors='replace')
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Refused(f'a form has at most {MOST_FIELDS} fields', 413) from None


def call_of(request: Request, body: Any, path: Mapping[str, Any] | None = None) -> Call:
    """Return what a form asks as a request to the API, which needs no keys: whoever sees the page may."""
    state = request.app.state
    base = f'{request.url.scheme}://{request.url.netloc}'
    return Call(state.store, state.account, state.clock(), path or {}, {}, body, base)


def pasted(text: str) -> Any:
    """Return the value of JSON that somebody pasted. Raises `Refused` that says where it is wrong."""
    if not text.strip():
        raise Refused('Nothing was pasted')
    try:
        return parse_json(text.encode())
    except UnicodeEncodeError:
        raise Refused('The JSON has half a character') from None
    except Refused:
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            where = f'line {error.lineno}, column {error.colno}'
            raise Refused(f'This is not JSON: {error.msg} in {where}') from None
        except RecursionError:
            pass
        raise
