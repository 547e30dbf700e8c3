"""What a line is expected to be in the time to come, for forecast().

Datadog publishes what its algorithms are like: `linear` "for metrics that have steady trends", with models that "do a
robust linear regression through the entire history" (simple), "adjust to the most recent trend" while "robust to
recent noise" (default), or "extrapolate recent behavior" (reactive); `seasonal` "expects the same minute after the
hour behaves like past minutes after the hour", and so on. So these are ours, and approximated. See
https://docs.datadoghq.com/monitors/types/forecasts/.
"""

import numpy as np

from .lines import NORMAL, least_squares_line, robust_line, spread
from .seasons import past_seasons, typical

# The share of the history, its end, that a model looks at, and the fewest values of it.
MODELS = {'simple': 1.0, 'default': 0.5, 'reactive': 0.1}
LEAST_VALUES = 5
# "This algorithm requires at least two seasons of history".
LEAST_SEASONS = 2

Prediction = tuple[np.ndarray, np.ndarray]
"""The values, and how far one standard deviation is from them."""


def linear(values: np.ndarray, ahead: int, model: str) -> Prediction:
    """Return the next values of each line, on a straight line through its last ones."""
    predicted, deviations = (np.full((len(values), ahead), np.nan) for _ in range(2))
    future = np.arange(values.shape[1], values.shape[1] + ahead)
    for row, line in enumerate(values):
        at = np.flatnonzero(~np.isnan(line))
        at = at[-max(LEAST_VALUES, round(len(at) * MODELS[model])) :]
        if len(at) < 2:
            continue
        fit = (least_squares_line if model == 'reactive' else robust_line)(at, line[at])
        predicted[row] = np.polyval(fit, future)
        deviations[row] = spread(line[at] - np.polyval(fit, at))
    return predicted, deviations


def seasonal(values: np.ndarray, times: np.ndarray, ahead: int, season: int, timezone: str) -> Prediction:
    """Return the next values of each line: the median of those at the same time of up to six seasons."""
    interval = int(times[1] - times[0])
    future = times[-1] + interval * np.arange(1, ahead + 1)
    # What lies more than a season ahead is like the season that comes next.
    within = times[-1] + interval + (future - times[-1] - interval) % season
    past = past_seasons(values, times, within, season, timezone)
    predicted = typical(past, LEAST_SEASONS)
    distances = np.abs(past - predicted)
    deviations = np.full((len(values), 1), np.nan)
    for row in range(len(values)):
        known = distances[:, row][~np.isnan(distances[:, row])]
        if len(known):
            deviations[row] = NORMAL * np.median(known)
    return predicted, np.broadcast_to(deviations, predicted.shape)
