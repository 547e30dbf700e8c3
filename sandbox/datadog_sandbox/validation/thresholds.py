"""What Datadog refuses of the thresholds of a metric monitor, in its own words."""

from collections.abc import Mapping

from .misfits import Refused

ORDER = (('warning', 'critical'), ('critical_recovery', 'critical'), ('warning_recovery', 'warning'))
"""The first of each pair is reached before the second as a value gets worse."""


def check(operator: str, in_query: float, thresholds: Mapping[str, float]) -> None:
    """Raise `Refused` unless the thresholds agree with the query and with each other."""
    if thresholds.get('warning') is not None and 'critical' not in thresholds and 'critical_query' not in thresholds:
        raise Refused('Alert status is required.')
    critical = thresholds.get('critical', in_query)
    if critical != in_query:
        raise Refused(f'Alert threshold ({float(critical)}) does not match that used in the query ({float(in_query)}).')
    # Which way a value gets worse; == and != have no such way.
    sign = {'>': 1, '<': -1}.get(operator[0], 0)
    limits = {'critical': critical, **thresholds}
    for lower, upper in ORDER:
        if lower in limits and upper in limits and sign * (limits[upper] - limits[lower]) < 0:
            way = 'less' if sign > 0 else 'greater'
            raise Refused(
                f'The {lower} threshold ({limits[lower]}) must be {way} than the {upper} threshold ({limits[upper]}).'
            )
