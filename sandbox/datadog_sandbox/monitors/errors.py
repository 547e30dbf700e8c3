"""What went wrong in the evaluation of a monitor, kept until it is evaluated without an error."""

import logging

from datadog_sandbox.query import QueryError
from datadog_sandbox.store import Store

from .model import Monitor

log = logging.getLogger(__name__)


def keep_error(store: Store, monitor: Monitor, moment: int, error: Exception, name: str = 'error') -> None:
    """Keep why a monitor was not evaluated, or with `notify_error` could not notify, at a moment; log what is new."""
    message = str(error) if isinstance(error, QueryError) else f'{type(error).__name__}: {error}'
    record = store.get('evaluated', monitor['id']) or {'id': monitor['id'], 'time': moment, 'query': monitor['query']}
    if record.get(name) != message:
        log.warning('Monitor %s: %s', monitor['id'], message, exc_info=not isinstance(error, QueryError))
    store.put('evaluated', monitor['id'], {**record, name: message})


def clear_error(store: Store, monitor: Monitor, name: str) -> None:
    """Forget an error of a kind, as it did not happen again."""
    record = store.get('evaluated', monitor['id']) or {}
    if record.pop(name, None) is not None:
        store.put('evaluated', monitor['id'], record)


def error(store: Store, monitor: Monitor) -> str | None:
    """Return what went wrong when a monitor was last evaluated, in one line; None when nothing did."""
    record = store.get('evaluated', monitor['id']) or {}
    messages = (
        record.get('error'),
        f'It could not notify: {record["notify_error"]}' if record.get('notify_error') else None,
    )
    return next((' '.join(message.split()) for message in messages if message), None)
