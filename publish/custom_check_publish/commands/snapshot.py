"""The command that mails a picture."""

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from custom_check_publish import assets, snapshot
from custom_check_publish.marker import DEFAULT_NAME
from custom_check_publish.options import EMAIL, assets_option, with_session
from custom_check_publish.publication import Publication
from custom_check_publish.session import Session


@click.command('snapshot')
@click.option('--widget', type=int, required=True, metavar='N', help='Which widget of the timeboard; the first is 1.')
@click.option(
    '--email', 'emails', type=EMAIL, multiple=True, required=True, help='Address to mail it to. May be repeated.'
)
@assets_option
@with_session
def take_snapshot(session: Session, widget: int, emails: tuple[str, ...], folder: Path) -> int:
    """Mail a picture of a widget's last hour.

    The picture is posted in an event that mentions the address, so that Datadog mails it.
    """
    output = session.output
    publication = Publication(folder, DEFAULT_NAME, datetime.now(UTC))
    dashboards, monitors = assets.load_dashboards(publication), assets.load_monitors(publication)
    if len(dashboards) > 1:
        names = ', '.join(dashboard.key for dashboard in dashboards)
        raise click.BadParameter(f'the folder has several dashboards ({names}).', param_hint="'--assets'")
    try:
        graph, title = snapshot.graph(dashboards[0], widget)
    except snapshot.WidgetError as error:
        raise click.BadParameter(str(error), param_hint="'--widget'") from None
    api = session.connect()
    end = int(time.time())
    with output.waiting('Taking the snapshot'):
        url = api.snapshot(graph, title, end - snapshot.PERIOD, end)
        ready = snapshot.wait_until_ready(url)
    if not ready:
        output.warn('The picture could not be seen from here yet. The mail is sent all the same: it usually follows.')
    event, tag = snapshot.event(url, title, dashboards[0], monitors, emails)
    with output.waiting('Posting the event'):
        posted = api.post_event(event, tag, end - 60)
    output.say(f'Snapshot of widget {widget}, "{title}", the last hour:')
    output.say(f'    {url}')
    output.say(f'Event {posted["id"]} mails it to {", ".join(emails)}.')
    output.result(
        command='snapshot',
        widget=widget,
        title=title,
        snapshot_url=url,
        ready=ready,
        event={'id': posted['id'], 'url': posted.get('url')},
        emails=list(emails),
    )
    return 0
