"""Composite monitors of a scenario, whose queries have names instead of ids."""

import re
from collections.abc import Mapping

TOKEN = re.compile(r'"([^"]*)"|\'([^\']*)\'|([^\s&|!()"\']+)')


def named_by_id(query: str, ids: Mapping[str, int]) -> str:
    """Return a query such as `cpu && !"disk full"` with ids in the place of names. Raises `ValueError`.

    A name with spaces is written in quotes.
    """

    def replace(match: re.Match[str]) -> str:
        name = next(group for group in match.groups() if group is not None)
        if name not in ids and not (name.isdecimal() and int(name) in ids.values()):
            raise ValueError(f'the composite reads {name!r}, which is not a monitor of this scenario')
        return str(ids.get(name, name))

    return TOKEN.sub(replace, query)
