"""Messages rendered as Datadog renders them, the mails that come of it, and their way to an SMTP server."""

from .mails import downtime_mail, event_mail, monitor_mail
from .mentions import mentions
from .smtp import eml, send
from .templates import TemplateError, check, remarks, render
from .variables import context, number

__all__ = [
    'TemplateError', 'check', 'context', 'downtime_mail', 'eml', 'event_mail', 'mentions', 'monitor_mail', 'number',
    'remarks', 'render', 'send',
]  # fmt: skip
