"""Which account a command is about."""

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import click

from .api import Api
from .output import Output, application
from .transport import KEY_HELP, Transport


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
