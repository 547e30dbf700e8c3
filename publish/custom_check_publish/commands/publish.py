"""The commands that compare what should exist with the account: plan, apply, destroy."""

import sys
import time

import click

from custom_check_publish.api import Api
from custom_check_publish.assets import Resource
from custom_check_publish.failures import explain
from custom_check_publish.kinds import DOWNTIME
from custom_check_publish.options import name_option, with_session, with_wanted, yes_option
from custom_check_publish.output import change_as_json
from custom_check_publish.plan import Change, Done, Plan, compare
from custom_check_publish.session import Session


@click.command('plan')
@with_wanted
@with_session
@click.option('--detailed-exitcode', is_flag=True, help='Exit with 0: nothing to do, 1: error, 2: something to do.')
def show_plan(session: Session, wanted: list[Resource], name: str, detailed_exitcode: bool) -> int:
    """Show what apply would create, change or remove. Changes nothing."""
    plan = _compare(session, session.connect(), wanted, name)
    session.output.result(
        command='plan',
        name=name,
        changes=[change_as_json(change, change.live, session.app) for change in plan.changes],
        clones=[{'kind': kind.name, 'id': live['id']} for kind, live in plan.clones],
        notes=plan.notes,
        pending=len(plan.pending()),
    )
    return 2 if detailed_exitcode and plan.pending() else 0


@click.command()
@with_wanted
@with_session
@yes_option
def apply(session: Session, wanted: list[Resource], name: str, yes: bool) -> int:
    """Show the plan, ask, and carry it out.

    A second run finds nothing to do. A run that failed half-way is finished by the next one. For a resource
    whose asset was deleted, a second question asks whether to remove it; --yes answers both.
    """
    _can_ask(session, yes)
    api = session.connect()
    plan = _compare(session, api, wanted, name)
    todo = [change for change in plan.pending() if change.action != 'remove']
    removals = [change for change in plan.pending() if change.action == 'remove']
    declined = False
    if todo and not yes and not click.confirm('\nCreate and change these?', err=True):
        todo, removals, declined = [], [], True
        session.output.say('Nothing was changed.')
    if removals and not yes:
        what = ', '.join(f'{change.kind} {change.key}' for change in removals)
        if not click.confirm(f'\nRemove these, whose assets were deleted ({what})?', err=True):
            removals, declined = [], True
    return _carry_out(session, api, 'apply', [*todo, *removals]) or int(declined)


@click.command()
@name_option
@with_session
@yes_option
def destroy(session: Session, name: str, yes: bool) -> int:
    """Remove exactly what apply created under this name, after showing it."""
    _can_ask(session, yes)
    api = session.connect()
    plan = _compare(session, api, [], name)
    if plan.pending() and not yes and not click.confirm('\nRemove these?', err=True):
        session.output.say('Nothing was removed.')
        return 1
    return _carry_out(session, api, 'destroy', plan.pending())


def _can_ask(session: Session, yes: bool) -> None:
    if not yes and (session.output.as_json or not _has_terminal()):
        why = 'with --json' if session.output.as_json else 'without a terminal'
        raise click.UsageError(f'{why} no question can be asked: add --yes, or run plan to see the changes.')


def _has_terminal() -> bool:
    # Python gives no object for a closed standard input.
    return sys.stdin is not None and sys.stdin.isatty()


def _compare(session: Session, api: Api, wanted: list[Resource], name: str) -> Plan:
    output = session.output
    with output.waiting('Reading the account'):
        plan = compare(wanted, api, name)
    zones = {resource.unmarked['display_timezone'] for resource in wanted if resource.kind is DOWNTIME}
    output.say(', '.join([session.where, f'name {name}', *(f'downtimes in {zone}' for zone in zones)]))
    output.say()
    output.plan(plan)
    return plan


def _carry_out(session: Session, api: Api, command: str, todo: list[Change]) -> int:
    """Do the changes in their order up to the first that fails, and report what was done and what was not."""
    output, app = session.output, session.app
    done: list[tuple[Change, Done]] = []
    failure, code = '', 0
    if todo:
        output.say()
    try:
        for change in todo:
            began = time.monotonic()
            with output.waiting(f'{change.action} {change.kind} {change.key}'):
                done.append((change, change.carry_out(api)))
            output.done(*done[-1], time.monotonic() - began, app)
    except (Exception, KeyboardInterrupt) as error:
        failure, code = explain(error, output)
        if code > 128:
            failure = f'{failure.rstrip(".")} in the middle of: {change.action} {change.kind} {change.key}.'
    rest = todo[len(done) :]
    if done or rest:
        output.say()
        output.say(f'Done: {len(done)}.' + (f' Not done: {len(rest)}.' if rest else ''), 'bold')
    for change in rest:
        output.say(f'    {change.action} {change.kind} {change.key}')
    if failure:
        output.error(f'{failure} Run {command} again to finish: nothing is created twice.')
    output.result(
        command=command,
        done=[change_as_json(change, it.live, app) for change, it in done],
        not_done=[change_as_json(change, change.live, app) for change in rest],
        error=failure or None,
    )
    return code
