"""The command `custom-check-publish`."""

import os
import re
import sys
import time
import traceback
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import click
import tzlocal
from click.core import ParameterSource

from . import assets, snapshot
from .api import KEY_HELP, Api, ApiError
from .output import Output, change_as_json
from .plan import Change, Plan, carry_out, compare

HERE = Path(__file__).resolve().parent
# Beside the package in a checkout, inside it once installed from a wheel.
DOWNTIMES = next((path for path in (HERE / 'downtimes', HERE.parent / 'downtimes') if path.is_dir()), HERE)
# The sites in Datadog's OpenAPI documents of August 2026; client 2.20 knows fewer.
SITES = (
    'datadoghq.com',
    'us3.datadoghq.com',
    'us5.datadoghq.com',
    'ap1.datadoghq.com',
    'ap2.datadoghq.com',
    'uk1.datadoghq.com',
    'datadoghq.eu',
    'ddog-gov.com',
    'us2.ddog-gov.com',
)
# Sites whose application has a name in front; that of the others is the site itself.
APP_SITES = ('datadoghq.com', 'datadoghq.eu', 'ddog-gov.com')


@cache
def known_timezones() -> frozenset[str]:
    """Return the IANA names, without what a machine may keep beside them."""
    return frozenset(zoneinfo.available_timezones() - {'Factory', 'localtime'})


class Email(click.ParamType):
    """A plain address. Braces and spaces are out: a monitor's message is a template, and a mention ends at a space."""

    name = 'address'
    pattern = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not self.pattern.fullmatch(value):
            self.fail(f'{value!r} is not an e-mail address; one looks like ops@example.com.', param, ctx)
        return value


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
        parts = urlsplit(value)
        if parts.scheme not in ('http', 'https') or not parts.hostname or parts.query or parts.fragment:
            self.fail(f'{value!r} is not the URL of a server; one looks like https://api.datadoghq.com.', param, ctx)
        return value.rstrip('/')


def machine_timezone() -> str:
    """Return the name of the machine's own zone; raise `click.BadParameter` when it has none."""
    try:
        return tzlocal.get_localzone_name()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter('this machine has none set; name one, such as Europe/Paris.') from None


def default_assets() -> Path:
    """Return the assets of the checkout that this package or the working directory is in."""
    tops = [HERE.parent.parent, Path.cwd(), *Path.cwd().parents]
    return next((path for path in (top / 'custom_check' / 'assets' for top in tops) if path.is_dir()), Path('assets'))


CONNECTION: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ('--site',),
        {
            'type': click.Choice(SITES),
            'envvar': 'DD_SITE',
            'default': 'datadoghq.com',
            'metavar': 'SITE',
            'show_default': True,
            'show_envvar': True,
            'help': f'Datadog site: {", ".join(SITES)}.',
        },
    ),
    (('--api-url',), {'type': Url(), 'help': 'Another server for the API: a proxy, or one for tests.'}),
    (('--json', 'as_json'), {'is_flag': True, 'help': 'Print one JSON object on stdout, and words on stderr.'}),
    (('-v', '--verbose'), {'is_flag': True, 'help': 'Also print each request and its answer time.'}),
]
ASSETS: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ('--assets',),
        {
            'type': click.Path(exists=True, file_okay=False, path_type=Path),
            'default': default_assets,
            'show_default': 'custom_check/assets of this checkout',
            'help': 'Folder with dashboards/ and monitors/.',
        },
    ),
]
WANTED: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        ('--email', 'emails'),
        {
            'type': Email(),
            'multiple': True,
            'help': (
                'Whom to notify, repeatable: mentioned by monitors and downtimes, and on the notify list of the '
                'timeboard. Without it nobody is.'
            ),
        },
    ),
    (
        ('--timezone',),
        {
            'type': Timezone(),
            'default': machine_timezone,
            'show_default': "this machine's",
            'help': 'IANA name of the zone of the downtimes.',
        },
    ),
    (
        ('--silence-monday-morning',),
        {'is_flag': True, 'help': 'Also silence Monday, 00:00 to 09:00, which weekends and weeknights leave out.'},
    ),
    *ASSETS,
]
YES = [(('--yes',), {'is_flag': True, 'help': 'Do not ask, not even before removing.'})]


def options(*groups: list[tuple[tuple[str, ...], dict[str, Any]]], hidden: bool = False) -> Callable[..., Any]:
    """Add options to a command, in the order in which `--help` shows them.

    The hidden ones, before the command, have no defaults: those are the business of the command that uses them.
    """

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for names, settings in reversed([option for group in groups for option in group]):
            if hidden:
                settings = {name: value for name, value in settings.items() if 'default' not in name} | {
                    'envvar': None,
                    'hidden': True,
                }
            function = click.option(*names, **settings)(function)
        return function

    return add


@click.group(context_settings={'help_option_names': ['-h', '--help'], 'max_content_width': 100})
@click.version_option(package_name='custom-check-publish')
@options(CONNECTION, WANTED, hidden=True)
@click.pass_context
def cli(ctx: click.Context, **_: Any) -> None:
    """Publish custom_check's timeboard, monitors and downtimes in a Datadog account, again and again.

    Run plan to see what would happen, apply to do it. What exists already and is right is left alone, what differs is
    changed in place, and what somebody else made is never touched.

    The keys come from DD_API_KEY and DD_APP_KEY in the environment. The options of a command may stand before it too.
    """
    given = {
        name: value
        for name, value in ctx.params.items()
        if ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE
    }
    ctx.default_map = dict.fromkeys(cli.commands, given)


@cli.command()
@options(WANTED, CONNECTION)
@click.option('--detailed-exitcode', is_flag=True, help='Exit with 0: nothing to do, 1: error, 2: something to do.')
def plan(detailed_exitcode: bool, **given: Any) -> int:
    """Show what apply would create, change or remove. Changes nothing."""
    output, api, wanted = _prepare(given)
    found = _compare(wanted, api, output)
    output.say(_where(given))
    output.say()
    output.plan(found)
    output.result(command='plan', **_plan_as_json(found, given['site']))
    return 2 if detailed_exitcode and found.pending() else 0


@cli.command()
@options(WANTED, CONNECTION, YES)
def apply(yes: bool, **given: Any) -> int:
    """Show the plan, ask, and carry it out.

    A second run finds nothing to do. A run that failed half-way is finished by the next one. A resource whose asset is
    gone from disk is offered for removal in a question of its own; --yes says yes to both questions.
    """
    _can_ask(yes, given['as_json'])
    output, api, wanted = _prepare(given)
    found = _compare(wanted, api, output)
    output.say(_where(given))
    output.say()
    output.plan(found)
    todo = [change for change in found.pending() if change.action != 'remove']
    removals = [change for change in found.pending() if change.action == 'remove']
    if todo and not yes and not click.confirm('\nCreate and change these?', err=True):
        todo, removals = [], []
        output.say('Nothing was changed.')
    if removals and not yes:
        what = ', '.join(f'{change.kind} {change.key}' for change in removals)
        if not click.confirm(f'\nRemove what has no asset on disk any more ({what})?', err=True):
            removals = []
    return _carry_out('apply', [*todo, *removals], api, output, given['site'])


@cli.command()
@options(CONNECTION, YES)
def destroy(yes: bool, **given: Any) -> int:
    """Remove exactly what apply made, after showing it."""
    _can_ask(yes, given['as_json'])
    output, api = _connect(given)
    found = _compare([], api, output)
    output.plan(found)
    todo = found.pending()
    if todo and not yes and not click.confirm('\nRemove these?', err=True):
        todo = []
        output.say('Nothing was removed.')
    return _carry_out('destroy', todo, api, output, given['site'])


@cli.command('snapshot')
@click.option('--widget', type=int, required=True, metavar='N', help='Which widget of the timeboard; the first is 1.')
@click.option('--email', 'emails', type=Email(), multiple=True, required=True, help='Whom to mail it, repeatable.')
@options(ASSETS, CONNECTION)
def take_snapshot(widget: int, emails: tuple[str, ...], **given: Any) -> int:
    """Mail a picture of a widget's last hour.

    The picture goes into an event that mentions the address, and Datadog mails what mentions one.
    """
    dashboards = assets.load_dashboards(given['assets'])
    if len(dashboards) > 1:
        names = ', '.join(dashboard.key for dashboard in dashboards)
        raise click.BadParameter(f'the folder has several dashboards ({names}).', param_hint="'--assets'")
    try:
        graph, title = snapshot.graph(dashboards[0], widget)
    except click.BadParameter as error:
        error.param_hint = "'--widget'"
        raise
    output, api = _connect(given)
    end = int(time.time())
    with output.waiting('Taking the snapshot'):
        url = api.snapshot(graph, title, end - snapshot.PERIOD, end)
        ready = snapshot.wait_until_ready(url)
    if not ready:
        output.warn('The picture could not be seen from here yet. The mail is sent all the same: it usually follows.')
    event, tag = snapshot.event(url, title, dashboards[0], emails)
    with output.waiting('Posting the event'):
        posted = api.post_event(event, tag, end - 60)
    output.say(f'Snapshot of widget {widget}, "{title}", the last hour:')
    output.say(f'    {url}')
    output.say(f'Event {posted.get("id")} mails it to {", ".join(emails)}.')
    output.result(
        command='snapshot',
        widget=widget,
        title=title,
        snapshot_url=url,
        ready=ready,
        event={'id': posted.get('id'), 'url': posted.get('url')},
        emails=list(emails),
    )
    return 0


def _can_ask(yes: bool, as_json: bool) -> None:
    if not yes and (as_json or not sys.stdin.isatty()):
        why = 'with --json' if as_json else 'without a terminal'
        raise click.UsageError(f'{why} nobody can be asked: add --yes to go ahead, or run plan to look first.')


def _connect(given: dict[str, Any]) -> tuple[Output, Api]:
    output = Output(given['as_json'], given['verbose'])
    keys = {name: os.environ.get(name, '').strip() for name in KEY_HELP}
    if missing := [f'{name} is not set in the environment. {KEY_HELP[name]}' for name, key in keys.items() if not key]:
        raise click.UsageError(' '.join(missing))
    for name, key in keys.items():
        # Checked here, as the exception of a header that cannot be sent quotes it.
        if not re.fullmatch(r'[!-~]+', key):
            raise click.UsageError(f'{name} holds a character that no key has, such as a space or a quote mark.')
    url = given['api_url'] or f'https://api.{given["site"]}'
    host = urlsplit(url).hostname
    if url.startswith('http:') and host not in ('localhost', '127.0.0.1', '::1'):
        output.warn(f'{url} is not encrypted: the keys travel to {host} in the clear.')
    return output, Api(url, keys['DD_API_KEY'], keys['DD_APP_KEY'], output.note, output.trace)


def _prepare(given: dict[str, Any]) -> tuple[Output, Api, list[assets.Resource]]:
    """Read the assets before anything else, so that bad input costs no request."""
    wanted = assets.load(
        given['assets'],
        DOWNTIMES,
        given['emails'],
        given['timezone'],
        datetime.now(UTC),
        given['silence_monday_morning'],
    )
    return *_connect(given), wanted


def _compare(wanted: list[assets.Resource], api: Api, output: Output) -> Plan:
    with output.waiting('Reading the account'):
        return compare(wanted, api)


def _carry_out(command: str, todo: list[Change], api: Api, output: Output, site: str) -> int:
    """Do the changes in their order up to the first that fails, and report what was done and what was not."""
    done: list[Change] = []
    failure = ''
    code = 0
    if todo:
        output.say()
    for change in todo:
        began = time.monotonic()
        try:
            with output.waiting(f'{change.action} {change.kind} {change.key}'):
                carry_out(change, api)
        except ApiError as error:
            failure, code = str(error), 1
            break
        except KeyboardInterrupt:
            failure, code = f'Interrupted during: {change.action} {change.kind} {change.key}.', 130
            break
        done.append(change)
        output.done(change, time.monotonic() - began, link(change, site))
    rest = todo[len(done) :]
    if failure:
        output.say()
        output.say(f'Done: {len(done)}. Not done: {len(rest)}.', 'bold')
        for change in rest:
            output.say(f'    {change.action} {change.kind} {change.key}')
        output.error(f'{failure} Run {command} again to finish: nothing will be doubled.')
    elif done:
        output.say()
        output.say(f'Done: {len(done)}.', 'bold')
    output.result(
        command=command,
        done=[change_as_json(change, link(change, site)) for change in done],
        not_done=[change_as_json(change) for change in rest],
        error=failure or None,
    )
    return code


def link(change: Change, site: str) -> str | None:
    """Return where the resource is in the web application; a downtime has no page of its own that is documented."""
    if change.id is None or change.action == 'remove':
        return None
    app = f'https://app.{site}' if site in APP_SITES else f'https://{site}'
    if change.kind == 'dashboard':
        return app + ((change.live or {}).get('url') or f'/dashboard/{change.id}')
    return f'{app}/monitors/{change.id}' if change.kind == 'monitor' else f'{app}/monitors/downtimes'


def _where(given: dict[str, Any]) -> str:
    return f'{given["api_url"] or given["site"]}, downtimes in {given["timezone"]}'


def _plan_as_json(found: Plan, site: str) -> dict[str, Any]:
    return {
        'changes': [change_as_json(change, link(change, site)) for change in found.changes],
        'clones': [{'kind': kind, 'id': live['id']} for kind, live in found.copies],
        'pending': len(found.pending()),
    }


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and exit: 0 done, 1 failed, 2 wrong input or, as asked, something to do, 130 interrupted."""
    arguments = (sys.argv[1:] if arguments is None else arguments) or ['--help']
    output = Output('--json' in arguments, {'-v', '--verbose'} & set(arguments) != set())
    error, code = '', 1
    try:
        sys.exit(cli.main(arguments, prog_name='custom-check-publish', standalone_mode=False) or 0)
    except click.ClickException as exception:
        if isinstance(exception, click.UsageError) and exception.ctx:
            output.note(exception.ctx.get_usage())
        # With --detailed-exitcode, 2 says that there is something to do.
        error, code = exception.format_message(), 1 if '--detailed-exitcode' in arguments else exception.exit_code
    except click.Abort as exception:
        # Click raises it for Ctrl-C and for the end of the input alike.
        interrupted = isinstance(exception.__context__, KeyboardInterrupt)
        error, code = ('Interrupted.', 130) if interrupted else ('No answer.', 1)
    except ApiError as exception:
        error = str(exception)
    except Exception as exception:
        output.trace(traceback.format_exc())
        error = f'{type(exception).__name__}: {exception}. This is a bug; --verbose shows where.'
    output.error(error)
    output.result(error=error)
    sys.exit(code)
