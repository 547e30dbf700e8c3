"""Queries against figures worked out by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from datadog_sandbox import query
from datadog_sandbox.query import QueryError, evaluate, evaluate_formulas, fill_in, parse, parse_monitor
from datadog_sandbox.store import Series, Store
from hypothesis import given, settings
from hypothesis import strategies as st
from querying import DAY, T, ask, only_line, put, values

# Aggregation in time


def test_points_of_a_bucket_are_averaged(store):
    put(store, 'm', {0: 1, 19: 3, 20: 10, 59: 7})
    [line] = evaluate(store, 'avg:m{*}', T, T + 60, 20)
    assert line.expression == 'avg:m{*}'
    assert line.group == {}
    assert line.times.tolist() == [T, T + 20, T + 40]
    assert line.values.tolist() == [2, 10, 7]
    assert line.interval == 20
    assert (line.lower, line.upper) == (None, None)


@pytest.mark.parametrize(
    ('method', 'expected'), [('avg', 4), ('sum', 12), ('min', 1), ('max', 8), ('count', 3), ('last', 3)]
)
def test_rollup_has_each_method(store, method, expected):
    put(store, 'm', {0: 1, 5: 8, 10: 3})
    assert only_line(store, f'avg:m{{*}}.rollup({method}, 20)', 20) == [expected]
    assert only_line(store, f'avg:m{{*}}.rollup({method})', 20) == [expected]


def test_the_end_of_the_range_is_not_part_of_it(store):
    put(store, 'm', {0: 1, 39: 2, 40: 100})
    assert only_line(store, 'avg:m{*}', 40) == [1, 2]


def test_the_last_bucket_ends_with_the_range(store):
    put(store, 'm', {0: 1, 25: 2, 31: 100})
    assert only_line(store, 'avg:m{*}', 30) == [1, 2]


def test_buckets_begin_at_the_start_when_an_interval_is_given(store):
    put(store, 'm', {7: 1, 26: 3, 27: 8})
    assert evaluate(store, 'avg:m{*}', T + 7, T + 47, 20)[0].times.tolist() == [T + 7, T + 27]
    assert only_line(store, 'avg:m{*}', 47, start=7) == [2, 8]


def test_buckets_of_a_rollup_begin_at_its_multiples(store):
    put(store, 'm', {0: 1, 3599: 2, 3600: 4, 7000: 8})
    [line] = evaluate(store, 'avg:m{*}.rollup(sum, 3600)', T + 1800, T + 7200, 20)
    assert line.times.tolist() == [T, T + 3600]
    assert line.values.tolist() == [3, 12]


def test_an_old_rollup_has_only_seconds(store):
    put(store, 'm', {0: 1, 50: 3})
    assert only_line(store, 'avg:m{*}.rollup(60)', 60) == [2]


HOUR = 3600


@pytest.mark.parametrize(
    ('seconds', 'lines', 'bars'),
    [
        (900, 20, 60),
        (HOUR, 20, 60),
        (HOUR + 1, 60, 120),
        (4 * HOUR, 60, 120),
        (4 * HOUR + 1, 300, 1200),
        (DAY, 300, 1200),
        (DAY + 1, 600, 1800),
        (2 * DAY, 600, 1800),
        (2 * DAY + 1, 3600, 7200),
        (7 * DAY, 3600, 7200),
        (7 * DAY + 1, 14_400, 43_200),
        (31 * DAY, 14_400, 43_200),
        (31 * DAY + 1, 43_200, DAY),
        (92 * DAY, 43_200, DAY),
        (92 * DAY + 1, DAY, 2 * DAY),
        (365 * DAY, DAY, 2 * DAY),
        (3000 * DAY, 2 * DAY, 2 * DAY),
    ],
)
def test_default_intervals_are_those_of_the_documents(seconds, lines, bars):
    assert query.default_interval(seconds) == lines
    assert query.default_interval(seconds, bars=True) == bars


def test_the_start_goes_down_to_a_multiple_of_the_default_interval(store):
    put(store, 'm', {0: 4, 70: 6})
    [line] = evaluate(store, 'avg:m{*}', T + 50, T + 50 + 2 * HOUR)
    assert line.interval == 60
    assert line.times[:2].tolist() == [T, T + 60]
    assert line.values[:2].tolist() == [4, 6]


def test_bars_have_longer_buckets(store):
    put(store, 'm', {0: 4, 59: 6})
    [line] = evaluate(store, 'avg:m{*}', T, T + HOUR, bars=True)
    assert line.interval == 60
    assert line.values[0] == 5


def test_a_short_rollup_of_a_long_range_becomes_longer(store):
    put(store, 'm', {0: 4})
    # A day has 4,320 buckets of 20 s: three times what a line may have.
    assert evaluate(store, 'avg:m{*}.rollup(max, 20)', T, T + DAY)[0].interval == 60
    assert evaluate(store, 'avg:m{*}.rollup(max, 20)', T, T + DAY, 20)[0].interval == 20


# Aggregation in space


@pytest.mark.parametrize(
    ('aggregator', 'expected'),
    [('avg', [3, 6]), ('sum', [9, 6]), ('min', [1, 6]), ('max', [5, 6]), ('count', [3, 1]), ('last', [3, 6])],
)
def test_each_aggregator_of_three_series(store, aggregator, expected):
    put(store, 'm', {0: 1}, 'a:1')
    put(store, 'm', {0: 5, 320: 6}, 'a:2')
    put(store, 'm', {0: 3}, 'a:3')
    # Buckets of 320 s are longer than what is interpolated.
    assert only_line(store, f'{aggregator}:m{{*}}', 640, 320) == expected


def test_a_query_without_an_aggregator_averages(store):
    put(store, 'm', {0: 1}, 'a:1')
    put(store, 'm', {0: 5}, 'a:2')
    assert only_line(store, 'm{*}', 20) == [3]


def test_groups_are_sorted_and_named_in_the_order_of_by(store):
    for host, device, value in (('b', '1', 1), ('a', '2', 2), ('a', '1', 3), ('a', '1', 5)):
        put(store, 'm', {0: value}, f'device:{device}', f'n:{value}', host=host)
    assert ask(store, 'sum:m{*} by {host,device}', 20) == {
        'host:a,device:1': [8],
        'host:a,device:2': [2],
        'host:b,device:1': [1],
    }
    assert ask(store, 'count:m{*} by {n}', 20) == {f'n:{value}': [1] for value in (1, 2, 3, 5)}
    [first, _] = evaluate(store, 'sum:m{*} by {host}', T, T + 20, 20)
    assert first.group == {'host': 'a'}
    assert first.expression == 'sum:m{*}'


def test_groups_come_from_tags_of_the_host_too(store):
    store.add_host('a', ('env:prod', 'role:db'), {}, T)
    put(store, 'm', {0: 1}, host='a')
    put(store, 'm', {0: 5}, host='b')
    assert ask(store, 'avg:m{*} by {env}', 20) == {'env:N/A': [5], 'env:prod': [1]}
    assert only_line(store, 'avg:m{role:db}', 20) == [1]
    # What was found is not kept longer than it is true.
    store.add_host('b', ('role:db',), {}, T)
    assert only_line(store, 'avg:m{role:db}', 20) == [3]
    put(store, 'm', {0: 9}, 'role:db')
    assert only_line(store, 'avg:m{role:db}', 20) == [5]


def test_a_series_with_two_values_of_a_tag_is_in_both_groups(store):
    put(store, 'm', {0: 4}, 'team:x', 'team:y')
    assert ask(store, 'sum:m{*} by {team}', 20) == {'team:x': [4], 'team:y': [4]}


def test_a_group_without_points_has_no_line(store):
    put(store, 'm', {0: 1}, 'a:1')
    put(store, 'm', {100: 1}, 'a:2')
    assert ask(store, 'avg:m{*} by {a}', 20) == {'a:1': [1]}
    assert ask(store, 'avg:nothing{*}', 20) == {}


# Interpolation


def test_gauges_of_one_group_are_aligned_linearly(store):
    # The example in Datadog's guide to interpolation, with 20 instead of 10 seconds.
    put(store, 'm', {0: 15, 60: 25}, host='A')
    put(store, 'm', {20: 10, 80: 40}, host='B')
    # A: 15, 18.3, –, 25, 25 (held); B: –, 10, –, 30, 40. Nobody has a value at 40 s.
    assert only_line(store, 'sum:m{*}', 100) == [15, round(15 + 10 / 3 + 10, 9), None, 55, 65]


def test_alignment_sees_what_was_before_the_range(store):
    put(store, 'm', {-20: 10, 20: 30}, host='A')
    put(store, 'm', {0: 1}, host='B')
    assert only_line(store, 'sum:m{*}', 40) == [21, 31]


def test_interpolation_ends_five_minutes_after_a_value(store):
    put(store, 'm', {0: 10}, host='A')
    put(store, 'm', dict.fromkeys(range(0, 400, 20), 1), host='B')
    found = only_line(store, 'sum:m{*}', 400)
    assert found[:16] == [11] * 16
    assert found[16:] == [1] * 4


def test_one_series_of_a_group_is_not_interpolated(store):
    put(store, 'm', {0: 1, 40: 3}, host='A')
    put(store, 'm', {20: 7}, host='B')
    assert ask(store, 'sum:m{*} by {host}', 60) == {'host:A': [1, None, 3], 'host:B': [None, 7, None]}


def test_counts_are_not_interpolated_by_as_count(store):
    for host in 'AB':
        put(store, 'hits', {0: 10, 40: 10} if host == 'A' else {20: 1}, host=host, type='count', interval=10)
    assert only_line(store, 'sum:hits{*}.as_count()', 60) == [10, 1, 10]
    assert only_line(store, 'sum:hits{*}', 60) == [10, 11, 11]


@pytest.mark.parametrize(
    ('modifier', 'expected'),
    [
        ('fill(linear)', [2, 4, 6, 8, 8, 8]),
        ('fill(last)', [2, 2, 2, 8, 8, 8]),
        ('fill(zero)', [2, 0, 0, 8, 0, 0]),
        ('fill(null)', [2, None, None, 8, None, None]),
        ('fill(last, 20)', [2, 2, None, 8, 8, None]),
        ('fill(linear, 39)', [2, 4, None, 8, 8, None]),
    ],
)
def test_fill_has_each_method_and_a_limit(store, modifier, expected):
    put(store, 'm', {0: 2, 60: 8})
    assert only_line(store, f'avg:m{{*}}.{modifier}', 120) == expected


def test_fill_sees_what_was_before_the_range_and_nothing_before_the_first_value(store):
    put(store, 'm', {-40: 2, 60: 8})
    assert only_line(store, 'avg:m{*}.fill(last)', 80) == [2, 2, 2, 8]
    assert only_line(store, 'avg:m{*}.fill(last)', 0, start=-80) == [None, None, 2, 2]


# Counts and rates


def test_as_count_and_as_rate_of_a_count(store):
    put(store, 'hits', {0: 4, 10: 6, 20: 1}, type='count', interval=10)
    assert only_line(store, 'sum:hits{*}.as_count()', 40) == [10, 1]
    assert only_line(store, 'sum:hits{*}.as_rate()', 40) == [0.5, 0.05]
    assert only_line(store, 'sum:hits{*}.as_count().rollup(sum, 40)', 40) == [11]
    # Without a modifier, Datadog averages every type.
    assert only_line(store, 'sum:hits{*}', 40) == [5, 1]


def test_as_count_and_as_rate_of_a_rate(store):
    # Two points of 10 s each: 0.4 · 10 + 0.6 · 10 are 10 hits.
    put(store, 'hits', {0: 0.4, 10: 0.6}, type='rate', interval=10)
    assert only_line(store, 'sum:hits{*}.as_count()', 20) == [10]
    assert only_line(store, 'sum:hits{*}.as_rate()', 20) == [0.5]


def test_as_count_and_as_rate_do_nothing_to_a_gauge(store):
    put(store, 'm', {0: 4, 10: 6})
    for modifier in ('as_count', 'as_rate'):
        assert only_line(store, f'sum:m{{*}}.{modifier}()', 20) == [5]


# Scopes

TAGGED = {
    1: ('env:prod', 'zone:a', 'device:/dev/sda1'),
    2: ('env:prod', 'zone:b', 'canary'),
    4: ('env:dev', 'zone:a'),
    8: ('env:dev', 'zone:c-1', 'a.b/c-d:x:y'),
}


@pytest.mark.parametrize(
    ('scope', 'expected'),
    [
        ('*', 15),
        ('env:prod', 3),
        ('env:prod,zone:a', 1),
        ('env:prod, !zone:a', 2),
        ('!env:prod', 12),
        ('env:prod,*', 3),
        ('canary', 2),
        ('!canary', 13),
        ('device:*', 1),
        ('device:/dev/*', 1),
        ('zone:*-1', 8),
        ('env:*ro*', 3),
        ('e*', 15),
        ('a.b/c-d:x:y', 8),
        ('env:prod AND zone:a', 1),
        ('env:prod or zone:a', 7),
        ('zone:b OR env:dev AND zone:a', 6),
        ('(zone:b OR env:dev) AND zone:a', 4),
        ('NOT env:prod AND NOT zone:a', 8),
        ('not (env:prod or zone:a)', 8),
        ('zone IN (a, b)', 7),
        ('zone in (a,c-*)', 13),
        ('zone NOT IN (a,b)', 8),
        ('env:dev AND zone not in (a)', 8),
        ('NOT zone IN (a)', 10),
        ('env:pro', 0),
        ('ENV:prod', 0),
    ],
)
def test_scopes_choose_series(store, scope, expected):
    for value, tags in TAGGED.items():
        put(store, 'm', {0: value}, *tags)
    found = ask(store, f'sum:m{{{scope}}}', 20)
    assert found == ({'*': [expected]} if expected else {})


@pytest.mark.parametrize(
    'scope',
    [
        'env:prod AND !region:us-east', 'service:test AND !host:123', 'a:b OR c:d, e:f', '!a, b IN (c, d)', 'NOT a,b:c',
        'a:b,c:d AND e:f', '!(a:b OR c:d)',
    ],
)  # fmt: skip
def test_symbols_and_words_do_not_go_together(scope):
    """https://docs.datadoghq.com/metrics/advanced-filtering/, https://github.com/DataDog/documentation/issues/23070"""
    with pytest.raises(QueryError, match="'AND' and 'OR' cannot be mixed with ','"):
        parse(f'avg:m{{{scope}}}')


def test_tags_that_begin_like_words_of_the_language(store):
    put(store, 'm', {0: 1}, 'in:stock', 'order:9', 'android', 'by:hand')
    assert only_line(store, 'avg:m{in:stock,order:9,android,by:hand}', 20) == [1]
    assert only_line(store, 'avg:m{android AND by:hand AND order IN (9)}', 20) == [1]


# Template variables

CHOSEN = {'host': ['host:a'], 'env': ['env:x', 'env:y*'], 'all': ['*']}


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('avg:m{$host} by {host}', 'avg:m{host:a} by {host}'),
        ('avg:m{$host,!$host}', 'avg:m{host:a,!host:a}'),
        ('avg:m{$all}', 'avg:m{*}'),
        ('avg:m{$all,$host}', 'avg:m{*,host:a}'),
        ('avg:m{node:$host.value}', 'avg:m{node:a}'),
        ('avg:m{node:$all.value}', 'avg:m{node:*}'),
        ('avg:m{$env}', 'avg:m{(env:x OR env:y*)}'),
        ('avg:m{$host,!$env}', 'avg:m{host:a AND NOT (env:x OR env:y*)}'),
        ('avg:m{tier:$env.value,$host}', 'avg:m{(tier:x OR tier:y*) AND host:a}'),
        ('avg:m{env IN ($env.value)}', 'avg:m{env IN (x, y*)}'),
        ('avg:m{$host AND $env}', 'avg:m{host:a AND (env:x OR env:y*)}'),
        # Shipped by Datadog so, though its page says that symbols and words do not go together.
        ('avg:m{z:a or z:b,$host,$all}', 'avg:m{(z:a or z:b) AND host:a AND *}'),
        ('avg:m{z IN (a,b), !$host}', 'avg:m{z IN (a,b) AND NOT host:a}'),
        ('avg:m{$unknown}', 'avg:m{$unknown}'),
        ('avg:m{*} by {$unknown}', 'avg:m{*} by {$unknown}'),
        ('avg:m{$hostname,$host}/2', 'avg:m{$hostname,host:a}/2'),
    ],
)
def test_template_variables_are_filled_in(text, expected):
    assert fill_in(text, CHOSEN) == expected
    if '$' not in expected:
        parse(expected)


@pytest.mark.parametrize('tag', ['a} by {host', 'a,b', '(a', '', 'a b', '$x', '!a'])
def test_a_template_variable_cannot_change_the_query(tag):
    with pytest.raises(QueryError, match=r'^The template variable \$host cannot be .*: that is not a tag$'):
        fill_in('avg:m{$host}', {'host': [tag]})


# Arithmetic


def test_arithmetic_with_numbers(store):
    put(store, 'm', {0: 6})
    for text, expected in {
        'avg:m{*} + 1': 7,
        '2 * avg:m{*} - 1': 11,
        '-avg:m{*}': -6,
        '10 - avg:m{*} - 1': 3,
        '10 - (avg:m{*} - 1)': 5,
        '24 / avg:m{*} / 2': 2,
        '24 / (avg:m{*} / 2)': 8,
        '2 + 3 * avg:m{*}': 20,
        '(2 + 3) * avg:m{*}': 30,
        'avg:m{*} * 1.5e1': 90,
        '.5*avg:m{*}': 3,
        '+avg:m{*}': 6,
    }.items():
        assert only_line(store, text, 20) == [expected], text


def test_arithmetic_matches_groups(store):
    put(store, 'a', {0: 10}, 'x:1', 'y:1')
    put(store, 'a', {0: 20}, 'x:2', 'y:1')
    put(store, 'b', {0: 5}, 'x:1', 'y:1')
    put(store, 'b', {0: 7}, 'x:3', 'y:1')
    assert ask(store, 'avg:a{*} by {x} / avg:b{*} by {x}', 20) == {'x:1': [2]}
    put(store, 'a', {0: 8}, 'x:1', 'y:2')
    put(store, 'b', {0: 2}, 'x:1', 'y:2')
    assert ask(store, 'avg:a{*} by {x,y} / avg:b{*} by {y,x}', 20) == {'x:1,y:1': [2], 'x:1,y:2': [4]}


def test_a_query_without_groups_goes_with_each_group(store):
    put(store, 'a', {0: 10}, 'x:1')
    put(store, 'a', {0: 20}, 'x:2')
    assert ask(store, 'avg:a{*} by {x} / sum:a{*} * 60', 20) == {'x:1': [20], 'x:2': [40]}
    assert ask(store, 'sum:a{*} / avg:a{*} by {x}', 20) == {'x:1': [3], 'x:2': [1.5]}


def test_arithmetic_takes_groups_of_fewer_tags_for_each_group_of_more(store):
    put(store, 'a', {0: 6}, 'x:1', 'y:1')
    put(store, 'a', {0: 8}, 'x:1', 'y:2')
    put(store, 'a', {0: 9}, 'x:2', 'y:1')
    put(store, 'b', {0: 2}, 'x:1')
    assert ask(store, 'avg:a{*} by {y,x} / avg:b{*} by {x}', 20) == {'y:1,x:1': [3], 'y:2,x:1': [4]}
    assert ask(store, 'avg:b{*} by {x} - avg:a{*} by {y,x}', 20) == {'y:1,x:1': [-4], 'y:2,x:1': [-6]}
    # One line in which the groups are counted goes with every group.
    assert ask(store, 'avg:a{*} by {x} * count_nonzero(avg:a{*} by {y})', 20) == {'x:1': [14], 'x:2': [18]}


def test_arithmetic_has_no_value_where_one_is_missing_or_zero(store):
    put(store, 'a', {0: 10, 20: 10, 40: 0})
    put(store, 'b', {0: 0, 40: 5})
    assert only_line(store, 'avg:a{*} / avg:b{*}', 60) == [None, None, 0]


def test_arithmetic_takes_missing_counts_for_zero(store):
    put(store, 'errors', {20: 3}, type='count', interval=10)
    put(store, 'hits', {0: 10, 20: 12}, type='count', interval=10)
    rate = 'sum:errors{*}.as_count() / sum:hits{*}.as_count()'
    assert only_line(store, rate, 60) == [0, 0.25, None]
    # The errors are known, but none is in this range.
    assert only_line(store, rate, 20) == [0]
    # Gauges are not taken for 0, nor is what was calculated with one.
    assert only_line(store, 'sum:errors{*} / sum:hits{*}', 60) == [None, 0.25, None]
    put(store, 'm', {20: 5})
    put(store, 'n', {0: 1, 20: 1})
    assert only_line(store, 'sum:hits{*}.as_count() + avg:m{*}', 60) == [None, 17, None]
    assert only_line(store, 'sum:hits{*}.as_count() + avg:m{*} + avg:n{*}', 60) == [None, 18, None]


def test_several_queries_are_several_lines(store):
    put(store, 'a', {0: 1})
    put(store, 'b', {0: 2})
    assert [(line.expression, values(line)) for line in evaluate(store, 'avg:a{*}, sum:b{*}', T, T + 20, 20)] == [
        ('avg:a{*}', [1]),
        ('sum:b{*}', [2]),
    ]


# Formulas


def test_formulas_are_over_named_queries(store):
    put(store, 'a', {0: 10})
    put(store, 'b', {0: 4})
    queries = {'query1': 'avg:a{*}', 'q': '2 * avg:b{*}'}
    [[first], [second]] = evaluate_formulas(store, queries, ['query1 - q', 'abs(q - 50)'], T, T + 20, 20)
    assert (first.expression, values(first)) == ('avg:a{*} - 2 * avg:b{*}', [2])
    assert (second.expression, values(second)) == ('abs(2 * avg:b{*} - 50)', [42])


def test_formulas_may_have_different_buckets(store):
    put(store, 'a', {0: 10, 3600: 20})
    queries = {'line': 'avg:a{*}', 'hours': 'sum:a{*}.rollup(sum, 3600)'}
    [[line], [hours]] = evaluate_formulas(store, queries, ['line', 'hours'], T, T + 7200)
    assert (line.interval, hours.interval) == (60, 3600)
    assert hours.values.tolist() == [10, 20]


def test_summaries_come_before_the_formula(store):
    put(store, 'a', {0: 10, 20: 30})
    put(store, 'b', {0: 1, 20: 4})
    queries = {'a': 'avg:a{*}', 'b': 'avg:b{*}'}
    [[line]] = evaluate_formulas(store, queries, ['a / b'], T, T + 40, 20, {'a': 'sum', 'b': 'last'})
    # 40 / 4, and not 10 / 1 with 30 / 4.
    assert values(line) == [10]
    [[line]] = evaluate_formulas(store, queries, ['a / b'], T, T + 40, 20, {})
    assert values(line) == [8]


def test_reduce_comes_before_arithmetic(store):
    # Datadog's guide to as_count() in monitors: 1.5 by the classic way, 0.3 by that of counts.
    put(store, 'errors', {20 * n: n + 1 for n in range(5)}, type='count', interval=10)
    put(store, 'total', {20 * n: 10 for n in range(5)}, type='count', interval=10)
    text = 'sum:errors{*}.as_count() / sum:total{*}.as_count()'
    [classic] = evaluate(store, text, T, T + 100, 20)
    assert np.sum(classic.values) == pytest.approx(1.5)
    [counts] = query.evaluate_rows(store, text, T, T + 100, 20, lambda found: np.nansum(found, axis=1, keepdims=True))
    assert counts.values == pytest.approx(np.array([[0.3]]))


# Functions


def test_abs(store):
    put(store, 'm', {0: -3, 20: 4})
    assert only_line(store, 'abs(avg:m{*})', 60) == [3, 4, None]


def test_default_zero_of_a_gauge_holds_a_value_for_five_minutes(store):
    # The example of Datadog's documents: one point, in buckets of a minute.
    put(store, 'm', {900: 1})
    assert only_line(store, 'default_zero(avg:m{*})', 1800, 60) == [0] * 15 + [1] * 6 + [0] * 9
    assert only_line(store, 'default_zero(avg:m{*}.fill(null))', 1800, 60) == [0] * 15 + [1] + [0] * 14


def test_default_zero_of_a_count_is_zero_at_once(store):
    put(store, 'hits', {20: 5}, type='count', interval=10)
    assert only_line(store, 'default_zero(sum:hits{*}.as_count())', 60) == [0, 5, 0]


def test_default_zero_of_a_known_metric_without_points_is_zero(store):
    put(store, 'm', {-5000: 1})
    assert only_line(store, 'default_zero(avg:m{*})', 40) == [0, 0]
    assert ask(store, 'default_zero(avg:nothing{*})', 40) == {}


def test_diff_is_from_the_value_before(store):
    put(store, 'm', {-60: 1, 0: 4, 40: 3})
    assert only_line(store, 'diff(avg:m{*})', 60) == [3, None, -1]


def test_diff_comes_before_aggregation_in_space(store):
    put(store, 'm', {0: 100, 20: 101}, host='A')
    put(store, 'm', {0: 1, 20: 9}, host='B')
    # The greatest change is 8; the change of the greatest is 1.
    assert only_line(store, 'diff(max:m{*})', 40) == [None, 8]
    assert only_line(store, 'diff(max:m{*} + 0)', 40) == [None, 1]


@pytest.mark.parametrize(
    ('method', 'expected'),
    [
        # Windows of three buckets: (2, 6, 4), (6, 4, 10), (4, 10, –), (10, –, –).
        ('sum', [12, 20, 14, 10]),
        ('avg', [4, 6.666666667, 7, 10]),
        ('min', [2, 4, 4, 10]),
        ('max', [6, 10, 10, 10]),
        ('count', [3, 3, 2, 1]),
    ],
)
def test_moving_rollup_combines_the_seconds_before(store, method, expected):
    put(store, 'm', {-40: 2, -20: 6, 0: 4, 20: 10})
    assert only_line(store, f"moving_rollup(avg:m{{*}}, 60, '{method}')", 80) == expected


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [
        ("2, 'mean', 'desc'", ['b', 'c']),
        ("2, 'mean', 'asc'", ['a', 'c']),
        ("1, 'max', 'desc'", ['b']),
        ("1, 'min', 'desc'", ['c']),
        ("1, 'last', 'desc'", ['c']),
        ("1, 'l2norm', 'asc'", ['c']),
        ("1, 'sum', 'asc'", ['a']),
        ("9, 'area', 'desc'", ['b', 'c', 'a']),
    ],
)
def test_top_chooses_and_orders_lines(store, arguments, expected):
    put(store, 'm', {0: -20, 20: -1}, 'x:a')
    put(store, 'm', {-20: -99, 0: 18, 20: 2}, 'x:b')
    put(store, 'm', {0: 4, 20: 3}, 'x:c')
    found = ask(store, f'top(avg:m{{*}} by {{x}}, {arguments})', 40)
    assert list(found) == [f'x:{name}' for name in expected]


def test_top_ranks_by_the_values_of_the_range_alone(store):
    put(store, 'm', {-20: 99, 0: 1}, 'x:a')
    put(store, 'm', {-20: 1, 0: 2}, 'x:b')
    found = ask(store, "moving_rollup(top(avg:m{*} by {x}, 1, 'sum', 'desc'), 40, 'sum')", 20)
    assert found == {'x:b': [3]}


def test_functions_of_functions_see_enough_of_the_past(store):
    put(store, 'm', {time: time for time in range(-200, 60, 20)})
    # Each difference is 20; the sum of three is 60 from the first bucket on.
    assert only_line(store, "moving_rollup(diff(avg:m{*}), 60, 'sum')", 60) == [60, 60, 60]


# Anomalies


def band(store: Store, text: str, start: int, end: int, interval: int) -> query.Line:
    [line] = evaluate(store, text, T + start, T + end, interval)
    assert line.lower is not None and line.upper is not None
    return line


def test_the_band_is_from_quantiles_of_the_half_hour_before(store):
    # 90 buckets before hold 0 to 89: the median is 44.5, the 16th percentile 14.24, the 84th 74.76.
    put(store, 'm', {20 * n: n for n in range(90)} | {1800: 1000})
    line = band(store, "anomalies(avg:m{*}, 'basic', 2)", 1800, 1820, 20)
    assert line.expression == "anomalies(avg:m{*}, 'basic', 2)"
    assert values(line) == [1000]
    assert line.lower[0] == pytest.approx(44.5 - 2 * (44.5 - 14.24))
    assert line.upper[0] == pytest.approx(44.5 + 2 * (74.76 - 44.5))
    wider = band(store, "anomalies(avg:m{*}, 'basic', 3)", 1800, 1820, 20)
    assert wider.upper[0] == pytest.approx(44.5 + 3 * (74.76 - 44.5))


def test_the_value_itself_does_not_widen_its_band(store):
    put(store, 'm', {20 * n: 5 for n in range(90)} | {1800: 1000})
    line = band(store, "anomalies(avg:m{*}, 'basic', 2)", 1800, 1820, 20)
    assert (line.lower[0], line.upper[0]) == (5, 5)


def test_the_band_begins_when_two_thirds_of_its_time_are_known(store):
    put(store, 'm', {20 * n: 5 for n in range(100)})
    line = band(store, "anomalies(avg:m{*}, 'basic', 2)", 0, 2000, 20)
    # 60 of 90 buckets: 20 minutes.
    assert np.isnan(line.lower[:60]).all()
    assert (line.lower[60:] == 5).all()


def test_the_band_needs_ten_values(store):
    put(store, 'm', {200 * n: 5 for n in range(12)})
    line = band(store, "anomalies(avg:m{*}, 'basic', 2)", 0, 2400, 20)
    # Each half hour has 9 values.
    assert np.isnan(line.lower).all()


def test_the_band_of_long_buckets_looks_back_30_of_them(store):
    put(store, 'm', {3600 * n: n for n in range(31)})
    line = band(store, "anomalies(avg:m{*}, 'basic', 1)", 30 * 3600, 31 * 3600, 3600)
    # 0 to 29: the median is 14.5, the 84th percentile 24.36.
    assert line.upper[0] == pytest.approx(24.36)
    assert line.lower[0] == pytest.approx(4.64)


def test_the_band_is_only_where_values_are(store):
    put(store, 'm', {20 * n: 5 for n in range(100) if n != 95})
    line = band(store, "anomalies(avg:m{*}, 'basic', 2)", 1800, 2000, 20)
    assert np.isnan(line.lower).tolist() == [n == 5 for n in range(10)]


# Monitors


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        (
            'avg(last_5m):avg:m{*} by {host} > 800',
            ('avg', 300, 'avg:m{*} by {host}', '>', 800, ('host',), False),
        ),
        ('min( last_1h ) : min:m{a:b} >= -0.5', ('min', 3600, 'min:m{a:b}', '>=', -0.5, (), False)),
        ('max(last_1d):m{*}<1e3', ('max', 86_400, 'm{*}', '<', 1000, (), False)),
        ('sum(last_1w):sum:m{*} <= .5', ('sum', 604_800, 'sum:m{*}', '<=', 0.5, (), False)),
        ('avg(last_90m):abs(m{*} by {a,b}) == 3', ('avg', 5400, 'abs(m{*} by {a,b})', '==', 3, ('a', 'b'), False)),
        ('avg(last_1m):avg:m{*} != -9007199254740992', ('avg', 60, 'avg:m{*}', '!=', -9007199254740992, (), False)),
        (
            'sum(last_5m):sum:e{*} by {s}.as_count() / sum:t{*} by {s}.as_count() > 5e-2',
            ('sum', 300, 'sum:e{*} by {s}.as_count() / sum:t{*} by {s}.as_count()', '>', 0.05, ('s',), True),
        ),
        ('avg(last_5m):100*avg:e{*}/avg:t{*} > 5', ('avg', 300, '100*avg:e{*}/avg:t{*}', '>', 5, (), False)),
    ],
)  # fmt: skip
def test_monitor_queries(text, expected):
    assert parse_monitor(text)[:7] == expected


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('avg:m{*} > 3', 'only aggregator(last_window):query operator threshold, such as'),
        ('median(last_5m):avg:m{*} > 3', 'median() is not supported: avg, sum, min, max, change, pct_change are'),
        ('rate(avg(last_5m),last_1h):avg:m{*} > 3', 'rate() is not supported: change() and pct_change() are'),
        ('change(avg(last_5m),last_1x):avg:m{*} > 3', 'the window last_1x must be last_1m to last_1mo'),
        ('percentile(last_5m):avg:m{*} > 3', 'percentile() needs a query such as p95:my.distribution{*}'),
        ('avg(last_5x):avg:m{*} > 3', 'the window last_5x must be last_1m to last_1mo, in m, h, d, w, or mo'),
        ('avg(last_5w):avg:m{*} > 3', 'the window last_5w must be last_1m to last_1mo'),
        ('avg(current_2d):avg:m{*} > 3', 'must be current_1h, current_1d, current_1w, or current_1mo'),
        ('avg(next_1w):avg:m{*} > 3', 'a window such as next_1w needs forecast()'),
        ("max(last_1w):forecast(avg:m{*}, 'linear', 1) > 3", 'and forecast() needs such a window'),
        ('avg(last_5m):autosmooth(avg:m{*}) > 3', 'autosmooth() cannot be used in monitors'),
        ('avg(last_0m):avg:m{*} > 3', 'the window last_0m must be'),
        ('avg(last_5m):avg:m{*} => 3', 'the operator => must be >, >=, <, <=, ==, or !='),
        ('avg(last_5m):avg:m{*} > many', 'the threshold many must be a number'),
        ('avg(last_5m):avg:m{*} >', 'the threshold is missing and must be a number'),
        ('avg(last_5m):avg:a{*},avg:b{*} > 3', 'it has 2 queries separated by commas: one is allowed'),
        ('avg(last_5m):query1 > 3', 'query1 is not a query: write avg:query1{*}'),
        ('avg(last_5m):1 + 1 > 3', 'it contains no metric'),
        ('avg(last_5m):avg:m{* > 3', 'unexpected the end'),
        ('logs("service:x").index("*").rollup("count").last("5m") > 10', 'only aggregator(last_window):query'),
    ],
)
def test_other_monitor_queries_are_refused(text, message):
    with pytest.raises(QueryError) as error:
        parse_monitor(text)
    assert message in str(error.value)
    assert '\n' not in str(error.value)


# Errors


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'The query is empty: write one such as avg:system.load.1{*}'),
        ('avg:m', 'Query "avg:m", column 4: a query needs a scope, such as avg:system.load.1{*}'),
        ('m', 'Query "m": m is not a query: write avg:m{*}'),
        (
            'p101:m{*}',
            'Query "p101:m{*}": the aggregator p101 is not supported: avg, sum, min, max, count, last, and p95 are',
        ),
        (
            'avg:m{*}.rollup(median)',
            'Query "avg:m{*}.rollup(median)": the method median of .rollup() is not supported: '
            'avg, sum, min, max, count, last are',
        ),
        (
            'avg:m{*}.rollup(avg, 0)',
            'Query "avg:m{*}.rollup(avg, 0)": the interval of .rollup() must be a whole number of seconds from 1 to '
            '31622400, not 0',
        ),
        (
            'avg:m{*}.fill(spline)',
            'Query "avg:m{*}.fill(spline)": the method spline of .fill() is not supported: linear, last, zero, null '
            'are',
        ),
        (
            'avg:m{*}.fill(last, 1.5)',
            'Query "avg:m{*}.fill(last, 1.5)": the limit of .fill() must be a whole number of seconds from 0 to '
            '1000000000, not 1.5',
        ),
        (
            'avg:m{*}.smooth()',
            'Query "avg:m{*}.smooth()": .smooth() is not supported: .rollup(), .fill(), .as_count(), .as_rate(), '
            '.weighted() are',
        ),
        (
            'avg:m{*}.weighted()',
            'Query "avg:m{*}.weighted()": .weighted() needs the aggregator sum',
        ),
        ('avg:m{*}.as_count(1)', 'Query "avg:m{*}.as_count(1)": .as_count() takes no argument, not 1'),
        ('avg:m{*}.as_count().as_count()', 'Query "avg:m{*}.as_count().as_count()": .as_count() is given twice'),
        (
            'avg:m{*}.as_count().as_rate()',
            'Query "avg:m{*}.as_count().as_rate()": .as_count() and .as_rate() exclude each other',
        ),
        (
            'ewma_4(avg:m{*})',
            'Query "ewma_4(avg:m{*})": the function ewma_4() is not supported: ewma_7, ewma_5, ewma_3 are',
        ),
        (
            "anomalies(avg:m{*}, 'agil', 2)",
            'Query "anomalies(avg:m{*}, \'agil\', 2)": algorithm of anomalies(query, algorithm, bounds, '
            "direction='both', alert_window=0, interval=0, count_default_zero='true', seasonality='weekly', "
            "timezone='UTC') must be 'basic' or 'agile' or 'robust', not 'agil'",
        ),
        (
            'top(avg:m{*}, 1.5, "mean", "desc")',
            'Query "top(avg:m{*}, 1.5, "mean", "desc")": limit of top(query, limit, by, direction) must be a whole '
            'number above 0, not 1.5',
        ),
        ('abs(avg:m{*}, 3)', 'Query "abs(avg:m{*}, 3)": abs(query) takes 1 argument, not 2'),
        ('abs()', 'Query "abs()": abs() needs a query'),
        ('abs("x")', 'Query "abs("x")": the string \'x\' is where a query or a number belongs'),
        ('abs(3)', 'Query "abs(3)": abs() takes a query, not the number 3'),
        ('3 * 4', 'Query "3 * 4": it contains no metric'),
        (
            "abs(anomalies(avg:m{*}, 'basic', 2))",
            "Query \"abs(anomalies(avg:m{*}, 'basic', 2))\": anomalies() must be the outermost function",
        ),
        # "you may not include any of the following functions": the page on anomaly monitors, and
        # https://github.com/DataDog/documentation/pull/5407
        *(
            (
                f"anomalies(2 * {name}(avg:m{{*}}), 'basic', 2)",
                f"Query \"anomalies(2 * {name}(avg:m{{*}}), 'basic', 2)\": {name}() cannot be inside anomalies()",
            )
            for name in ('cumsum', 'integral', 'piecewise_constant', 'robust_trend', 'trend_line')
        ),
        (
            "moving_rollup(avg:m{*}, 604801, 'avg')",
            "Query \"moving_rollup(avg:m{*}, 604801, 'avg')\": the seconds of moving_rollup() must be at most 604800, "
            'a week, not 604801',
        ),
        (
            # Its buckets would take 373 GiB.
            "moving_rollup(avg:m{*}, 999999999999, 'avg')",
            "Query \"moving_rollup(avg:m{*}, 999999999999, 'avg')\": the seconds of moving_rollup() must be at most "
            '604800, a week, not 999999999999',
        ),
        ('avg:m{-a:b}', 'Query "avg:m{-a:b}": -a:b excludes nothing: write !a:b or NOT a:b'),
        ('avg:m{$host}', 'Query "avg:m{$host}", column 7: the template variable $host is not defined'),
        ('m{*} by {host:a}', 'Query "m{*} by {host:a}": by {…} takes the keys of tags, such as host, not host:a'),
        ('avg:m{*} by host', 'Query "avg:m{*} by host", column 13: unexpected "host", where { belongs'),
        (
            'avg:a{*} by {x} + avg:b{*} by {y}',
            'Query "avg:a{*} by {x} + avg:b{*} by {y}": queries grouped by {x} and by {y} do not match: '
            'the tags of one must be among those of the other',
        ),
        ('avg:m{*} * 1e999', 'Query "avg:m{*} * 1e999": the number 1e999 is too large'),
        ('(' * 200 + 'avg:m{*}', None),
        ('-' * 200 + 'avg:m{*}', None),
    ],
)  # fmt: skip
def test_what_is_wrong_or_not_supported_is_named(store, text, message):
    with pytest.raises(QueryError) as error:
        evaluate(store, text, T, T + 60, 20)
    if message:
        assert str(error.value) == message
    assert '\n' not in str(error.value)


def test_a_range_that_is_none_is_refused(store):
    for start, end in ((T, T), (T, T - 1), (-1, 5), (0, 2**62)):
        with pytest.raises(QueryError, match='the range must be from 0 to 100000000000, and end after it starts'):
            evaluate(store, 'avg:m{*}', start, end)


def test_more_than_fits_into_memory_is_refused(store):
    store.add((Series('m', '', (f'n:{n}',)), T, 1.0) for n in range(200))
    with pytest.raises(QueryError, match='200 series with 605100 buckets are too many at once: narrow the scope'):
        evaluate(store, 'avg:m{*}.rollup(avg, 1)', T, T + 7 * DAY, 20)


@pytest.mark.parametrize(
    ('formula', 'queries', 'message'),
    [
        ('query2', {'query1': 'avg:m{*}'}, 'Formula "query2": query2 is not a query of this request: query1'),
        ('query1', {'query1': 'a{*},b{*}'}, '"a{*},b{*}": 2 queries separated by commas: one is allowed'),
        (
            'query1 + avg:b{*}',
            {'query1': 'avg:a{*}'},
            'Formula "query1 + avg:b{*}": write the name of a query, such as query1, not avg:b{*}',
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_formula_is_named(store, formula, queries, message):
    with pytest.raises(QueryError) as error:
        evaluate_formulas(store, queries, [formula], T, T + 60)
    assert str(error.value) == message


def test_what_a_single_value_cannot_be_is_named(store):
    queries = {'q': 'avg:m{*}'}
    with pytest.raises(QueryError, match=r'forecast\(\) is not supported over single values: its band needs a line'):
        evaluate_formulas(store, queries, ["forecast(q, 'linear', 1)"], T, T + 60, summaries={})
    with pytest.raises(QueryError, match='the aggregator p95 is not supported for a single value: avg, max, mean, min'):
        evaluate_formulas(store, queries, ['q'], T, T + 60, summaries={'q': 'p95'})


# Any text

WORDS: Sequence[str] = (
    'avg:', 'sum:', 'm', 'a.b', '{', '}', '*', '(', ')', ',', '!', '$x', '.value', ' AND ', ' OR ', 'NOT ', ' IN ',
    ' by ', 'host', ':', '.rollup', '.fill', '.as_count()', 'abs', 'top', 'anomalies', "'basic'", '1', '.5', 'e9', '-',
    '+', '/', '"', "'", '\n', 'é', '\0', '💥',
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.text() | st.lists(st.sampled_from(WORDS), max_size=30).map(''.join))
def test_any_text_is_a_query_or_an_error_in_one_line(text):
    for read in (parse, parse_monitor, lambda query: fill_in(query, {'x': ['x:1', 'x:2']})):
        try:
            read(text)
        except QueryError as error:
            assert len(str(error).splitlines()) == 1


SCOPES = st.recursive(
    st.sampled_from(['*', 'a:1', 'b:*', 'x IN (1, 2)', 'x NOT IN (3)']),
    lambda inner: st.one_of(
        inner.map('NOT ({})'.format),
        st.tuples(inner, st.sampled_from([' AND ', ' OR ']), inner).map(lambda parts: f'({"".join(parts)})'),
    ),
    max_leaves=5,
)
QUERIES = st.tuples(
    st.sampled_from(['avg', 'max']), SCOPES, st.sampled_from(['', '.rollup(sum, 60)', '.fill(last, 5)'])
)
EXPRESSIONS = st.recursive(
    st.one_of(QUERIES.map(lambda parts: '{}:m{{{}}}{}'.format(*parts)), st.integers(0, 99).map(str)),
    lambda inner: st.one_of(
        inner.map('abs({})'.format),
        inner.map('(-{})'.format),
        st.tuples(inner, st.sampled_from('+-*/'), inner).map(lambda parts: f'({" ".join(parts)})'),
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS)
def test_what_is_written_out_means_the_same(text):
    [node] = parse(text)
    assert parse(str(node)) == (node,)
