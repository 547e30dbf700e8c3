"""Values against the models of Datadog's Python client: what is of a wrong type, and what the models do not know."""

import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

DEEPEST = 100
"""Levels of a body; Datadog's own dashboards have about 12."""
LISTED = 12
"""An error names the allowed words when there are no more than these."""


class Refused(ValueError):
    """Why Datadog refuses a body, in one line: in its own words where these are recorded."""


@dataclass
class Misfits:
    """Where a value does not fit a model. A place is a path such as `widgets[0].definition.type`."""

    errors: list[str] = field(default_factory=list)
    """One line each: the place, what is allowed, and the value."""
    words: list[tuple[str, str]] = field(default_factory=list)
    """Place and error of each word that is none of those that the model lists."""
    unknown: list[str] = field(default_factory=list)
    """Places of the fields that the model does not have."""
    incomplete: list[tuple[str, str]] = field(default_factory=list)
    """Place and error of each object without a field that its model requires, or with one of another length."""

    def extend(self, other: 'Misfits') -> None:
        self.errors += other.errors
        self.words += other.words
        self.unknown += other.unknown
        self.incomplete += other.incomplete

    @property
    def strange(self) -> list[str]:
        """The places of words and fields that the model does not know."""
        return [*(place for place, _ in self.words), *self.unknown]

    @property
    def weight(self) -> tuple[int, int, int]:
        return len(self.errors) + len(self.incomplete), len(self.words), len(self.unknown)

    def refusals(self, kept: tuple[str, ...] = (), any_word: tuple[str, ...] = ()) -> list[str]:
        """Return the errors; those of words and missing fields only outside of places that hold one of `kept`.

        In places that hold one of `any_word`, fields must be there, but may have words that the models do not know.
        """

        def outside(listed: list[tuple[str, str]], parts: tuple[str, ...]) -> list[str]:
            return [error for place, error in listed if not any(part in place for part in parts)]

        return self.errors + outside(self.incomplete, kept) + outside(self.words, kept + any_word)


def model(version: str, module: str, name: str) -> type:
    """Return a model of the client, such as ('v1', 'monitor', 'Monitor'); importing them all would take seconds."""
    return getattr(import_module(f'datadog_api_client.{version}.model.{module}'), name)


def check(body: Any, model: type, place: str = 'body') -> Misfits:
    """Return how a body differs from a model. Raises `Refused` for no object, and for deep nesting.

    A null is as good as an absent field: some clients send one for everything that was not set.
    """
    if not isinstance(body, Mapping):
        raise Refused(f'{place} is required, as a JSON object')
    return _check(body, (model,), place, 0)


def _check(value: Any, types: Sequence[Any], place: str, depth: int) -> Misfits:
    """Return how a value differs from that of the types which it fits best."""
    if depth > DEEPEST:
        raise Refused('the JSON is nested too deeply')
    return min((_fit(value, type_, place, depth) for type_ in types), key=lambda misfits: misfits.weight)


def _fit(value: Any, type_: Any, place: str, depth: int) -> Misfits:
    if isinstance(type_, list):
        if not isinstance(value, list):
            return _wrong(place, 'a list', value)
        return _all(_check(item, _types(type_[0]), f'{place}[{index}]', depth + 1) for index, item in enumerate(value))
    if isinstance(type_, dict):
        if not isinstance(value, Mapping):
            return _wrong(place, 'an object', value)
        types = _types(next(iter(type_.values())))
        items = [(name, item) for name, item in value.items() if item is not None]
        return _all(_check(item, types, f'{place}.{name}', depth + 1) for name, item in items)
    if hasattr(type_, 'allowed_values') and hasattr(type_, 'openapi_types'):
        lists = [each for each in _property_types(type_)['value'] if isinstance(each, list)]
        return _check(value, lists, place, depth + 1) if lists else _word(value, type_, place)
    if oneof := _oneof(type_):
        return _composed(value, oneof, place, depth)
    if hasattr(type_, 'attribute_map'):
        return _object(value, type_, place, depth)
    return _plain(value, type_, place)


def _types(item: Any) -> Sequence[Any]:
    return item if isinstance(item, tuple) else (item,)


def _all(parts: Iterator[Misfits]) -> Misfits:
    whole = Misfits()
    for part in parts:
        whole.extend(part)
    return whole


def _wrong(place: str, allowed: str, value: Any) -> Misfits:
    return Misfits(errors=[f'{place} must be {allowed}, not {quoted(value)}'])


def quoted(value: Any) -> str:
    """Return a value as an error quotes it, however long it is."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else f'{text[:77]}…'


PLAIN: dict[Any, tuple[tuple[type, ...], str]] = {
    str: ((str,), 'a string'),
    # Datadog takes 0.909 for the `x` of a layout, which the models call an integer.
    int: ((int, float), 'a number'),
    float: ((int, float), 'a number'),
    bool: ((bool,), 'true or false'),
    datetime: ((str,), 'a time'),
    date: ((str,), 'a date'),
    UUID: ((str,), 'a UUID'),
    dict: ((dict,), 'an object'),
    list: ((list,), 'a list'),
}


def _plain(value: Any, type_: Any, place: str) -> Misfits:
    """Compare a value with a simple type; of an id, Datadog takes numbers and strings alike."""
    if type_ not in PLAIN:
        # `null`, or anything at all.
        return Misfits() if type_ is object or value is None else _wrong(place, 'null', value)
    classes, label = PLAIN[type_]
    if place.endswith('id') or '_ids[' in place:
        classes = (*classes, str, int)
    fits = isinstance(value, classes) and isinstance(value, bool) <= (bool in classes)
    return Misfits() if fits else _wrong(place, label, value)


def _word(value: Any, type_: Any, place: str) -> Misfits:
    allowed = type_.allowed_values
    if value in [*allowed] and isinstance(value, bool) == any(isinstance(word, bool) for word in allowed):
        return Misfits()
    if not allowed and isinstance(value, str | int | float):
        return Misfits()
    words = f'one of {", ".join(sorted(map(str, allowed)))}' if len(allowed) <= LISTED else 'a value that is documented'
    error = f'{place} must be {words}, not {quoted(value)}'
    # An empty string is not a word that the models do not know yet: https://github.com/DataDog/terraform-provider-datadog
    # has it refused in issue 1753.
    is_word = isinstance(value, str | int | float) and value != ''
    return Misfits(words=[(place, error)]) if is_word else Misfits(errors=[error])


@cache
def _oneof(type_: Any) -> tuple[Any, ...]:
    """Return the models of which a composed one is one; they may be composed themselves."""
    schemas = getattr(type_, '_composed_schemas', None)
    if schemas is None or not hasattr(schemas, 'func') and not schemas:
        return ()
    composed = schemas.func(None) if hasattr(schemas, 'func') else schemas
    return tuple(composed.get('oneOf', ()))


def _composed(value: Any, candidates: Sequence[Any], place: str, depth: int) -> Misfits:
    """Compare a value with the candidates whose `type`, or the like, it has.

    When its `type` is that of none, it is of a kind that the models do not know, and nothing can be said of the rest.
    """
    strangers = [words for candidate in candidates if (words := _discriminated(value, candidate, place))]
    if len(strangers) == len(candidates):
        # The one of the same `type`, where there is one.
        return Misfits(words=[min(strangers, key=lambda words: (words[0][0].endswith('.type'), len(words)))[0]])
    kin = [candidate for candidate in candidates if not _discriminated(value, candidate, place)]
    return _check(value, kin, place, depth + 1)


def _discriminated(value: Any, candidate: Any, place: str) -> list[tuple[str, str]]:
    """Return the words of an object by which it is none of this model."""
    if not isinstance(candidate, type):
        # A list of a model, or an object with values of one.
        return []
    if inner := _oneof(candidate):
        return min((_discriminated(value, each, place) for each in inner), key=len)
    if not isinstance(value, Mapping) or not hasattr(candidate, 'attribute_map'):
        return []
    strange: list[tuple[str, str]] = []
    for name, types in _fields(candidate).items():
        [type_, *others] = types
        if name in _required(candidate) and not others and getattr(type_, 'allowed_values', None):
            if isinstance(value.get(name), str):
                strange += _word(value[name], type_, f'{place}.{name}').words
    return strange


def _property_types(model: Any) -> Mapping[str, Sequence[Any]]:
    """Return the types of the attributes of a model; one that is a word or a list has them as its `value`."""
    types = model.openapi_types
    return types.func(None) if hasattr(types, 'func') else types


@cache
def _fields(model: Any) -> dict[str, Sequence[Any]]:
    """Return the types of the fields of a model, by their names in JSON."""
    types = _property_types(model)
    return {model.attribute_map[name]: types[name] for name in types if name in model.attribute_map}


@cache
def _required(model: Any) -> tuple[str, ...]:
    """Return the names in JSON of the fields that a model does not go without."""
    parameters = list(inspect.signature(model.__init__).parameters.values())[1:]
    positional = [parameter for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    names = [parameter.name for parameter in positional if parameter.default is parameter.empty]
    return tuple(model.attribute_map[name] for name in names if name in model.attribute_map)


def _object(value: Any, model: Any, place: str, depth: int) -> Misfits:
    if not isinstance(value, Mapping):
        return _wrong(place, 'an object', value)
    fields, misfits = _fields(model), Misfits()
    if missing := [name for name in _required(model) if value.get(name) is None]:
        misfits.incomplete.append((place, f'{place} has no {" and ".join(map(repr, sorted(missing)))}'))
    for name, item in value.items():
        if name not in fields:
            misfits.unknown.append(f'{place}.{name}')
        elif item is not None:
            misfits.extend(_check(item, fields[name], f'{place}.{name}', depth + 1))
            misfits.incomplete += [(f'{place}.{name}', error) for error in _bounds(item, model, name, place)]
    return misfits


BOUNDS = {
    'max_items': (lambda size, bound: size <= bound, 'must have at most {} items'),
    'min_items': (lambda size, bound: size >= bound, 'must have at least {} items'),
    'max_length': (lambda size, bound: size <= bound, 'must have at most {} characters'),
    'min_length': (lambda size, bound: size >= bound, 'must have at least {} characters'),
    'inclusive_maximum': (lambda size, bound: size <= bound, 'must be at most {}'),
    'inclusive_minimum': (lambda size, bound: size >= bound, 'must be at least {}'),
}
"""By the name that the client has for a bound: how a number, or the size of a value, is compared, and the error."""
BOUNDLESS = ('WidgetLayout',)
"""Models whose bounds Datadog does not keep to: it takes a layout whose `x` is negative."""


def _bounds(value: Any, model: Any, name: str, place: str) -> list[str]:
    """Return what is wrong with the number, or with the length, of a field."""
    python_name = next(key for key, json_name in model.attribute_map.items() if json_name == name)
    if isinstance(value, bool) or not isinstance(value, str | list | int | float) or model.__name__ in BOUNDLESS:
        return []
    size = len(value) if isinstance(value, str | list) else value
    bounds = (getattr(model, 'validations', None) or {}).get(python_name, {})
    broken = [(key, bound) for key, bound in bounds.items() if key in BOUNDS and not BOUNDS[key][0](size, bound)]
    return [f'{place}.{name} {BOUNDS[key][1].format(bound)}' for key, bound in broken]


def nullable(model: Any) -> list[str]:
    """Return the names in JSON of the fields of a model that may be null."""
    return [name for name, types in _fields(model).items() if type(None) in types]
