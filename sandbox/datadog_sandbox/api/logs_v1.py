"""The search for logs of API v1: the same logs as in API v2, in another form."""

import uuid
from collections.abc import Mapping
from typing import Any

from .endpoint import Call, Refused, endpoint
from .logs import search_page
from .search_requests import of_body

PATH = '/api/v1/logs-queries/list'


def list_logs(call: Call) -> Any:
    """Answer a search, whatever index it names: all logs are in one."""
    body = call.body
    time = body.get('time') if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping) or not isinstance(time, Mapping):
        raise Refused('the search must be a JSON object with a time')
    if body.get('sort') not in (None, 'asc', 'desc'):
        raise Refused(f'sort must be asc or desc, not {str(body["sort"])[:100]!r}')
    wanted = {
        'filter': {'query': body.get('query') or '*', 'from': time.get('from') or '', 'to': time.get('to') or ''},
        'page': {'limit': body.get('limit') or 50, 'cursor': body.get('startAt') or ''},
        'sort': 'timestamp' if body.get('sort') == 'asc' else '-timestamp',
    }
    page, more = search_page(call, of_body(call, wanted))
    logs = [{'id': log['id'], 'content': log['attributes']} for log in page]
    following = more.get('meta', {}).get('page', {}).get('after')
    return {'status': 'done', 'logs': logs, 'nextLogId': following, 'requestId': str(uuid.uuid4())}


routes = [endpoint('POST', PATH, list_logs)]
