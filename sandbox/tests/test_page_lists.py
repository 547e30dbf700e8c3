"""What an address asks of a list: its search, its filters, its order, its pages."""

import pytest
from datadog_sandbox.natural import natural
from datadog_sandbox.pages.listing import Column, Listing, Page, document
from starlette.datastructures import QueryParams

Row = tuple[str, str, int]
"""Name, state, and size."""
ROWS: list[Row] = [
    ('w-10', 'ok', 3), ('w-2', 'alert', 9), ('W-1', 'ok', 5), ('db "main"', 'warn', 1), ('w-20', 'alert', 7),
]  # fmt: skip
LIST = Listing[Row](
    'host',
    (
        Column('name', 'Name', lambda row: natural(row[0])),
        Column('size', 'Size', lambda row: row[2], descending=True, number=True),
        Column('note', 'Note'),
    ),
    lambda row: document([row[0]], [f'size:{row[2]}', 'env:Prod'], state=[row[1]]),
    {'state': 'State'},
    size=2,
)


def shown(address: str) -> Page[Row]:
    return LIST.page(ROWS, QueryParams(address))


def every(address: str) -> list[str]:
    """Return the names on all pages of an address."""
    pages = range(1, shown(address).pages + 1)
    return [row[0] for page in pages for row in shown(f'{address}&page={page}').rows]


def test_names_are_in_the_order_in_which_one_counts() -> None:
    assert every('') == ['db "main"', 'W-1', 'w-2', 'w-10', 'w-20']
    assert sorted(['b', 'a10', 'a9', '10', 'a', '9' * 30, ''], key=natural) == [
        '',
        '10',
        '9' * 30,
        'a',
        'a9',
        'a10',
        'b',
    ]


@pytest.mark.parametrize(
    ('sort', 'names'),
    [
        ('size,desc', ['w-2', 'w-20', 'W-1', 'w-10', 'db "main"']),
        ('size,asc', ['db "main"', 'w-10', 'W-1', 'w-20', 'w-2']),
        # A column has a direction of its own.
        ('size', ['w-2', 'w-20', 'W-1', 'w-10', 'db "main"']),
        ('name,desc', ['w-20', 'w-10', 'w-2', 'W-1', 'db "main"']),
        # One without an order, and one that is not there, leave the list as it is.
        ('note,desc', ['db "main"', 'W-1', 'w-2', 'w-10', 'w-20']),
        ('<b>,up', ['db "main"', 'W-1', 'w-2', 'w-10', 'w-20']),
    ],
)
def test_a_column_orders_the_list(sort: str, names: list[str]) -> None:
    assert every(f'sort={sort}') == names


@pytest.mark.parametrize(
    ('search', 'names'),
    [
        ('w-2', ['w-2', 'w-20']),
        ('W-1', ['W-1', 'w-10']),
        ('w- -state:ok', ['w-2', 'w-20']),
        ('state:(ok OR warn) NOT size:5', ['db "main"', 'w-10']),
        ('tag:"size:9"', ['w-2']),
        ('env:prod size:7', ['w-20']),
        ('env:dev', []),
        ('alert', ['w-2', 'w-20']),
    ],
)
def test_a_search_has_the_syntax_of_datadogs_explorers(search: str, names: list[str]) -> None:
    assert every(f'q={search}') == names


def test_a_search_that_cannot_be_read_finds_nothing_and_says_why() -> None:
    page = shown('q=(w-2')
    assert (page.rows, page.matching, page.error) == ([], 0, 'The search "(w-2" lacks a )')


def test_a_filter_offers_each_value_with_its_rows() -> None:
    page = shown('q=w-&state=alert')
    assert page.filters == {'state': [('alert', 2, True), ('ok', 2, False)]}
    assert [row[0] for row in page.rows] == ['w-2', 'w-20']
    assert page.summary == '2 of 5 hosts'
    # A value that no row has: it is what was asked for.
    assert shown('state=Gone').filters['state'][1] == ('gone', 0, True)
    assert shown('state=Gone').rows == []


def test_pages_have_as_many_rows_as_the_list_allows() -> None:
    page = shown('page=2')
    assert ([row[0] for row in page.rows], page.number, page.pages) == (['w-2', 'w-10'], 2, 3)
    assert page.summary == '3 to 4 of 5 hosts'
    for number, nearest in (('0', 1), ('99', 3), ('x', 1), ('9' * 5000, 1), ('²', 1)):
        assert shown(f'page={number}').number == nearest
    assert shown('q=nothing').summary == '0 of 5 hosts'
    assert LIST.page(ROWS[:1], QueryParams()).summary == '1 host'


def test_links_keep_the_rest_of_the_address() -> None:
    page = shown('q=w&range=1d&page=2&sort=size,desc')
    assert page.link(page=1) == '?q=w&range=1d&sort=size%2Cdesc&page=1'
    # Another search begins on the first page.
    assert page.link(q='a b') == '?range=1d&sort=size%2Cdesc&q=a+b'
    assert page.others('range') == []
    assert page.others() == [('range', '1d')]
    [name, size, note] = page.heads
    assert (name.link, name.direction) == ('?q=w&range=1d&sort=name%2Casc', '')
    assert (size.link, size.direction) == ('?q=w&range=1d&sort=size%2Casc', 'descending')
    assert (note.link, note.direction) == ('', '')
    assert page.orders == [('name,asc', 'Name', False), ('size,desc', 'Size', True)]
    assert shown('sort=size,asc').orders[1] == ('size,asc', 'Size, reversed', True)


def test_datadogs_name_of_a_search_is_understood_until_there_is_another_one() -> None:
    named = Listing[Row]('host', LIST.columns, LIST.document, LIST.filters, search='query')
    page = named.page(ROWS, QueryParams('query=w-2&range=1d'))
    assert [row[0] for row in page.rows] == ['w-2', 'w-20']
    assert page.link(page=2) == '?query=w-2&range=1d&page=2'
    assert page.link(q='a') == '?range=1d&q=a'
    assert page.others() == [('range', '1d')]


def test_two_lists_share_a_page() -> None:
    other = Listing[Row]('host', LIST.columns, LIST.document, LIST.filters, prefix='group_')
    address = QueryParams('q=w-2&group_q=db&group_state=warn&page=1')
    assert [row[0] for row in other.page(ROWS, address).rows] == ['db "main"']
    assert [row[0] for row in LIST.page(ROWS, address).rows] == ['w-2', 'w-20']
    assert other.page(ROWS, address).others() == [('q', 'w-2'), ('page', '1')]
    assert other.page(ROWS, address).link(state='') == '?q=w-2&group_q=db&page=1'
