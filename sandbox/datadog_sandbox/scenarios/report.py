"""Reports of rehearsals: for people, as JSON, and as JUnit XML."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from rich.console import Console
from rich.text import Text

from datadog_sandbox.downtimes import FOREVER
from datadog_sandbox.notifications import number
from datadog_sandbox.terminal import clean
from datadog_sandbox.times import DAY, HOUR, MINUTE

from .coverage import Covered, as_object, percent
from .outcomes import Change, Outcome, Track

STYLES = {
    'OK': 'green', 'Warn': 'black on yellow', 'Alert': 'bold white on red', 'No Data': 'white on bright_black',
    '': 'dim',
}  # fmt: skip
LETTERS = {'': '·', 'OK': '─', 'No Data': 'N', 'Warn': 'W', 'Alert': 'A'}
"""From the least severe state to the most severe, which is the one that a cell of a bar shows."""
RANKS = {state: rank for rank, state in enumerate(LETTERS)}
TICKS = (5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY,
         2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY)  # fmt: skip
FEW, NOTES = 5, 10
"""Up to how many tests each timeline is shown; how many notes are shown."""
NOTHING = 'nothing is expected: a test needs a monitor_test, a query_test, or a mail_test'
LABEL, ROWS, EVENTS, AROUND = 32, 20, 24, 3
"""Columns of a label; without --verbose, the rows of bars, events, and events around a failure that are shown."""


class _Event(NamedTuple):
    moment: int
    order: int
    text: Text
    failed: bool = False
    body: str = ''
    """The whole text of a mail."""


class Report:
    """Prints outcomes of tests on a console."""

    def __init__(self, console: Console, verbose: bool = False, quiet: bool = False) -> None:
        self.console, self.verbose, self.quiet = console, verbose, quiet

    def all(self, outcomes: Sequence[Outcome], seconds: float) -> None:
        """Print the timelines of tests that failed, or of all if they are few; then notes and a summary."""
        for outcome in outcomes:
            if not outcome.passed or self.verbose or (len(outcomes) <= FEW and not self.quiet):
                self.show(outcome)
                self.console.print()
            elif not self.quiet:
                self._line(outcome)
        self._notes(outcomes)
        self.summary(outcomes, seconds)

    def _line(self, outcome: Outcome) -> None:
        place = clean(f'  {outcome.file}:{outcome.line}')
        self._print(Text.assemble((' PASS ', 'bold white on green'), f' {clean(outcome.name)}', (place, 'dim')))

    def _notes(self, outcomes: Sequence[Outcome]) -> None:
        notes = list(dict.fromkeys((outcome.file, note) for outcome in outcomes for note in outcome.notes))
        printed = notes if self.verbose else notes[:NOTES]
        for file, note in printed:
            self._print(Text.assemble(('NOTE', 'bold yellow'), f' {clean(f"{file}: {note}")}'))
        if len(notes) > len(printed):
            self._print(Text(f'NOTE {len(notes) - len(printed)} more; --verbose shows them', style='dim'))

    def show(self, outcome: Outcome, verdict: bool = True) -> None:
        """Print the timeline of a test, and whether it passed."""
        self._head(outcome, verdict)
        for id_, name in outcome.monitors.items():
            tracks = [track for track in outcome.tracks if track.monitor == id_]
            if not tracks and id_ not in outcome.subjects and len(outcome.monitors) > 1:
                continue
            self._print(Text(f'\n  {clean(name)}', style='bold'))
            if tracks:
                self._bars(outcome, tracks)
            else:
                reason = outcome.not_due.get(id_, 'the query matches no point')
                self._print(Text(f'  no group: {reason}', style='dim'))
        self._events(outcome)

    def _print(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True)

    def _head(self, outcome: Outcome, verdict: bool) -> None:
        failed = not outcome.passed
        label = Text(' FAIL ' if failed else ' PASS ', 'bold white on red' if failed else 'bold white on green')
        begin, end = (datetime.fromtimestamp(moment, outcome.zone) for moment in (outcome.start, outcome.end))
        self._print(
            Text.assemble(
                label if verdict else '',
                (f' {clean(outcome.name)}', 'bold'),
                (f'  {begin:%a %d %b %Y %H:%M} to {end:%a %d %b %H:%M}, {outcome.zone}', 'dim'),
            )
        )

    def _bars(self, outcome: Outcome, tracks: Sequence[Track]) -> None:
        # Groups with the same history share a row.
        rows: dict[Any, list[Track]] = {}
        for track in tracks:
            key = tuple((change.moment, change.new) for change in track.changes), tuple(track.mutes)
            rows.setdefault(key, []).append(track)
        printed = list(rows.values())
        if not self.verbose and len(printed) > ROWS:
            # The rows with the most changes.
            printed = sorted(printed, key=lambda row: -len(row[0].changes))[:ROWS]
        labels = [_cut(_group_names([track.group for track in row])) for row in printed]
        column = max([len('muted'), *map(len, labels)])
        cells = max(10, min(self.console.width - column - 4, max(1, (outcome.end - outcome.start) // MINUTE)))
        for index, (label, row) in enumerate(zip(labels, printed, strict=True)):
            self._print(Text.assemble(f'  {label:{column}}  ', _bar(outcome, row[0], cells)))
            # Rows that are muted at the same time share one row for it, under the last.
            following = printed[index + 1 : index + 2]
            if row[0].mutes and not (following and following[0][0].mutes == row[0].mutes):
                muted = ''.join(
                    '▒' if any(window.start < end and window.end > start for window in row[0].mutes) else ' '
                    for start, end in _cells(outcome, cells)
                ).rstrip()
                self._print(Text(f'  {"muted":>{column}}  {muted}', style='dim'))
        self._print(Text(f'  {"":{column}}  {_axis(outcome, cells)}', style='dim'))
        left = len(rows) - len(printed)
        if left:
            self._print(Text(f'  {left} more rows: --verbose shows them', style='dim'))

    def _events(self, outcome: Outcome) -> None:
        events = sorted(_events_of(outcome), key=lambda event: event[:2])
        if not events:
            return
        self._print(Text(''))
        printed = set(range(len(events)))
        if not self.verbose and len(events) > EVENTS:
            failed = [index for index, event in enumerate(events) if event.failed]
            near = {near for index in failed for near in range(index - AROUND, index + AROUND + 1)}
            printed &= near or set(range(EVENTS))
        last, day = -1, ''
        for index in [*sorted(printed), len(events)]:
            if index - last > 1:
                self._print(Text(f'  … {index - last - 1} more; --verbose shows them', style='dim'))
            last = index
            if index < len(events):
                body = events[index].body if self.verbose else ''
                time = datetime.fromtimestamp(events[index].moment, outcome.zone)
                date = f'{time:%a %d %b}'
                self._print(
                    Text.assemble((f'  {date if date != day else "":10} {time:%H:%M}  ', 'dim'), events[index].text)
                )
                day = date
                for line in body.splitlines():
                    self._print(Text(f'                    │ {clean(line)}'.rstrip(), style='dim'))

    def coverage(self, covered: Sequence[Covered]) -> None:
        """Print what no test reaches of each monitor."""
        for entry in covered:
            if not entry.files:
                self._print(Text(f'  {clean(entry.name)}: no test reaches it', 'yellow'))
            elif entry.missing:
                head = f'  {clean(entry.name)}: {percent([entry]):.0f} %, not reached: '
                self._print(Text.assemble(head, (clean(', '.join(entry.missing)), 'yellow')))
        count = len(covered)
        self._print(Text(f'{percent(covered):.0f} % of {count} monitor{"s" * (count != 1)} covered', 'bold'))

    def summary(self, outcomes: Sequence[Outcome], seconds: float) -> None:
        """Print the failures of all tests, and how many passed."""
        failed = [outcome for outcome in outcomes if not outcome.passed]
        for outcome in failed:
            for failure in outcome.failures:
                place = f'{outcome.file}:{failure.line}'
                self._print(
                    Text.assemble(('FAILED', 'bold red'), f' {clean(f"{place}: {outcome.name}: {failure.message}")}')
                )
            if not outcome.expected:
                place = f'{outcome.file}:{outcome.line}'
                self._print(Text.assemble(('ERROR', 'bold red'), f' {clean(f"{place}: {outcome.name}: {NOTHING}")}'))
        parts = [f'{len(failed)} failed'] if failed else []
        passed = len(outcomes) - len(failed)
        parts += [f'{passed} passed'] if passed or not failed else []
        expectations = sum(outcome.expected for outcome in outcomes)
        style = 'bold red' if failed else 'bold green'
        self._print(
            Text.assemble(
                (', '.join(parts), style), f' in {seconds:.2f} s; {expectations} expectation{"s" * (expectations != 1)}'
            )
        )


def _cut(label: str) -> str:
    return label if len(label) <= LABEL else f'{label[: LABEL - 1]}…'


def _group_names(groups: Sequence[str]) -> str:
    if len(groups) == 1:
        return clean(groups[0])
    more = f' and {len(groups) - 1} more'
    name = clean(groups[0])
    return (name if len(name) + len(more) <= LABEL else f'{name[: LABEL - len(more) - 1]}…') + more


def _cells(outcome: Outcome, count: int) -> Iterator[tuple[int, int]]:
    length = max(MINUTE, outcome.end - outcome.start)
    for index in range(count):
        yield outcome.start + length * index // count, outcome.start + length * (index + 1) // count


def _bar(outcome: Outcome, track: Track, count: int) -> Text:
    bar = Text()
    changes, place, state = track.changes, 0, ''
    for start, end in _cells(outcome, count):
        seen = [state]
        while place < len(changes) and changes[place].moment < end:
            state = changes[place].new
            # One at the very start of a cell leaves nothing of the state before.
            seen = [state] if changes[place].moment <= start else [*seen, state]
            place += 1
        worst = max(seen, key=RANKS.__getitem__)
        bar.append(LETTERS[worst], STYLES[worst])
    return bar


def _axis(outcome: Outcome, count: int) -> str:
    """Return the axis under a bar: labels at round times of the clock."""
    span = max(MINUTE, outcome.end - outcome.start)
    form = '%H:%M' if span <= DAY else '%a %H:%M' if span <= 3 * DAY else '%a %d' if span <= 28 * DAY else '%d %b'
    width = len(datetime.fromtimestamp(outcome.start, outcome.zone).strftime(form)) + 2
    tick = next((seconds for seconds in TICKS if seconds * count / span >= width), TICKS[-1])
    line = ''
    for moment in range(outcome.start - outcome.start % MINUTE, outcome.end + 1, min(tick, 5 * MINUTE)):
        # On the clock, so that a tick stays at midnight when the clock changes.
        time = datetime.fromtimestamp(moment, outcome.zone)
        since = time.toordinal() * DAY + time.hour * HOUR + time.minute * MINUTE
        column = (moment - outcome.start) * count // span
        if since % tick < min(tick, 5 * MINUTE) and (column >= len(line) + 2 or not line) and column < count:
            line = f'{line:{column}}{time.strftime(form)}'
    return line


def _events_of(outcome: Outcome) -> Iterator[_Event]:
    same: dict[tuple[int, int, str, str, bool], list[Change]] = {}
    for track in outcome.tracks:
        for change in track.changes:
            key = change.moment, change.monitor, change.old, change.new, track.muted(change.moment)
            same.setdefault(key, []).append(change)
    many = len(outcome.monitors) > 1
    for (moment, monitor, old, new, muted), changes in same.items():
        text = Text()
        text.append(_group_names([change.group for change in changes]))
        text.append(f'  {old or "new"} → ', 'dim')
        text.append(new or 'forgotten', STYLES[new])
        if len(changes) == 1 and changes[0].value is not None:
            text.append(f'  {number(changes[0].value)}')
        text.append('  muted' if muted else '', 'dim')
        text.append(f'  {clean(outcome.monitors[monitor])}' if many else '', 'dim')
        yield _Event(moment, 2, text)
    for mail in outcome.mails:
        head = Text(f'✉ {clean(", ".join(mail.to))}: {clean(mail.title)}', style='cyan')
        yield _Event(mail.moment, 3, head, body=mail.text)
    for name, window in outcome.downtimes:
        until = 'without an end'
        if window.end < FOREVER:
            until = f'until {datetime.fromtimestamp(window.end, outcome.zone):%a %d %b %H:%M}'
        # A downtime that is open before the test begins is shown at the start of the test.
        since = ' goes on' if window.start < outcome.start else ' begins'
        yield _Event(max(window.start, outcome.start), 0, Text(f'downtime{since}, {until}: {clean(name)}', 'magenta'))
        if window.end <= outcome.end:
            yield _Event(window.end, 1, Text(f'downtime ends: {clean(name)}', style='magenta'))
    for failure in outcome.failures:
        text = Text.assemble(('✗ ', 'bold red'), (clean(failure.message), 'red'), (f'  line {failure.line}', 'dim'))
        yield _Event(failure.moment, 4, text, True)


# For programs


def as_json(outcomes: Iterable[Outcome], covered: Sequence[Covered] | None = None) -> str:
    """Return outcomes as JSON; times are ISO 8601, with the offset of the scenario's zone."""
    content: dict[str, Any] = {'tests': [test_object(outcome) for outcome in outcomes]}
    if covered is not None:
        content['coverage'] = as_object(covered)
    return json.dumps(content, indent=2, ensure_ascii=False)


def test_object(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome of a test for JSON."""

    def iso(moment: int) -> str | None:
        return None if moment >= FOREVER else datetime.fromtimestamp(moment, outcome.zone).isoformat()

    return {
        'file': str(outcome.file),
        'line': outcome.line,
        'name': outcome.name,
        'passed': outcome.passed,
        'error': None if outcome.expected else NOTHING,
        'notes': outcome.notes,
        'start': iso(outcome.start),
        'end': iso(outcome.end),
        'expectations': outcome.expected,
        'failures': [
            {'time': iso(failure.moment), 'line': failure.line, 'message': failure.message}
            for failure in outcome.failures
        ],
        'groups': [_group_object(track, outcome.monitors[track.monitor], iso) for track in outcome.tracks],
        'downtimes': [
            {'name': name, 'start': iso(window.start), 'end': iso(window.end)} for name, window in outcome.downtimes
        ],
        'mails': [
            {
                'time': iso(mail.moment),
                'monitor': outcome.monitors.get(mail.monitor or 0),
                'to': list(mail.to),
                'title': mail.title,
                'text': mail.text,
            }
            for mail in outcome.mails
        ],
    }


def _group_object(track: Track, monitor: str, iso: Callable[[int], str | None]) -> dict[str, Any]:
    return {
        'monitor': monitor,
        'group': track.group,
        'changes': [
            {'time': iso(change.moment), 'state': change.new or 'absent', 'value': change.value}
            for change in track.changes
        ],
        'muted': [{'start': iso(window.start), 'end': iso(window.end)} for window in track.mutes],
    }


def write_junit(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write JUnit XML: a suite for each scenario, a case for each test. Raises `OSError`."""
    root = ElementTree.Element('testsuites', _counts(outcomes))
    for file in dict.fromkeys(outcome.file for outcome in outcomes):
        of_file = [outcome for outcome in outcomes if outcome.file == file]
        suite = ElementTree.SubElement(root, 'testsuite', {'name': _xml(str(file)), **_counts(of_file)})
        for outcome in of_file:
            case = ElementTree.SubElement(
                suite,
                'testcase',
                {
                    'name': _xml(outcome.name),
                    'classname': _xml(file.stem),
                    'file': _xml(str(file)),
                    'line': str(outcome.line),
                    'time': f'{outcome.seconds:.3f}',
                },
            )
            if not outcome.expected:
                ElementTree.SubElement(case, 'error', {'message': NOTHING}).text = f'{file}:{outcome.line}: {NOTHING}'
            if outcome.failures:
                lines = [_xml(f'{file}:{failure.line}: {failure.message}') for failure in outcome.failures]
                ElementTree.SubElement(case, 'failure', {'message': lines[0]}).text = '\n'.join(lines)
    ElementTree.indent(root)
    path.write_bytes(ElementTree.tostring(root, 'utf-8', xml_declaration=True))


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        'tests': str(len(outcomes)),
        'failures': str(sum(bool(outcome.failures) for outcome in outcomes)),
        'errors': str(sum(not outcome.expected for outcome in outcomes)),
        'time': f'{sum(outcome.seconds for outcome in outcomes):.3f}',
    }


def _xml(text: str) -> str:
    """Return a string without the characters that XML does not allow."""
    return ''.join(
        character if character >= ' ' and not '\ud800' <= character <= '\udfff' and character not in '\ufffe\uffff' else
        '\N{REPLACEMENT CHARACTER}'
        for character in text
    )  # fmt: skip
