"""Composite monitors of a scenario, whose queries have names instead of ids."""

import re
from collections.abc import Mapping

TOKEN = re.compile(r'"([^"]*)"|\'([^\']*)\'|([^\s&|!()"\']+)')


def names(query: str) -> list[str]:
    """Return the monitors that a query such as `cpu && !"disk full"` combines, by name or id.

    A name with spaces is written in quotes.
    """
    return list(dict.fromkeys(map(_name, TOKEN.finditer(query))))


def named_by_id(query: str, ids: Mapping[str, int]) -> str:
    """Return a query with ids in the place of names. Raises `ValueError`."""

    def replace(match: re.Match[str]) -> str:
        name = _name(match)
        if name not in ids and not (name.isdecimal() and int(name) in ids.values()):
            raise ValueError(f'the composite reads {name!r}, which is not a monitor of this scenario')
        return str(ids.get(name, name))

    return TOKEN.sub(replace, query)


def _name(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None)
