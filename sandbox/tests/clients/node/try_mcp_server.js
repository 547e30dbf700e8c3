// Tries every tool of `@winor30/mcp-server-datadog`, as a language model calls them: node try_mcp_server.js URL
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { METRIC, NOW, QUERY, URL_OF_SANDBOX, calls, print } from './calls.js';

const headers = { 'DD-API-KEY': 'any', 'DD-APPLICATION-KEY': 'any', 'Content-Type': 'application/json' };

async function post(path, body) {
  const answer = await fetch(URL_OF_SANDBOX + path, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.json();
}

await post('/api/v1/series', { series: [{ metric: 'room.temperature', points: [[NOW, 22]], host: 'a', type: 'gauge' }] });
await post('/api/v1/monitor', { type: 'metric alert', query: QUERY, name: 'Warm' });
const widgets = [{ definition: { type: 'note', content: 'hello' } }];
const board = await post('/api/v1/dashboard', { title: 'Rooms', layout_type: 'ordered', widgets });

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
await post('/api/v2/logs', [{ message: 'The door is open', service: 'rooms', hostname: 'a' }]);
const transport = new StdioClientTransport({
  command: process.execPath,
  args: ['--require', file('redirect.cjs'), file('node_modules/@winor30/mcp-server-datadog/build/index.js')],
  env: { DATADOG_API_KEY: 'any', DATADOG_APP_KEY: 'any', SANDBOX_URL: URL_OF_SANDBOX },
  stderr: 'ignore',
});
const client = new Client({ name: 'test', version: '1' });
await client.connect(transport);

// Return the text with which a tool answers.
async function tool(name, args = {}) {
  const answer = await client.callTool({ name, arguments: args });
  assert.ok(!answer.isError, answer.content[0].text);
  return answer.content[0].text;
}

// Call a tool, whose answer must have some words.
const says = (name, words, args) => calls(name, async () => assert.ok((await tool(name, args)).includes(words)));

const span = { from: NOW - 600, to: NOW + 60 };
await says('query_metrics', '22', { ...span, query: METRIC });
await says('get_monitors', 'Warm', {});
await says('list_dashboards', 'Rooms', {});
await says('get_dashboard', 'hello', { dashboardId: board.id });
await says('list_traces', 'GET /rooms', { ...span, query: 'service:web' });
await says('list_hosts', '"name":"a"', {});
await says('get_active_hosts_count', '1', {});
await says('mute_host', 'muted successfully', { hostname: 'a' });
await says('unmute_host', 'unmuted successfully', { hostname: 'a' });
await says('schedule_downtime', 'env:lab', { scope: 'env:lab', start: NOW + 3600, timezone: 'UTC' });
await calls(['list_downtimes', 'cancel_downtime'], async () => {
  const listed = await tool('list_downtimes');
  const downtimeId = Number(/"id": (\d+)/.exec(listed)[1]);
  assert.ok((await tool('cancel_downtime', { downtimeId })).includes(downtimeId));
});
await says('get_logs', 'The door is open', { ...span, query: 'service:rooms' });
await says('get_all_services', 'rooms', { ...span, query: '*' });
const logs = { ...span, query: '*' };
for (const [name, args] of [
  ['list_incidents', {}], ['get_incident', { incidentId: '1' }],
  ['get_rum_applications', {}], ['get_rum_events', logs], ['get_rum_grouped_event_count', logs],
  ['get_rum_page_performance', logs], ['get_rum_page_waterfall', { applicationName: 'x', sessionId: 'y' }],
]) {
  await calls(name, () => tool(name, args));
}
const { tools } = await client.listTools();
await client.close();
print('@winor30/mcp-server-datadog', tools.map((each) => each.name));
