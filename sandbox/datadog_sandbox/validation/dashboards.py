"""What Datadog refuses of a dashboard."""

from collections.abc import Mapping
from typing import Any

from .misfits import Misfits, Refused, check, model, quoted

LAX = ('.definition.', '.requests', '.tabs[')
"""Parts of places where Datadog takes new words, and objects without a field that its models require."""
QUERIES = ('q', 'queries', 'query')
"""What a request has one of, or the query of a product."""
MOST_VARIABLES = 100
"""Most template variables, the sandbox's own limit: each of them is looked for in every query."""
TEAM = 'team:'
"""How every tag of a dashboard begins."""


def dashboard(body: Any) -> dict[str, Any]:
    """Return the body of a dashboard as it is kept. Raises `Refused`."""
    misfits = _misfits(body)
    if errors := misfits.refusals(kept=LAX):
        raise Refused(errors[0])
    _require_definitions(body.get('widgets') or [], 'body.widgets')
    if (count := len(body.get('template_variables') or [])) > MOST_VARIABLES:
        raise Refused(f"'template_variables' has {count}; the sandbox takes at most {MOST_VARIABLES}")
    for variable in body.get('template_variables') or []:
        if variable.get('default') is not None and variable.get('defaults') is not None:
            raise Refused("'template_variables' is invalid")
        if '' in (variable.get('defaults') or []):
            raise Refused("Minimum length of parameter 'defaults' should be 1")
    for preset in body.get('template_variable_presets') or []:
        for variable in preset.get('template_variables') or []:
            if variable.get('value') is not None and variable.get('values') is not None:
                raise Refused(f"'template_variables' value '{variable}' is invalid")
    if any(not tag.startswith(TEAM) for tag in body.get('tags') or []):
        raise Refused('Invalid tag format. Valid tag keys are: team.')
    return dict(body)


def _require_definitions(widgets: Any, place: str) -> None:
    """Refuse widgets without a definition, also inside the definitions of others, where `LAX` lets them pass."""
    if not isinstance(widgets, list):
        raise Refused(f'{place} must be a list of widgets')
    for number, widget in enumerate(widgets):
        definition = widget.get('definition') if isinstance(widget, Mapping) else None
        if not isinstance(definition, Mapping):
            raise Refused(f"{place}[{number}] has no 'definition'")
        _require_queries(definition, number)
        _require_definitions(definition.get('widgets') or [], f'{place}[{number}].definition.widgets')


def _require_queries(definition: Mapping[str, Any], number: int) -> None:
    """Refuse a list of requests with one that asks for nothing, in Datadog's words.

    https://github.com/DataDog/terraform-provider-datadog/issues/2243
    """
    requests = definition.get('requests')
    for request in _objects(requests):
        if not any(key in QUERIES or key.endswith('_query') for key in request):
            raise Refused(
                f'Invalid widget definition at position {number} of type {quoted(definition.get("type"))}. Error: '
                f'[{quoted(request)}] is not valid under any of the given schemas.'
            )


def unknown_of_dashboard(body: Any) -> list[str]:
    return _misfits(body).strange


def _misfits(body: Any) -> Misfits:
    for preset in _presets(body):
        # The models say it in other words.
        if preset.get('values') == []:
            raise Refused("Minimum number of elements in parameter 'values' should be 1")
    return check(body, model('v1', 'dashboard', 'Dashboard'))


def _presets(body: Any) -> list[Mapping[str, Any]]:
    """Return the values of the presets, as far as they have the right form."""
    presets = _objects(body.get('template_variable_presets')) if isinstance(body, Mapping) else []
    return [variable for preset in presets for variable in _objects(preset.get('template_variables'))]


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects in a list; none of what is not a list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
