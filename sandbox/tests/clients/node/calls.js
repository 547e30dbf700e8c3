// Notes what becomes of each call of a client, as ../calls.py does.
import { readFileSync } from 'node:fs';

export const QUERY = 'avg(last_5m):avg:room.temperature{*} by {host} > 30';
export const METRIC = 'avg:room.temperature{*}';
export const NOW = Math.floor(Date.now() / 1000);
export const URL_OF_SANDBOX = process.argv[2];

const outcomes = {};

// Note the outcome of what is done under the names of the calls that it makes: '' where it does what is expected.
export async function calls(names, act) {
  let error = '';
  try {
    await act();
  } catch (raised) {
    error = described(raised);
  }
  for (const name of [].concat(names)) outcomes[name] ||= error;
}

function described(error) {
  const place = /(try_\w+\.js):(\d+)/.exec(error?.stack ?? '');
  const line = place ? readFileSync(new URL(place[1], import.meta.url), 'utf8').split('\n')[place[2] - 1].trim() : '';
  const said = error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error);
  const body = error?.body ? ` ${JSON.stringify(error.body)}` : '';
  return `${said}${body} (in '${line}')`.replace(/\s+/g, ' ');
}

// Note that a call fails by a fault of the client, with `words` in its error: no server can do anything about it.
export async function faulty(name, words, reason, act) {
  await calls(name, act);
  outcomes[name] = outcomes[name].includes(words) ? `client: ${reason}` : outcomes[name] || `no longer fails: ${words}`;
}

// Print the outcomes as the last line, with the version of the package.
export function print(name, existing = []) {
  const manifest = new URL(`node_modules/${name}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  console.log(JSON.stringify({ version, outcomes, existing }));
}
