"""A dashboard as its page wants it: its range, its template variables, and those of its widgets that are asked for.

A page with hundreds of widgets is there at once: its first widgets are evaluated with it, the others when the browser
asks for them, and what a browser has already is not sent again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode

from . import layout, query, widgets
from .store import Store
from .widgets.types.group import Group
from .widgets.variables import fill_in_words

FIRST = 12
"""Widgets that come with the page."""
LATEST = 10**14
"""Milliseconds since the epoch."""


class Period(NamedTuple):
    """What a page is about, in seconds since the epoch: [start, end)."""

    start: int
    end: int
    fixed: bool
    """Whether it does not move with the clock."""


def period(parameters: Mapping[str, str], seconds: int, now: float) -> Period:
    """Return the range of an address: `from_ts` and `to_ts` in milliseconds, as in Datadog's, or the last `seconds`.

    With `live=true` the range of the two ends now. Without JavaScript, a form sends `from` and `to` in UTC.
    """
    edges = _edges(parameters)
    if edges and parameters.get('range', 'fixed') == 'fixed':
        start, end = edges
        if parameters.get('live') != 'true':
            return Period(start, end, True)
        seconds = end - start
    # A pixel of a chart later than now: a chart need not be drawn again every second.
    step = max(1, seconds // 900)
    end = -(-(int(now) + 1) // step) * step
    return Period(end - seconds, end, False)


def _edges(parameters: Mapping[str, str]) -> tuple[int, int] | None:
    """Return start and end in seconds; None where the address has none that are allowed."""
    numbers = [parameters.get(name, '') for name in ('from_ts', 'to_ts')]
    if all(number.isdecimal() and number.isascii() and len(number) < 16 for number in numbers):
        first, last = map(int, numbers)
    else:
        try:
            first, last = (
                int(datetime.fromisoformat(parameters[name]).replace(tzinfo=UTC).timestamp() * 1000)
                for name in ('from', 'to')
            )
        except (KeyError, ValueError):
            return None
    if not 0 <= first < last < LATEST:
        return None
    return first // 1000, max(first // 1000 + 1, -(-last // 1000))


# Template variables


def chosen(dashboard: Mapping[str, Any], parameters: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the tags of each template variable: `tpl_var_NAME`, also as `tpl_var_NAME[0]`, or its default."""
    values = defaultdict(list)
    for key, value in parameters:
        if key.startswith('tpl_var_'):
            values[key.removeprefix('tpl_var_').partition('[')[0]].append(value)
    return widgets.chosen(dashboard, values)


def variables(
    store: Store, dashboard: Mapping[str, Any], tags: Mapping[str, Sequence[str]], metrics: Iterable[str]
) -> list[dict[str, Any]]:
    """Return the template variables with the values that the metrics of the dashboard have for them."""
    every = {series for metric in metrics for series in store.series(metric).values()}
    known = query.values_by_key(tag for series in every for tag in query.tags_of(store, series))
    rows = []
    for variable in dashboard.get('template_variables') or []:
        prefix = variable.get('prefix') or ''
        now = [tag.removeprefix(f'{prefix}:') for tag in tags[variable['name']]]
        offered = set(variable.get('available_values') or known[prefix])
        values = ['*', *sorted({*offered, *now} - {'*'})]
        rows.append({'name': variable['name'], 'values': values, 'chosen': now})
    return rows


def presets(dashboard: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return name and address of each preset of template variables."""
    return [
        (
            str(preset.get('name') or ''),
            '?' + urlencode([
                (f'tpl_var_{variable.get("name")}', value)
                for variable in preset.get('template_variables') or []
                for value in variable.get('values') or [variable.get('value') or '*']
            ]),
        )
        for preset in dashboard.get('template_variable_presets') or []
    ]  # fmt: skip


class Tab(NamedTuple):
    """One of the tabs that the widgets of a dashboard are spread over."""

    id: str
    name: str
    chosen: bool


def tabs(dashboard: Mapping[str, Any], id_: str) -> tuple[list[Tab], list[Mapping[str, Any]]]:
    """Return the tabs of a dashboard, and the widgets of the one with an id, or else of the first.

    As `DashboardTab` of Datadog's OpenAPI document has it, a tab names its widgets by their ids or, as `@1`, by their
    places. A widget that no tab names is in the first.
    """
    given, placed = dashboard.get('tabs') or [], dashboard['widgets']
    if not given:
        return [], placed
    names = [{str(name) for name in tab.get('widget_ids') or ()} for tab in given]
    current = next((number for number, tab in enumerate(given) if str(tab.get('id')) == id_), 0)
    rows = [Tab(str(tab.get('id')), str(tab.get('name')), number == current) for number, tab in enumerate(given)]
    own = [
        place
        for number, place in enumerate(placed, 1)
        if (keys := {str(place.get('id')), f'@{number}'}) & names[current]
        or (current == 0 and not any(keys & others for others in names))
    ]
    return rows, own


# Widgets

Placed = tuple[Mapping[str, Any], layout.Place | None]
"""A widget as the JSON has it, and where it stands; None where a page puts one after the other."""


def grid_columns(dashboard: Mapping[str, Any]) -> int:
    """Return how many columns a dashboard has whose widgets have places; 0 where they follow each other."""
    if dashboard['layout_type'] == 'free':
        return layout.FREE_COLUMNS
    placed = any(isinstance(widget.get('layout'), dict) for widget in dashboard['widgets'])
    return layout.COLUMNS if placed and dashboard.get('reflow_type') != 'auto' else 0


def placed(dashboard: Mapping[str, Any], own: Sequence[Mapping[str, Any]]) -> Sequence[Placed]:
    """Return the widgets of a dashboard, or of its tab, with their places."""
    if dashboard['layout_type'] == 'free':
        return layout.free(own)
    return layout.ordered(own) if grid_columns(dashboard) else [(widget, None) for widget in own]


def in_group(group: Group, columns: int) -> Sequence[Placed]:
    """Return the widgets of a group as wide as some columns, with their places."""
    if group.fixed:
        return layout.ordered(group.widgets, columns)
    return [(widget, None) for widget in group.widgets]


class Asked(NamedTuple):
    """Which widgets a browser wants."""

    known: Mapping[str, str]
    """The hash of what it has, by the id of a widget; empty where it has nothing yet."""
    first: int
    """How many of the others it gets: those that come with a new page."""

    def __call__(self, id_: str, number: int) -> bool:
        return id_ in self.known or number < self.first


EVERYTHING = Asked({}, 2**31)


def asked(header: str | None) -> Asked:
    """Read the header of a page that is there already, such as `12=8f3a, 13=`; without one, it is a new page."""
    if header is None:
        return Asked({}, FIRST)
    pairs = [part.strip().partition('=') for part in header.split(',')]
    return Asked({unquote(id_): hash_ for id_, _, hash_ in pairs if id_}, 0)


@dataclass
class Items:
    """Makes the widgets of a dashboard ready for its templates."""

    store: Store
    period: Period
    now: int
    variables: Mapping[str, Sequence[str]]
    hints: Mapping[str, str]
    """By the name of a metric: what an empty widget of that metric says besides."""
    asked: Asked
    watched: Callable[[widgets.Widget, Mapping[str, Any]], tuple[widgets.Widget, Sequence[Mapping[str, Any]]]]
    """Returns a widget of a definition with what its monitors add to it, and what is to be said of these."""
    render: Callable[[dict[str, Any], int], str]
    """Returns the inside of a card, for an item and the level of its heading."""
    count: int = field(default=0, init=False)

    def of(self, placed: Sequence[Placed], level: int = 2, prefix: str = '') -> list[list[dict[str, Any]]]:
        """Return the widgets of a dashboard's JSON, or of a group, in bands: in one where they have no places."""
        items = [
            self._placed(widget, place, f'{prefix}{widget.get("id") or number}', level)
            for number, (widget, place) in enumerate(placed)
        ]
        return layout.bands(items) if items and items[0]['place'] else [items]

    def _placed(self, widget: Mapping[str, Any], place: layout.Place | None, id_: str, level: int) -> dict[str, Any]:
        definition = widget['definition']
        type_ = str(definition.get('type'))
        shape = {'id': id_, 'type': type_, 'place': place, 'later': False, 'same': False}
        kind = widgets.TYPES.get(type_)
        if kind and issubclass(kind, Group):
            item = self.evaluated(definition, id_)
            if isinstance(item['content'], Group):
                columns = place.width if place else layout.COLUMNS
                inner = self.of(in_group(item['content'], columns), level + 1, f'{id_}-')
                return {**item, **shape, 'bands': inner, 'columns': columns}
            return {**shape, 'html': self.render(item, level), 'hash': ''}
        self.count += 1
        if not self.asked(id_, self.count - 1):
            title = fill_in_words(str(definition.get('title') or ''), self.variables)
            return {
                **shape,
                'html': self.render(
                    {'title': title, 'own_range': '', 'links': (), 'monitors': (), 'later': True}, level
                ),
                'later': True,
            }
        html = self.render(self.evaluated(definition, id_), level)
        digest = hashlib.blake2b(html.encode(), digest_size=6).hexdigest()
        same = self.asked.known.get(id_) == digest
        return {**shape, 'html': '' if same else html, 'hash': digest, 'same': same}

    def evaluated(self, definition: Mapping[str, Any], id_: str) -> dict[str, Any]:
        """Return a widget as its template wants it."""
        widget = widgets.evaluate(
            self.store, definition, self.variables, self.period.start, self.period.end, max(self.now, 1)
        )
        widget, watching = self.watched(widget, definition)
        return {**item(widget, id_, definition, self.hints), 'monitors': watching}


def item(widget: widgets.Widget, id_: str, definition: Mapping[str, Any], hints: Mapping[str, str]) -> dict[str, Any]:
    """Return an evaluated widget as its template wants it."""
    content = widget.content
    metrics = widgets.metrics(definition) if hints else set()
    try:
        drawing = content.drawing().compact() if content and content.template == 'chart.html' else None
        label = f'{widget.title or "Chart"}. {content.label()}' if content else ''
    except widgets.FAULTS as error:
        # The other widgets of the page are drawn.
        message = f'This {widget.type} cannot be drawn: {type(error).__name__} {error}'
        return item(replace(widget, content=None, message=message, failed=True), id_, definition, hints)
    return {
        'id': id_,
        'title': widget.title,
        'message': widget.message,
        'failed': widget.failed,
        'hints': [hint for metric, hint in hints.items() if metric in metrics],
        'content': content,
        'template': f'widgets/{content.template}' if content else '',
        'drawing': drawing,
        'label': label,
        'remarks': widget.remarks,
        'own_range': widget.own_range,
        'links': widget.links,
        'later': False,
    }
