"""A log goes through a real server by Datadog's client, and is seen in the API, a widget, and a monitor."""

import time

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem
from datadog_sandbox import monitors, widgets
from datadog_sandbox.server import create_app, running
from datadog_sandbox.store import Store

MONITOR = {
    'id': 1, 'type': 'log alert', 'name': 'x', 'message': '', 'tags': [], 'options': {},
    'query': 'logs("@code:>=500").index("*").rollup("count").by("service").last("5m") > 0',
}  # fmt: skip
QUERY = {'data_source': 'logs', 'name': 'a', 'search': {'query': 'service:shop'}, 'indexes': ['*'],
         'compute': {'aggregation': 'max', 'metric': '@code'}}  # fmt: skip


def test_a_log_of_a_client_is_seen_everywhere() -> None:
    store = Store()
    with running(create_app(store)) as url:
        configuration = Configuration(host=url, api_key={'apiKeyAuth': 'a', 'appKeyAuth': 'b'})
        with ApiClient(configuration) as client:
            api = LogsApi(client)
            # The client sends logs to a host of their own, which is the same one here.
            api._submit_log_endpoint.settings['servers'] = None  # noqa: SLF001
            item = HTTPLogItem(message='{"code": 503, "msg": "Sorry"}', service='shop', ddtags='env:dev')
            api.submit_log(HTTPLog([item]))
            [log] = api.list_logs_get(filter_query='env:dev sorry').data
            assert (log.attributes.message, log.attributes.service) == ('Sorry', 'shop')
    now = int(time.time())
    request = {'queries': [QUERY], 'formulas': [{'formula': 'a'}], 'response_format': 'scalar'}
    widget = widgets.evaluate(store, {'type': 'query_value', 'requests': [request]}, {}, now - 600, now + 60)
    assert widget.content
    assert widget.content.value.value == 503  # type: ignore[attr-defined]
    assert monitors.values(store, MONITOR, now + 1) == {'service:shop': 1.0}
    store.close()
