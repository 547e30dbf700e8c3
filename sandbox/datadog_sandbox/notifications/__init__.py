"""Notifications: messages rendered as by Datadog, the mails with them, and the way of these to an SMTP server."""

from .graphs import expected, graph
from .letters import html, period, text
from .mails import downtime_mail, event_mail, monitor_mail
from .mentions import mentions
from .smtp import eml, send
from .templates import TemplateError, check, remarks, render
from .variables import context, number

__all__ = [
    'TemplateError', 'check', 'context', 'downtime_mail', 'eml', 'event_mail', 'expected', 'graph', 'html',
    'mentions', 'monitor_mail', 'number', 'period', 'remarks', 'render', 'send', 'text',
]  # fmt: skip
