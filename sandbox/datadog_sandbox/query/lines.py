"""Lines through points: straight ones, and steps. scipy is imported where it is needed: it takes a while."""

import numpy as np

# Residuals beyond so many standard deviations count less: the usual constant of Huber's loss, for 95 % efficiency.
HUBER = 1.345
# What makes a standard deviation of a median absolute deviation, of normal values.
NORMAL = 1.4826


def least_squares_line(at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the slope and the level at 0 of the straight line with the least squares."""
    return np.polyfit(at, values, 1)


def spread(residuals: np.ndarray) -> float:
    """Return the standard deviation as the median absolute deviation tells it, which outliers move little."""
    return float(NORMAL * np.median(np.abs(residuals - np.median(residuals))))


def robust_line(at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the slope and the level at 0 of the straight line with the least Huber loss."""
    from scipy.optimize import least_squares
    from scipy.stats import theilslopes

    # The line through medians is a good start, and its residuals tell what is far away.
    sample = np.linspace(0, len(at) - 1, min(len(at), 300)).astype(int)
    start = theilslopes(values[sample], at[sample])
    line = np.array([start.slope, start.intercept])
    scale = spread(values - np.polyval(line, at))
    if scale == 0:
        return line
    fit = least_squares(
        lambda line: np.polyval(line, at) - values, line, loss='huber', x_scale='jac', f_scale=HUBER * scale
    )
    return np.asarray(fit.x)


def constant_pieces(values: np.ndarray) -> np.ndarray:
    """Return the mean of the segment of each value, the values being cut where that lowers the squares most.

    A cut must pay what the Bayesian information criterion asks for, given the noise between neighbours.
    """
    noise = NORMAL * np.median(np.abs(np.diff(values))) / np.sqrt(2) if len(values) > 2 else 0.0
    penalty = 2 * np.log(len(values)) * noise**2
    result = np.empty_like(values)
    pending = [(0, len(values))]
    while pending:
        first, last = pending.pop()
        place, gain = best_cut(values[first:last])
        if place and gain > penalty + 1e-12 * float(np.square(values).sum()):
            pending += [(first, first + place), (first + place, last)]
        else:
            result[first:last] = values[first:last].mean()
    return result


def best_cut(values: np.ndarray) -> tuple[int, float]:
    """Return where a cut lowers the sum of squares most, and by how much; 0 where there is none."""
    if len(values) < 2:
        return 0, 0.0
    sizes = np.arange(1, len(values))
    left = np.cumsum(values)[:-1]
    right = values.sum() - left
    gains = left**2 / sizes + right**2 / (len(values) - sizes) - values.sum() ** 2 / len(values)
    place = int(gains.argmax())
    return place + 1, float(gains[place])
