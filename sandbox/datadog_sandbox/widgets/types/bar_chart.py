"""bar_chart: groups by their values; its bars lie here, as those of a toplist."""

from .toplist import Toplist


class BarChart(Toplist):
    type = 'bar_chart'
