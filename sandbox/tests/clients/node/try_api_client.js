// Tries `@datadog/datadog-api-client` with what the sandbox keeps: node try_api_client.js URL
import assert from 'node:assert/strict';
import { client, v1, v2 } from '@datadog/datadog-api-client';
import { METRIC, NOW, QUERY, URL_OF_SANDBOX, calls, print } from './calls.js';

const configuration = client.createConfiguration({
  authMethods: { apiKeyAuth: 'any', appKeyAuth: 'any' },
  baseServer: new client.BaseServerConfiguration(URL_OF_SANDBOX, {}),
});
// Return a function that calls a family, such as v1.MonitorsApi, and `names` of its calls.
function family(version, kind) {
  const api = new (version === 'v1' ? v1 : v2)[kind](configuration);
  const names = (...verbs) => verbs.map((verb) => `${version}.${kind}.${verb}`);
  return [async (call, parameters) => known(await api[call](parameters)), names];
}

// Return an answer, all of which must be what the client knows.
function known(answer) {
  const seen = new Set();
  const check = (value) => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    assert.ok(!value._unparsed && !value._data, `the client does not know ${JSON.stringify(value)}`);
    Object.values(value).forEach(check);
  };
  check(answer);
  return answer;
}

const [metrics, m1] = family('v1', 'MetricsApi');
await calls(m1('submitMetrics'), async () => {
  for (const [metric, type, value] of [['room.temperature', 'gauge', 22], ['door.good', 'count', 3], ['door.all', 'count', 4]]) {
    const series = [{ metric, type, points: [[NOW - 30, value]], host: 'a', tags: ['room:1'] }];
    assert.equal((await metrics('submitMetrics', { body: { series } })).status, 'ok');
  }
});
await calls(m1('submitDistributionPoints'), async () => {
  const series = [{ metric: 'door.open', points: [[NOW, [1, 2, 3]]], host: 'a' }];
  assert.equal((await metrics('submitDistributionPoints', { body: { series } })).status, 'ok');
});
await calls(m1('queryMetrics'), async () => {
  const [line] = (await metrics('queryMetrics', { from: NOW - 60, to: NOW + 1, query: METRIC })).series;
  assert.equal(line.pointlist.at(-1)[1], 22);
});
await calls(m1('listActiveMetrics', 'listMetrics'), async () => {
  const every = ['door.all', 'door.good', 'door.open', 'room.temperature'];
  assert.deepEqual((await metrics('listActiveMetrics', { from: NOW - 120 })).metrics, every);
  assert.deepEqual((await metrics('listMetrics', { q: 'metrics:room' })).results.metrics, ['room.temperature']);
});
await calls(m1('getMetricMetadata', 'updateMetricMetadata'), async () => {
  const metricName = 'room.temperature';
  assert.equal((await metrics('getMetricMetadata', { metricName })).type, 'gauge');
  await metrics('updateMetricMetadata', { metricName, body: { shortName: 'warmth' } });
  assert.equal((await metrics('getMetricMetadata', { metricName })).shortName, 'warmth');
});

const [metrics2, m2] = family('v2', 'MetricsApi');
await calls(m2('submitMetrics'), async () => {
  const series = [{ metric: 'room.pressure', type: 3, points: [{ timestamp: NOW, value: 5 }] }];
  assert.deepEqual((await metrics2('submitMetrics', { body: { series } })).errors, []);
});
const span = { from: (NOW - 300) * 1000, to: (NOW + 1) * 1000, formulas: [{ formula: 'a * 2' }] };
await calls(m2('queryScalarData'), async () => {
  const queries = [{ name: 'a', dataSource: 'metrics', query: METRIC, aggregator: 'max' }];
  const data = { type: 'scalar_request', attributes: { ...span, queries } };
  const answer = await metrics2('queryScalarData', { body: { data } });
  assert.deepEqual(answer.data.attributes.columns[0].values, [44]);
});
await calls(m2('queryTimeseriesData'), async () => {
  const queries = [{ name: 'a', dataSource: 'metrics', query: METRIC }];
  const data = { type: 'timeseries_request', attributes: { ...span, queries } };
  const { values } = (await metrics2('queryTimeseriesData', { body: { data } })).data.attributes;
  assert.equal(values[0].filter((value) => value !== null).at(-1), 44);
});
await calls(m2('listTagConfigurations'), async () => {
  const { data } = await metrics2('listTagConfigurations', {});
  assert.ok(data.some((each) => each.id === 'room.temperature'));
});
await calls(m2('listTagsByMetricName'), async () => {
  const { data } = await metrics2('listTagsByMetricName', { metricName: 'room.temperature' });
  assert.ok(data.attributes.tags.includes('room:1'));
});

const [events, e1] = family('v1', 'EventsApi');
await calls(e1('createEvent', 'getEvent', 'listEvents'), async () => {
  const { event } = await events('createEvent', { body: { title: 'Opened', text: 'a window', tags: ['room:1'] } });
  assert.equal((await events('getEvent', { eventId: event.id })).event.text, 'a window');
  const listed = await events('listEvents', { start: NOW - 60, end: NOW + 600, tags: 'room:1' });
  assert.deepEqual(listed.events.map((each) => each.title), ['Opened']);
});
const [events2, e2] = family('v2', 'EventsApi');
await calls(e2('listEvents'), async () => {
  assert.equal((await events2('listEvents', { filterQuery: 'room:1' })).data.length, 1);
});
await calls(e2('searchEvents'), async () => {
  const filter = { query: 'room:1', from: 'now-15m', to: 'now' };
  assert.equal((await events2('searchEvents', { body: { filter } })).data.length, 1);
});

const [hosts, h] = family('v1', 'HostsApi');
await calls(h('listHosts', 'getHostTotals'), async () => {
  assert.deepEqual((await hosts('listHosts', { filter: 'host:a' })).hostList.map((each) => each.name), ['a']);
  assert.equal((await hosts('getHostTotals', {})).totalActive, 1);
});
await calls(h('muteHost', 'unmuteHost'), async () => {
  assert.equal((await hosts('muteHost', { hostName: 'a', body: { message: 'repairs' } })).action, 'Muted');
  assert.equal((await hosts('unmuteHost', { hostName: 'a' })).action, 'Unmuted');
});
const [tags, t] = family('v1', 'TagsApi');
await calls(t('createHostTags', 'getHostTags', 'listHostTags', 'updateHostTags', 'deleteHostTags'), async () => {
  const hostName = 'a';
  assert.deepEqual((await tags('createHostTags', { hostName, body: { host: 'a', tags: ['floor:2'] } })).tags, ['floor:2']);
  assert.ok((await tags('getHostTags', { hostName })).tags.includes('floor:2'));
  assert.deepEqual((await tags('listHostTags', {})).tags['floor:2'], ['a']);
  assert.deepEqual((await tags('updateHostTags', { hostName, body: { host: 'a', tags: ['floor:3'] } })).tags, ['floor:3']);
  await tags('deleteHostTags', { hostName });
  assert.ok(!(await tags('getHostTags', { hostName })).tags.includes('floor:3'));
});
const [checks, c] = family('v1', 'ServiceChecksApi');
await calls(c('submitServiceCheck'), async () => {
  const body = [{ check: 'door.shut', hostName: 'a', status: 0, tags: ['room:1'] }];
  assert.equal((await checks('submitServiceCheck', { body })).status, 'ok');
});

const [monitors, mo] = family('v1', 'MonitorsApi');
const options = { thresholds: { critical: 30, warning: 25 }, notifyNoData: true, noDataTimeframe: 10 };
const monitor = { type: 'query alert', query: QUERY, name: 'Warm', tags: ['team:rooms'], options };
let monitorId;
await calls(mo('validateMonitor', 'createMonitor', 'getMonitor', 'listMonitors', 'updateMonitor'), async () => {
  await monitors('validateMonitor', { body: monitor });
  const created = await monitors('createMonitor', { body: monitor });
  monitorId = created.id;
  assert.deepEqual([created.name, created.overallState, created.options.noDataTimeframe], ['Warm', 'No Data', 10]);
  assert.equal((await monitors('getMonitor', { monitorId })).query, QUERY);
  assert.deepEqual((await monitors('listMonitors', { monitorTags: 'team:rooms' })).map((each) => each.id), [monitorId]);
  assert.equal((await monitors('updateMonitor', { monitorId, body: { name: 'Warmer' } })).name, 'Warmer');
  const refused = monitors('createMonitor', { body: { type: 'query alert', query: 'wrong' } });
  await assert.rejects(refused, (error) => error.code === 400 && error.body.errors[0].includes("parameter 'query'"));
});
await calls(mo('validateExistingMonitor'), () => monitors('validateExistingMonitor', { monitorId, body: monitor }));
await calls(mo('searchMonitors', 'searchMonitorGroups'), async () => {
  const query = 'tag:team:rooms';
  assert.deepEqual((await monitors('searchMonitors', { query })).monitors.map((each) => each.name), ['Warmer']);
  assert.deepEqual((await monitors('searchMonitorGroups', { query })).groups, []);
});

const [downtimes2, d2] = family('v2', 'DowntimesApi');
const all = ['createDowntime', 'getDowntime', 'listDowntimes', 'updateDowntime', 'cancelDowntime'];
await calls(d2(...all), async () => {
  const recurrences = [{ rrule: 'FREQ=WEEKLY;BYDAY=SA', duration: '38h' }];
  const attributes = {
    monitorIdentifier: { monitorTags: ['*'] }, scope: 'env:lab', displayTimezone: 'Europe/Paris',
    schedule: { timezone: 'Europe/Paris', recurrences },
  };
  const { data } = await downtimes2('createDowntime', { body: { data: { type: 'downtime', attributes } } });
  assert.equal(data.attributes.schedule.recurrences[0].rrule, 'FREQ=WEEKLY;BYDAY=SA');
  const downtimeId = data.id;
  const change = { data: { type: 'downtime', id: downtimeId, attributes: { message: 'still' } } };
  assert.equal((await downtimes2('updateDowntime', { downtimeId, body: change })).data.attributes.message, 'still');
  assert.ok((await downtimes2('listDowntimes', {})).data.some((each) => each.id === downtimeId));
  await downtimes2('cancelDowntime', { downtimeId });
  assert.equal((await downtimes2('getDowntime', { downtimeId })).data.attributes.status, 'canceled');
});
await calls(d2('listMonitorDowntimes'), async () => {
  const attributes = { monitorIdentifier: { monitorId }, scope: '*' };
  // What is answered names the type of a related monitor as Datadog does, and as the client does not know it.
  const api = new v2.DowntimesApi(configuration);
  await api.createDowntime({ body: { data: { type: 'downtime', attributes } } });
  assert.equal((await downtimes2('listMonitorDowntimes', { monitorId })).data.length, 1);
});
const [downtimes, d1] = family('v1', 'DowntimesApi');
await calls(d1(...all), async () => {
  const body = { scope: ['env:old'], start: NOW + 3600, message: 'repairs' };
  const { id: downtimeId } = await downtimes('createDowntime', { body });
  assert.equal((await downtimes('getDowntime', { downtimeId })).message, 'repairs');
  assert.ok((await downtimes('listDowntimes', {})).some((each) => each.id === downtimeId));
  const changed = await downtimes('updateDowntime', { downtimeId, body: { ...body, message: 'later' } });
  assert.equal(changed.message, 'later');
  await downtimes('cancelDowntime', { downtimeId });
  assert.ok((await downtimes('getDowntime', { downtimeId })).canceled >= NOW);
});
await calls(d1('cancelDowntimesByScope'), async () => {
  const { id } = await downtimes('createDowntime', { body: { scope: ['env:attic'], start: NOW + 3600 } });
  const { cancelledIds } = await downtimes('cancelDowntimesByScope', { body: { scope: 'env:attic' } });
  assert.deepEqual(cancelledIds, [id]);
});
await calls(d1('listMonitorDowntimes'), async () => {
  assert.deepEqual((await downtimes('listMonitorDowntimes', { monitorId }))[0].scope, ['*']);
});
await calls(mo('checkCanDeleteMonitor', 'deleteMonitor'), async () => {
  assert.deepEqual((await monitors('checkCanDeleteMonitor', { monitorIds: [monitorId] })).data.ok, [monitorId]);
  assert.equal((await monitors('deleteMonitor', { monitorId })).deletedMonitorId, monitorId);
});

const [dashboards, da] = family('v1', 'DashboardsApi');
const widgets = [{ definition: { type: 'note', content: 'hello' } }];
const board = { title: 'Rooms', layoutType: 'ordered', widgets };
let dashboardId;
await calls(da('createDashboard', 'getDashboard', 'updateDashboard', 'listDashboards'), async () => {
  dashboardId = (await dashboards('createDashboard', { body: board })).id;
  const read = await dashboards('getDashboard', { dashboardId });
  read.title = 'Other';
  assert.equal((await dashboards('updateDashboard', { dashboardId, body: read })).title, 'Other');
  assert.deepEqual((await dashboards('listDashboards', {})).dashboards.map((each) => each.title), ['Other']);
});
const [lists, l] = family('v1', 'DashboardListsApi');
let listId;
await calls(l('createDashboardList', 'getDashboardList', 'listDashboardLists', 'updateDashboardList'), async () => {
  listId = (await lists('createDashboardList', { body: { name: 'Ours' } })).id;
  assert.equal((await lists('updateDashboardList', { listId, body: { name: 'Theirs' } })).name, 'Theirs');
  assert.equal((await lists('getDashboardList', { listId })).name, 'Theirs');
  assert.equal((await lists('listDashboardLists')).dashboardLists.length, 1);
});
const [items, i] = family('v2', 'DashboardListsApi');
const four = ['create', 'get', 'update', 'delete'].map((verb) => `${verb}DashboardListItems`);
await calls(i(...four), async () => {
  const parameters = { dashboardListId: listId, body: { dashboards: [{ type: 'custom_timeboard', id: dashboardId }] } };
  await items('createDashboardListItems', parameters);
  assert.deepEqual((await items('getDashboardListItems', parameters)).dashboards.map((each) => each.id), [dashboardId]);
  await items('updateDashboardListItems', parameters);
  await items('deleteDashboardListItems', parameters);
  assert.deepEqual((await items('getDashboardListItems', parameters)).dashboards, []);
});
await calls(l('deleteDashboardList'), () => lists('deleteDashboardList', { listId }));
await calls(da('deleteDashboard', 'deleteDashboards', 'restoreDashboards'), async () => {
  assert.equal((await dashboards('deleteDashboard', { dashboardId })).deletedDashboardId, dashboardId);
  const { id } = await dashboards('createDashboard', { body: board });
  const body = { data: [{ id, type: 'dashboard' }] };
  await dashboards('deleteDashboards', { body });
  assert.deepEqual((await dashboards('listDashboards', {})).dashboards, []);
  await dashboards('restoreDashboards', { body });
  assert.deepEqual((await dashboards('listDashboards', {})).dashboards.map((each) => each.id), [id]);
});

const [slos, s] = family('v1', 'ServiceLevelObjectivesApi');
const query = { numerator: 'sum:door.good{*}.as_count()', denominator: 'sum:door.all{*}.as_count()' };
const thresholds = [{ timeframe: '7d', target: 99 }, { timeframe: '30d', target: 98 }];
const objective = { name: 'Doors', type: 'metric', query, thresholds };
let sloId;
await calls(s('createSLO', 'getSLO', 'listSLOs', 'updateSLO', 'checkCanDeleteSLO'), async () => {
  sloId = (await slos('createSLO', { body: objective })).data[0].id;
  assert.equal((await slos('getSLO', { sloId })).data.name, 'Doors');
  assert.deepEqual((await slos('listSLOs', {})).data.map((each) => each.id), [sloId]);
  assert.equal((await slos('updateSLO', { sloId, body: { ...objective, name: 'Gates' } })).data[0].name, 'Gates');
  assert.deepEqual((await slos('checkCanDeleteSLO', { ids: sloId })).data.ok, [sloId]);
});
await calls(s('getSLOHistory'), async () => {
  const { data } = await slos('getSLOHistory', { sloId, fromTs: NOW - 86_400, toTs: NOW });
  assert.equal(data.overall.sliValue, 75);
});
await calls(s('searchSLO'), async () => {
  const found = await slos('searchSLO', { query: 'Gates' });
  assert.deepEqual(found.data.attributes.slos.map((each) => each.data.id), [sloId]);
});
await calls(s('deleteSLOTimeframeInBulk'), async () => {
  const { data } = await slos('deleteSLOTimeframeInBulk', { body: { [sloId]: ['7d'] } });
  assert.deepEqual([data.updated, data.deleted], [[sloId], []]);
});
await calls(s('getSLOCorrections'), async () => assert.deepEqual((await slos('getSLOCorrections', { sloId })).data, []));
await calls(s('deleteSLO'), async () => assert.deepEqual((await slos('deleteSLO', { sloId })).data, [sloId]));

const [spans, sp] = family('v2', 'SpansApi');
const filter = { query: 'service:web', from: 'now-15m', to: 'now' };
await calls(sp('listSpansGet', 'listSpans'), async () => {
  const [first] = (await spans('listSpansGet', { filterQuery: 'service:web' })).data;
  assert.equal(first.attributes.resourceName, 'GET /rooms');
  const data = { type: 'search_request', attributes: { filter } };
  assert.equal((await spans('listSpans', { body: { data } })).data[0].id, first.id);
});
await calls(sp('aggregateSpans'), async () => {
  const data = { type: 'aggregate_request', attributes: { compute: [{ aggregation: 'count' }], filter } };
  const answer = await spans('aggregateSpans', { body: { data } });
  assert.deepEqual(Object.values(answer.data[0].attributes.compute), [1]);
});
const [oldLogs, l1] = family('v1', 'LogsApi');
const [logs, l2] = family('v2', 'LogsApi');
for (const [submit, names, service] of [[oldLogs, l1, 'rooms-v1'], [logs, l2, 'rooms-v2']]) {
  await calls(names('submitLog'), async () => {
    await submit('submitLog', { body: [{ message: '{"took": 7}', service, ddtags: 'room:1', hostname: 'a' }] });
  });
}
await calls(l1('listLogs'), async () => {
  const time = { from: new Date((NOW - 600) * 1000), to: new Date((NOW + 600) * 1000) };
  const answer = await oldLogs('listLogs', { body: { query: 'service:rooms-v1', time } });
  assert.deepEqual(answer.logs.map((each) => each.content.service), ['rooms-v1']);
});
await calls(l2('listLogs', 'listLogsGet'), async () => {
  const body = { filter: { query: '@took:7', from: 'now-15m', to: 'now+1h' }, sort: 'timestamp' };
  const services = (await logs('listLogs', { body })).data.map((each) => each.attributes.service);
  assert.deepEqual(services.sort(), ['rooms-v1', 'rooms-v2']);
  assert.equal((await logs('listLogsGet', { filterQuery: 'service:rooms-v2' })).data.length, 1);
});
await calls(l2('aggregateLogs'), async () => {
  const compute = [{ aggregation: 'sum', metric: '@took', type: 'total' }];
  const body = { compute, filter: { query: 'room:1' }, groupBy: [{ facet: 'host' }] };
  const { buckets } = (await logs('aggregateLogs', { body })).data;
  assert.deepEqual(buckets.map((each) => [each.by, Object.values(each.computes)]), [[{ host: 'a' }, [14]]]);
});
const [policies, p] = family('v2', 'RestrictionPoliciesApi');
await calls(p('updateRestrictionPolicy', 'getRestrictionPolicy', 'deleteRestrictionPolicy'), async () => {
  const resourceId = 'monitor:1';
  const attributes = { bindings: [{ relation: 'editor', principals: ['org:x'] }] };
  await policies('updateRestrictionPolicy', { resourceId, body: { data: { id: resourceId, type: 'restriction_policy', attributes } } });
  assert.equal((await policies('getRestrictionPolicy', { resourceId })).data.attributes.bindings.length, 1);
  await policies('deleteRestrictionPolicy', { resourceId });
  assert.deepEqual((await policies('getRestrictionPolicy', { resourceId })).data.attributes.bindings, []);
});
const [users, u] = family('v2', 'UsersApi');
await calls(u('getCurrentUser', 'listUsers', 'getUser'), async () => {
  const { data } = await users('getCurrentUser');
  assert.deepEqual((await users('listUsers', {})).data.map((each) => each.id), [data.id]);
  assert.equal((await users('getUser', { userId: data.id })).data.attributes.email, data.attributes.email);
});
const [roles, r] = family('v2', 'RolesApi');
await calls(r('listRoles', 'getRole'), async () => {
  const [role] = (await roles('listRoles', {})).data;
  assert.equal((await roles('getRole', { roleId: role.id })).data.id, role.id);
});
const [organizations, o] = family('v1', 'OrganizationsApi');
await calls(o('listOrgs', 'getOrg'), async () => {
  const [organization] = (await organizations('listOrgs')).orgs;
  const read = await organizations('getOrg', { publicId: organization.publicId });
  assert.equal(read.org.name, organization.name);
});
const [snapshots, sn] = family('v1', 'SnapshotsApi');
await calls(sn('getGraphSnapshot'), async () => {
  const { snapshotUrl } = await snapshots('getGraphSnapshot', { start: NOW - 3600, end: NOW, metricQuery: METRIC });
  assert.equal((await fetch(snapshotUrl)).headers.get('content-type'), 'image/png');
});
const [authentication, a] = family('v1', 'AuthenticationApi');
await calls(a('validate'), async () => assert.equal((await authentication('validate')).valid, true));

print('@datadog/datadog-api-client');
