"""The kinds of resources that are published: all that differs between them is in the class of each."""

from .dashboard import Dashboard
from .downtime import Downtime
from .kind import Kind
from .monitor import Monitor

DASHBOARD, MONITOR, DOWNTIME = Dashboard(), Monitor(), Downtime()
# The order of creation; removal goes the other way.
KINDS: tuple[Kind, ...] = (DASHBOARD, MONITOR, DOWNTIME)
