"""Draw a preview of the timeboard: each widget evaluated from its own query, over what `record.py` recorded.

It is no screenshot, and the picture says so. What a widget uses and this tool cannot evaluate is an error, so that
nothing else than the asset is ever drawn.
"""

import hashlib
import json
import math
import re
import statistics
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

# Only the drawing needs matplotlib: the tests evaluate without it.
if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOT = Path(__file__).parents[1]
DASHBOARD = ROOT / 'custom_check/assets/dashboards/custom_check_timeboard.json'
RECORDING = ROOT / 'tools/recording.jsonl'
IMAGES = ROOT / 'custom_check/images'

HOUR = 3600
# Datadog's, in seconds: how wide a gap it interpolates (docs: the default limit of `fill`), and the time between the
# points of a line for a view of at most so many seconds (docs: 20 seconds for an hour, a minute for four hours).
GAP = 300
INTERVALS = {HOUR: 20, 4 * HOUR: 60}
LONGER = 300

# Of our band, in seconds: how far it looks back, and how much of that has to be known for it to begin.
LOOKBACK, WARM_UP = 1800, 1200

AGGREGATORS = {'avg': statistics.fmean, 'sum': sum, 'min': min, 'max': max}
QUERY = re.compile(
    r'(?P<space>avg|sum|min|max):(?P<metric>[a-zA-Z][\w.]*)\{(?P<scope>[\w*:.,/-]+)\}'
    r'(?:\.rollup\((?P<time>avg|sum|min|max), ?(?P<seconds>[1-9]\d*)\))?'
)
ANOMALIES = re.compile(r"anomalies\((?P<name>\w+), 'basic', (?P<bounds>\d+(?:\.\d+)?)\)")

# The fields of a widget, its request, and its formula that the picture shows, or that change nothing in it.
DRAWN = {
    *('title', 'title_size', 'title_align', 'show_legend', 'type', 'requests'),
    *('response_format', 'queries', 'formulas', 'formula', 'display_type', 'style'),
}

Series = dict[int, float]
Band = dict[int, tuple[float, float]]


class Point(NamedTuple):
    metric: str
    tags: frozenset[str]
    time: int
    value: float


class Widget(NamedTuple):
    """What a widget shows: values by the second at which their bucket of `interval` seconds starts."""

    title: str
    display: str
    interval: int
    series: Series
    band: Band


def read(file: Path) -> list[Point]:
    """Return the points of a recording in the order of time.

    Raises `click.ClickException` when there are none, or when a metric is no gauge, whose sum would mean another thing.
    """
    points = []
    for number, line in enumerate(file.read_text().splitlines() if file.exists() else [], 1):
        try:
            record = json.loads(line)
            tags = frozenset((*record['tags'], f'host:{record["host"]}'))
            points += [Point(record['metric'], tags, int(time), float(value)) for time, value in record['points']]
        except (ValueError, KeyError, TypeError) as error:
            raise click.ClickException(f'{file}, line {number}, is not what record.py writes: {error!r}') from error
        if record.get('type') != 'gauge':
            raise click.ClickException(f'{file}, line {number}: {record["metric"]} is not a gauge')
    if not points:
        raise click.ClickException(f'{file} holds no points: record some with tools/record.py')
    return sorted(points, key=lambda point: point.time)


def recorded(points: list[Point], start: float, end: float) -> float:
    """Return the seconds between two times that the recording covers, without its gaps."""
    times = (point.time for point in points)
    return sum(max(0, min(b, end) - max(a, start)) for a, b in pairwise(times) if b - a <= GAP)


def fill(series: Series, interval: int) -> Series:
    """Interpolate linearly where buckets are missing, as Datadog does with gauges before it adds them up."""
    filled = dict(series)
    for (a, before), (b, after) in pairwise(series.items()):
        if b - a <= GAP:
            filled |= {t: before + (after - before) * (t - a) / (b - a) for t in range(a + interval, b, interval)}
    return dict(sorted(filled.items()))


def evaluate(query: str, points: list[Point], interval: int) -> tuple[int, Series]:
    """Return the interval and the values of a query: each series aggregated in time, then all of them in space.

    Buckets start at multiples of the interval since the epoch, so those of an hour at whole hours; unless `.rollup`
    says otherwise, a bucket is the average of its points.
    """
    if not (parts := QUERY.fullmatch(query)):
        raise click.ClickException(f'Cannot evaluate the query "{query}"')
    scope = set(parts['scope'].split(',')) - {'*'}
    interval = int(parts['seconds'] or interval)

    buckets: dict[frozenset[str], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for point in points:
        if point.metric == parts['metric'] and scope <= point.tags:
            buckets[point.tags][point.time // interval * interval].append(point.value)
    if not buckets:
        raise click.ClickException(f'The recording has no points for the query "{query}"')

    in_time, in_space = AGGREGATORS[parts['time'] or 'avg'], AGGREGATORS[parts['space']]
    values = defaultdict(list)
    for series in buckets.values():
        for time, value in fill({time: in_time(found) for time, found in series.items()}, interval).items():
            values[time].append(value)
    return interval, {time: in_space(found) for time, found in sorted(values.items())}


def basic(series: Series, bounds: float) -> Band:
    """Return the band of values expected at each time, from the values before it.

    Datadog's docs call `basic` "a simple lagging rolling quantile computation", and its bounds something like standard
    deviations, and publish no more. So this is ours: over the 30 minutes before, the median, and from there `bounds`
    times the distance to the 16th and the 84th percentile, which lie one standard deviation away if all is normal.
    A burst moves it little while it fills less than 16 % of these minutes. It begins once 20 of them are known.
    """
    band, start = {}, min(series)
    for time in series:
        past = [value for before, value in series.items() if time - LOOKBACK <= before < time]
        if len(past) > 1 and time - start >= WARM_UP:
            percentiles = statistics.quantiles(past, n=100, method='inclusive')
            low, median, high = percentiles[15], percentiles[49], percentiles[83]
            band[time] = median - bounds * (median - low), median + bounds * (high - median)
    return band


def outside(series: Series, band: Band) -> list[int]:
    """Return the times whose value lies outside the band, by more than what floats lose."""
    return [t for t, (low, high) in band.items() if max(low - series[t], series[t] - high) > 1e-9 * abs(series[t])]


def view(definition: dict[str, Any], points: list[Point], variables: dict[str, str]) -> Widget:
    """Evaluate the query and the formula of a widget."""
    title, requests = definition.get('title'), definition.get('requests', [])
    formulas = [formula for request in requests for formula in request.get('formulas', [])]
    if definition['type'] != 'timeseries' or (len(requests), len(formulas)) != (1, 1):
        raise click.ClickException(f'Cannot draw "{title}": it is not a timeseries with one request of one formula')
    [request], [wanted] = requests, formulas
    if unknown := {*definition, *request, *wanted} - DRAWN:
        raise click.ClickException(f'Cannot draw "{title}": it has {", ".join(sorted(unknown))}')

    formula = wanted['formula']
    queries = {query['name']: query['query'] for query in request['queries']}
    call = ANOMALIES.fullmatch(formula)
    if (call['name'] if call else formula) not in queries:
        raise click.ClickException(f'Cannot evaluate the formula "{formula}" over {queries}')

    raw = queries[call['name'] if call else formula]
    query = re.sub(r'\$\w+', lambda match: variables.get(match[0], match[0]), raw)
    display = request['display_type']
    if display != 'line' and not (display == 'bars' and '.rollup(' in query):
        raise click.ClickException(f'Cannot draw {display} of the query "{query}"')
    span = points[-1].time - points[0].time
    usual = next((seconds for longest, seconds in INTERVALS.items() if span <= longest), LONGER)
    interval, series = evaluate(query, points, usual)
    return Widget(title, display, interval, series, basic(series, float(call['bounds'])) if call else {})


def defaults(dashboard: dict[str, Any]) -> dict[str, str]:
    """Return what each template variable stands for in a scope, as the dashboard opens."""
    chosen = {
        f'${variable["name"]}': (variable['prefix'], variable['defaults'][0])
        for variable in dashboard['template_variables']
    }
    return {name: value if value == '*' else f'{prefix}:{value}' for name, (prefix, value) in chosen.items()}


COLOURS = 'page card edge grid text muted line band alert'.split()
THEMES = {
    'light': '#f4f5f8 #ffffff #dfe2ea #eceef3 #1c2233 #5d6579 #2f7fd1 #dadde4 #d92d3a'.split(),
    'dark': '#14161c #1e2129 #333846 #2b303b #eceef4 #a3abbd #5aa9f5 #3d4350 #ff5c66'.split(),
}
Look = dict[str, str]

# In inches, at 200 pixels each: the picture and its outer margin, header, and caption; the cards and what is between.
DPI, WIDTH, MARGIN, HEADER, CAPTION, CARD, GUTTER = 200, 8, 0.2, 0.5, 0.46, 1.95, 0.14
# What is around the plot in a card, in inches: left, right, below, above.
INSIDE = 0.46, 0.16, 0.31, 0.4
SMALL = 6.8


def clock(time: float, form: str = '%H:%M') -> str:
    """Return a time as text, in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime(form)


def draw(dashboard: dict[str, Any], points: list[Point], theme: str, file: Path, source: str) -> None:
    """Draw the timeboard in the order of the asset, two cards in a row, the first one wide if their number is odd.

    The file says of itself what `source` is, the digest of what it was drawn from.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch

    look, variables = dict(zip(COLOURS, THEMES[theme], strict=True)), defaults(dashboard)
    widgets = [view(widget['definition'], points, variables) for widget in dashboard['widgets']]
    odd = len(widgets) % 2
    rows = [widgets[:odd], *(widgets[n : n + 2] for n in range(odd, len(widgets), 2))][1 - odd :]
    height = HEADER + len(rows) * (CARD + GUTTER) + CAPTION
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=look['page'])
    # All but the plots, measured in inches from the lower left corner.
    page = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, height))
    page.set_axis_off()

    def box(x: float, y: float, wide: float, high: float) -> None:
        shape = 'round,pad=0,rounding_size=0.05'
        page.add_patch(FancyBboxPatch((x, y), wide, high, shape, fc=look['card'], ec=look['edge'], lw=0.6))

    def write(x: float, y: float, text: str, size: float, colour: str = 'text', **how: Any) -> float:
        """Write a text and return where it ends."""
        written = page.text(x, y, text, size=size, color=look[colour], va='center', **how)
        return written.get_window_extent().x1 / DPI

    start, end = points[0].time, points[-1].time
    middle = height - HEADER / 2 - 0.02
    x = write(MARGIN, middle, dashboard['title'], 11, weight='bold')
    for name, value in variables.items():
        left = x + 0.25
        x = write(left + 0.1, middle, f'{name.lstrip("$")}: {value.rpartition(":")[2]}', 7.5) + 0.1
        box(left, middle - 0.115, x - left, 0.23)
    write(WIDTH - MARGIN, middle, f'{clock(start, "%d %b %Y, %H:%M")} – {clock(end)} UTC', 7.5, 'muted', ha='right')

    left, right, below, above = INSIDE
    for index, row in enumerate(rows, 1):
        y = height - HEADER - index * CARD - (index - 1) * GUTTER
        wide = (WIDTH - 2 * MARGIN - GUTTER * (len(row) - 1)) / len(row)
        for n, widget in enumerate(row):
            x = MARGIN + n * (wide + GUTTER)
            box(x, y, wide, CARD)
            write(x + 0.14, y + CARD - 0.19, widget.title, 7.6)
            size = (wide - left - right) / WIDTH, (CARD - below - above) / height
            axes = figure.add_axes(((x + left) / WIDTH, (y + below) / height, *size), facecolor='none')
            (bars if widget.display == 'bars' else line)(axes, widget, points, look)
            dress(axes, widget, look, labels=10 // len(row))

    caption = (
        'A preview drawn from recorded data, not a screenshot of Datadog: '
        f'{recorded(points, start, end) / 60:.0f} minutes of the Docker environment, its MySQL under a scripted load.\n'
        'Each widget is evaluated from its own query.'
    )
    if any(widget.band for widget in widgets):
        caption += f' The grey band, from minute {WARM_UP // 60} on, approximates the unpublished algorithm “basic”.'
    write(MARGIN, CAPTION / 2 + 0.04, caption, 6.6, 'muted', linespacing=1.45)
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file, metadata={'Software': None, 'Source': source})


def line(axes: 'Axes', widget: Widget, points: list[Point], look: Look) -> None:
    """Draw a line, broken where data is missing, over its band, and in red what is outside of that."""
    axes.set_xlim(min(widget.series), points[-1].time)
    if widget.band:
        axes.fill_between(list(widget.band), *zip(*widget.band.values(), strict=True), color=look['band'], lw=0)
    red = outside(widget.series, widget.band)
    for (a, before), (b, after) in pairwise(widget.series.items()):
        if b - a <= max(GAP, widget.interval):
            colour = look['alert' if {a, b} & set(red) else 'line']
            axes.plot((a, b), (before, after), color=colour, lw=1.3, solid_capstyle='round')
    axes.plot(red, [widget.series[time] for time in red], 'o', color=look['alert'], ms=2.6)


def bars(axes: 'Axes', widget: Widget, points: list[Point], look: Look) -> None:
    """Draw a bar for each bucket; one that the recording covers in part is hatched, and says how many minutes."""
    first, last = min(widget.series), max(widget.series) + widget.interval
    # Room for the labels at both ends.
    axes.set_xlim(first - 0.05 * (last - first), last + 0.05 * (last - first))
    for time, value in widget.series.items():
        middle, covered = time + widget.interval / 2, recorded(points, time, time + widget.interval)
        whole = covered == widget.interval
        look_of = {'color': look['line']} if whole else {'color': 'none', 'hatch': '////', 'hatch_linewidth': 0.7}
        axes.bar(middle, value, widget.interval * 0.86, **look_of, ec=look['line'], lw=1)
        if not whole:
            text = f'{covered / 60:.0f} min recorded'
            axes.annotate(
                text, (middle, value), (0, 3), textcoords='offset points', ha='center', size=SMALL, color=look['muted']
            )


def dress(axes: 'Axes', widget: Widget, look: Look, labels: int) -> None:
    """Leave the baseline and faint lines; label round times, in UTC, and values from zero, as Datadog does."""
    axes.spines[['top', 'left', 'right']].set_visible(False)
    axes.spines['bottom'].set_color(look['edge'])
    axes.grid(axis='y', color=look['grid'], lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=SMALL, labelcolor=look['muted'], color=look['edge'], length=0, pad=4)
    axes.tick_params(axis='x', length=2.5)

    start, end = axes.get_xlim()
    least = max((end - start) / labels, widget.interval)
    step = next((step for step in (300, 600, 1200, 1800, HOUR, 2 * HOUR, 4 * HOUR) if step >= least), 24 * HOUR)
    ticks = range(math.ceil(start / step) * step, math.floor(end) + 1, step)
    axes.set_xticks(ticks, [clock(time) for time in ticks])
    axes.annotate(
        'UTC',
        (0, 0),
        (-4, -6.2),
        'axes fraction',
        'offset points',
        ha='right',
        va='top',
        size=SMALL,
        color=look['muted'],
    )

    values = [0, *widget.series.values(), *(edge for edges in widget.band.values() for edge in edges)]
    axes.set_ylim(min(values), max(values) * 1.12 or 1)
    axes.locator_params('y', nbins=4, min_n_ticks=3)
    axes.yaxis.set_major_formatter(lambda value, _: f'{value / 1000:g}K' if abs(value) >= 1000 else f'{value:g}')


def fingerprint(recording: Path) -> str:
    """Return the digest of what a picture is drawn from: with it, a test tells whether a picture is out of date."""
    return hashlib.sha256(DASHBOARD.read_bytes() + recording.read_bytes()).hexdigest()


@click.command()
@click.argument('recording', type=click.Path(path_type=Path, dir_okay=False), default=RECORDING)
@click.option('--into', type=click.Path(path_type=Path, file_okay=False), help='The folder of the pictures.')
def main(recording: Path, into: Path | None) -> None:
    """Draw the timeboard from RECORDING, light and dark: that of this repository into the images of the integration."""
    # A picture of other data would pass for one of ours there.
    if not into and recording.resolve() != RECORDING:
        raise click.UsageError('Pictures of another recording belong into another folder: --into FOLDER')
    into = into or IMAGES
    dashboard, points = json.loads(DASHBOARD.read_text()), read(recording)
    for theme in THEMES:
        file = into / f'timeboard_{theme}.png'
        draw(dashboard, points, theme, file, fingerprint(recording))
        click.echo(f'{file}  {file.stat().st_size // 1024} KiB')


if __name__ == '__main__':
    main()
