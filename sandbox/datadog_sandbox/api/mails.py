"""The mails that the account sent. Datadog's API has no such endpoint: there, they are in a mailbox."""

from typing import Any

from .endpoint import Call, endpoint


def list_mails(call: Call) -> Any:
    """Answer with the mails of `from` to `to`, in seconds since the epoch, the oldest first."""
    mails = call.store.mails(call.number('from', 0), call.number('to', 2**53))
    return {'mails': [{**mail.body, 'id': mail.id, 'time': mail.time, 'sent': mail.sent} for mail in mails]}


routes = [endpoint('GET', '/api/sandbox/mails', list_mails, app_key=False)]
