// Sends what a client wants to send to Datadog by https to the sandbox: `node --require ./redirect.cjs …`.
// For clients that take the name of a site, and no address.
const http = require('node:http');
const https = require('node:https');

const sandbox = new URL(process.env.SANDBOX_URL ?? process.argv[2]);

https.request = (first, ...rest) => {
  const options = typeof first === 'string' || first instanceof URL ? new URL(first) : first;
  const { method, headers, path, pathname, search } = { ...options, ...(typeof rest[0] === 'object' ? rest[0] : {}) };
  const target = { host: sandbox.hostname, port: sandbox.port, method, headers, path: path ?? pathname + (search ?? '') };
  return http.request(target, ...rest.filter((each) => typeof each === 'function'));
};
