"""geomap: https://docs.datadoghq.com/dashboards/widgets/geomap/, and the fields of its definition in the API."""

import math
from importlib.resources import files
from typing import Any

import pytest
from datadog_sandbox import drawing
from datadog_sandbox.drawing.maps import world_map
from datadog_sandbox.drawing.world import country, topology
from datadog_sandbox.store import Series, Store
from starlette.testclient import TestClient
from widget_specimen import T, content, evaluate, request

STYLE = {'palette': 'hostmap_blues', 'palette_flip': False}


@pytest.fixture
def account(store: Store) -> Store:
    visits = {'fr': 3.0, 'deu': 1.0, 'united_states': 700.0, 'sg': 5.0, 'n/a': 9.0}
    store.add([(Series('by.country', '', (f'country:{tag}',)), T, value) for tag, value in visits.items()])
    return store


def geomap(account: Store, focus: str = 'WORLD', style: Any = STYLE, **more: Any) -> Any:
    definition = {'requests': [request('avg:by.country{*} by {country}', **more)], 'style': style}
    return content(account, 'geomap', **definition, view={'focus': focus})


# Countries


@pytest.mark.parametrize(
    ('tag', 'code'),
    [
        ('FR', 'FR'), ('fra', 'FR'), ('France', 'FR'), ('united_states', 'US'), ('usa', 'US'), ('u.s.a.', 'US'),
        ("cote_d'ivoire", 'CI'), ('Côte d’Ivoire', 'CI'), ('turkey', 'TR'), ('Türkiye', 'TR'), ('xk', 'XK'),
        # Both are called Congo; the one is called nothing else.
        ('congo', 'CG'), ('democratic_republic_of_the_congo', 'CD'),
        # Too small for a shape of this scale.
        ('sg', 'SG'), ('HKG', 'HK'), ('malta', 'MT'),
        ('n/a', None), ('', None), ('fr-75', None), ('us-ca', None), ('atlantis', None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_its_codes_and_names(tag: str, code: str | None) -> None:
    known = country(tag)
    assert (known.code if known else None) == code


def test_the_map_has_all_countries_of_iso_3166_but_those_without_a_shape_of_their_own() -> None:
    table = files('tzdata').joinpath('zoneinfo/iso3166.tab').read_text()
    codes = {line[:2] for line in table.splitlines() if not line.startswith('#')}
    missing = {code for code in codes if country(code) is None}
    # Natural Earth counts most of these to France, the Netherlands, Norway, and others.
    assert missing == {
        'AQ', 'BQ', 'BV', 'CC', 'CX', 'GF', 'GI', 'GP', 'MQ', 'RE', 'SJ', 'TK', 'TV', 'UM', 'YT',
    }  # fmt: skip


def test_where_a_country_lies_is_where_its_largest_part_does() -> None:
    known = {code: country(code) for code in ('FR', 'RU', 'SG')}
    # Not with French Guiana; and Russia is one part, across the 180th meridian.
    assert {code: place and place.box for code, place in known.items()} == {
        'FR': (-4.6, 42.3, 8.1, 51.1),
        'RU': (27.3, 41.2, 190.1, 77.7),
        'SG': (103.7, 1.3, 104.0, 1.4),
    }


def test_each_shape_has_an_id_of_its_own() -> None:
    ids = [geometry['id'] for geometry in topology()['objects']['countries']['geometries']]
    assert len(ids) == len(set(ids)) == 237


# Values


def test_each_country_has_its_value_and_what_is_no_country_is_said(account: Store) -> None:
    shown = geomap(account)
    assert [(record['id'], record['value'], record['text']) for record in shown.records] == [
        ('US', 700.0, '700'), ('SG', 5.0, '5'), ('FR', 3.0, '3'), ('DE', 1.0, '1'),
    ]  # fmt: skip
    assert list(shown.remarks()) == ['Not on the map: n/a 9']
    assert shown.label() == 'A map of 4 countries: United States of America 700, Singapore 5, France 3, Germany 1'


def test_more_than_ten_countries_are_shown_unless_the_request_says_otherwise(account: Store) -> None:
    codes = ('at', 'be', 'bg', 'ch', 'cz', 'dk', 'ee', 'es', 'fi', 'gr', 'hr')
    account.add([(Series('by.country', '', (f'country:{code}',)), T, 2.0) for code in codes])
    assert len(geomap(account).records) == 15
    sort = {'count': 2, 'order_by': [{'type': 'formula', 'index': 0, 'order': 'desc'}]}
    # The second greatest is no country.
    assert [record['id'] for record in geomap(account, sort=sort).records] == ['US']


def test_a_second_value_of_a_country_is_said(account: Store) -> None:
    account.add([(Series('by.country', '', ('country:france',)), T, 2.0)])
    shown = geomap(account)
    assert 'Not shown, as the country has a value already: country:france 2' in shown.remarks()
    assert {record['id']: record['value'] for record in shown.records}['FR'] == 3.0


def test_the_tag_of_the_country_may_be_one_of_several(account: Store) -> None:
    account.add([(Series('two', '', ('app:fr', 'client_country:de')), T, 2.0)])
    shown = content(account, 'geomap', requests=[request('avg:two{*} by {app,client_country}')])
    assert [record['id'] for record in shown.records] == ['DE']


def test_conditional_formats_colour_countries(account: Store) -> None:
    formats = [
        {'comparator': '>', 'value': 100, 'palette': 'white_on_red'},
        {'comparator': '>', 'value': 2, 'palette': 'custom_bg', 'custom_bg_color': '#8844cc'},
    ]
    shown = geomap(account, conditional_formats=formats)
    assert [record['colour'] for record in shown.records] == ['error', '#8844cc', '#8844cc', '']
    spec = drawing.specification(shown.drawing(), 'light', 400, 200)
    assert {'test': "datum.colour === 'error'", 'value': '#d3232b'} in spec['encoding']['color']['condition']


def test_the_palette_may_be_turned_and_an_unknown_one_is_said(account: Store) -> None:
    assert geomap(account).palette[:2] == ('low', 'high')
    assert geomap(account, style=STYLE | {'palette_flip': True}).palette[:2] == ('high', 'low')
    shown = geomap(account, style=STYLE | {'palette': 'rainbow'})
    assert 'The palette rainbow is unknown here: hostmap_blues is used' in shown.remarks()


def test_the_map_shows_the_focus(account: Store) -> None:
    assert geomap(account).box is None
    assert geomap(account, 'FR').box == (-4.6, 42.3, 8.1, 51.1)
    assert geomap(account, 'EUROPE').box == (-25, 34, 45, 71)
    assert 'The focus MOON is unknown here: the map shows the world' in geomap(account, 'MOON').remarks()


def test_a_box_is_as_large_as_there_is_room_for() -> None:
    # 90 degrees of longitude are pi / 2, and so is the height where ln(tan(pi / 4 + latitude / 2)) is pi / 4.
    latitude = math.degrees(math.asin(math.tanh(math.pi / 4)))
    projection = world_map([], ('low', 'high'), (-45, -latitude, 45, latitude)).specification['projection']
    assert projection['type'] == 'mercator'
    assert (projection['rotate'][0], round(projection['center'][1], 6)) == (0, 0)
    # A tenth more.
    assert projection['scale'] == {'expr': 'min(width / 1.72788, height / 1.72788)'}


def test_points_are_not_drawn_and_the_widget_says_so(account: Store) -> None:
    points = {'response_format': 'event_list', 'query': {'data_source': 'logs_stream', 'query_string': ''}}
    shown = content(account, 'geomap', requests=[request('avg:by.country{*} by {country}'), points])
    [remark] = list(shown.remarks())[-1:]
    assert remark.startswith('Its layer of points is not drawn')
    assert evaluate(account, 'geomap', requests=[points]).message == remark


def test_the_shapes_are_a_file_of_their_own(client: TestClient, account: Store) -> None:
    compact = geomap(account).drawing().compact()
    assert compact['files'] == {'world': 'world.json'}
    assert len(str(compact)) < 3_000
    answer = client.get('/static/world.json', headers={'Accept-Encoding': 'gzip'})
    assert answer.headers['content-type'] == 'application/json'
    assert answer.json() == topology()
