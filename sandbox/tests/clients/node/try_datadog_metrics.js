// Tries every kind of metric of `datadog-metrics`: node --require ./redirect.cjs try_datadog_metrics.js URL
import assert from 'node:assert/strict';
import metrics from 'datadog-metrics';
import { NOW, URL_OF_SANDBOX, calls, print } from './calls.js';

const headers = { 'DD-API-KEY': 'any', 'DD-APPLICATION-KEY': 'any' };

// Return the last value of a query, as the sandbox has it.
async function value(query) {
  const span = `from=${NOW - 120}&to=${NOW + 120}`;
  const answer = await fetch(`${URL_OF_SANDBOX}/api/v1/query?${span}&query=${encodeURIComponent(query)}`, { headers });
  const { series } = await answer.json();
  assert.equal(series.length, 1, `${query} has ${series.length} series`);
  return series[0].pointlist.at(-1)[1];
}

const logger = new metrics.BufferedMetricsLogger({ apiKey: 'any', host: 'a', flushIntervalSeconds: 0, retries: 0 });
logger.gauge('room.temperature', 21, ['room:1']);
logger.increment('door.open', 3);
logger.distribution('door.time', 4);
logger.distribution('door.time', 8);
for (const size of [2, 4, 6]) logger.histogram('door.size', size, [], undefined, { aggregates: ['max', 'avg', 'count'] });
await calls(['flush'], () => logger.flush());
await calls(['gauge'], async () => assert.equal(await value('avg:room.temperature{room:1,host:a}'), 21));
await calls(['increment'], async () => assert.equal(await value('sum:door.open{*}.as_count()'), 3));
await calls(['distribution'], async () => {
  assert.equal(await value('sum:door.time{*}'), 12);
  assert.equal(await value('count:door.time{*}'), 2);
});
await calls(['histogram'], async () => {
  assert.equal(await value('max:door.size.max{*}'), 6);
  assert.equal(await value('avg:door.size.avg{*}'), 4);
  assert.equal(await value('sum:door.size.count{*}.as_count()'), 3);
});
await calls(['start', 'stop'], async () => {
  logger.start();
  logger.gauge('room.pressure', 5);
  await logger.stop();
  assert.equal(await value('avg:room.pressure{*}'), 5);
});
const existing = Object.getOwnPropertyNames(metrics.BufferedMetricsLogger.prototype).filter(
  (name) => !['constructor', 'addPoint', 'updateOption', 'performAutoFlush', 'handleProcessExit'].includes(name),
);
print('datadog-metrics', existing);
