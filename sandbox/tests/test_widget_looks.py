"""How widgets look: backgrounds of notes and groups, counts of service checks, headings, and short ranges.

Names of colours and alignments are those of https://docs.datadoghq.com/api/latest/dashboards/.
"""

import pytest
from datadog_sandbox.pages.markdown import markdown
from datadog_sandbox.pages.words import breakable, short_range
from datadog_sandbox.store import ServiceCheck
from datadog_sandbox.widgets.surfaces import surface
from widget_specimen import T, content, fill


@pytest.mark.parametrize(
    ('name', 'classes'),
    [
        ('blue', ' tint hue-blue'),
        ('vivid_orange', ' vivid hue-orange'),
        ('transparent', ' transparent'),
        ('white', ''),
        ('"><script>', ''),
        (None, ''),
        (7, ''),
    ],
)
def test_a_background_colour_has_its_classes(name, classes):
    assert surface(name) == classes


def test_a_note_stands_as_its_definition_says(store):
    note = content(store, 'note', background_color='gray', text_align='center', vertical_align='center', font_size='18')
    assert (note.look, note.size) == (' tint hue-gray align-center middle', 18)
    # What the API writes into every note is how a page has it anyway.
    usual = content(store, 'note', background_color='white', text_align='left', vertical_align='top', font_size='14')
    assert (usual.look, usual.size) == ('', 0)
    assert content(store, 'note', font_size='1;color:red').size == 0


def test_a_group_has_the_colour_of_its_title(store):
    assert content(store, 'group', background_color='vivid_green').look == ' vivid hue-green'


@pytest.mark.parametrize(('shown', 'heads'), [(False, 0), (True, 1), (None, 1)])
def test_a_group_may_have_no_title(client, store, shown, heads):
    group = {'type': 'group', 'title': 'Of the group', 'layout_type': 'ordered', 'widgets': [], 'show_title': shown}
    body = {'id': 'd', 'title': '', 'layout_type': 'ordered', 'widgets': [{'id': 1, 'definition': group}]}
    store.save('dashboard', 'd', body)
    assert client.get('/dashboard/d').text.count('<bdi>Of the group</bdi>') == heads


def test_service_checks_that_are_not_grouped_are_counts(store):
    store.add_service_checks(
        [ServiceCheck('up', host, (), status, T, '') for host, status in (('a', 0), ('b', 0), ('c', 2))]
    )
    widget = content(store, 'check_status', check='up', grouping='cluster', group_by=[], tags=[])
    assert [(name, cell.text) for name, cell in widget.counts] == [('OK', '2'), ('Warning', '0'), ('Critical', '1')]
    assert content(store, 'check_status', check='up', grouping='cluster', group_by=['host'], tags=[]).counts == []
    assert content(store, 'check_status', check='up', grouping='check', group='host:a', tags=[]).counts == []


@pytest.mark.parametrize(('shown', 'closed'), [(False, True), (True, False), (None, False)])
def test_a_legend_that_a_definition_hides_is_closed(store, shown, closed):
    fill(store)
    assert content(store, 'timeseries', show_legend=shown).drawing().compact()['closedLegend'] is closed


def test_a_rectangle_of_a_treemap_has_the_values_of_its_tags(store):
    fill(store)
    records = content(store, 'treemap').drawing().sets()['points']
    assert [(record['value'], record['name']) for record in records[1:]] == [
        ('FR, a', 'country:FR,host:a'), ('DE, b', 'country:DE,host:b'),
    ]  # fmt: skip


def test_the_sum_of_a_sunburst_fits_into_its_middle(store):
    fill(store)
    layers = content(store, 'sunburst').drawing().specification['layer']
    # Two rings: the hole is a third of the height across; "4" has one letter.
    assert layers[1]['mark']['fontSize'] == {'expr': 'min(18, 1.5 * min(width, height) / 3)'}


def test_a_link_of_markdown_to_this_server_is_one():
    assert markdown('[a](/dashboard/x)') == '<p><a href="/dashboard/x">a</a></p>\n'
    assert markdown('[a](javascript:x)') == '<p>[a](javascript:x)</p>\n'


def test_headings_of_markdown_follow_those_of_the_page_without_a_gap():
    text = '#### Deep first\n\n# Top\n\n###### Deepest\n\n# \n\n# [](http://a.example)'
    assert markdown(text, 3).splitlines() == ['<h3>Deep first</h3>', '<h3>Top</h3>', '<h4>Deepest</h4>']
    assert markdown('# a\n\n## b\n\n### c', 6).splitlines() == ['<h6>a</h6>', '<h6>b</h6>', '<h6>c</h6>']


def test_a_picture_in_markdown_is_its_description():
    assert markdown('![A <logo>](https://a.example/x.png)') == '<p><i>A &lt;logo&gt;</i></p>\n'
    assert markdown('![](https://a.example/x.png)') == '<p><i>https://a.example/x.png</i></p>\n'


@pytest.mark.parametrize(
    ('words', 'short'),
    [
        ('Past 15 minutes', '15m'),
        ('Past hour', '1h'),
        ('Past month', '1mo'),
        ('Past 2 weeks', '2w'),
        ('Week to date',) * 2,
    ],
)
def test_a_range_is_short_in_the_corner_of_a_widget(words, short):
    assert short_range(words) == short


def test_a_group_goes_on_in_the_next_line_where_its_words_end():
    assert breakable('a_b:1.<b>,c') == 'a_<wbr>b:<wbr>1.&lt;b&gt;,<wbr>c'


@pytest.mark.parametrize('type_', ['event_timeline', 'distribution'])
def test_what_is_counted_has_whole_numbers_at_its_axis(store, type_):
    fill(store)
    specification = content(store, type_).drawing().specification
    assert "datum.value % 1 ? '' : " in str(specification)
