"""The command that proves the pipeline."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from custom_check_publish import assets, prove
from custom_check_publish.hops import Hop
from custom_check_publish.options import assets_option, name_option, with_session
from custom_check_publish.output import Output
from custom_check_publish.publication import Publication
from custom_check_publish.session import Session


@click.command('prove')
@click.option('--host', help='Only this host. Default: all that the account has seen.')
@click.option(
    '--wait',
    type=click.FloatRange(0, prove.LONGEST_WAIT),
    default=0,
    metavar='SECONDS',
    help='Try again until every hop works, for at most this long. Default: once.',
)
@click.option(
    '--alert',
    is_flag=True,
    help=f'Then wait until a monitor has alerted and recovered: for SECONDS, or {prove.REHEARSAL:.0f} without --wait.',
)
@click.option('--strict', is_flag=True, help='Also break at a widget whose metric another integration sends.')
@name_option
@assets_option
@with_session
def prove_pipeline(
    session: Session, name: str, folder: Path, host: str | None, wait: float, alert: bool, strict: bool
) -> int:
    """Show hop by hop whether the pipeline works now: keys, host, my_metric, timeboard, monitors, downtimes, mail.

    Every hop is checked, and the first broken hop is named first. The exit code is 0 only when all hops work. A widget
    of a metric that another integration sends, such as MySQL's, may be empty.
    """
    output = session.output
    wanted = assets.load(Publication(folder, name, datetime.now(UTC)))
    api = session.connect()
    prover = prove.Prover(api, wanted, name, host, api.now, strict)
    output.say(f'{session.where}, name {name}')
    output.say()
    hops = _until_ok(prover, wait, output)
    for hop in hops:
        output.hop(hop)
    if alert and all(hop.ok for hop in hops):
        with output.waiting('Waiting for an alert and its recovery'):
            hops.append(prover.rehearse(wait or prove.REHEARSAL, output.note))
        output.hop(hops[-1])
    broken = [hop.name for hop in hops if not hop.ok]
    output.say()
    output.say(_verdict(broken, [hop.name for hop in hops if hop.absent]), 'bold')
    output.result(command='prove', name=name, works=not broken, hops=[asdict(hop) for hop in hops])
    return 1 if broken else 0


def _until_ok(prover: prove.Prover, wait: float, output: Output) -> list[Hop]:
    """Return the hops as soon as all hold, or as they are after waiting so many seconds."""
    deadline = time.monotonic() + wait
    while True:
        hops = list(prover.hops())
        broken = next((hop for hop in hops if not hop.ok), None)
        left = deadline - time.monotonic()
        if not broken or left <= 0:
            return hops
        output.note(f'{broken.name}: {broken.found[0]}. Trying again, for {left:.0f} s more.')
        time.sleep(min(prove.POLL_EVERY, left))


def _verdict(broken: list[str], absent: list[str]) -> str:
    if not broken:
        empty = f' Not here, and of another integration: {", ".join(absent)}.' if absent else ''
        return f'The pipeline works.{empty}'
    also = f' Also broken: {", ".join(broken[1:])}.' if broken[1:] else ''
    return f'The pipeline is broken at: {broken[0]}.{also}'
