"""The way of a mail to a mail client, and to an SMTP server."""

import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from datadog_sandbox.store import Mail, Store

from .graphs import graph
from .letters import html, text

SENDER = 'Sandbox <alerts@sandbox.invalid>'


def eml(mail: Mail, base: str = '', graph: bytes | None = None) -> bytes:
    """Return a mail as a file that mail clients open, and as servers take it.

    Its links lead to the server whose address is `base`; a graph, as PNG, is in it.
    """
    return _message(mail, base, graph).as_bytes()


def _message(mail: Mail, base: str, graph: bytes | None) -> EmailMessage:
    message = EmailMessage(SMTP.clone(cte_type='7bit'))
    message['From'] = SENDER
    message['To'] = ', '.join(mail.body['to'])
    message['Subject'] = mail.body['subject']
    message['Date'] = format_datetime(datetime.fromtimestamp(mail.time, UTC))
    # Always the same, so that recipients can recognize a mail that arrives twice.
    message['Message-ID'] = f'<{mail.id}.{mail.time}@sandbox.invalid>'
    message.set_content(text(mail, base))
    id_ = f'graph.{mail.id}.{mail.time}@sandbox.invalid'
    message.add_alternative(html(mail, base, f'cid:{id_}' if graph else ''), subtype='html')
    if graph:
        content = message.get_body(('html',))
        assert content is not None
        content.add_related(graph, 'image', 'png', cid=f'<{id_}>', disposition='inline', filename='graph.png')
    return message


def send(store: Store, host: str, port: int, base: str = '', timeout: float = 10) -> int:
    """Send what is not sent yet, the oldest first, and return how many mails the server took.

    A mail counts as sent once the server took it. One that the server refuses, or that cannot be written as a message,
    holds up no other. Links lead to the server at `base`.

    Raises `OSError` or `smtplib.SMTPException` (an `OSError` too) when not all were sent: the rest is for later.
    """
    waiting = store.mails(unsent=True)
    if not waiting:
        return 0
    refused: smtplib.SMTPException | None = None
    sent = 0
    with smtplib.SMTP(host, port, timeout=timeout) as smtp:
        for mail in waiting:
            try:
                smtp.send_message(_message(mail, base, graph(store, mail)))
            except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
                refused = error
            except (LookupError, ValueError) as error:
                refused = smtplib.SMTPException(f'Mail {mail.id} cannot be written as a message: {error}')
            else:
                store.mark_sent(mail.id)
                sent += 1
    if refused is not None:
        raise refused
    return sent
