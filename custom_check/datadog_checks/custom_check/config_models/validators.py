import json
from functools import partial
from math import nan
from typing import Any

# A metric value is a float64, which holds every integer exactly only up to here.
LIMIT = 2**53
ONE_DAY_SECONDS = 86_400
MOST_CHARACTERS = 80


def _as_yaml(value: Any) -> str:
    """Return a value in the words of YAML: one line of at most 80 characters."""
    if value is None:
        return 'empty'
    if isinstance(value, (list, dict)):
        return 'a list' if isinstance(value, list) else 'a mapping'
    try:
        text = json.dumps(value) if isinstance(value, (bool, str)) else str(value)
    except ValueError:
        # Python writes no integer of more than 4,300 digits.
        return 'a very large number'
    if isinstance(value, float):
        text = text.replace('nan', '.nan').replace('inf', '.inf')
    return text if len(text) <= MOST_CHARACTERS else f'{text[: MOST_CHARACTERS - 3]}...'


def _advice(value: Any, lowest: int, highest: int) -> str:
    """Return how to write the integer that the value seems to stand for, if it stands for one that is allowed."""
    try:
        number = float(value) if isinstance(value, (str, float)) else nan
    except ValueError:
        return ''
    if not number.is_integer() or not lowest <= number <= highest:
        return ''
    if isinstance(value, float):
        return f': write {int(number)}'
    return ', without quotes' if value.lstrip('-').isdecimal() else f': this is text in YAML, write {int(number)}'


def _integer(option: str, lowest: int, highest: int, value: Any, **_: Any) -> int:
    # A bool is an int in Python, but not in YAML.
    if type(value) is not int or not lowest <= value <= highest:
        raise ValueError(
            f'`{option}` is {_as_yaml(value)}, but must be an integer from {lowest} to {highest}'
            f'{_advice(value, lowest, highest)}'
        )

    return value


instance_minimum = partial(_integer, 'minimum', -LIMIT, LIMIT)
instance_maximum = partial(_integer, 'maximum', -LIMIT, LIMIT)
instance_min_collection_interval = partial(_integer, 'min_collection_interval', 1, ONE_DAY_SECONDS)


def check_instance(model: Any) -> Any:
    if model.minimum > model.maximum:
        raise ValueError(f'`minimum` is {model.minimum}, but must not be above `maximum`, which is {model.maximum}')

    return model
