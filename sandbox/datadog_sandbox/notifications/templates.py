"""The templates of messages: conditions, variables, and helpers.

Source: https://docs.datadoghq.com/monitors/notify/variables/
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from . import expressions
from .expressions import ExpressionError

LONGEST = 65_536
"""Most characters of a message. Datadog documents no limit."""
DEEPEST = 50
"""Most levels of nested blocks, and of nested parentheses."""

# In each pattern, no character fits two adjacent repetitions, so that a match takes linear time.
VERBATIM = re.compile(r'\{\{\{\{\s*([\w.]+)([^{}]*)\}\}\}\}')
VERBATIM_END = re.compile(r'\{\{\{\{/\s*([\w.]+)\s*\}\}\}\}')
UNESCAPED = re.compile(r'\{\{\{([^{}]*)\}\}\}')
TAG = re.compile(r'\{\{([#^/]?)([^{}]*)\}\}')
# A quotation mark that is not closed quotes the rest, as in examples of Datadog's documentation.
WORD = re.compile(
    r"""
    "(?P<double>[^"]*)(?:"|$) | '(?P<single>[^']*)(?:'|$) | (?P<bare>\[[^\]\s]*\][^\s()"']* | [^\s()"']+) | [()]
    """,
    re.VERBOSE,
)

CONDITIONS = frozenset(
    f'is_{name}'
    for name in (
        'alert', 'warning', 'no_data', 'unknown', 'recovery', 'renotify', 'alert_recovery', 'warning_recovery',
        'no_data_recovery', 'unknown_recovery', 'alert_to_warning', 'warning_to_alert', 'alert_to_no_data',
        'no_data_to_alert', 'no_data_to_warning', 'warning_to_no_data', 'match', 'exact_match', 'priority',
    )
)  # fmt: skip
MATCHING = ('is_match', 'is_exact_match')
HELPERS = frozenset({'eval', 'local_time', 'override_priority', 'urlencode'})


class TemplateError(ValueError):
    """Says in one line why a message cannot be rendered."""


class Context(NamedTuple):
    """The values that a message is rendered with."""

    variables: Mapping[str, str]
    conditions: frozenset[str]
    """The conditions without parameters that are true, such as `is_alert`."""
    priority: int | None = None
    numbers: Mapping[str, float] = {}
    """The unrounded values of numeric variables, for `{{eval}}`."""


class Bare(str):
    """A word of a helper without quotation marks."""


@dataclass(frozen=True)
class Helper:
    """The content of braces: a variable, or a helper with its arguments."""

    words: tuple['str | Helper', ...]
    escaped: bool = True

    @property
    def name(self) -> str:
        first = self.words[0] if self.words else ''
        return first if isinstance(first, str) else ''


@dataclass(frozen=True)
class Block:
    """A condition, and the parts to render if it is true, and if it is not."""

    condition: Helper
    then: list['Part'] = field(default_factory=list)
    otherwise: list['Part'] = field(default_factory=list)


Part = str | Helper | Block


def words(inside: str) -> tuple[str | Helper, ...]:
    """Return the words in braces; a helper in parentheses counts as a word."""
    stack: list[list[str | Helper]] = [[]]
    for match in WORD.finditer(inside):
        if match[0] == '(':
            stack.append([])
        elif match[0] == ')':
            if len(stack) > 1:
                inner = stack.pop()
                stack[-1].append(Helper(tuple(inner)))
        elif match['bare'] is not None:
            stack[-1].append(Bare(match['bare']))
        else:
            stack[-1].append(next(text for text in match.group('double', 'single') if text is not None))
        if len(stack) > DEEPEST:
            raise TemplateError(f'The parentheses of a helper are nested more than {DEEPEST} deep.')
    return tuple(word for level in stack for word in level)


class _Scanner:
    """Finds the tags, which are in braces, from left to right, in linear time."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.last = {closer: template.rfind(closer) for closer in ('--}}', '}}')}
        self.ends: dict[str, list[int]] = {}
        for match in VERBATIM_END.finditer(template):
            self.ends.setdefault(match[1], []).append(match.start())

    def tags(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield (kind, content, start, end) of each tag.

        The kind is what follows the braces (`#`, `^`, `/`, `!`, `{`, or nothing), or `verbatim`.
        """
        template, position = self.template, 0
        while (start := template.find('{{', position)) >= 0:
            kind, inside, end = self._tag(start)
            if end > start:
                yield kind, inside, start, end
            position = max(end, start + 1)

    def _tag(self, start: int) -> tuple[str, str, int]:
        """Return the kind, content, and end of the tag at a position; if there is none, the end is the start."""
        template = self.template
        if template.startswith('{{!', start):
            closer = '--}}' if template.startswith('{{!--', start) else '}}'
            if start < self.last[closer]:
                return '!', '', template.index(closer, start) + len(closer)
            return '', '', start
        if match := VERBATIM.match(template, start):
            ends = self.ends.get(match[1], [])
            place = bisect_left(ends, match.end())
            if place < len(ends):
                closing = VERBATIM_END.match(template, ends[place])
                assert closing
                return 'verbatim', match[1] + match[2], closing.end()
        if match := UNESCAPED.match(template, start):
            return '{', match[1], match.end()
        if match := TAG.match(template, start):
            return match[1], match[2].strip(), match.end()
        return '', '', start


@lru_cache(maxsize=256)
def parse_template(template: str) -> list[Part]:
    """Return the strings, helpers, and blocks of a template. Raises `TemplateError`."""
    if len(template) > LONGEST:
        raise TemplateError(f'A message has at most {LONGEST} characters, not {len(template)}.')
    root: list[Part] = []
    # For each open block: its name, the block, and the list for the next part.
    stack: list[tuple[str, Block | None, list[Part]]] = [('', None, root)]
    position = 0
    for kind, inside, start, end in _Scanner(template).tags():
        parts = stack[-1][2]
        if position < start:
            parts.append(template[position:start])
        position = end
        if kind == 'verbatim':
            parts.append(_verbatim(inside, template[start:end]))
        elif kind == '{':
            parts.append(Helper(words(inside), escaped=False))
        elif kind in ('#', '^'):
            stack.append(_opened(kind, inside, parts))
            if len(stack) > DEEPEST + 1:
                raise TemplateError(f'Blocks are nested more than {DEEPEST} deep.')
        elif kind == '/':
            name = stack.pop()[0] if len(stack) > 1 else ''
            if name != inside:
                raise TemplateError('{{/%s}} closes %s.' % (inside, 'the block {{#%s}}' % name if name else 'no block'))
        elif kind == '' and inside == 'else' and (block := stack[-1][1]) is not None:
            other = block.otherwise if parts is block.then else block.then
            stack[-1] = (stack[-1][0], block, other)
        elif kind == '':
            parts.append(Helper(words(inside)))
    if len(stack) > 1:
        raise TemplateError('{{#%s}} is not closed.' % stack[-1][0])
    root.append(template[position:])
    return root


def _opened(kind: str, inside: str, parts: list[Part]) -> tuple[str, Block, list[Part]]:
    """Add a block to the parts, and return its entry of the stack."""
    block = Block(Helper(words(inside)))
    if not block.condition.name:
        raise TemplateError('{{%s}} names no condition.' % kind)
    parts.append(block)
    return block.condition.name, block, block.then if kind == '#' else block.otherwise


def _verbatim(inside: str, source: str) -> Part:
    """Return the part for `{{{{raw}}}}`, or for a condition in four braces: nothing in its text is replaced."""
    text = source[source.index('}}}}') + 4 : source.rindex('{{{{')]
    condition = Helper(words(inside))
    return text if condition.name == 'raw' else Block(condition, [text])


def check(template: str) -> None:
    """Raise `TemplateError` for a message whose blocks do not match, or that is too long or nested too deeply."""
    parse_template(template)


def remark(helper: Helper) -> str:
    """Return why a helper renders as nothing: it is unknown, or its expression is invalid; empty otherwise."""
    name = helper.name
    if _matches_unquoted(helper):
        return '{{#%s %s …}} is never true: the variable must be in quotation marks' % (name, helper.words[1])
    if name == 'eval':
        try:
            expressions.check(''.join(word for word in helper.words[1:] if isinstance(word, str)))
        except ExpressionError as error:
            return '{{eval}} renders as nothing: %s' % error
    elif len(helper.words) > 1 and name not in HELPERS and name not in CONDITIONS:
        return '{{%s …}} is not a helper that Datadog documents, and renders as nothing' % name
    return ''


def render(template: str, context: Context, show: Callable[[str], str] = str) -> str:
    """Return a rendered message, in which `show` transforms the values in double braces.

    Variables without a value, unknown helpers, and expressions that cannot be calculated render as nothing. Raises
    `TemplateError`.
    """
    return ''.join(_rendered(parse_template(template), context, show))


def overridden_priority(template: str, context: Context) -> int | None:
    """Return the priority of the last `{{override_priority 'P1'}}` that is rendered; else that of the monitor."""
    priority = context.priority
    for part in _rendered_parts(parse_template(template), context):
        if isinstance(part, Helper) and part.name == 'override_priority':
            match = re.fullmatch(r'[Pp]([1-5])', str(part.words[1]) if len(part.words) == 2 else '')
            priority = int(match[1]) if match else priority
    return priority


def _rendered_parts(parts: Sequence[Part], context: Context) -> Iterator[str | Helper]:
    """Yield the strings and helpers outside of blocks, and in the branches that the conditions select."""
    for part in parts:
        if isinstance(part, Block):
            yield from _rendered_parts(part.then if _is_true(part.condition, context) else part.otherwise, context)
        else:
            yield part


def _rendered(parts: Sequence[Part], context: Context, show: Callable[[str], str]) -> Iterator[str]:
    for part in _rendered_parts(parts, context):
        if isinstance(part, str):
            yield part
        elif value := _value(part, context):
            yield show(value) if part.escaped else value


def _value(word: str | Helper, context: Context) -> str:
    """Return the value of a variable, or of a helper."""
    if isinstance(word, str):
        # A key with a period is written in brackets: `[dot.key].name`.
        return context.variables.get(word.replace('[', '').replace(']', ''), '')
    arguments = word.words[1:]
    match word.name:
        case 'eval' if arguments:
            return _evaluated(arguments[0], context)
        case 'urlencode' if arguments:
            return quote(_value(arguments[0], context), safe='')
        case 'local_time' if len(arguments) == 2:
            return _local_time(str(arguments[0]), str(arguments[1]), context)
    return _value(word.name, context) if len(word.words) == 1 else ''


def _evaluated(expression: str | Helper, context: Context) -> str:
    try:
        return expressions.evaluate(str(expression), {**context.variables, **context.numbers})
    except ExpressionError:
        return ''


def _local_time(name: str, zone: str, context: Context) -> str:
    epoch = context.variables.get(f'{name}_epoch')
    try:
        local = datetime.fromtimestamp(int(epoch or '') / 1000, ZoneInfo(zone))
    except (KeyError, OSError, ValueError):
        return ''
    return local.isoformat(' ', 'seconds')


def _matches_unquoted(helper: Helper) -> bool:
    """Whether it matches a variable without quotes: https://github.com/DataDog/documentation/pull/2176"""
    return helper.name in MATCHING and len(helper.words) > 1 and isinstance(helper.words[1], Bare)


def _is_true(condition: Helper, context: Context) -> bool:
    name, arguments = condition.name, condition.words[1:]
    if _matches_unquoted(condition):
        return False
    expected = [word if isinstance(word, str) else _value(word, context) for word in arguments[1:]]
    if name == 'is_match' and arguments:
        value = _value(arguments[0], context)
        return any(text in value if text else bool(value) for text in expected)
    if name == 'is_exact_match' and arguments:
        value = _value(arguments[0], context)
        return any(text == value or _same_number(text, value) for text in expected)
    if name == 'is_priority':
        return any(str(text).upper() == f'P{context.priority}' for text in arguments)
    return name in context.conditions


def _same_number(text: str, other: str) -> bool:
    try:
        return float(text) == float(other)
    except ValueError:
        return False
