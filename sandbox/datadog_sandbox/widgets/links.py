"""Custom links of a widget."""

import re
from collections.abc import Mapping
from typing import Any

from .model import Context

# Datadog's own: https://docs.datadoghq.com/dashboards/guide/context-links/.
TEMPLATE = re.compile(r'\{\{\s*(\$?[\w.-]+)\s*\}\}')


def links(definition: Mapping[str, Any], context: Context) -> list[tuple[str, str]]:
    """Return label and address of each link; the address is empty where it needs the value that is clicked on."""
    return [
        (str(link.get('label') or link.get('override_label') or ''), _address(str(link.get('link') or ''), context))
        for link in definition.get('custom_links') or []
        if not link.get('is_hidden') and link.get('link')
    ]


def _address(link: str, context: Context) -> str:
    known = {'timestamp_start': str(context.start * 1000), 'timestamp_end': str(context.end * 1000)}
    for name, tags in context.variables.items():
        known[f'${name}'] = ','.join(tags)
        known[f'${name}.value'] = ','.join(tag.partition(':')[2] or tag for tag in tags)
    filled = TEMPLATE.sub(lambda match: known.get(match[1], match[0]), link)
    allowed = filled.startswith(('http://', 'https://', '/')) and not filled.startswith('//')
    return filled if allowed and '{{' not in filled else ''
