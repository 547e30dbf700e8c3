"""HTTP for all endpoints: bodies within limits, strict decoding, refusals, keys, and ids."""

import zlib
from collections.abc import Mapping
from typing import Any

import orjson
import zstandard
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MAX_BYTES = 5 * 1024 * 1024
"""Most bytes of a body, both as sent and decompressed: Datadog's limit for decompressed series."""
MOST_FRAMES = 100
"""Most compressed parts of a body, one after another: each costs time, even an empty one."""
MAX_DEPTH = 254
"""Most levels of nested lists and objects in JSON: as many as orjson writes."""
NO_ID = 2**63 - 1
"""An id that no resource has."""


class Refused(ValueError):
    """A refusal of a request: one line that says why, and the status of the response."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


class Keyless(Refused):
    """A refusal of a request that lacks a key."""

    def __init__(self) -> None:
        super().__init__('Forbidden', 403)


async def read_body(request: Request) -> bytes:
    """Return the body as it was sent. Raises `Refused` as soon as it exceeds the limit."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BYTES:
            raise Refused(f'the body is larger than {MAX_BYTES} bytes', 413)
        chunks.append(chunk)
    return b''.join(chunks)


def decompress(body: bytes, encoding: str) -> bytes:
    """Undo a `Content-Encoding`. Raises `Refused` before the content exceeds the limit."""
    try:
        match encoding.strip().lower():
            case '' | 'identity':
                plain = body
            case 'zstd' | 'zstd1':
                plain = _unzstd(body)
            case 'gzip':
                plain = _gunzip(body)
            case 'deflate':
                inflater = zlib.decompressobj()
                plain = inflater.decompress(body, MAX_BYTES + 1)
                if len(plain) <= MAX_BYTES and (not inflater.eof or inflater.unused_data):
                    raise EOFError
            case other:
                raise Refused(f'Content-Encoding {other[:20]!r} is not one of zstd, gzip, deflate, identity')
    except (zstandard.ZstdError, zlib.error, OSError, EOFError) as error:
        raise Refused(f'the body is not valid {encoding}, or is cut off') from error
    if len(plain) > MAX_BYTES:
        raise Refused(f'the body is larger than {MAX_BYTES} bytes decompressed', 413)
    if not plain:
        raise Refused('the body is empty')
    return plain


def _gunzip(body: bytes) -> bytes:
    """Decompress members up to a step beyond the limit. Raises `EOFError` if the last member is cut off."""
    plain = bytearray()
    for _ in range(MOST_FRAMES):
        inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        plain += inflater.decompress(body, MAX_BYTES + 1 - len(plain))
        if len(plain) > MAX_BYTES:
            return bytes(plain)
        if not inflater.eof:
            raise EOFError
        # As the format allows, zeros may fill up the end.
        body = inflater.unused_data.lstrip(b'\0')
        if not body:
            return bytes(plain)
    raise _too_many()


def _too_many() -> Refused:
    return Refused(f'the body has more than {MOST_FRAMES} compressed parts')


def _unzstd(body: bytes) -> bytes:
    """Decompress frames up to a step beyond the limit. Raises `EOFError` if the last frame is cut off."""
    # Only the size of its input bounds the output of `decompressobj`: this many bytes become at most 16 MiB.
    step = 512
    decompressor = zstandard.ZstdDecompressor(max_window_size=2 * MAX_BYTES)
    frame, plain, frames = decompressor.decompressobj(), bytearray(), 1
    for start in range(0, len(body), step):
        rest = body[start : start + step]
        while rest and len(plain) <= MAX_BYTES:
            if frame.eof:
                frame, frames = decompressor.decompressobj(), frames + 1
                if frames > MOST_FRAMES:
                    raise _too_many()
            plain += frame.decompress(rest)
            rest = frame.unused_data if frame.eof else b''
    if not frame.eof and len(plain) <= MAX_BYTES:
        raise EOFError
    return bytes(plain)


JSON_ERRORS = {'depth limit': 'the JSON is nested too deeply', 'infinity': 'the JSON has a number that is too large'}


def parse_json(body: bytes) -> Any:
    """Return the value of JSON in UTF-8. Raises `Refused`, also for lone surrogates, NaN, and deep nesting."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        reason = next((text for word, text in JSON_ERRORS.items() if word in error.msg), 'the body is not valid JSON')
        raise Refused(reason) from error
    try:
        orjson.dumps(value)
    except TypeError as error:
        raise Refused('the JSON is nested too deeply') from error
    return value


TEXT_JSON = ('/api/v1/series', '/api/v1/check_run', '/api/v1/distribution_points')
"""Paths whose responses have the type `text/json` in Datadog's documentation."""
JSON_API = ('/api/v2/spans/events', '/api/v2/roles')
"""How paths begin whose responses have the type of JSON:API, as recorded."""


def answer_of(path: str, body: Mapping[str, Any], status: int) -> Response:
    """Return a JSON response with the content type of a path."""
    if path in TEXT_JSON:
        return JSONResponse(body, status, {'Content-Type': 'text/json'})
    return JSONResponse(body, status, media_type='application/vnd.api+json' if path.startswith(JSON_API) else None)


def has_key(headers: Headers, query: QueryParams, application: bool = False) -> bool:
    """Return whether a request has a key, in a header or in its query: any that is not empty is valid."""
    header, parameter = ('dd-application-key', 'application_key') if application else ('dd-api-key', 'api_key')
    return bool((headers.get(header) or query.get(parameter) or '').strip())


class Id(IntegerConvertor):
    """A number in a path; one that is too large for an id becomes `NO_ID`."""

    def convert(self, value: str) -> int:
        return int(value) if len(value) < len(str(NO_ID)) else NO_ID


register_url_convertor('int', Id())
