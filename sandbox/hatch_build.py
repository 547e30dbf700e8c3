"""Writes the README into the metadata of the package, where its relative links would lead nowhere."""

import posixpath
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = re.compile(r'\[([^]]+)]\((?![a-z]+:|#)([^)]+)\)')


class ReadmeHook(MetadataHookInterface):
    """Adds `readme`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Link to `Repository` in `[project.urls]`; without one, leave the names of the links."""
        repository = metadata.get('urls', {}).get('Repository', '').rstrip('/')

        def absolute(link: re.Match[str]) -> str:
            path = posixpath.normpath(f'sandbox/{link[2]}')
            return f'[{link[1]}]({repository}/blob/HEAD/{path})' if repository else link[1]

        text = RELATIVE.sub(absolute, Path(self.root, 'README.md').read_text(encoding='utf-8'))
        metadata['readme'] = {'content-type': 'text/markdown', 'text': text}
