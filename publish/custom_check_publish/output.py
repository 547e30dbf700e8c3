"""What the command prints: words for people, or one JSON object; never a key."""

import difflib
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from .drift import Difference
from .hops import Hop
from .keys import hide
from .marker import Live
from .plan import Action, Change, Create, Done, Plan

SIGNS: dict[Action, tuple[str, str]] = {
    'create': ('+', 'green'),
    'change': ('~', 'yellow'),
    'remove': ('-', 'red'),
    'keep': ('=', 'dim'),
}
DONE: dict[Action, str] = {'create': 'created', 'change': 'changed', 'remove': 'removed'}
COUNTS: dict[Action, str] = {
    'create': 'to create',
    'change': 'to change',
    'remove': 'to remove',
    'keep': 'unchanged',
}
DATADOG_SITE = r'([a-z0-9-]+\.)?(datadoghq\.com|datadoghq\.eu|ddog-gov\.com)'
"""What a site of Datadog's own looks like."""
SLOW = 2.0
"""Seconds after which a wait says what it is waiting for."""


def clean(text: str) -> str:
    """Return a string without the keys, whoever put them there, and with the characters that could steer a terminal
    escaped."""
    text = hide(text)
    return ''.join(
        character if character.isprintable() or character == '\n' else ascii(character)[1:-1] for character in text
    )


class _Console(Console):
    def __init__(self, **options: Any) -> None:
        # POSIX calls a width of 0 unspecified; rich prints nothing then.
        unset = {name for name in ('COLUMNS', 'LINES') if not os.environ.get(name, '').strip('0 ')}
        super().__init__(_environ={name: it for name, it in os.environ.items() if name not in unset}, **options)

    def on_broken_pipe(self) -> None:
        """Go on without a reader: one that left after the first lines must not end a run half way."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


class Output:
    """Answers go to stdout, all else to stderr. With `as_json`, stdout is one JSON object, printed by `result`."""

    def __init__(self, as_json: bool, verbose: bool) -> None:
        self.as_json = as_json
        self.verbose = verbose
        # Both print `Text` only, in which nothing is markup.
        self._stdout = _Console(soft_wrap=True)
        self._stderr = _Console(stderr=True)
        # Whole lines for a file or a pipe; a terminal gets them folded between words.
        self._stderr.soft_wrap = not self._stderr.is_terminal
        self._words = self._stderr if as_json else self._stdout

    def say(self, text: str = '', style: str = '') -> None:
        self._words.print(Text(clean(text), style=style))

    def note(self, text: str) -> None:
        self._stderr.print(Text(clean(text), style='dim'))

    def trace(self, text: str) -> None:
        if self.verbose:
            self.note(text)

    def warn(self, text: str) -> None:
        self._stderr.print(Text.assemble(('Warning: ', 'yellow'), clean(text)))

    def error(self, text: str) -> None:
        self._stderr.print(Text.assemble(('Error: ', 'bold red'), clean(text)))

    def result(self, **fields: Any) -> None:
        """Print the one JSON object, in JSON mode only."""
        if self.as_json:
            self._stdout.print(Text(clean(json.dumps(fields, indent=2))))

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Show a spinner on a terminal; elsewhere one line, and only once it takes longer than `SLOW`."""
        if self._stderr.is_terminal:
            with self._stderr.status(text):
                yield
            return
        timer = threading.Timer(SLOW, self.note, [f'{text} …'])
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def plan(self, plan: Plan) -> None:
        for change in plan.changes:
            self.change(change)
        for kind, live in plan.clones:
            self.warn(
                f'{kind} {live["id"]} carries the marker of another one: a clone. It is left alone; take the marker '
                'out of it to end this warning.'
            )
        for note in plan.notes:
            self.warn(note)
        counts = [f'{plan.count(action)} {words}' for action, words in COUNTS.items() if plan.count(action)]
        words = ', '.join(counts) or 'nothing is there'
        self.say()
        self.say(f'Plan: {words}.' if plan.pending() else f'Nothing to change: {words}.', 'bold')

    def change(self, change: Change) -> None:
        sign, style = SIGNS[change.action]
        words = Text(f'{sign} {change.action:<6} {change.kind.name:<9} {change.key}', style=style)
        if change.live:
            words.append(clean(f'  {change.live["id"]}'), 'dim')
        self._words.print(words)
        self._words.print(Text(clean(f'    {change.title}'), style='dim'))
        for line in details(change):
            self._detail(line)
        for difference in change.differences:
            self._difference(difference)

    def _difference(self, difference: Difference) -> None:
        old, new = difference.old, difference.new
        if isinstance(old, str) and isinstance(new, str) and '\n' in old + new:
            self._detail(f'{difference.path}:')
            for line in difflib.ndiff(old.splitlines(), new.splitlines()):
                if line[0] in '+-':
                    self._detail(line, 'green' if line[0] == '+' else 'red', 8)
        elif isinstance(old, dict | list) or isinstance(new, dict | list):
            self._detail(f'{difference.path}:')
            for mark, value, style in (('-', old, 'red'), ('+', new, 'green')):
                if value is not None:
                    self._detail(f'{mark} {json.dumps(value, ensure_ascii=False)}', style, 8)
        else:
            self._detail(f'{difference.path}: {_word(old)} -> {_word(new)}')

    def _detail(self, text: str, style: str = '', indent: int = 6) -> None:
        """Print a line that can be long: folded under its indent on a terminal, whole for a file or a pipe."""
        if self._words.is_terminal:
            words = Text(clean(text), style=style, overflow='fold')
            self._words.print(Padding(words, (0, 0, 0, indent), expand=False), soft_wrap=False)
        else:
            self.say(' ' * indent + text, style)

    def hop(self, hop: Hop) -> None:
        """Print a hop of the pipeline: whether it holds, what was found, and where to look when it does not."""
        sign, style = (
            ('absent', 'yellow') if hop.absent and hop.ok else ('ok', 'green') if hop.ok else ('BROKEN', 'red')
        )
        first, *rest = hop.found
        self._words.print(Text.assemble((f'{sign:<7}', style), clean(f'{hop.name:<28} {first}')))
        for line in rest:
            self.say(f'{"":<36}{line}')
        if hop.look:
            self.say(f'{"":<36}{hop.look}', 'bold')

    def done(self, change: Change, done: Done, seconds: float, app: str) -> None:
        word = 'exists' if done.made_by_another else DONE[change.action]
        words = clean(f' {change.kind.name:<9} {change.key}  {done.live["id"]}  {seconds:.1f} s')
        self._words.print(Text.assemble((f'{word:<7}', SIGNS[change.action][1]), words))
        if done.made_by_another:
            self.note('    Another run created it at the same moment; ours was removed again.')
        if url := link(change, done.live, app):
            self.say(f'    {url}')
        if done.left:
            paths = ', '.join(difference.path for difference in done.left)
            self.warn(f'The account took the change of {change.kind} {change.key}, but not all of it: {paths}.')


def details(change: Change) -> list[str]:
    """Return what a creation will make, in the fields that matter, and whom it will notify."""
    if not isinstance(change, Create):
        return []
    resource = change.resource
    return [*resource.kind.details(resource.unmarked), f'notifies: {", ".join(resource.mails()) or "nobody"}']


def application(site: str, api_url: str | None) -> str:
    """Return where the links lead: the web application of a site, or another server that was asked in its place."""
    if api_url:
        datadog = re.fullmatch(rf'https://api\.({DATADOG_SITE})', api_url)
        if not datadog:
            return api_url
        site = datadog[1]
    # A site without a name in front of its domain, such as datadoghq.eu, has its application at `app`.
    return f'https://app.{site}' if site.count('.') == 1 else f'https://{site}'


def link(change: Change, live: Live, app: str) -> str | None:
    """Return where the resource is in the web application."""
    return None if not live or change.action == 'remove' else app + change.kind.path(live)


def change_as_json(change: Change, live: Live, app: str) -> dict[str, Any]:
    """Return one change in the form that `--json` documents."""
    return {
        'action': change.action,
        'kind': change.kind.name,
        'asset': change.key,
        'title': change.title,
        'id': live.get('id'),
        'url': link(change, live, app),
        'details': details(change),
        'differences': [
            {'field': difference.path, 'old': difference.old, 'new': difference.new}
            for difference in change.differences
        ],
    }


def _word(value: Any) -> str:
    return '(none)' if value is None else json.dumps(value, ensure_ascii=False)
