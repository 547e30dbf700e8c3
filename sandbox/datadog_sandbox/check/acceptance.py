"""Why the API would refuse an object, and why a widget would not be drawn."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox import monitors, notifications, validation, widgets


def monitor(body: Any) -> str | None:
    """Return why the API refuses a monitor; None when it accepts it."""
    try:
        validation.monitor(body)
    except validation.Refused as error:
        return str(error)
    return None


def dashboard(body: Any) -> str | None:
    """Return why the API refuses a dashboard; None when it accepts it."""
    try:
        validation.dashboard(body)
    except validation.Refused as error:
        return str(error)
    return None


def remarks(body: Mapping[str, Any]) -> list[monitors.Remark]:
    """Return where the evaluation of a monitor differs from Datadog's, and what of its messages renders as nothing."""
    return [*monitors.remarks(body), *notifications.remarks(body)]


def widget(definition: Mapping[str, Any]) -> str | None:
    """Return why a widget is never drawn; None when it is."""
    return widgets.refusal(definition)
