"""alert_graph, mostly of monitors that are not of metrics: https://docs.datadoghq.com/monitors/status/status_page/

Datadog draws what a monitor evaluates, with its thresholds and states; which values of a long range are drawn is ours.
"""

import numpy as np
import pytest
from datadog_sandbox import monitors, pictures, widgets
from datadog_sandbox.store import Log, Series, ServiceCheck, Store
from monitoring import DAY, HOUR, MINUTE, START, make, minutes, send


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def keep(store, type_, query, id_=1, evaluated=12, **options):
    monitor = make(query, **options) | {'id': id_, 'type': type_}
    store.save('monitor', id_, monitor)
    if evaluated:
        monitors.evaluate(store, monitor, minutes(evaluated))
    return monitor


def write(store, *at, service='web', **attributes):
    store.add_logs(
        Log(0, (START + minute * MINUTE) * 1000, 'a', service, '', 'error', 'slow', (), attributes) for minute in at
    )


def graph(store, seconds=HOUR, start=START, id_=1, **more):
    definition = {'type': 'alert_graph', 'alert_id': id_, **more}
    return widgets.evaluate(store, definition, {}, start, start + seconds)


def drawn(store, *args, **more):
    widget = graph(store, *args, **more)
    assert widget.content, widget.message
    return widget.content


def curves(store, *args, **more):
    return {
        curve.name: {
            (time - START) // MINUTE: value
            for time, value in zip(curve.times.tolist(), curve.values.tolist(), strict=True)
            if not np.isnan(value)
        }
        for curve in drawn(store, *args, **more).chart.curves
    }


def rows(store, *args, **more):
    return {
        name: [(held.status, held.start - START, held.end - START) for held in spells]
        for name, spells in drawn(store, *args, **more).rows.items()
    }


def test_the_number_of_logs_in_the_window_with_thresholds_and_states(store):
    write(store, 2, 4)
    keep(store, 'log alert', 'logs("slow").index("*").rollup("count").last("5m") > 1', thresholds={'warning': 0.5})
    counted = dict(enumerate([0, 0, 1, 1, 2, 2, 2, 1, 1, 0, 0, 0]))
    assert curves(store) == {'the number of logs in the last 5 minutes': counted}
    chart = graph(store).content.chart
    assert [(marker.low, marker.label) for marker in chart.markers] == [(0.5, 'warning > 0.5'), (1, 'alert > 1')]
    assert [(state['title'], (state['from'] // 1000 - START) // MINUTE) for state in chart.states] == [
        ('Warn: load', 2), ('Alert: load', 4), ('Warn: load', 7),
    ]  # fmt: skip


def test_a_measure_of_each_group_in_natural_order_and_of_one_group(store):
    for service, duration in (('w-10', 30), ('w-2', 20)):
        write(store, 3, service=service, duration=duration)
    query = 'logs("slow").index("*").rollup("avg", "@duration").by("service").last("2m") > 25'
    keep(store, 'log alert', query)
    assert list(curves(store).items()) == [('service:w-2', {3: 20, 4: 20}), ('service:w-10', {3: 30, 4: 30})]
    assert curves(store, group='service:w-10') == {'service:w-10': {3: 30, 4: 30}}


@pytest.mark.parametrize(('operator', 'drawn'), [('>', 2), ('<', 0)])
def test_a_long_range_leaves_no_alert_out(store, operator, drawn):
    # In a day, a bucket of 5 minutes has five windows of one minute: 12:06 to 12:10 have 0, 2, 0, 0, 1.
    write(store, 726.5, 726.7, 729.5)
    monitor = keep(store, 'log alert', f'logs("slow").index("*").rollup("count").last("1m") {operator} 1', evaluated=0)
    monitors.evaluate(store, monitor, [START + DAY - 5 * MINUTE])
    [line] = curves(store, DAY).values()
    # The buckets end at multiples of 5 minutes.
    assert (line[725], line[730], line[735]) == (0, drawn, 0)
    assert len(line) == DAY // 300
    assert graph(store, DAY).remarks == ('Of every 5 minutes, the value that is nearest to an alert (approximated)',)
    assert graph(store, 4 * HOUR).remarks == ()


def test_of_many_groups_those_that_are_nearest_to_the_threshold(store):
    for number in range(60):
        write(store, *[1] * (number + 1), service=f'w-{number}')
    for operator, nearest in (('>', 'service:w-59'), ('<', 'service:w-0')):
        keep(store, 'log alert', f'logs("slow").index("*").rollup("count").by("service").last("5m") {operator} 9')
        content = graph(store).content
        assert (len(content.chart.curves), content.chart.curves[0].name) == (50, nearest)
        assert content.remarks() == ['The 50 of 60 groups that are nearest to the threshold']


@pytest.mark.parametrize(('operator', 'nearest'), [('>', 'host:h-59'), ('<', 'host:h-0')])
def test_of_many_groups_of_a_metric_as_well(store, operator, nearest):
    for number in range(60):
        store.add([(Series('load', f'h-{number}', ()), START, float(number))])
    monitor = keep(store, 'metric alert', f'avg(last_5m):avg:load{{*}} by {{host}} {operator} 9')
    store.save_states(monitor['id'], {f'host:h-{number}': {'status': 'OK'} for number in range(60)})
    content = graph(store).content
    assert (len(content.chart.curves), content.chart.curves[0].name) == (50, nearest)
    assert content.remarks() == ['The 50 of 60 groups that are nearest to the threshold']


def test_an_error_budget_over_time(store):
    store.save('slo', 's1', {
        'id': 's1', 'name': 'x', 'type': 'metric', 'thresholds': [{'timeframe': '7d', 'target': 99.0}],
        'query': {'numerator': 'sum:good{*}.as_count()', 'denominator': 'sum:all{*}.as_count()'},
    })  # fmt: skip
    for metric, values in (('good', [10] * 10 + [9] + [10] * 9), ('all', [10] * 20)):
        send(store, values, metric=metric, type='count')
    keep(store, 'slo alert', 'error_budget("s1").over("7d") > 40', evaluated=0)
    store.save('evaluated', 1, {'id': 1, 'time': START + 20 * MINUTE})
    [(name, line)] = curves(store).items()
    assert name == '% of the error budget over 7d that is used up'
    # Half of the 1 % of 200 events that may fail.
    assert (line[20], line[13]) == (pytest.approx(50), pytest.approx(100 / 1.3))
    # Each value takes an evaluation of its own, so a long range has the wide buckets of bars.
    assert graph(store, DAY).content.chart.curves[0].interval == 1200


def check(store, *runs, tags=('env:prod',)):
    store.add_service_checks(ServiceCheck('up', host, tags, status, START + time, '') for host, time, status in runs)


def test_the_statuses_of_a_service_check_over_time(store):
    check(
        store, ('w-10', 0, 0), ('w-10', 60, 2), ('w-10', 90, 0), ('w-10', 120, 2), ('w-10', 180, 1), ('w-10', 900, 3),
        ('w-2', 0, 0), ('w-2', 240, 0),
    )  # fmt: skip
    keep(store, 'service check', '"up".over("*").by("host").last(2).count_by_status()', evaluated=0)
    assert rows(store) == {
        # Every four minutes is near; nothing came between 240 and 900.
        'host:w-2': [('OK', 0, 300)],
        'host:w-10': [('OK', 0, 60), ('CRITICAL', 60, 180), ('WARNING', 180, 240), ('UNKNOWN', 900, 960)],
    }
    assert list(rows(store)) == ['host:w-2', 'host:w-10']
    assert list(rows(store, group='host:w-2')) == ['host:w-2']
    # The edges of minutes stay where they are as time goes by.
    assert rows(store, 400, START + 30, group='host:w-10') == {
        'host:w-10': [('CRITICAL', 60, 180), ('WARNING', 180, 240)],
    }
    assert rows(store, 50, START + 70, group='host:w-10') == {'host:w-10': [('OK', 70, 120)]}
    widget = graph(store)
    assert widget.remarks == ('The worst status of each minute',)
    assert widget.content.label() == 'Latest: host:w-2 OK, host:w-10 UNKNOWN'


def test_a_percentage_of_checks_shows_each_of_them(store):
    check(store, ('a', 0, 0), ('b', 0, 2))
    keep(
        store, 'service check', '"up".over("env:prod").by("env").pct_by_status()', evaluated=0,
        thresholds={'critical': 40},
    )  # fmt: skip
    assert rows(store) == {'host:a, env:prod': [('OK', 0, 60)], 'host:b, env:prod': [('CRITICAL', 0, 60)]}
    assert list(rows(store, group='env:prod')) == ['host:a, env:prod', 'host:b, env:prod']
    assert graph(store, group='env:dev').message == 'No check up in the scope of this monitor ran in this range'


def test_of_many_groups_of_a_check_the_worst(store):
    check(store, *((f'w-{number}', 0, 2 if number == 35 else 0) for number in range(40)))
    keep(store, 'service check', '"up".over("*").by("host").last(2).count_by_status()', evaluated=0)
    drawn = list(rows(store))
    assert (len(drawn), drawn[0], drawn[-1]) == (30, 'host:w-0', 'host:w-35')
    assert graph(store).remarks == ('The 30 worst of 40 rows', 'The worst status of each minute')


def test_the_states_of_a_composite_and_of_what_it_combines(store):
    for metric, host, values in (('load', 'a', [1, 11, 11, 1]), ('load', 'b', [1] * 4), ('heat', 'a', [1, 1, 11, 11])):
        send(store, values, metric=metric, host=host)
    for id_, metric in ((1, 'load'), (2, 'heat')):
        keep(store, 'query alert', f'avg(last_1m):avg:{metric}{{*}} by {{host}} > 10', id_=id_, evaluated=4)
    keep(store, 'composite', '1 && 2', id_=9, evaluated=4)
    # The last evaluation was at 180, and what comes after is not known.
    assert rows(store, id_=9) == {
        'host:a': [('OK', 0, 120), ('Alert', 120, 180), ('OK', 180, 181)],
        '1 host:a load': [('OK', 0, 60), ('Alert', 60, 180), ('OK', 180, 181)],
        '2 host:a load': [('OK', 0, 120), ('Alert', 120, 181)],
    }
    # Of the past, what held then.
    assert rows(store, MINUTE, START + 60, id_=9, group='host:a') == {
        'host:a': [('OK', 60, 120)], '1 host:a load': [('Alert', 60, 120)], '2 host:a load': [('OK', 60, 120)],
    }  # fmt: skip
    png = pictures.snapshot(store, {'type': 'alert_graph', 'alert_id': 9}, START, START + HOUR)
    assert png.startswith(b'\x89PNG')


@pytest.mark.parametrize(
    ('type_', 'query', 'why'),
    [
        ('log alert', 'logs("x").index("*").rollup("avg", "@a").by("b").last("5m") > 1',
         'There is no value in this range: the avg of a of logs in the last 5 minutes'),
        ('service check', '"up".over("*").last(2).count_by_status()',
         'No check up in the scope of this monitor ran in this range'),
        ('composite', '1 && 2', 'This monitor had no state in this range'),
        ('slo alert', 'error_budget("s1").over("7d") > 40', 'There is no service level objective s1'),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_says_why(store, type_, query, why):
    keep(store, type_, query, evaluated=0)
    assert graph(store).message == why
