"""What `plan` and `prove` call a mention is what the sandbox mails."""

import json
from pathlib import Path

import pytest
from custom_check_publish.mentions import addresses, handles
from datadog_sandbox.notifications import mentions

TABLE = json.loads((Path(__file__).parents[2] / 'sandbox/tests/mentions.json').read_text())


@pytest.mark.parametrize('row', TABLE, ids=lambda row: row['text'])
def test_mentions(row: dict[str, object]) -> None:
    text = str(row['text'])
    assert handles(text) == row['handles']
    assert addresses(text) == mentions(text)
