"""The keys stay hidden, in whichever form a server sends them back."""

import base64
import json

import pytest
from conftest import API_KEY, APP_KEY, Account, Run
from custom_check_publish.keys import hide
from faults import Fault


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        (f'bad key {API_KEY}.', 'bad key <DD_API_KEY>.'),
        (f'{API_KEY}{APP_KEY}', '<DD_API_KEY><DD_APP_KEY>'),
        (f'{API_KEY} and {API_KEY}', '<DD_API_KEY> and <DD_API_KEY>'),
        (API_KEY.upper(), '<DD_API_KEY>'),
        # Cut at either end, as by a limit of characters.
        (f'key {API_KEY[:20]}...', 'key <DD_API_KEY>...'),
        (f'key ...{API_KEY[-12:]}', 'key ...<DD_API_KEY>'),
        # Less than twelve characters may be a word.
        (f'key {API_KEY[:11]}', f'key {API_KEY[:11]}'),
        (base64.b64encode(API_KEY.encode()).decode(), '<DD_API_KEY>='),
        # As of `name:key` and `user:key`, where the bytes before it move the letters.
        *(
            (f'Basic {base64.b64encode(before + API_KEY.encode()).decode()}', f'Basic {shown}')
            for before, shown in [(b'xx:', 'eHg6<DD_API_KEY>='), (b'x', 'eG<DD_API_KEY>'), (b'xx', 'eHh<DD_API_KEY>==')]
        ),
        (API_KEY.encode().hex(), '<DD_API_KEY>'),
        (' '.join(API_KEY), '<DD_API_KEY>'),
        (f'{API_KEY[:9]}\n{API_KEY[9:]}', '<DD_API_KEY>'),
        (f'key {API_KEY.encode("utf-16-le").decode()}', 'key <DD_API_KEY>\0'),
        (str(list(API_KEY.encode())), '[<DD_API_KEY>]'),
        *(
            (f'key {"".join(escape % ord(letter) for letter in API_KEY)}.', 'key <DD_API_KEY>.')
            for escape in ('%%%02X', '\\u%04x', '\\x%02x', '&#%d;', '&#x%x;')
        ),
        # No letter, and no code of one.
        ('100% \\u12 &#99999999; &#x; %zz', '100% \\u12 &#99999999; &#x; %zz'),
        # The lower case of this letter has two characters.
        (f'İİ {API_KEY} İ', 'İİ <DD_API_KEY> İ'),
    ],
)
def test_a_key_and_each_piece_of_it_are_hidden(text: str, shown: str) -> None:
    assert hide(text) == shown


@pytest.mark.parametrize(
    ('written', 'shown'),
    [
        ('0123456789%2B%2F%3D0123456789', '<DD_API_KEY>'),
        ('0123456789+/=0123456789', '<DD_API_KEY>'),
    ],
)
def test_a_key_is_hidden_where_an_address_encodes_it(monkeypatch: pytest.MonkeyPatch, written: str, shown: str) -> None:
    monkeypatch.setenv('DD_API_KEY', '0123456789+/=0123456789')
    assert hide(written) == shown


def test_a_short_key_is_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('DD_API_KEY', 'sandbox')
    assert hide('the sandbox') == 'the sandbox'


@pytest.mark.parametrize('as_json', [False, True])
@pytest.mark.parametrize(
    'fault',
    [
        # Cut by the limit on what is quoted of an answer, in the middle of the key.
        Fault('GET', '/api/v1/dashboard', 200, body=b'"' + b'x' * 60 + API_KEY.encode() + b'"', times=9),
        Fault('GET', '/api/v1/dashboard', 400, errors=[API_KEY[:24].upper()], times=9),
        Fault('GET', '/api/v1/dashboard', 200, body=json.dumps({'dashboards': APP_KEY}).encode(), times=9),
    ],
)
def test_what_a_server_echoes_shows_no_piece_of_a_key(run: Run, account: Account, fault: Fault, as_json: bool) -> None:
    account.faults.insert(0, fault)
    result = run('plan', *(['--json'] if as_json else []))
    assert result.code == 1
    shown = (result.out + result.err).lower()
    for key in (API_KEY, APP_KEY):
        assert not any(key[start : start + 12] in shown for start in range(len(key) - 11))
    assert '<dd_a' in shown


def test_an_id_that_is_a_key_is_hidden(run: Run, account: Account) -> None:
    account.faults += [
        Fault('POST', '/api/v1/dashboard', 200, change=lambda it: {**it, 'id': API_KEY}),
        Fault('PUT', '/api/v1/dashboard/.*', 200, body=json.dumps({'id': API_KEY, 'description': None}).encode()),
    ]
    out = run('apply', '--yes').out
    assert API_KEY not in out
    assert 'dashboard custom_check_timeboard  <DD_API_KEY>' in out
