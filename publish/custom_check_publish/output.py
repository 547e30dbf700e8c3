"""What the command prints: words for people, or one JSON object; never a key."""

import difflib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from .plan import Action, Change, Difference, Plan

SIGNS: dict[Action, tuple[str, str]] = {
    'create': ('+', 'green'),
    'change': ('~', 'yellow'),
    'remove': ('-', 'red'),
    'keep': ('=', 'dim'),
}
DONE: dict[Action, str] = {'create': 'created', 'change': 'changed', 'remove': 'removed', 'keep': 'kept'}
SLOW = 2.0
"""Seconds after which a wait says what it is waiting for."""


def redact(text: str) -> str:
    """Return the text without the keys, whoever put them there: a server's message, an exception, a traceback."""
    for name in ('DD_API_KEY', 'DD_APP_KEY'):
        secret = os.environ.get(name, '').strip()
        # Shorter ones are no keys, and replacing a letter or two would garble every word.
        if len(secret) >= 6:
            text = text.replace(secret, f'<{name}>')
    return text


class Output:
    """Answers go to stdout, all else to stderr. With `as_json`, stdout is one JSON object, printed by `result`."""

    def __init__(self, as_json: bool = False, verbose: bool = False) -> None:
        self.as_json = as_json
        self.verbose = verbose
        self._stdout = Console(highlight=False, soft_wrap=True, emoji=False)
        self._stderr = Console(highlight=False, emoji=False, stderr=True)
        # Whole lines for a file or a pipe; a terminal gets them folded between words.
        self._stderr.soft_wrap = not self._stderr.is_terminal
        self._words = self._stderr if as_json else self._stdout

    def say(self, text: str = '', style: str = '') -> None:
        self._words.print(Text(redact(text), style=style))

    def note(self, text: str) -> None:
        self._stderr.print(Text(redact(text), style='dim'))

    def trace(self, text: str) -> None:
        if self.verbose:
            self.note(text)

    def warn(self, text: str) -> None:
        self._stderr.print(Text.assemble(('Warning: ', 'yellow'), redact(text)))

    def error(self, text: str) -> None:
        self._stderr.print(Text.assemble(('Error: ', 'bold red'), redact(text)))

    def result(self, **fields: Any) -> None:
        """Print the one JSON object, in JSON mode only."""
        if self.as_json:
            self._stdout.print(Text(redact(json.dumps(fields, indent=2, ensure_ascii=False))))

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Show a spinner on a terminal; elsewhere one line, and only once it takes longer than `SLOW`."""
        if self._stderr.is_terminal:
            with self._stderr.status(text):
                yield
            return
        timer = threading.Timer(SLOW, self.note, [f'{text} …'])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def plan(self, plan: Plan) -> None:
        for change in plan.changes:
            self.change(change)
        for kind, live in plan.copies:
            self.warn(
                f'{kind} {live["id"]} carries the marker of another, older one: a clone. It is left alone; take the '
                'marker out of it to end this warning.'
            )
        counts = ', '.join(
            f'{plan.count(action)} {words}'
            for action, words in (
                ('create', 'to create'),
                ('change', 'to change'),
                ('remove', 'to remove'),
                ('keep', 'unchanged'),
            )
            if plan.count(action)
        )
        self.say()
        self.say(
            f'Plan: {counts}.' if plan.pending() else f'Nothing to change: {counts or "nothing is there"}.', 'bold'
        )

    def change(self, change: Change) -> None:
        sign, style = SIGNS[change.action]
        words = Text(f'{sign} {change.action:<6} {change.kind:<9} {change.key}', style=style)
        if change.id is not None:
            words.append(f'  {change.id}', 'dim')
        self._words.print(words)
        self._words.print(Text(redact(f'    {change.title}'), style='dim'))
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
            words = Text(redact(text), style=style, overflow='fold')
            self._words.print(Padding(words, (0, 0, 0, indent), expand=False), soft_wrap=False)
        else:
            self.say(' ' * indent + text, style)

    def done(self, change: Change, seconds: float, url: str | None) -> None:
        _, style = SIGNS[change.action]
        id_ = f'  {change.id}' if change.id is not None else ''
        self._words.print(
            Text.assemble((f'{DONE[change.action]:<7}', style), f' {change.kind:<9} {change.key}{id_}  {seconds:.1f} s')
        )
        if url:
            self.say(f'    {url}')


def change_as_json(change: Change, url: str | None = None) -> dict[str, Any]:
    """Return one change in the form that `--json` documents."""
    return {
        'action': change.action,
        'kind': change.kind,
        'asset': change.key,
        'title': change.title,
        'id': change.id,
        'url': url,
        'differences': [
            {'field': difference.path, 'old': difference.old, 'new': difference.new}
            for difference in change.differences
        ],
    }


def _word(value: Any) -> str:
    return '(none)' if value is None else json.dumps(value, ensure_ascii=False)
