"""The preview of the timeboard: what its queries give, exactly, and that the committed pictures are up to date."""

import copy
import json
import struct
from pathlib import Path
from typing import Any

import click
import preview
import pytest
from click.testing import CliRunner

MANIFEST = json.loads((preview.ROOT / 'custom_check/manifest.json').read_text())
DASHBOARD = json.loads(preview.DASHBOARD.read_text())
PICTURES = [preview.ROOT / 'custom_check' / media['image_url'] for media in MANIFEST['tile']['media']]


def points(metric: str, values: dict[int, float], *tags: str) -> list[preview.Point]:
    return [preview.Point(metric, frozenset(tags), time, value) for time, value in values.items()]


def widget(query: str, formula: str = 'query1', display: str = 'line') -> dict[str, Any]:
    """Return the definition of the asset's first widget, with another query."""
    definition = copy.deepcopy(DASHBOARD['widgets'][0]['definition'])
    [request] = definition['requests']
    request['queries'][0]['query'], request['formulas'][0]['formula'] = query, formula
    request['display_type'] = display
    return definition


@pytest.mark.parametrize(
    ('query', 'values'),
    [
        # The average of a bucket's points comes first, then that of the series: not the average of all points, 4.
        pytest.param('avg:m{*}', {0: 5.5, 60: 15}, id='average'),
        pytest.param('sum:m{*}', {0: 11, 60: 30}, id='sum'),
        pytest.param('min:m{*}', {0: 2, 60: 10}, id='least'),
        pytest.param('max:m{*}', {0: 9, 60: 20}, id='most'),
        pytest.param('avg:m{host:b}', {0: 9, 60: 20}, id='scope'),
        pytest.param('avg:m{host:b,env:x}', {0: 9, 60: 20}, id='scope of two'),
        pytest.param('max:m{*}.rollup(sum, 60)', {0: 9, 60: 20}, id='rollup'),
        pytest.param('sum:m{*}.rollup(max,120)', {0: 30}, id='rollup of two minutes'),
    ],
)
def test_a_query_aggregates_each_series_in_time_and_then_in_space(query: str, values: dict[int, float]) -> None:
    found = [*points('m', {0: 1, 59: 3, 60: 10}, 'host:a'), *points('m', {30: 9, 119: 20}, 'host:b', 'env:x')]
    found += points('other', {0: 1000}, 'host:a')

    assert preview.evaluate(query, found, 60)[1] == values


def test_the_sum_of_an_hour_starts_at_the_whole_hour() -> None:
    hour = 495_000 * 3600
    values = {hour - 1: 1, hour: 10, hour + 3599: 100, hour + 3600: 1000}
    found = [*points('m', values, 'device:a'), *points('m', values, 'device:b')]

    assert preview.evaluate('sum:m{*}.rollup(sum, 3600)', found, 20) == (
        3600,
        {hour - 3600: 2, hour: 220, hour + 3600: 2000},
    )


def test_a_missing_bucket_is_interpolated_up_to_five_minutes() -> None:
    found = [*points('m', {0: 0, 180: 30, 600: 50}, 'host:a'), *points('m', {60: 100, 120: 100}, 'host:b')]

    assert preview.evaluate('sum:m{*}', found, 60)[1] == {0: 0, 60: 110, 120: 120, 180: 30, 600: 50}


def test_a_spike_leaves_the_band_and_does_not_move_it() -> None:
    series = {minute * 60: float(10 + minute % 3) for minute in range(60)}
    series[45 * 60] = 50.0
    band = preview.basic(series, 2)

    assert min(band) == preview.WARM_UP
    # Of 10, 11, and 12 in equal parts: a median of 11, and 10 and 12 at the 16th and the 84th percentile.
    assert band[40 * 60] == band[46 * 60] == (9, 13)
    assert preview.basic(series, 3)[40 * 60] == (8, 14)
    assert preview.outside(series, band) == [45 * 60]


def test_a_constant_stays_inside_its_band_of_no_width() -> None:
    series = {minute * 60: 0.1 for minute in range(60)}

    assert preview.outside(series, preview.basic(series, 2)) == []


def test_the_asset_is_evaluated_from_its_own_queries() -> None:
    found = points('my_metric', {0: 100, 60: 200}, 'host:vm', 'device:a')
    found += points('mysql.performance.open_files', {minute * 60: 5 for minute in range(30)}, 'host:vm')
    found.sort(key=lambda point: point.time)
    variables = preview.defaults(DASHBOARD)
    average, anomalies, sums = (preview.view(each['definition'], found, variables) for each in DASHBOARD['widgets'])

    assert variables == {'$host': '*'}
    assert (average.display, average.interval, average.band) == ('line', 20, {})
    assert average.series == pytest.approx({0: 100, 20: 133.33, 40: 166.67, 60: 200}, abs=0.01)
    assert anomalies.band[25 * 60] == (5, 5)
    assert (sums.display, sums.interval, sums.series) == ('bars', 3600, {0: 300})


@pytest.mark.parametrize(('minutes', 'interval'), [(60, 20), (61, 60), (240, 60), (241, 300)])
def test_the_time_between_points_is_that_of_datadog(minutes: int, interval: int) -> None:
    found = points('m', {0: 1, minutes * 60: 1})

    assert preview.view(widget('avg:m{*}'), found, {}).interval == interval


def test_a_chosen_host_is_a_scope() -> None:
    variable = {'name': 'machine', 'prefix': 'host', 'defaults': ['a']}
    found = [*points('m', {0: 1}, 'host:a'), *points('m', {0: 100}, 'host:b')]
    variables = preview.defaults({'template_variables': [variable]})

    assert preview.view(widget('avg:m{$machine}'), found, variables).series == {0: 1}


@pytest.mark.parametrize(
    ('query', 'formula', 'named'),
    [
        ('avg:m{*}.as_count()', 'query1', 'avg:m{*}.as_count()'),
        ('avg:m{*} by {device}', 'query1', 'avg:m{*} by {device}'),
        ('p95:m{*}', 'query1', 'p95:m{*}'),
        ('avg:m{!host:a}', 'query1', 'avg:m{!host:a}'),
        ('avg:m{$unknown}', 'query1', 'avg:m{$unknown}'),
        ('avg:m{*}', "forecast(query1, 'linear', 1)", "forecast(query1, 'linear', 1)"),
        ('avg:m{*}', "anomalies(query1, 'agile', 2)", "anomalies(query1, 'agile', 2)"),
        ('avg:m{*}', "anomalies(query2, 'basic', 2)", "anomalies(query2, 'basic', 2)"),
        ('avg:m{*}', 'query1 * 2', 'query1 * 2'),
        ('avg:absent{*}', 'query1', 'avg:absent{*}'),
    ],
)
def test_what_it_cannot_evaluate_is_an_error_that_names_it(query: str, formula: str, named: str) -> None:
    with pytest.raises(click.ClickException) as error:
        preview.view(widget(query, formula), points('m', {0: 1}), {})
    assert named in error.value.message


@pytest.mark.parametrize('display', ['area', 'bars'])
def test_what_it_cannot_draw_is_an_error_that_names_it(display: str) -> None:
    """Of bars, only those of a rollup: how Datadog chooses the width of others, it does not say for every view."""
    with pytest.raises(click.ClickException, match=f'{display} of the query "avg:m'):
        preview.view(widget('avg:m{*}', display=display), points('m', {0: 1}), {})


def test_a_field_that_it_does_not_draw_is_an_error_that_names_it() -> None:
    with pytest.raises(click.ClickException, match='it has markers'):
        preview.view({**widget('avg:m{*}'), 'markers': []}, points('m', {0: 1}), {})
    with pytest.raises(click.ClickException, match='Cannot draw "Words": it is not a timeseries'):
        preview.view({'type': 'note', 'title': 'Words'}, points('m', {0: 1}), {})


def test_another_recording_does_not_replace_the_pictures_of_the_integration(tmp_path: Path) -> None:
    before = [picture.read_bytes() for picture in PICTURES]
    recording = tmp_path / 'recording.jsonl'
    recording.write_text(preview.RECORDING.read_text())
    result = CliRunner().invoke(preview.main, [str(recording)])

    assert result.exit_code == 2
    assert '--into' in result.output
    assert [picture.read_bytes() for picture in PICTURES] == before


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (None, 'holds no points'),
        ('', 'holds no points'),
        ('{"metric": "m", "points": [[1', 'line 1, is not what record.py writes'),
        ('{"metric": "m"}', 'line 1, is not what record.py writes'),
        ('{"metric": "m", "points": [[1, 2]], "type": "count", "tags": [], "host": "a"}', 'm is not a gauge'),
    ],
)
def test_a_recording_that_holds_nothing_or_something_else_is_an_error(
    tmp_path: Path, text: str | None, message: str
) -> None:
    recording = tmp_path / 'recording.jsonl'
    if text is not None:
        recording.write_text(text)
    result = CliRunner().invoke(preview.main, [str(recording), '--into', str(tmp_path)])

    assert result.exit_code == 1
    assert message in result.output


def test_gaps_do_not_count_as_recorded() -> None:
    found = points('m', {0: 1, 300: 1, 900: 1, 1000: 1})

    assert preview.recorded(found, 0, 3600) == 400
    assert preview.recorded(found, 100, 950) == 250


def size(picture: Path) -> tuple[int, int]:
    """Return the width and the height that the header of a PNG says."""
    data = picture.read_bytes()
    assert data.startswith(b'\x89PNG\r\n\x1a\n')
    return struct.unpack('>II', data[16:24])


@pytest.mark.parametrize('theme', preview.THEMES)
def test_it_draws(theme: str, tmp_path: Path) -> None:
    pytest.importorskip(
        'matplotlib', reason='drawing needs tools/requirements-preview.txt, which make preview installs'
    )
    picture = tmp_path / 'picture.png'
    preview.draw(DASHBOARD, preview.read(preview.RECORDING), theme, picture, 'a source')

    assert size(picture) == (1600, 1028)
    assert b'a source' in picture.read_bytes()


@pytest.mark.parametrize('picture', PICTURES, ids=lambda picture: picture.stem)
def test_the_committed_pictures_are_of_this_timeboard_and_this_recording(picture: Path) -> None:
    assert size(picture) == (1600, 1028)
    assert picture.stat().st_size < 300 * 1024
    assert preview.fingerprint(preview.RECORDING).encode() in picture.read_bytes(), 'run make preview'


def test_the_manifest_shows_every_picture_and_calls_it_a_preview() -> None:
    assert sorted(PICTURES) == sorted(preview.IMAGES.iterdir())
    assert len(PICTURES) == len(preview.THEMES)
    for media in MANIFEST['tile']['media']:
        assert media['media_type'] == 'image'
        assert 'a preview drawn from recorded data' in media['caption']
