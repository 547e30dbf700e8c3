"""What Datadog's API takes: one set of rules for the API, for `rehearse`, and for `check`.

A field that the models of Datadog's Python client know has to be of its type. One that they do not know is kept as it
was sent, as Datadog is ahead of every client: `unknown` names those fields.
"""

from .dashboards import dashboard, unknown_of_dashboard
from .downtimes import downtime, unknown_of_downtime
from .limits import check_burn_rate
from .misfits import Refused
from .monitors import monitor, unknown_of_monitor

__all__ = ['Refused', 'check_burn_rate', 'dashboard', 'downtime', 'monitor', 'unknown']

UNKNOWN = {'dashboard': unknown_of_dashboard, 'downtime': unknown_of_downtime, 'monitor': unknown_of_monitor}


def unknown(kind: str, body: object) -> list[str]:
    """Return the fields and words of a 'dashboard', 'monitor', or 'downtime' that the client's models do not know.

    The body is one that `dashboard`, `monitor`, or `downtime` takes; of another one, the list may be incomplete.
    """
    return UNKNOWN[kind](body)
