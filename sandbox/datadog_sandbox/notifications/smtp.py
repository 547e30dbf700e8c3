"""The way of a mail to a mail client, and to an SMTP server."""

import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from datadog_sandbox.store import Mail, Store

SENDER = 'Sandbox <alerts@sandbox.invalid>'


def eml(mail: Mail) -> bytes:
    """Return a mail as a file that mail clients open, and as servers take it."""
    return _message(mail).as_bytes()


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage(SMTP.clone(cte_type='7bit'))
    message['From'] = SENDER
    message['To'] = ', '.join(mail.body['to'])
    message['Subject'] = mail.body['subject']
    message['Date'] = format_datetime(datetime.fromtimestamp(mail.time, UTC))
    # The same each time, so that a recipient can recognize a mail that came twice.
    message['Message-ID'] = f'<{mail.id}.{mail.time}@sandbox.invalid>'
    message.set_content(mail.body['text'])
    message.add_alternative(mail.body['html'], subtype='html')
    return message


def send(store: Store, host: str, port: int, timeout: float = 10) -> int:
    """Send what is not sent yet, the oldest first, and return how many mails the server took.

    A mail counts as sent once the server took it. One that the server refuses, or that cannot be written as a message,
    holds up no other. Raises `OSError` or `smtplib.SMTPException` (an `OSError` too) when not all were sent; the rest
    is for the next time.
    """
    waiting = store.mails(unsent=True)
    if not waiting:
        return 0
    refused: smtplib.SMTPException | None = None
    sent = 0
    with smtplib.SMTP(host, port, timeout=timeout) as smtp:
        for mail in waiting:
            try:
                smtp.send_message(_message(mail))
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
