"""Which lines behave unlike the others, for outliers(): https://docs.datadoghq.com/monitors/types/outlier/.

DBSCAN is as documented there. MAD is as documented there and in Datadog's article on the algorithms. How the scaled
ones take the magnitude into account is not published: they are ours, and approximated.
"""

import numpy as np

from .lines import NORMAL

# "A group that has three or more members".
LEAST_LINES = 3
# For the scaled algorithms: lines that are so close to the median line, as a share of it, are never outliers.
SHARE_OF_LEVEL = 0.05


def outliers(values: np.ndarray, algorithm: str, tolerance: float, percentage: float) -> np.ndarray:
    """Tell of each line whether it is an outlier."""
    present = (~np.isnan(values)).any(axis=1)
    result = np.zeros(len(values), dtype=bool)
    if present.sum() < LEAST_LINES:
        return result
    lines = values[present]
    columns = (~np.isnan(lines)).any(axis=0)
    lines = lines[:, columns]
    middle = np.nanmedian(lines, axis=0)
    # A line is at the middle where it has no value.
    lines = np.where(np.isnan(lines), middle, lines)
    least = SHARE_OF_LEVEL * np.abs(middle) if algorithm.startswith('scaled') else np.zeros_like(middle)
    if algorithm.endswith('DBSCAN'):
        result[present] = ~largest_cluster(lines, middle, tolerance, float(np.linalg.norm(least)))
    else:
        result[present] = deviating(lines, middle, tolerance, least).mean(axis=1) * 100 > percentage
    return result


def largest_cluster(lines: np.ndarray, middle: np.ndarray, tolerance: float, least: float) -> np.ndarray:
    """Tell which lines are in the largest cluster: "any point can agglomerate", within the threshold.

    That is the median of the distances from the median line, times the tolerance.
    """
    limit = tolerance * max(float(np.median(np.linalg.norm(lines - middle, axis=1))), least)
    # One line at a time, so that the distances to it alone are in memory.
    near = np.array([np.linalg.norm(lines - line, axis=1) <= limit for line in lines])
    # The name of a cluster is the lowest number in it, which each line takes over from its neighbours, and from theirs.
    clusters, joined = np.arange(len(lines)), near.argmax(axis=1)
    while not np.array_equal(clusters, joined):
        clusters = joined
        joined = np.where(near, clusters, len(lines)).min(axis=1)
        joined = joined[joined]
    return np.asarray(clusters == np.bincount(clusters).argmax())


def deviating(lines: np.ndarray, middle: np.ndarray, tolerance: float, least: np.ndarray) -> np.ndarray:
    """Tell which points are further from the median line than `tolerance` median absolute deviations, normalized."""
    deviations = np.abs(lines - middle)
    scale = np.maximum(NORMAL * np.median(deviations), least)
    return np.asarray(deviations > tolerance * scale)
