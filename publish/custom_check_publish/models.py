"""Check a request body against the official client's model of it, before anything is sent."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

from datadog_api_client import Configuration
from datadog_api_client.exceptions import OpenApiException
from datadog_api_client.model_utils import OpenApiModel, UnparsedObject, validate_and_convert_types


class InvalidAsset(Exception):
    """An asset that is not of its kind, in words that go on from "it is not a monitor"."""


def require_model(body: dict[str, Any], model: type[OpenApiModel]) -> None:
    """Raise `InvalidAsset` for a body that a model refuses, or that holds what the model cannot place."""
    try:
        parsed = validate_and_convert_types(body, (model,), [], True, True, configuration=Configuration())
    except (OpenApiException, TypeError) as error:
        words = re.sub(r'^.* missing \d+ required positional arguments?: ', 'it lacks ', str(error))
        raise InvalidAsset(f': {words}') from None
    if strange := next(_unplaced(parsed, ''), None):
        raise InvalidAsset(f' that the installed datadog-api-client knows: see {strange}')


def _unplaced(value: Any, where: str) -> Iterator[str]:
    """Yield where a parsed body holds a string, or an object, that its model does not list."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unplaced(item, f'{where}[{index}]')
    elif isinstance(value, UnparsedObject) or 'value' in getattr(value, '_data_store', ()) and value._unparsed:
        yield where
    elif isinstance(value, OpenApiModel):
        for composed in getattr(value, '_composed_instances', ()):
            yield from _unplaced(composed, where)
        for name, field in value._data_store.items():
            path = f'{where}.{name}'.removeprefix('.')
            if field is None and name in _required(type(value)):
                # The models take null for anything.
                yield path
            yield from _unplaced(field, path)


def _required(model: type[OpenApiModel]) -> set[str]:
    """Return the fields that a model cannot do without."""
    parameters = inspect.signature(model.__init__).parameters.values()
    return {it.name for it in parameters if it.default is it.empty and it.kind is it.POSITIONAL_OR_KEYWORD}
