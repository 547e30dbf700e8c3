"""What Datadog refuses of the messages of a monitor."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox import notifications

from .misfits import Refused


def check(fields: Mapping[str, Any]) -> None:
    """Raise `Refused` unless the name and the messages of a monitor are templates that can be rendered.

    Datadog refuses braces that do not fit together: https://github.com/DataDog/terraform-provider-datadog/issues/1882.
    """
    options = fields.get('options') or {}
    templates = {name: fields.get(name) for name in ('name', 'message')}
    templates['options.escalation_message'] = options.get('escalation_message')
    for name, template in templates.items():
        try:
            notifications.check(template or '')
        except notifications.TemplateError as error:
            raise Refused(f"The value provided for parameter '{name}' is invalid: {error}") from error
