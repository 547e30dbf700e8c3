"""The instances of checks that the Agent of a host runs, as its metadata has them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

FIELDS = 5


class AgentCheck(NamedTuple):
    """An instance of a check, or what kept it from being loaded."""

    name: str
    instance: str
    """The id of the instance, such as `disk:67cc0574430a16ba`; or `initialization`."""
    status: str
    """OK, WARNING, or ERROR."""
    message: str


def agent_checks(meta: Mapping[str, Any]) -> list[AgentCheck]:
    """Return the instances of a host's metadata; what is written otherwise than an Agent does is left out.

    A row of `agent_checks` has the check's name, its source, the instance, the status, and the error or the warnings:
    https://github.com/DataDog/datadog-agent/blob/7.72.4/comp/metadata/agentchecks/impl/agentchecks.go
    """
    rows = meta.get('agent_checks')
    checks = [
        AgentCheck(str(row[0]), str(row[2]), str(row[3]), _message(row[4]))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, list) and len(row) >= FIELDS
    ]
    return sorted(checks, key=lambda check: (check.status == 'OK', check.name, check.instance))


def _message(given: Any) -> str:
    """Return an error, or a list of warnings, as one string."""
    return '; '.join(map(str, given)) if isinstance(given, list) else str(given or '')
