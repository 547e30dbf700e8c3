"""When the clock of a fast run starts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from tools.working_day import last_begin


@pytest.mark.parametrize(
    ('now', 'begin'),
    [
        # 26 November 2026 is a Thursday.
        ('2026-11-26 14:00', '2026-11-26 09:00'),
        ('2026-11-26 09:00', '2026-11-26 09:00'),
        ('2026-11-26 08:59', '2026-11-25 09:00'),
        ('2026-11-28 12:00', '2026-11-27 09:00'),
        ('2026-11-30 08:59', '2026-11-27 09:00'),
        ('2026-11-30 09:01', '2026-11-30 09:00'),
        # The clock went back by an hour on Sunday.
        ('2026-10-26 08:00', '2026-10-23 09:00'),
    ],
)
def test_the_last_weekday_at_nine(now: str, begin: str) -> None:
    zone = ZoneInfo('Europe/Berlin')
    moment = datetime.fromisoformat(now).replace(tzinfo=zone).timestamp()
    expected = datetime.fromisoformat(begin).replace(tzinfo=zone).timestamp()
    assert last_begin(moment, 'Europe/Berlin') == expected
