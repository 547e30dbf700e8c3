"""What notes and groups stand on: the background colours that Datadog has names for.

https://docs.datadoghq.com/api/latest/dashboards/: `background_color` of a note and of a group, such as `blue` or
`vivid_blue`, which is a note with white letters.
"""

from typing import Any

HUES = 'blue', 'purple', 'pink', 'orange', 'yellow', 'green', 'gray'


def surface(name: Any) -> str:
    """Return the classes of a page for a background colour; none for the usual one, and for those that are unknown."""
    if name == 'transparent':
        return ' transparent'
    hue = str(name or '').removeprefix('vivid_')
    if hue not in HUES:
        return ''
    return f' {"tint" if hue == name else "vivid"} hue-{hue}'
