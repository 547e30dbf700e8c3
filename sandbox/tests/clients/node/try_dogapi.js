// Tries every call of `dogapi` for what the sandbox keeps: node --require ./redirect.cjs try_dogapi.js URL
import assert from 'node:assert/strict';
import dogapi from 'dogapi';
import { METRIC, NOW, QUERY, calls, print } from './calls.js';

dogapi.initialize({ api_key: 'any', app_key: 'any' });

// Return the answer of a call: it takes a callback.
function ask(call, ...rest) {
  return new Promise((resolve, reject) => {
    // Its objects have no prototype: JSON makes ordinary ones of them.
    const plain = (answer) => JSON.parse(JSON.stringify(answer ?? null));
    call(...rest, (error, answer) => (error ? reject(new Error(JSON.stringify(error))) : resolve(plain(answer))));
  });
}

const { metric, event, monitor, downtime, tag, host, search, infrastructure, serviceCheck, graph } = dogapi;

await calls(['metric.send', 'metric.send_all'], async () => {
  assert.deepEqual(await ask(metric.send, 'room.temperature', [[NOW, 22]], { host: 'a' }), { status: 'ok' });
  const series = { metric: 'door.open', points: [[NOW, 1]], metric_type: 'count', host: 'a' };
  assert.deepEqual(await ask(metric.send_all, [series]), { status: 'ok' });
});
await calls('metric.query', async () => {
  const answer = await ask(metric.query, NOW - 60, NOW + 1, METRIC);
  assert.equal(answer.series[0].pointlist.at(-1)[1], 22);
});
await calls(['search.query', 'infrastructure.search'], async () => {
  assert.deepEqual((await ask(search.query, 'metrics:room')).results.metrics, ['room.temperature']);
  assert.deepEqual((await ask(infrastructure.search, 'hosts:a')).results.hosts, ['a']);
});
await calls('serviceCheck.check', async () => {
  assert.deepEqual(await ask(serviceCheck.check, 'door.shut', 'a', 0), { status: 'ok' });
});
await calls(['event.create', 'event.get', 'event.query'], async () => {
  const { event: posted } = await ask(event.create, 'Opened', 'a window', { tags: ['room:1'] });
  assert.equal((await ask(event.get, posted.id)).event.title, 'Opened');
  const { events } = await ask(event.query, NOW - 60, NOW + 600, { tags: 'room:1' });
  assert.deepEqual(events.map((each) => each.id), [posted.id]);
});
await calls(['host.mute', 'host.unmute'], async () => {
  assert.equal((await ask(host.mute, 'a', {})).action, 'Muted');
  assert.equal((await ask(host.unmute, 'a')).action, 'Unmuted');
});
await calls(['tag.create', 'tag.get', 'tag.getAll', 'tag.update', 'tag.remove'], async () => {
  assert.deepEqual((await ask(tag.create, 'a', ['floor:2'])).tags, ['floor:2']);
  assert.ok((await ask(tag.get, 'a')).tags.includes('floor:2'));
  assert.deepEqual((await ask(tag.getAll)).tags['floor:2'], ['a']);
  assert.deepEqual((await ask(tag.update, 'a', ['floor:3'])).tags, ['floor:3']);
  await ask(tag.remove, 'a');
  assert.ok(!(await ask(tag.get, 'a')).tags.includes('floor:3'));
});
let id;
await calls(['monitor.create', 'monitor.get', 'monitor.getAll', 'monitor.update'], async () => {
  ({ id } = await ask(monitor.create, 'metric alert', QUERY, { name: 'Warm' }));
  assert.equal((await ask(monitor.get, id)).query, QUERY);
  assert.equal((await ask(monitor.update, id, QUERY, { name: 'Warmer' })).name, 'Warmer');
  assert.deepEqual((await ask(monitor.getAll, {})).map((each) => each.name), ['Warmer']);
});
await calls(['monitor.mute', 'monitor.unmute'], async () => {
  assert.deepEqual((await ask(monitor.mute, id, { scope: 'host:a' })).options.silenced, { 'host:a': null });
  assert.deepEqual((await ask(monitor.unmute, id, 'host:a')).options.silenced, {});
});
await calls(['monitor.muteAll', 'monitor.unmuteAll'], async () => {
  assert.deepEqual((await ask(monitor.muteAll)).scope, ['*']);
  await ask(monitor.unmuteAll);
});
await calls('monitor.remove', async () => {
  assert.deepEqual(await ask(monitor.remove, id), { deleted_monitor_id: id });
});
await calls(['downtime.create', 'downtime.get', 'downtime.getAll', 'downtime.update', 'downtime.remove'], async () => {
  const created = await ask(downtime.create, 'env:lab', { start: NOW + 3600, message: 'repairs' });
  assert.equal((await ask(downtime.get, created.id)).message, 'repairs');
  assert.ok((await ask(downtime.getAll)).some((each) => each.id === created.id));
  const change = { scope: 'env:lab', message: 'later', start: NOW + 3600 };
  assert.equal((await ask(downtime.update, created.id, change)).message, 'later');
  await ask(downtime.remove, created.id);
  assert.ok((await ask(downtime.get, created.id)).canceled >= NOW);
});
await calls('graph.snapshot', async () => {
  const { snapshot_url } = await ask(graph.snapshot, METRIC, NOW - 3600, NOW, null);
  assert.ok(snapshot_url.startsWith('http'));
});
await calls('timeboard.getAll', () => ask(dogapi.timeboard.getAll));
await calls('screenboard.getAll', () => ask(dogapi.screenboard.getAll));
await calls('comment.create', () => ask(dogapi.comment.create, 'hello', {}));
await calls('embed.getAll', () => ask(dogapi.embed.getAll));
await calls('graph.createEmbed', () => ask(graph.createEmbed, {}, {}));
await calls('user.invite', () => ask(dogapi.user.invite, 'a@example.com'));

const notCalls = ['getUsage', 'getHelp', 'handleCli'];
const existing = Object.entries(dogapi).flatMap(([family, functions]) =>
  Object.keys(functions ?? {})
    .filter((name) => typeof functions[name] === 'function' && functions.getUsage && !notCalls.includes(name))
    .map((name) => `${family}.${name}`),
);
print('dogapi', existing);
