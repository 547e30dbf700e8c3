"""The options of the command, and what each may be."""

import re
import zoneinfo
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache, wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import tzlocal

from . import assets
from .marker import DEFAULT_NAME, WORD
from .output import DATADOG_SITE, Output
from .publication import MONDAY_MORNING, Publication
from .session import Session

HERE = Path(__file__).resolve().parent


class Matching(click.ParamType):
    """A string that a regular expression matches whole. `hint` says what is wrong with another, and what is allowed."""

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
    'is not an e-mail address, such as ops@example.com.',
)
NAME = Matching('name', WORD, 'is not a name; allowed are a to z, 0 to 9, and between them ".", "_", and "-".')
# The keys go to the site, so it has to be one of Datadog's own domains.
SITE = Matching(
    'site',
    DATADOG_SITE,
    'is not a Datadog site, such as datadoghq.com, us5.datadoghq.com, datadoghq.eu, or ddog-gov.com.',
)


class Timezone(click.ParamType):
    """An IANA name."""

    name = 'zone'

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in known_timezones():
            near = get_close_matches(value, known_timezones(), n=3)
            hint = f'; did you mean {" or ".join(near)}?' if near else ', such as Europe/Paris or UTC.'
            self.fail(f'{value!r} is not an IANA time zone{hint}', param, ctx)
        return value


class Url(click.ParamType):
    """An http or https URL of a server."""

    name = 'url'

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if '@' in value:
            self.fail('a user name or a password is not allowed; the keys come from the environment.', param, ctx)
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(''), None
        if parts.scheme not in ('http', 'https') or not parts.hostname or parts.query or parts.fragment or port == 0:
            self.fail(f'{value!r} is not the URL of a server, such as https://api.datadoghq.com.', param, ctx)
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
        raise click.BadParameter('this machine has no time zone: name one, such as Europe/Paris.') from None


def default_assets() -> Path:
    """Return the assets of the checkout that this package or the working directory is in."""
    tops = [HERE.parent.parent]
    with suppress(FileNotFoundError):
        # A working directory may have been deleted.
        tops += [Path.cwd(), *Path.cwd().parents]
    return next((path for path in (top / 'custom_check' / 'assets' for top in tops) if path.is_dir()), Path('assets'))


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
    @click.option('--json', 'as_json', is_flag=True, help='Print one JSON object to stdout, and messages to stderr.')
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
        help='Address to notify: mentioned by monitors and downtimes, and on the notify list of the timeboard. May be '
        'repeated. Default: nobody.',
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
        without = () if silence_monday_morning else (MONDAY_MORNING,)
        publication = Publication(folder, name, datetime.now(UTC), emails, timezone, without)
        return command(wanted=assets.load(publication), name=name, **rest)

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
