"""Asks the code that takes, evaluates, and draws what it would say."""

from collections.abc import Mapping
from typing import Any

from datadog_sandbox import monitors, validation, widgets


def monitor(body: Any) -> str | None:
    """Return why the API refuses a monitor; None when it takes it."""
    try:
        validation.monitor(body)
    except validation.Refused as error:
        return str(error)
    return None


def dashboard(body: Any) -> str | None:
    """Return why the API refuses a dashboard; None when it takes it."""
    try:
        validation.dashboard(body)
    except validation.Refused as error:
        return str(error)
    return None


def remarks(body: Mapping[str, Any]) -> list[monitors.Remark]:
    """Return what of a monitor is not, or only nearly, evaluated as Datadog does."""
    return monitors.remarks(body)


def widget(definition: Mapping[str, Any]) -> str | None:
    """Return why a widget is not drawn, whatever data there is; None when it is."""
    return widgets.refusal(definition)
