"""What every part of the server needs of HTTP: bodies within limits, strictly decoded, refusals, keys, and ids."""

import io
import zlib
from collections.abc import Mapping
from gzip import GzipFile
from typing import Any

import orjson
import zstandard
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MAX_BYTES = 5 * 1024 * 1024
"""Most bytes of a body, as sent and again decompressed: Datadog's limit for decompressed series."""
MAX_DEPTH = 254
"""Most lists and objects in each other in JSON: as many as orjson writes."""
NO_ID = 2**63 - 1
"""What no resource has as its id."""


class Refused(ValueError):
    """A request that is not kept: one line that says why, and the status of the answer."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


async def read_body(request: Request) -> bytes:
    """Return the body as it was sent, chunked or not, and refuse it where it grows beyond the limit."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BYTES:
            raise Refused(f'the body is larger than {MAX_BYTES} bytes', 413)
        chunks.append(chunk)
    return b''.join(chunks)


def decompress(body: bytes, encoding: str) -> bytes:
    """Undo a `Content-Encoding`, and refuse what would grow beyond the limit before it does."""
    try:
        match encoding.strip().lower():
            case '' | 'identity':
                plain = body
            case 'zstd' | 'zstd1':
                plain = _unzstd(body)
            case 'gzip':
                plain = GzipFile(fileobj=io.BytesIO(body)).read(MAX_BYTES + 1)
            case 'deflate':
                inflater = zlib.decompressobj()
                plain = inflater.decompress(body, MAX_BYTES + 1)
                if len(plain) <= MAX_BYTES and (not inflater.eof or inflater.unused_data):
                    raise EOFError
            case other:
                raise Refused(f'Content-Encoding {other[:20]!r} is not one of zstd, gzip, deflate, identity')
    except (zstandard.ZstdError, zlib.error, OSError, EOFError) as error:
        raise Refused(f'the body is not valid {encoding}, or cut off') from error
    if len(plain) > MAX_BYTES:
        raise Refused(f'the body is larger than {MAX_BYTES} bytes decompressed', 413)
    if not plain:
        raise Refused('the body is empty')
    return plain


def _unzstd(body: bytes) -> bytes:
    """Decompress frames, up to the limit and one step more, and raise `EOFError` when the last one is cut off."""
    # Nothing but the size of its input bounds what `decompressobj` returns: this much becomes 16 MiB at most.
    step = 512
    decompressor = zstandard.ZstdDecompressor(max_window_size=2 * MAX_BYTES)
    frame, plain = decompressor.decompressobj(), bytearray()
    for start in range(0, len(body), step):
        rest = body[start : start + step]
        while rest and len(plain) <= MAX_BYTES:
            if frame.eof:
                frame = decompressor.decompressobj()
            plain += frame.decompress(rest)
            rest = frame.unused_data if frame.eof else b''
    if not frame.eof and len(plain) <= MAX_BYTES:
        raise EOFError
    return bytes(plain)


JSON_ERRORS = {'depth limit': 'the JSON is nested too deeply', 'infinity': 'the JSON has a number that is too large'}


def parse_json(body: bytes) -> Any:
    """Return what JSON in UTF-8 says. Half surrogates, NaN, Infinity, and what is nested too deeply are refused."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        reason = next((known for word, known in JSON_ERRORS.items() if word in error.msg), 'the body is not valid JSON')
        raise Refused(reason) from error
    try:
        orjson.dumps(value)
    except TypeError as error:
        raise Refused('the JSON is nested too deeply') from error
    return value


TEXT_JSON = ('/api/v1/series', '/api/v1/check_run', '/api/v1/distribution_points')
"""Paths whose answers have the type `text/json` in Datadog's documents."""
SPANS = '/api/v2/spans/events'


def answer_of(path: str, body: Mapping[str, Any], status: int) -> Response:
    """Return an answer, in the type that a path has."""
    if path in TEXT_JSON:
        return JSONResponse(body, status, {'Content-Type': 'text/json'})
    return JSONResponse(body, status, media_type='application/vnd.api+json' if path.startswith(SPANS) else None)


def has_key(headers: Headers, query: QueryParams, application: bool = False) -> bool:
    """Tell whether a request brings a key, in a header or in its query: any will do that is not empty."""
    header, parameter = ('dd-application-key', 'application_key') if application else ('dd-api-key', 'api_key')
    return bool((headers.get(header) or query.get(parameter) or '').strip())


class Id(IntegerConvertor):
    """A number in a path, however long: what is too large for an id becomes one that no resource has."""

    def convert(self, value: str) -> int:
        return int(value) if len(value) < len(str(NO_ID)) else NO_ID


register_url_convertor('int', Id())
