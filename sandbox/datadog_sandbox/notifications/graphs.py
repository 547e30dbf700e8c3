"""The graph in a mail: drawn when somebody first wants to see it, so that no evaluation waits for it."""

import logging

from datadog_sandbox.monitors import refusal
from datadog_sandbox.store import Mail, Store

from .letters import period

WIDTH, HEIGHT = 640, 240
"""Pixels."""
PATIENCE = 10
"""Seconds in which it must be drawn: a mail without a graph is better than one that comes late."""
NOTHING = b''
"""Kept in the place of a graph that cannot be drawn at all."""

log = logging.getLogger(__name__)


def expected(store: Store, mail: Mail) -> bool:
    """Return whether a mail has a graph, as far as one can tell without drawing it."""
    monitor = store.get('monitor', mail.body['monitor']) if 'monitor' in mail.body else None
    if monitor is None or store.picture(_name(mail)) == NOTHING:
        return False
    return refusal(monitor) is None


def _name(mail: Mail) -> str:
    return f'mail-{mail.id}'


def graph(store: Store, mail: Mail) -> bytes | None:
    """Return the graph of the monitor that wrote a mail, as PNG; None where there is none."""
    # A rehearsal, which draws nothing, begins without what draws.
    from datadog_sandbox.pictures import PictureError

    if not expected(store, mail):
        return None
    kept = store.picture(_name(mail))
    if kept is None:
        try:
            kept = _drawn(store, mail)
        except PictureError as error:
            # It may be drawn the next time.
            log.warning('Mail %d has no graph: %s', mail.id, error)
            return None
        store.add_picture(_name(mail), mail.time, kept)
    return kept or None


def _drawn(store: Store, mail: Mail) -> bytes:
    from datadog_sandbox.drawing import specification
    from datadog_sandbox.pictures import png
    from datadog_sandbox.widgets import evaluate

    definition = {'type': 'alert_graph', 'alert_id': mail.body['monitor'], 'group': mail.body.get('group')}
    start, _ = period(store.get('monitor', mail.body['monitor']) or {}, mail.time)
    # The mail shows nothing later than itself.
    widget = evaluate(store, definition, {}, start, mail.time + 1)
    if widget.content is None:
        return NOTHING
    return png(specification(widget.content.drawing(), 'light', WIDTH, HEIGHT), seconds=PATIENCE)
