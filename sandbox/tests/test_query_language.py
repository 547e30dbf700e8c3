"""What a query may look like, and what its modifiers do, by Datadog's documents."""

import time

import pytest
from datadog_sandbox.query import (
    QueryError,
    approximations,
    evaluate,
    fill_in,
    fill_in_title,
    parse,
    parse_monitor,
)
from datadog_sandbox.wildcards import matches
from querying import DAY, T, ask, only_line, put, values

HOUR = 3600


@pytest.mark.parametrize(
    'text',
    [
        'sum:m{*} by {host}.as_count().rollup(sum, 40).fill(zero)',
        'sum:m{*}.as_count().rollup(sum, 40).fill(zero) by {host}',
        'sum:m{*}.fill(zero).as_count() by {host}.rollup(sum, 40)',
        'sum:m{*} .rollup( sum , 40 ) by { host } .fill( zero ) .as_count( )',
        "sum:m{*}.rollup('sum', 40).fill('zero').as_count() by {host}",
        'sum : m{*} by {host}.as_count().rollup(sum, 40).fill(zero)'.replace(' : ', ': '),
    ],
)
def test_modifiers_are_taken_in_every_order(store, text):
    put(store, 'm', {0: 1, 20: 2}, 'host:a', type='count', interval=20)
    assert ask(store, text, 40) == {'host:a': [3]}
    assert parse(text)[0].by == ('host',)


def test_what_is_written_out_is_the_same_again():
    text = "top(sum:m{a:b AND c:d OR e:f} by {host}.as_count().rollup(sum, weekly, 'Asia/Tokyo'), 10, 'mean', 'desc')"
    [node] = parse(text)
    assert str(node) == (
        "top(sum:m{a:b AND c:d OR e:f}.as_count().rollup(sum, weekly, monday, 'Asia/Tokyo'), 10, 'mean', 'desc')"
    )
    assert str(parse(str(node))[0]) == str(node)
    shifted = "calendar_shift(avg:m{*}, '-1w', timezone='Europe/Paris')"
    assert str(parse(shifted)[0]) == shifted
    assert str(parse('timeshift(avg:m{*}, -1209600)')[0]) == 'timeshift(avg:m{*}, -1209600)'


# Rollups


def test_different_rollups_meet_in_the_longest(store):
    put(store, 'a', {0: 1, 20: 3, 40: 8, 60: 5})
    put(store, 'b', {0: 10, 20: 40, 60: 20})
    # The query without an interval takes that of the other one: (1 + 3 + 8) / 3 of 40, and 5 of 20.
    assert only_line(store, 'avg:a{*} / avg:b{*}.rollup(max, 60)', 120) == [0.1, 0.25]
    assert only_line(store, 'avg:b{*}.rollup(max, 60) / avg:a{*}', 60) == [10]
    # One with an interval of its own keeps it, and its sums of 20 s, 1, 3, and 8, are averaged.
    assert only_line(store, 'sum:a{*}.rollup(sum, 20) + sum:b{*}.rollup(sum, 60)', 60) == [54]
    assert approximations('avg:a{*}.rollup(sum, 20) + avg:b{*}.rollup(sum, 60)') == ['.rollup()']
    assert approximations('avg:a{*} + avg:b{*}.rollup(sum, 60)') == ['.rollup()']
    assert approximations('avg:a{*}.rollup(sum, 60) + avg:b{*}.rollup(max, 60)') == []


def test_different_rollups_with_functions_that_look_back(store):
    put(store, 'a', {-60: 2, -20: 4, 0: 1, 20: 3, 40: 8})
    put(store, 'b', {-60: 0, 0: 100})
    # The means of minutes are 3 and 4.
    assert only_line(store, 'diff(avg:a{*}.rollup(avg, 20) + avg:b{*}.rollup(max, 60))', 60) == [101]


def test_queries_with_commas_have_buckets_of_their_own(store):
    put(store, 'a', {0: 1, 20: 3, 40: 8})
    first, second = evaluate(store, 'avg:a{*}, avg:a{*}.rollup(max, 60)', T, T + 60, 20)
    assert values(first) == [1, 3, 8]
    assert (values(second), second.interval, second.times.tolist()) == ([8], 60, [T])


@pytest.mark.parametrize(
    ('rollup', 'beginnings', 'expected'),
    [
        # T is Friday, 4 October 2024, 00:00 UTC, and 1 is sent each hour from a week before to a week after.
        ('sum, daily', [0, DAY], [24, 24]),
        ("sum, daily, 'UTC'", [0, DAY], [24, 24]),
        ('sum, daily, 6am', [-18 * HOUR, 6 * HOUR, 30 * HOUR], [24, 24, 18]),
        # Midnight in New York is 04:00 in UTC.
        ("sum, daily, 'America/New_York'", [-20 * HOUR, 4 * HOUR, 28 * HOUR], [24, 24, 20]),
        ("sum, 'daily', '12am', 'America/New_York'", [-20 * HOUR, 4 * HOUR, 28 * HOUR], [24, 24, 20]),
        ('sum, weekly', [-4 * DAY], [6 * 24]),
        ('sum, weekly, friday', [0], [48]),
        ("sum, weekly, saturday, 'Asia/Tokyo'", [-6 * DAY - 9 * HOUR, DAY - 9 * HOUR], [7 * 24, 33]),
        ('max, monthly', [-3 * DAY], [1]),
        ('count, monthly, 5th', [-29 * DAY, DAY], [8 * 24, 24]),
        ('max, yearly', [-277 * DAY], [1]),
        ('max, yearly, october', [-3 * DAY], [1]),
    ],
)
def test_rollups_of_the_calendar(store, rollup, beginnings, expected):
    put(store, 'm', {hour * HOUR: 1 for hour in range(-7 * 24, 7 * 24)})
    [line] = evaluate(store, f'sum:m{{*}}.rollup({rollup})', T, T + 2 * DAY)
    assert (line.times - T).tolist() == beginnings
    assert values(line) == expected


def test_a_day_of_the_calendar_may_have_25_hours(store):
    put(store, 'm', {hour * HOUR: 1 for hour in range(21 * 24, 26 * 24)})
    [line] = evaluate(store, "sum:m{*}.rollup(sum, daily, 'Europe/Paris')", T + 22 * DAY, T + 24 * DAY)
    # 27 October 2024 began at 22:00 and ended at 23:00 UTC.
    assert ((line.times - T) / HOUR).tolist() == [526, 550, 575]
    assert values(line) == [24, 25, 1]


def test_months_that_lack_a_day_begin_with_their_last_one(store):
    put(store, 'm', {day * DAY: 1 for day in range(0, 120)})
    [line] = evaluate(store, "count:m{*}.rollup(count, monthly, 31st)", T, T + 100 * DAY)
    # From 30 September, 31 October, 30 November, and 31 December on.
    assert ((line.times - T) / DAY).tolist() == [-4, 27, 57, 88]


def test_functions_look_back_over_days_of_the_calendar(store):
    put(store, 'm', {day * DAY: float(day * day) for day in range(-3, 3)})
    [line] = evaluate(store, 'diff(sum:m{*}.rollup(sum, daily))', T, T + 2 * DAY)
    assert values(line) == [-1, 1]


@pytest.mark.parametrize(
    ('rollup', 'message'),
    [
        ('sum, hourly', 'the interval of .rollup() must be a whole number of seconds'),
        ("sum, daily, 'Mars/Olympus'", "'Mars/Olympus' is not a time zone"),
        ('sum, daily, monday', "'monday' is not a time zone"),
        ("sum, daily, 9am, 'UTC', 3", 'takes 0 to 4 arguments'),
        ("sum, daily, 'UTC', 9am", "has '9am' after the time zone"),
        ('sum, 60, 9am', 'takes a method and seconds, or a method and one of daily, weekly, monthly, yearly'),
    ],
)
def test_wrong_rollups_of_the_calendar_are_named(rollup, message):
    with pytest.raises(QueryError) as error:
        parse(f'sum:m{{*}}.rollup({rollup})')
    assert message in str(error.value)


def test_rollups_of_different_calendars_do_not_mix(store):
    with pytest.raises(QueryError, match='different calendar rollups'):
        evaluate(store, 'sum:a{*}.rollup(sum, daily) + sum:b{*}.rollup(sum, weekly)', T, T + DAY)


# Counts and rates


@pytest.mark.parametrize('interval', [60, 0])
@pytest.mark.parametrize('bucket', [20, 60, 120, 300, 3600])
def test_a_rate_does_not_depend_on_the_length_of_buckets(store, bucket, interval):
    """600 a minute are 10 a second, whether the interval came with the points or is seen in them."""
    put(store, 'm', {60 * place: 600 for place in range(-60, 120)}, type='count', interval=interval)
    line = only_line(store, 'sum:m{*}.as_rate()', 7200, bucket)
    assert {value for value in line if value is not None} == {10}
    assert sum(value or 0 for value in only_line(store, 'sum:m{*}.as_count()', 7200, bucket)) == 72_000


@pytest.mark.parametrize('interval', [60, 0])
@pytest.mark.parametrize('bucket', [20, 60, 300])
def test_rates_that_were_sent_stay_what_they_are(store, bucket, interval):
    put(store, 'm', {60 * place: 10 for place in range(-60, 60)}, type='rate', interval=interval)
    line = only_line(store, 'sum:m{*}.as_rate()', 3600, bucket)
    assert {value for value in line if value is not None} == {10}
    assert sum(value or 0 for value in only_line(store, 'sum:m{*}.as_count()', 3600, bucket)) == 36_000


@pytest.mark.parametrize(('every', 'expected'), [(300, 1), (360, 5)])
def test_points_without_an_interval_stand_for_up_to_five_minutes(store, every, expected):
    put(store, 'm', {place * every: 300 for place in range(-3, 4)}, type='count')
    assert {value for value in only_line(store, 'sum:m{*}.as_rate()', 1200, 60) if value is not None} == {expected}


def test_a_rate_after_a_pause_is_not_one_over_the_pause(store):
    put(store, 'm', {0: 60, 60: 60, 4000: 60, 4060: 60}, type='count')
    [line] = evaluate(store, 'sum:m{*}.as_rate()', T, T + 4080, 20)
    assert [value for value in values(line) if value is not None] == [1, 1, 1, 1]


def test_a_rate_with_a_rollup_of_another_method(store):
    put(store, 'm', {0: 60, 10: 30, 20: 90}, type='count', interval=10)
    assert only_line(store, 'sum:m{*}.as_count().rollup(max, 60)', 60) == [90]
    assert only_line(store, 'sum:m{*}.as_rate().rollup(max, 60)', 60) == [9]
    assert only_line(store, 'sum:m{*}.as_rate().rollup(avg, 60)', 60) == [6]


def test_weighted_values_count_for_the_time_that_they_were_sent(store):
    """The table of "How does weighted() work?", https://docs.datadoghq.com/dashboards/guide/how-weighted-works/."""
    table = {
        ('a', 1): {0: 12},
        ('b', 1): {10: 12, 20: 12, 30: 12},
        ('c', 1): {40: 12, 50: 12},
        ('d', 2): {0: 12},
        ('e', 2): {10: 16, 20: 16, 30: 16},
        ('f', 2): {40: 18, 50: 18},
    }
    for (app, version), points in table.items():
        put(store, 'm', points, f'app:{app}', f'version:{version}', interval=10)
    assert ask(store, 'sum:m{*} by {version}', 60, 60) == {'version:1': [36], 'version:2': [46]}
    assert ask(store, 'sum:m{*} by {version}.weighted()', 60, 60) == {'version:1': [12], 'version:2': [16]}
    assert ask(store, 'sum:m{*}.weighted() by {app}', 60, 60)['app:e'] == [8]


def test_values_without_an_interval_are_averaged_when_weighted(store):
    put(store, 'm', {0: 12, 10: 14})
    assert only_line(store, 'sum:m{*}.weighted()', 60, 60) == [13]


def test_the_type_of_a_metric_is_that_of_its_newest_series(store):
    put(store, 'hits', {0: 6}, host='a')
    put(store, 'hits', {0: 6}, host='b', type='count', interval=10)
    # Two counts of 6 in 20 seconds, and not two gauges of 6.
    assert only_line(store, 'sum:hits{*}.as_rate()', 20) == [0.6]
    put(store, 'load', {0: 6}, host='a', type='count', interval=10)
    put(store, 'load', {0: 6}, host='b')
    assert only_line(store, 'sum:load{*}.as_rate()', 20) == [12]


# Fill


@pytest.mark.parametrize('modifier', ['.fill(0)', '.fill(linear, 0)', '.fill(zero, 0)', '.fill(null)'])
def test_a_limit_of_nothing_fills_nothing(store, modifier):
    put(store, 'm', {0: 1, 40: 3})
    assert only_line(store, f'avg:m{{*}}{modifier}', 60) == [1, None, 3]


def test_a_limit_alone_is_one_of_straight_lines(store):
    put(store, 'm', {0: 1, 40: 3, 120: 8})
    assert only_line(store, 'avg:m{*}.fill(20)', 140) == [1, 2, 3, 4.25, None, None, 8]


def test_a_limit_is_at_most_ten_minutes(store):
    put(store, 'm', {0: 1})
    assert only_line(store, 'avg:m{*}.fill(last, 86500)', 1200, 300) == [1, 1, 1, None]


# Groups and scopes


def test_groups_by_wildcards(store):
    put(store, 'm', {0: 1}, 'kube_pod:a', 'kube_node:n', 'env:x')
    put(store, 'm', {0: 2}, 'kube_pod:b', 'kube_node:n', 'env:x')
    assert ask(store, 'avg:m{*} by {kube_*}', 20) == {
        'kube_node:n,kube_pod:a': [1], 'kube_node:n,kube_pod:b': [2],
    }  # fmt: skip
    assert len(ask(store, 'avg:m{*} by {*}', 20)) == 2


def test_groups_by_keys_with_dots_and_dashes(store):
    put(store, 'm', {0: 1}, 'availability-zone:eu-1', 'git.repository_url:x/y')
    assert ask(store, 'avg:m{*} by {availability-zone,git.repository_url}', 20) == {
        'availability-zone:eu-1,git.repository_url:x/y': [1]
    }


def test_unicode_in_scopes_and_groups(store):
    put(store, 'm', {0: 1}, 'città:genève', 'équipe:α')
    assert ask(store, 'avg:m{città:gen*} by {équipe}', 20) == {'équipe:α': [1]}


def test_hundreds_of_hosts_in_one_scope(store):
    put(store, 'm', {0: 7}, host='host-499')
    hosts = [f'host:host-{number}' for number in range(500)]
    assert only_line(store, f'avg:m{{{" OR ".join(hosts)}}}', 20) == [7]
    assert only_line(store, f'avg:m{{host IN ({",".join(host[5:] for host in hosts)})}}', 20) == [7]
    assert ask(store, f'avg:m{{{",".join("!" + host for host in hosts)}}}', 20) == {}


def test_deep_and_long_queries_are_errors_or_answers(store):
    put(store, 'm', {0: 1})
    assert only_line(store, '+'.join(['avg:m{*}'] * 150), 20) == [150]
    assert only_line(store, 'abs(' * 198 + 'avg:m{*}' + ')' * 198, 20) == [1]
    for text in (
        '+'.join(['avg:m{*}'] * 1500),
        'abs(' * 500 + 'avg:m{*}' + ')' * 500,
        # With the query and its scope, one level too many.
        'abs(' * 199 + 'avg:m{*}' + ')' * 199,
        f'avg:m{{{"(" * 900}a:b{")" * 900}}}',
    ):
        with pytest.raises(QueryError):
            evaluate(store, text, T, T + 20)


def test_a_query_that_takes_too_long_is_an_error(store, monkeypatch):
    put(store, 'm', {0: 1})
    monkeypatch.setattr('datadog_sandbox.query.evaluation.MOST_SECONDS', 0)
    with pytest.raises(QueryError, match='it takes more than 0 seconds: narrow the scope or the range'):
        evaluate(store, 'avg:m{*} + avg:m{*}', T, T + 20)


@pytest.mark.parametrize(
    ('pattern', 'string', 'expected'),
    [
        ('a*b', 'ab', True),
        ('a*b', 'a-b-b', True),
        ('a*a', 'a', False),
        ('*', '', True),
        ('*a*', 'bab', True),
        ('*a*b*', 'ba', False),
        ('a*bc*d', 'abcbd', True),
        ('a*b*c', 'acb', False),
        ('a.c*', 'abc', False),
        ('**', 'x', True),
    ],
)
def test_wildcards(pattern, string, expected):
    assert matches(pattern, string) is expected


def test_wildcards_take_no_longer_with_more_of_them():
    string = 'a' * 20_000
    started = time.perf_counter()
    assert not matches('a*' * 50 + 'b', string)
    assert not matches('*a' * 50 + 'b*', string)
    assert matches('*a' * 50 + '*', string)
    assert time.perf_counter() - started < 0.5


# Template variables


@pytest.mark.parametrize(
    ('query', 'expected'),
    [
        ('avg:m{$replica-set}', 'avg:m{replica-set:rs0}'),
        ('avg:m{$sysplex.name,$replica-set}', 'avg:m{sysplex.name:p,replica-set:rs0}'),
        # The longest name that is known.
        ('avg:m{$set,$set-2,$set.x}', 'avg:m{set:a,set-2:b,set.x:c}'),
        ('avg:m{$set-3}', 'avg:m{set:a-3}'),
        ('avg:m{x:$set.value}', 'avg:m{x:a}'),
        ('avg:m{x:$set.x.value,y:$set-2.value}', 'avg:m{x:c,y:b}'),
        ('avg:m{x:$replica-set.value-0}', 'avg:m{x:rs0-0}'),
        ('avg:m{$settings}', 'avg:m{$settings}'),
        ('avg:m{*} by {$group,host}', 'avg:m{*} by {env,zone,host}'),
        ('avg:m{!$set-2}', 'avg:m{!set-2:b}'),
    ],
)
def test_variables_with_dots_and_dashes(query, expected):
    variables = {
        'set': ['set:a'], 'set-2': ['set-2:b'], 'set.x': ['set.x:c'], 'replica-set': ['replica-set:rs0'],
        'sysplex.name': ['sysplex.name:p'], 'group': ['env', 'zone'],
    }  # fmt: skip
    assert fill_in(query, variables) == expected


@pytest.mark.parametrize(
    ('title', 'expected'),
    [
        ('CPU of $replica-set', 'CPU of replica-set:rs0'),
        ('CPU of $replica-set.value ($replica-set.key)', 'CPU of rs0 (replica-set)'),
        ('$env and $unknown cost $5', 'env:a, env:b and $unknown cost $5'),
        ('$env.value', 'a, b'),
        ('host:$all', 'host:*'),
    ],
)
def test_variables_in_a_title(title, expected):
    variables = {'replica-set': ['replica-set:rs0'], 'env': ['env:a', 'env:b'], 'all': ['*']}
    assert fill_in_title(title, variables) == expected


def test_an_unknown_variable_with_a_dash_is_named_whole():
    with pytest.raises(QueryError, match=r'the template variable \$replica-set\.x is not defined'):
        parse('avg:m{$replica-set.x}')


# Arguments


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ("anomalies(avg:m{*}, 'basic', bounds=2, bounds=3)", 'anomalies() has the argument bounds twice'),
        ("anomalies(avg:m{*}, 'basic', 2, algorithm='agile')", 'has the argument algorithm twice'),
        ("anomalies(avg:m{*}, 'basic', 2, sideways='x')", 'has no argument sideways'),
        ("anomalies(avg:m{*}, bounds=2, 'basic')", 'an argument without a name after one with a name'),
        ("anomalies(avg:m{*}, 'basic')", 'takes 3 to 9 arguments, not 2'),
        ("anomalies(avg:m{*}, 'basic', bounds=0)", 'must be a number above 0, not 0'),
        ("anomalies(avg:m{*}, bounds=2)", 'needs the argument algorithm'),
        ("anomalies(avg:m{*}, 'basic', 2, alert_window='now')", "must be seconds, or such as '60m', not 'now'"),
        ("anomalies(avg:m{*}, 'basic', 2, count_default_zero='no')", "must be 'true' or 'false', not 'no'"),
        ("anomalies(avg:m{*}, 'basic', 2, timezone='Mars')", 'must be a time zone, such as Europe/Paris'),
        ("anomalies(query='x')", 'anomalies() needs a query'),
        ("abs(avg:m{*}, how='much')", 'has no argument how'),
        ('timeshift(avg:m{*}, 1.5)', 'must be a whole number of seconds, such as -3600, not 1.5'),
        ("calendar_shift(avg:m{*}, '1d')", "must be such as '-1d', '-1w', or '-1mo', not '1d'"),
        ('clamp_min(avg:m{*})', 'takes 2 arguments, not 1'),
        ("default(avg:m{*}, 'x')", "must be a number, not 'x'"),
    ],
)
def test_wrong_arguments_are_named(text, message):
    with pytest.raises(QueryError) as error:
        parse(text)
    assert message in str(error.value)
    assert '\n' not in str(error.value)


# Monitors


def test_a_change_is_the_difference_to_what_was_before(store):
    """The guide on change alerts: `a - b`, `((a - b) / b) * 100`, then the aggregation."""
    put(store, 'm', {-1800: 4, 0: 10})
    change = parse_monitor('change(avg(last_5m),last_30m):avg:m{*} > 3')
    assert (change.aggregator, change.window, change.change, change.shift) == ('avg', 300, 'change', 1800)
    assert only_line(store, change.query, 20) == [6]
    percent = parse_monitor('pct_change( max( last_1h ) , last_30m ): avg:m{*} > -50')
    assert (percent.aggregator, percent.window, percent.change) == ('max', 3600, 'pct_change')
    assert only_line(store, percent.query, 20) == [150]
    counts = parse_monitor('change(sum(last_5m),last_1d):sum:m{*}.as_count() > 3')
    assert counts.counts_first


@pytest.mark.parametrize(
    ('text', 'span', 'seconds', 'unit'),
    [
        ('avg(last_1mo):avg:m{*} > 1', 'last', 730 * HOUR, 'mo'),
        ('avg(current_1d):avg:m{*} > 1', 'current', DAY, 'd'),
        ('avg(current_1mo):avg:m{*} > 1', 'current', 730 * HOUR, 'mo'),
        ("max(next_1w):forecast(avg:m{*}, 'linear', 1) >= 1", 'next', 7 * DAY, 'w'),
    ],
)
def test_windows_of_monitors(text, span, seconds, unit):
    parsed = parse_monitor(text)
    assert (parsed.span, parsed.window, parsed.unit) == (span, seconds, unit)


def test_the_arguments_of_an_algorithm_come_with_the_monitor():
    parsed = parse_monitor(
        "avg(last_4h):anomalies(avg:m{*} by {host}, 'agile', 2, direction='above', alert_window='last_15m', "
        "interval=60, count_default_zero='true', seasonality='daily', timezone='utc') >= 1"
    )
    assert (parsed.algorithm, parsed.window, parsed.operator, parsed.threshold) == ('anomalies', 4 * HOUR, '>=', 1)
    assert parsed.group_by == ('host',)
    assert parsed.options == {
        'algorithm': 'agile', 'bounds': 2, 'direction': 'above', 'alert_window': 900, 'interval': 60,
        'count_default_zero': True, 'seasonality': 'daily', 'timezone': 'UTC',
    }  # fmt: skip
    assert parse_monitor('percentile(last_5m):p95:m{*} > 1').aggregator == 'percentile'


@pytest.mark.parametrize('filler', ['a', 'a,', '!', '-', '$', '$a', '.', ' '])
def test_filling_in_takes_no_longer_than_the_text(filler):
    scope = filler * (15_000 // len(filler))
    started = time.perf_counter()
    fill_in(f'avg:m{{{scope}}}', {'a': ['b:c', 'b:d'], 'x.y-z': ['d']})
    fill_in_title(scope, {'a': ['b:c']})
    assert time.perf_counter() - started < 0.5
