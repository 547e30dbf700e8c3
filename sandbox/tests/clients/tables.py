"""What clients can do with the sandbox, found by running them: `python tables.py` writes it into docs/clients.md.

`python tables.py NAME…` does so for some clients alone.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import urllib3
from datadog_sandbox.payload_pb2 import Chunk, Span, TracerPayload, Traces

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[2] / 'docs' / 'clients.md'
NOT_SERVED = re.compile(r'is not served by the sandbox')
CLIENT_FAULT = 'client: '


class Client(NamedTuple):
    """A client, with the command of the program that tries its calls; the address of the sandbox is added."""

    title: str
    command: Sequence[str]


class Outcomes(NamedTuple):
    """What became of the calls of a client; `existing` are all that it has, where its program can say so."""

    version: str
    outcomes: Mapping[str, str]
    existing: Sequence[str]

    @property
    def working(self) -> list[str]:
        return [name for name, error in self.outcomes.items() if not error]

    @property
    def not_served(self) -> list[str]:
        return [name for name, error in self.outcomes.items() if NOT_SERVED.search(error)]

    @property
    def faults(self) -> dict[str, str]:
        """The calls that fail in the client itself, each with the reason."""
        return {
            name: error.removeprefix(CLIENT_FAULT)
            for name, error in self.outcomes.items()
            if error.startswith(CLIENT_FAULT)
        }

    @property
    def failing(self) -> dict[str, str]:
        """The calls that do not do what is expected: there must be none."""
        expected = {*self.working, *self.not_served, *self.faults}
        return {name: error for name, error in self.outcomes.items() if name not in expected}

    @property
    def untried(self) -> list[str]:
        """The calls that the client has for what the sandbox keeps, and that its program does not try."""
        kept = {family(name) for name in self.working}
        return [name for name in self.existing if name not in self.outcomes and family(name) in kept]


OLDEST = '2.20.0'
"""The version of datadog-api-client that ddev pins: others have it beside the sandbox, which needs a newer one."""
IN_ENVIRONMENT = (
    'uv', 'run', '--quiet', '--no-project', '--python', sys.executable, '--with', f'datadog-api-client=={OLDEST}',
    'python',
)  # fmt: skip
PYTHON_CLIENTS = {
    'datadog': Client('`datadog`, for Python', (sys.executable, 'try_datadog.py')),
    'dog': Client('`dog` and `dogwrap`, the commands of `datadog`', (sys.executable, 'try_dog.py')),
    'datadog-api-client': Client('`datadog-api-client`, for Python', (sys.executable, 'try_api_client.py')),
    'datadog-api-client-oldest': Client('`datadog-api-client` as ddev pins it', (*IN_ENVIRONMENT, 'try_api_client.py')),
}
NODE = ('node', '--require', './node/redirect.cjs')
NODE_CLIENTS = {
    '@datadog/datadog-api-client': Client('`@datadog/datadog-api-client`, for Node', (*NODE, 'node/try_api_client.js')),
    'datadog-metrics': Client('`datadog-metrics`, for Node', (*NODE, 'node/try_datadog_metrics.js')),
    'dogapi': Client('`dogapi`, for Node', (*NODE, 'node/try_dogapi.js')),
    '@winor30/mcp-server-datadog': Client('`@winor30/mcp-server-datadog`', (*NODE, 'node/try_mcp_server.js')),
}
CLIENTS = PYTHON_CLIENTS | NODE_CLIENTS


@contextmanager
def sandbox() -> Iterator[str]:
    """Start `datadog-sandbox serve` on a free port, and yield its address."""
    command = [Path(sys.executable).with_name('datadog-sandbox'), 'serve', '--port', '0']
    environment = os.environ | {'PYTHONUNBUFFERED': '1'}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout
            said = next(iter(process.stdout), '')
            address = re.search(r'http://\S+', said)
            assert address, f'the sandbox said {said!r}'
            send_span(address[0])
            yield address[0]
        finally:
            process.terminate()


def send_span(url: str) -> None:
    """Send a span as an Agent does: clients read spans only."""
    start = time.time_ns() - 1_000_000_000
    span = Span(service='web', name='request', resource='GET /rooms', trace_id=1, span_id=2, start=start, duration=5)
    payload = Traces(hostname='a', env='lab', tracers=[TracerPayload(chunks=[Chunk(spans=[span])])])
    headers = {'DD-API-KEY': 'any', 'Content-Type': 'application/x-protobuf'}
    answer = urllib3.request(
        'POST', f'{url}/api/v0.2/traces', body=payload.SerializeToString(), headers=headers, timeout=60
    )
    assert answer.status < 300, answer.data


def tried(client: Client) -> Outcomes:
    """Run a client against a sandbox of its own. Raises `RuntimeError` when its program fails."""
    with sandbox() as url:
        done = subprocess.run([*client.command, url], capture_output=True, text=True, timeout=120, cwd=HERE)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return Outcomes(**{'existing': (), **json.loads(done.stdout.splitlines()[-1])})


def family(name: str) -> str:
    return name.rpartition('.')[0]


def section(name: str, client: Client, outcomes: Outcomes) -> str:
    """Return the part of the document about a client, between its two marks."""
    every = {*outcomes.working, *outcomes.not_served, *outcomes.faults}
    families = sorted({family(each) for each in every}, key=str.casefold)
    kept = [each for each in families if each in {family(call) for call in outcomes.working}]
    foreign = [f'`{each}`' for each in families if each not in kept]
    lines = [
        f'## {client.title}',
        '',
        f'Version {outcomes.version}: {len(outcomes.working)} calls work.',
        '',
        '| | Works | Does not |',
        '| --- | --- | --- |',
        *(row(each, outcomes) for each in kept),
    ]
    if foreign:
        lines += ['', f'Not served: {", ".join(foreign)}.']
    begin, end = marks(name)
    return '\n'.join([begin, '', *lines, '', end])


def row(each: str, outcomes: Outcomes) -> str:
    def words(names: Sequence[str]) -> str:
        return ', '.join(f'`{name.rpartition(".")[2]}`' for name in names if family(name) == each)

    reasons = defaultdict(list)
    for name, reason in outcomes.faults.items():
        reasons[reason].append(name)
    lacking = [f'{names}: {reason}' for reason, calls in reasons.items() if (names := words(calls))]
    if not_served := words(outcomes.not_served):
        lacking.insert(0, f'{not_served}: not served')
    return f'| {f"`{each}`" if each else ""} | {words(outcomes.working)} | {"; ".join(lacking)} |'


def marks(name: str) -> tuple[str, str]:
    return f'<!-- {name}: written by sandbox/tests/clients/tables.py -->', f'<!-- End of {name}. -->'


def written_into(document: str, name: str, text: str) -> str:
    """Return a document with a section in the place of what stands between its marks. Raises `ValueError`."""
    begin, end = marks(name)
    before, mark, rest = document.partition(begin)
    _, other, after = rest.partition(end)
    if not mark or not other:
        raise ValueError(f'{DOCUMENT} has no marks of {name}')
    return f'{before}{text}{after}'


def main(names: Sequence[str]) -> None:
    document = DOCUMENT.read_text(encoding='utf-8')
    for name in names or CLIENTS:
        outcomes = tried(CLIENTS[name])
        document = written_into(document, name, section(name, CLIENTS[name], outcomes))
        for call, error in outcomes.failing.items():
            print(f'{name}: {call}: {error}', file=sys.stderr)
    DOCUMENT.write_text(document, encoding='utf-8')


if __name__ == '__main__':
    main(sys.argv[1:])
