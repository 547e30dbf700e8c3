"""bar_chart: groups by their values, as bars that stand.

Source: https://docs.datadoghq.com/dashboards/widgets/bar_chart/
"""

from datadog_sandbox.drawing.bars_upright import bars_upright
from datadog_sandbox.drawing.model import Drawing

from .toplist import Toplist


class BarChart(Toplist):
    type = 'bar_chart'
    template = 'chart.html'

    def drawing(self) -> Drawing:
        return bars_upright([
            {
                'name': row.name,
                'value': row.value,
                'text': row.with_unit,
                'colour': row.paint.background or row.paint.colour or 'line0',
            }
            for row in self.rows
        ])  # fmt: skip
