"""Calls `datadog-api-client` with JSON, which becomes its models, as does what is answered."""

import json
import re
from importlib import import_module
from typing import Any

import urllib3
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException

HEADERS = {'DD-API-KEY': 'any', 'DD-APPLICATION-KEY': 'any', 'Content-Type': 'application/json'}


class Api:
    """The calls of one family, such as `v1.MonitorsApi`: bodies are JSON, and become the models of the client."""

    def __init__(self, client: ApiClient, name: str) -> None:
        self.client, self.name = client, name
        self.package, kind = name.split('.')
        module = import_module(f'datadog_api_client.{self.package}.api.{underscored(kind)}')
        self.calls = getattr(module, kind)(client)

    def __call__(self, call: str, *arguments: Any, model: str = '', body: Any = None, **keywords: Any) -> Any:
        """Return an answer as JSON; all of it must be fields and words that the client knows."""
        if model:
            keywords['body'] = self.model(model, body)
        answer = getattr(self.calls, call)(*arguments, **keywords)
        if not hasattr(answer, 'to_dict'):
            return [known(each) for each in answer] if isinstance(answer, list) else answer
        return known(answer)

    def model(self, name: str, body: Any) -> Any:
        module = import_module(f'datadog_api_client.{self.package}.model.{underscored(name)}')
        return self.client.deserialize(json.dumps(body), (getattr(module, name),), True)

    def request(self, name: str) -> None:
        """Request the path of a call with a body that says nothing. Raises what is answered."""
        settings = getattr(self.calls, f'_{name.rpartition(".")[2]}_endpoint').settings
        url = self.client.configuration.host + re.sub(r'{\w+}', '1', settings['endpoint_path'])
        method = settings['http_method']
        answer = urllib3.request(
            method, url, headers=HEADERS, body='{}' if method in ('POST', 'PUT', 'PATCH') else None
        )
        raise ApiException(status=answer.status, reason=answer.data.decode())

    def names(self, *verbs: str) -> list[str]:
        return [f'{self.name}.{verb}' for verb in verbs]

    def existing(self) -> list[str]:
        """Return every call of the family, but those that go through pages of another one."""
        names = [name for name in vars(type(self.calls)) if not name.startswith('_')]
        return self.names(*(name for name in names if not name.endswith('_with_pagination')))


def known(model: Any) -> Any:
    assert not getattr(model, '_unparsed', False), f'the client does not know all of {model}'
    return model.to_dict() if hasattr(model, 'to_dict') else model


def underscored(name: str) -> str:
    """Return the name of the module of a class: `slo_bulk_delete` for `SLOBulkDelete`."""
    return re.sub('(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '_', name).lower()


class refusal:
    """Expects an error with a status, and words in its first error."""

    def __init__(self, status: int, words: str) -> None:
        self.status, self.words = status, words

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        assert isinstance(error, ApiException), f'nothing was refused: {error!r}'
        assert error.status == self.status
        body = error.body if isinstance(error.body, dict) else json.loads(error.body)
        assert self.words in body['errors'][0], body
        return True
