"""Whether the account is there, and takes a key: what Agents and clients ask before anything else."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

VALID_V2 = {
    'data': {
        'type': 'validate_v2',
        # The trace Agent wants to know the organization.
        'id': '00000000-0000-0000-0000-000000000001',
        'attributes': {
            'api_key_id': '00000000-0000-0000-0000-000000000002',
            'api_key_scopes': [],
            'valid': True,
        },
    }
}


def _answer(body: Mapping[str, Any]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return JSONResponse(body)

    return answer


routes: list[BaseRoute] = [
    Route('/api/v1/validate', _answer({'valid': True})),
    Route('/api/v2/validate', _answer(VALID_V2)),
    Route('/_health', _answer({'status': 'ok'})),
]
