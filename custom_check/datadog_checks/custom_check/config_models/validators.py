from functools import partial
from typing import Any

# Metric values travel as float64, which holds every integer only up to here.
LIMIT = 2**53


def _exact_integer(option: str, value: Any, **_: Any) -> int:
    if type(value) is not int or abs(value) > LIMIT:
        raise ValueError(f'`{option}` is {value!r}, but must be an integer from {-LIMIT} to {LIMIT}')

    return value


instance_minimum = partial(_exact_integer, 'minimum')
instance_maximum = partial(_exact_integer, 'maximum')


def instance_min_collection_interval(value: Any, **_: Any) -> float:
    if type(value) not in (int, float) or not 0 < value < float('inf'):
        raise ValueError(f'`min_collection_interval` is {value!r}, but must be a number of seconds above 0')

    return value


def check_instance(model: Any) -> Any:
    if model.minimum > model.maximum:
        raise ValueError(f'`minimum` is {model.minimum}, but must not be above `maximum`, which is {model.maximum}')

    return model
