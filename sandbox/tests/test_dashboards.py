"""Dashboards as their pages want them."""

import pytest
from datadog_sandbox.dashboards import grid_columns

PLACED = {'definition': {'type': 'note'}, 'layout': {'x': 0, 'y': 0, 'width': 4, 'height': 2}}
FLOWING = {'definition': {'type': 'note'}}


@pytest.mark.parametrize(
    ('dashboard', 'columns'),
    [
        ({'layout_type': 'free', 'widgets': []}, 48),
        ({'layout_type': 'ordered', 'reflow_type': 'fixed', 'widgets': [PLACED]}, 12),
        # Older than `reflow_type`; a group of its own may have no layout.
        ({'layout_type': 'ordered', 'widgets': [FLOWING, PLACED]}, 12),
        ({'layout_type': 'ordered', 'widgets': [FLOWING]}, 0),
        ({'layout_type': 'ordered', 'reflow_type': 'auto', 'widgets': [PLACED]}, 0),
    ],
)
def test_a_dashboard_has_the_columns_of_its_layouts(dashboard, columns):
    assert grid_columns(dashboard) == columns
