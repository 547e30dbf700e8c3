"""The errors of monitors, stored until an evaluation succeeds."""

import logging

from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Store

from .model import Monitor

log = logging.getLogger(__name__)


def save_error(store: Store, monitor: Monitor, moment: int, error: Exception, name: str = 'error') -> None:
    """Store why a monitor was not evaluated or, as `notify_error`, could not notify; log it if it is new."""
    message = str(error) if isinstance(error, QueryError) else f'{type(error).__name__}: {error}'
    record = store.get('evaluated', monitor['id']) or {'id': monitor['id'], 'time': moment, 'query': monitor['query']}
    if record.get(name) != message:
        log.warning('Monitor %s: %s', monitor['id'], message, exc_info=not isinstance(error, QueryError))
    store.save('evaluated', monitor['id'], {**record, name: message})


def clear_error(store: Store, monitor: Monitor, name: str) -> None:
    """Remove the error with a name, as it did not happen again."""
    record = store.get('evaluated', monitor['id']) or {}
    if record.pop(name, None) is not None:
        store.save('evaluated', monitor['id'], record)


def error(store: Store, monitor: Monitor) -> str | None:
    """Return the error of the last evaluation of a monitor, in one line; None without one."""
    record = store.get('evaluated', monitor['id']) or {}
    messages = (
        record.get('error'),
        f'It could not notify: {record["notify_error"]}' if record.get('notify_error') else None,
    )
    return next((' '.join(message.split()) for message in messages if message), None)
