"""The series that the account knows, and their ids."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .chunks import SHELF
from .database import Database
from .model import Series


class Known(NamedTuple):
    """All series."""

    ids: dict[Series, int]
    metrics: dict[str, dict[int, Series]]
    names: dict[tuple[str, str, tuple[str, ...]], int]
    """The ids by metric, host, and tags."""
    distributions: set[int]

    def put(self, id_: int, series: Series) -> None:
        self.ids[series] = self.names[series[:3]] = id_
        self.metrics.setdefault(series.metric, {})[id_] = series
        (self.distributions.add if series.type == 'distribution' else self.distributions.discard)(id_)


class Catalogue(Database):
    """The series by metric, and what they mean."""

    version = 0
    """Grows whenever a series, or a tag of a host, is new: what was derived from them is then out of date."""
    _catalogue: Known | None = None
    _shelves = 0
    """How many are taken."""

    def series(self, metric: str) -> dict[int, Series]:
        """Return the series of a metric by their ids, in the order of these: that in which they first came."""
        with self._lock:
            return dict(self._known().metrics.get(metric, {}))

    def _ids(self, series: Iterable[Series]) -> list[int]:
        """Return the ids of series; those that are new get one."""
        ids = self._known().ids
        return [ids.get(each) or self._learn(each) for each in series]

    def _learn(self, series: Series) -> int:
        """Keep a series that is new, or whose type or interval is, and return its id."""
        known = self._known()
        metric, host, tags, type_, interval = series
        id_ = known.names.get(series[:3])
        if id_ is None:
            newest = next(reversed(known.metrics.get(metric, {})), 0)
            # The next place on the shelf, or the first one of a new shelf.
            id_ = newest + 1 if newest % SHELF else self._shelves * SHELF + 1
            self._shelves = max(self._shelves, (id_ - 1) // SHELF + 1)
            self._sql.execute(
                'INSERT INTO series (id, metric, host, tags, type, interval) VALUES (?, ?, ?, ?, ?, ?)',
                (id_, metric, host, json.dumps(tags), type_, interval),
            )
        else:
            del known.ids[known.metrics[metric][id_]]
            self._sql.execute('UPDATE series SET type = ?, interval = ? WHERE id = ?', (type_, interval, id_))
        known.put(id_, series)
        self.version += 1
        return id_

    def _known(self) -> Known:
        if self._catalogue is None:
            with self._lock:
                self._catalogue = known = Known({}, {}, {}, set())
                sql = 'SELECT id, metric, host, tags, type, interval FROM series ORDER BY id'
                for id_, metric, host, tags, type_, interval in self._sql.execute(sql):
                    known.put(id_, Series(metric, host, tuple(json.loads(tags)), type_, interval))
                [(shelves,)] = self._sql.execute('SELECT ifnull(max(id) + 1, 0) FROM shelf')
                self._shelves = max(shelves, -(-max(known.ids.values(), default=0) // SHELF))
        return self._catalogue

    def _distributions(self, ids: Sequence[int]) -> np.ndarray:
        """Return at which positions the ids are those of distributions."""
        with self._lock:
            distributions = [*self._known().distributions]
        return np.flatnonzero(np.isin(np.asarray(ids, dtype=np.int64), np.array(distributions, dtype=np.int64)))
