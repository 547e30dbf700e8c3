"""The command `custom-check-publish`."""

import os
import re
import signal
import sys
import threading
import time
import traceback
import zoneinfo
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache, wraps
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from urllib.parse import urlsplit

import click
import tzlocal

from . import assets, prove, snapshot
from .api import Api
from .marker import DEFAULT_NAME, WORD
from .output import DATADOG_SITE, Output, application, change_as_json
from .plan import Change, Done, Plan, compare
from .transport import KEY_HELP, ApiError, Transport

HERE = Path(__file__).resolve().parent


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends the command as Ctrl-C does: after it has said what is done and what is not."""


class Matching(click.ParamType):
    """A text that a regular expression matches whole. `hint` says what is wrong with another, and what is allowed."""

    def __init__(self, name: str, pattern: str, hint: str) -> None:
        self.name = name
        self.pattern = pattern
        self.hint = hint

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(self.pattern, value):
            self.fail(f'{value!r} {self.hint}', param, ctx)
        return value


# Braces and spaces are out: a monitor's message is a template, and a mention ends at a space.
EMAIL = Matching(
    'address',
    r"[A-Za-z0-9.!#$%&'*+/=?^_-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
    'is not an e-mail address; one looks like ops@example.com.',
)
NAME = Matching('name', WORD, 'is not a name; it may hold a to z, 0 to 9, and between them ".", "_" and "-".')
# The keys go to the site, so it has to be one of Datadog's own domains.
SITE = Matching(
    'site',
    DATADOG_SITE,
    'is not a Datadog site; one looks like datadoghq.com, us5.datadoghq.com, datadoghq.eu or ddog-gov.com.',
)


class Timezone(click.ParamType):
    """An IANA name."""

    name = 'zone'

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in known_timezones():
            near = get_close_matches(value, known_timezones(), n=3)
            hint = f'did you mean {" or ".join(near)}?' if near else 'one looks like Europe/Paris or UTC.'
            self.fail(f'{value!r} is not an IANA time zone; {hint}', param, ctx)
        return value


class Url(click.ParamType):
    """An http or https URL of a server."""

    name = 'url'

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if '@' in value:
            self.fail('it may not hold a user name or a password; the keys come from the environment.', param, ctx)
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(''), None
        if parts.scheme not in ('http', 'https') or not parts.hostname or parts.query or parts.fragment or port == 0:
            self.fail(f'{value!r} is not the URL of a server; one looks like https://api.datadoghq.com.', param, ctx)
        return value.rstrip('/')


@cache
def known_timezones() -> frozenset[str]:
    """Return the IANA names, without what a machine may keep beside them."""
    return frozenset(zoneinfo.available_timezones() - {'Factory', 'localtime'})


def machine_timezone() -> str:
    """Return the name of the machine's own zone; raise `click.BadParameter` when it has none."""
    try:
        return tzlocal.get_localzone_name()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter('this machine has none set; name one, such as Europe/Paris.') from None


def default_assets() -> Path:
    """Return the assets of the checkout that this package or the working directory is in."""
    tops = [HERE.parent.parent]
    with suppress(FileNotFoundError):
        # A working directory may have been deleted.
        tops += [Path.cwd(), *Path.cwd().parents]
    return next((path for path in (top / 'custom_check' / 'assets' for top in tops) if path.is_dir()), Path('assets'))


@dataclass
class Session:
    """Which account, and how to speak of it."""

    site: str
    api_url: str | None
    output: Output

    @property
    def where(self) -> str:
        return self.api_url or self.site

    @property
    def app(self) -> str:
        return application(self.site, self.api_url)

    def connect(self) -> Api:
        """Raise `click.UsageError` for keys that are missing or cannot be any."""
        keys = {name: os.environ.get(name, '').strip() for name in KEY_HELP}
        if missing := [f'{name} is not set in the environment. {KEY_HELP[name]}' for name in keys if not keys[name]]:
            raise click.UsageError(' '.join(missing))
        for name, key in keys.items():
            # Checked here, as the exception of a header that cannot be sent quotes it.
            if not re.fullmatch(r'[!-~]+', key):
                raise click.UsageError(f'{name} holds a character that no key has, such as a space or a quote mark.')
        url = self.api_url or f'https://api.{self.site}'
        host = urlsplit(url).hostname
        if url.startswith('http:') and host not in ('localhost', '127.0.0.1', '::1'):
            self.output.warn(f'{url} is not encrypted: the keys travel to {host} in the clear.')
        return Api(Transport(url, keys['DD_API_KEY'], keys['DD_APP_KEY'], self.output.note, self.output.trace))


def with_session(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that every command has, and hand it a `Session` in their place."""

    @click.option(
        '--site',
        type=SITE,
        envvar='DD_SITE',
        default='datadoghq.com',
        show_default=True,
        show_envvar=True,
        help='Datadog site, such as datadoghq.eu or us5.datadoghq.com.',
    )
    @click.option('--api-url', type=Url(), help='Another server for the API, and for the links: a sandbox, or a proxy.')
    @click.option('--json', 'as_json', is_flag=True, help='Print one JSON object on stdout, and words on stderr.')
    @click.option('-v', '--verbose', is_flag=True, help='Also print each request and its answer time.')
    @wraps(command)
    def run(site: str, api_url: str | None, as_json: bool, verbose: bool, **rest: Any) -> int:
        return command(session=Session(site, api_url, Output(as_json, verbose)), **rest)

    return run


def with_wanted(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say what should exist, and hand a command the list of it in their place."""

    @click.option(
        '--email',
        'emails',
        type=EMAIL,
        multiple=True,
        help='Whom to notify, repeatable: mentioned by monitors and downtimes, and on the notify list of the '
        'timeboard. Without it nobody is.',
    )
    @click.option(
        '--timezone',
        type=Timezone(),
        default=machine_timezone,
        show_default="this machine's",
        help='IANA name of the zone of the downtimes.',
    )
    @click.option(
        '--silence-monday-morning',
        is_flag=True,
        help='Also silence Monday, 00:00 to 09:00, which weekends and weeknights leave out.',
    )
    @name_option
    @assets_option
    @wraps(command)
    def run(
        emails: tuple[str, ...], timezone: str, silence_monday_morning: bool, name: str, folder: Path, **rest: Any
    ) -> int:
        without = () if silence_monday_morning else (assets.MONDAY_MORNING,)
        now = datetime.now(UTC)
        wanted = assets.load(folder, assets.DOWNTIMES, name, emails, timezone, now, without)
        return command(wanted=wanted, name=name, **rest)

    return run


name_option = click.option(
    '--name',
    type=NAME,
    default=DEFAULT_NAME,
    show_default=True,
    help='Name of this set of resources. Sets with different names live in one account side by side.',
)
assets_option = click.option(
    '--assets',
    'folder',
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=default_assets,
    show_default='custom_check/assets of this checkout',
    help='Folder with dashboards/ and monitors/.',
)
yes_option = click.option('--yes', is_flag=True, help='Do not ask, not even before removing.')


@click.group(context_settings={'help_option_names': ['-h', '--help'], 'max_content_width': 100})
@click.version_option(package_name='custom-check-publish')
def cli() -> None:
    """Publish custom_check's timeboard, monitors and downtimes in a Datadog account, again and again.

    Run plan to see what would happen, apply to do it. What exists already and is right is left alone, what differs is
    changed in place, and what somebody else made is never touched.

    The keys come from DD_API_KEY and DD_APP_KEY in the environment.
    """


@cli.command()
@with_wanted
@with_session
@click.option('--detailed-exitcode', is_flag=True, help='Exit with 0: nothing to do, 1: error, 2: something to do.')
def plan(session: Session, wanted: list[assets.Resource], name: str, detailed_exitcode: bool) -> int:
    """Show what apply would create, change or remove. Changes nothing."""
    found = _compare(session, session.connect(), wanted, name)
    session.output.result(
        command='plan',
        name=name,
        changes=[change_as_json(change, change.live, session.app) for change in found.changes],
        clones=[{'kind': kind, 'id': live['id']} for kind, live in found.clones],
        notes=found.notes,
        pending=len(found.pending()),
    )
    return 2 if detailed_exitcode and found.pending() else 0


@cli.command()
@with_wanted
@with_session
@yes_option
def apply(session: Session, wanted: list[assets.Resource], name: str, yes: bool) -> int:
    """Show the plan, ask, and carry it out.

    A second run finds nothing to do. A run that failed half-way is finished by the next one. A resource whose asset is
    gone from disk is offered for removal in a question of its own; --yes says yes to both questions.
    """
    _can_ask(session, yes)
    api = session.connect()
    found = _compare(session, api, wanted, name)
    todo = [change for change in found.pending() if change.action != 'remove']
    removals = [change for change in found.pending() if change.action == 'remove']
    declined = False
    if todo and not yes and not click.confirm('\nCreate and change these?', err=True):
        todo, removals, declined = [], [], True
        session.output.say('Nothing was changed.')
    if removals and not yes:
        what = ', '.join(f'{change.kind} {change.key}' for change in removals)
        if not click.confirm(f'\nRemove what has no asset on disk any more ({what})?', err=True):
            removals, declined = [], True
    return _carry_out(session, api, 'apply', [*todo, *removals]) or int(declined)


@cli.command()
@name_option
@with_session
@yes_option
def destroy(session: Session, name: str, yes: bool) -> int:
    """Remove exactly what apply made under this name, after showing it."""
    _can_ask(session, yes)
    api = session.connect()
    found = _compare(session, api, [], name)
    if found.pending() and not yes and not click.confirm('\nRemove these?', err=True):
        session.output.say('Nothing was removed.')
        return 1
    return _carry_out(session, api, 'destroy', found.pending())


@cli.command('prove')
@click.option('--host', help='Only this host. Default: all that the account has seen.')
@click.option(
    '--wait',
    type=click.FloatRange(0, prove.LONGEST_WAIT),
    default=0,
    metavar='SECONDS',
    help='Try again until every hop holds, for at most so long. Default: once.',
)
@click.option(
    '--alert',
    is_flag=True,
    help=f'Then wait until a monitor has alerted and recovered: for SECONDS, or {prove.REHEARSAL:.0f} without --wait.',
)
@click.option('--strict', is_flag=True, help='Also break at a widget whose metric another integration sends.')
@name_option
@assets_option
@with_session
def prove_pipeline(
    session: Session, name: str, folder: Path, host: str | None, wait: float, alert: bool, strict: bool
) -> int:
    """Show hop by hop whether the pipeline works now: keys, host, my_metric, timeboard, monitors, downtimes, mail.

    Every hop is looked at. Exits with 0 only when all hold; the first one that does not is named first. A widget of a
    metric that another integration sends, such as MySQL's, may be empty.
    """
    output = session.output
    wanted = assets.load(folder, assets.DOWNTIMES, name, (), 'UTC', datetime.now(UTC), (assets.MONDAY_MORNING,))
    api = session.connect()
    prover = prove.Prover(api, wanted, name, host, api.now, strict)
    output.say(f'{session.where}, name {name}')
    output.say()
    hops = _hold(prover, wait, output)
    for hop in hops:
        output.hop(hop)
    if alert and all(hop.ok for hop in hops):
        with output.waiting('Waiting for an alert and its recovery'):
            hops.append(prover.rehearse(wait or prove.REHEARSAL, output.note))
        output.hop(hops[-1])
    broken = [hop.name for hop in hops if not hop.ok]
    output.say()
    output.say(_verdict(broken, [hop.name for hop in hops if hop.absent]), 'bold')
    output.result(command='prove', name=name, works=not broken, hops=[asdict(hop) for hop in hops])
    return 1 if broken else 0


def _hold(prover: prove.Prover, wait: float, output: Output) -> list[prove.Hop]:
    """Return the hops as soon as all hold, or as they are after waiting so many seconds."""
    deadline = time.monotonic() + wait
    while True:
        hops = list(prover.hops())
        broken = next((hop for hop in hops if not hop.ok), None)
        left = deadline - time.monotonic()
        if not broken or left <= 0:
            return hops
        output.note(f'{broken.name}: {broken.found[0]}. Trying again, for {left:.0f} s more.')
        time.sleep(min(prove.POLL_EVERY, left))


def _verdict(broken: list[str], absent: list[str]) -> str:
    if not broken:
        empty = f' Not here, and of another integration: {", ".join(absent)}.' if absent else ''
        return f'The pipeline works.{empty}'
    also = f' Also broken: {", ".join(broken[1:])}.' if broken[1:] else ''
    return f'The pipeline is broken at: {broken[0]}.{also}'


@cli.command('snapshot')
@click.option('--widget', type=int, required=True, metavar='N', help='Which widget of the timeboard; the first is 1.')
@click.option('--email', 'emails', type=EMAIL, multiple=True, required=True, help='Whom to mail it, repeatable.')
@assets_option
@with_session
def take_snapshot(session: Session, widget: int, emails: tuple[str, ...], folder: Path) -> int:
    """Mail a picture of a widget's last hour.

    The picture goes into an event that mentions the address, and Datadog mails what mentions one.
    """
    output = session.output
    dashboards, monitors = assets.load_dashboards(folder), assets.load_monitors(folder)
    if len(dashboards) > 1:
        names = ', '.join(dashboard.key for dashboard in dashboards)
        raise click.BadParameter(f'the folder has several dashboards ({names}).', param_hint="'--assets'")
    try:
        graph, title = snapshot.graph(dashboards[0], widget)
    except snapshot.WidgetError as error:
        raise click.BadParameter(str(error), param_hint="'--widget'") from None
    api = session.connect()
    end = int(time.time())
    with output.waiting('Taking the snapshot'):
        url = api.snapshot(graph, title, end - snapshot.PERIOD, end)
        ready = snapshot.wait_until_ready(url)
    if not ready:
        output.warn('The picture could not be seen from here yet. The mail is sent all the same: it usually follows.')
    event, tag = snapshot.event(url, title, dashboards[0], monitors, emails)
    with output.waiting('Posting the event'):
        posted = api.post_event(event, tag, end - 60)
    output.say(f'Snapshot of widget {widget}, "{title}", the last hour:')
    output.say(f'    {url}')
    output.say(f'Event {posted["id"]} mails it to {", ".join(emails)}.')
    output.result(
        command='snapshot',
        widget=widget,
        title=title,
        snapshot_url=url,
        ready=ready,
        event={'id': posted['id'], 'url': posted.get('url')},
        emails=list(emails),
    )
    return 0


def _can_ask(session: Session, yes: bool) -> None:
    if not yes and (session.output.as_json or not _has_terminal()):
        why = 'with --json' if session.output.as_json else 'without a terminal'
        raise click.UsageError(f'{why} nobody can be asked: add --yes to go ahead, or run plan to look first.')


def _has_terminal() -> bool:
    # Python gives no object for a closed standard input.
    return sys.stdin is not None and sys.stdin.isatty()


def _compare(session: Session, api: Api, wanted: list[assets.Resource], name: str) -> Plan:
    output = session.output
    with output.waiting('Reading the account'):
        found = compare(wanted, api, name)
    zones = {one.unmarked['display_timezone'] for one in wanted if one.kind == 'downtime'}
    output.say(', '.join([session.where, f'name {name}', *(f'downtimes in {zone}' for zone in zones)]))
    output.say()
    output.plan(found)
    return found


def _carry_out(session: Session, api: Api, command: str, todo: list[Change]) -> int:
    """Do the changes in their order up to the first that fails, and report what was done and what was not."""
    output, app = session.output, session.app
    done: list[tuple[Change, Done]] = []
    failure, code = '', 0
    if todo:
        output.say()
    try:
        for change in todo:
            began = time.monotonic()
            with output.waiting(f'{change.action} {change.kind} {change.key}'):
                done.append((change, change.carry_out(api)))
            output.done(*done[-1], time.monotonic() - began, app)
    except (Exception, KeyboardInterrupt) as error:
        failure, code = _explain(error, output)
        if code > 128:
            failure = f'{failure.rstrip(".")} in the middle of: {change.action} {change.kind} {change.key}.'
    rest = todo[len(done) :]
    if done or rest:
        output.say()
        output.say(f'Done: {len(done)}.' + (f' Not done: {len(rest)}.' if rest else ''), 'bold')
    for change in rest:
        output.say(f'    {change.action} {change.kind} {change.key}')
    if failure:
        output.error(f'{failure} Run {command} again to finish: nothing will be doubled.')
    output.result(
        command=command,
        done=[change_as_json(change, it.live, app) for change, it in done],
        not_done=[change_as_json(change, change.live, app) for change in rest],
        error=failure or None,
    )
    return code


def _explain(error: BaseException, output: Output) -> tuple[str, int]:
    """Return the words for what ended a run, and its exit code."""
    if isinstance(error, click.Abort):
        # Click raises it for Ctrl-C and for the end of the input alike, on the line of its question.
        output.note('')
        if not isinstance(error.__context__, KeyboardInterrupt):
            return 'No answer.', 1
        error = error.__context__
    if isinstance(error, Terminated):
        return 'Terminated.', 128 + signal.SIGTERM
    if isinstance(error, KeyboardInterrupt):
        return 'Interrupted.', 128 + signal.SIGINT
    if isinstance(error, ApiError):
        return str(error), 1
    if isinstance(error, assets.AssetError):
        return str(error), 2
    if isinstance(error, click.ClickException):
        if isinstance(error, click.UsageError) and error.ctx:
            output.note(error.ctx.get_usage())
        return error.format_message(), error.exit_code
    if isinstance(error, OSError):
        _discard_output()
        return f'This cannot be read or written here: {error.filename or "the output"}: {error.strerror}.', 2
    output.trace(''.join(traceback.format_exception(error)))
    return f'{type(error).__name__}: {error}. This is a bug; --verbose shows where.', 1


def _discard_output() -> None:
    """Let nothing that is still to be written at exit fail once more."""
    with suppress(AttributeError, OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(*_: int | FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and exit: 0 done, 1 failed or declined, 2 wrong input or, as asked, something to do, 130
    interrupted, 143 terminated."""
    arguments = (sys.argv[1:] if arguments is None else arguments) or ['--help']
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
    output = Output('--json' in arguments, {'-v', '--verbose'} & set(arguments) != set())
    try:
        sys.exit(cli.main(arguments, prog_name='custom-check-publish', standalone_mode=False))
    except (Exception, KeyboardInterrupt) as error:
        words, code = _explain(error, output)
    output.error(words)
    output.result(error=words)
    # With --detailed-exitcode, 2 says that there is something to do.
    sys.exit(1 if code == 2 and '--detailed-exitcode' in arguments else code)
