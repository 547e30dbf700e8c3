"""The series of an account, and their ids."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .chunks import SHELF
from .database import Database
from .model import Series


class SeriesIndex(NamedTuple):
    """All series, in memory."""

    ids: dict[Series, int]
    metrics: dict[str, dict[int, Series]]
    names: dict[tuple[str, str, tuple[str, ...]], int]
    """The ids by metric, host, and tags."""
    distributions: set[int]

    def add(self, id_: int, series: Series) -> None:
        self.ids[series] = self.names[series[:3]] = id_
        self.metrics.setdefault(series.metric, {})[id_] = series
        (self.distributions.add if series.type == 'distribution' else self.distributions.discard)(id_)


class Catalogue(Database):
    """The series by metric, with their types and intervals."""

    version = 0
    """Grows with every change of series or tags of hosts: caches of what derives from them are then out of date."""
    _catalogue: SeriesIndex | None = None
    _shelves = 0
    """How many shelves have series."""

    def series(self, metric: str) -> dict[int, Series]:
        """Return the series of a metric by id, in the order in which they first came."""
        with self._lock:
            return dict(self._series_index().metrics.get(metric, {}))

    def series_of_host(self, host: str) -> dict[int, Series]:
        """Return the series that come from a host by their ids."""
        with self._lock:
            return {id_: series for series, id_ in self._series_index().ids.items() if series.host == host}

    def _ids(self, series: Iterable[Series]) -> list[int]:
        """Return the ids of series; new series are registered."""
        ids = self._series_index().ids
        return [ids.get(key) or self._register(key) for key in series]

    def _register(self, series: Series) -> int:
        """Store a new series, or a new type or interval of one, and return its id."""
        index = self._series_index()
        metric, host, tags, type_, interval = series
        id_ = index.names.get(series[:3])
        if id_ is None:
            newest = next(reversed(index.metrics.get(metric, {})), 0)
            # The next number of the shelf, or the first of a new shelf.
            id_ = newest + 1 if newest % SHELF else self._shelves * SHELF + 1
            self._shelves = max(self._shelves, (id_ - 1) // SHELF + 1)
            self._sql.execute(
                'INSERT INTO series (id, metric, host, tags, type, interval) VALUES (?, ?, ?, ?, ?, ?)',
                (id_, metric, host, json.dumps(tags), type_, interval),
            )
        else:
            del index.ids[index.metrics[metric][id_]]
            self._sql.execute('UPDATE series SET type = ?, interval = ? WHERE id = ?', (type_, interval, id_))
        index.add(id_, series)
        self.version += 1
        return id_

    def _series_index(self) -> SeriesIndex:
        if self._catalogue is None:
            with self._lock:
                self._catalogue = index = SeriesIndex({}, {}, {}, set())
                sql = 'SELECT id, metric, host, tags, type, interval FROM series ORDER BY id'
                for id_, metric, host, tags, type_, interval in self._sql.execute(sql):
                    index.add(id_, Series(metric, host, tuple(json.loads(tags)), type_, interval))
                [(shelves,)] = self._sql.execute('SELECT ifnull(max(id) + 1, 0) FROM shelf')
                self._shelves = max(shelves, -(-max(index.ids.values(), default=0) // SHELF))
        return self._catalogue

    def _distributions(self, ids: Sequence[int]) -> np.ndarray:
        """Return the positions of the ids that are those of distributions."""
        with self._lock:
            distributions = [*self._series_index().distributions]
        return np.flatnonzero(np.isin(np.asarray(ids, dtype=np.int64), np.array(distributions, dtype=np.int64)))
