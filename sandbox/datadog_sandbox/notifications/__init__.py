"""Notifications: messages rendered as by Datadog, and the mails with them; `smtp` sends these."""

from .blanks import remarks
from .graphs import expected, graph
from .letters import html, period, text
from .mails import downtime_mail, event_mail, monitor_mail
from .mentions import handles, mentions
from .templates import TemplateError, check, render
from .variables import context, number

__all__ = [
    'TemplateError', 'check', 'context', 'downtime_mail', 'event_mail', 'expected', 'graph', 'handles', 'html',
    'mentions', 'monitor_mail', 'number', 'period', 'remarks', 'render', 'text',
]  # fmt: skip
