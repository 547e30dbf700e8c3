"""Lines through points: straight ones, and steps."""

import numpy as np

# Residuals beyond this many standard deviations count less: the usual constant of Huber's loss, for 95 % efficiency.
HUBER = 1.345
# Least squares with new weights, until nothing changes, at most this many times.
ITERATIONS = 50
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
    # The median of the slopes between all pairs is a good start, and its residuals tell what is far away.
    sample = np.linspace(0, len(at) - 1, min(len(at), 300)).astype(int)
    first, second = np.triu_indices(len(sample), 1)
    rise, run = (each[sample[second]] - each[sample[first]] for each in (values, at))
    slope = float(np.median(rise / run))
    line = np.array([slope, np.median(values - slope * at)])
    limit = HUBER * spread(values - np.polyval(line, at))
    if limit == 0:
        return line
    for _ in range(ITERATIONS):
        # Beyond the limit, Huber's loss grows like the distance, and not like its square.
        weights = 1 / np.maximum(1, np.abs(values - np.polyval(line, at)) / limit)
        line, previous = np.polyfit(at, values, 1, w=np.sqrt(weights)), line
        if np.allclose(line, previous, rtol=1e-9, atol=0):
            break
    return line


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
