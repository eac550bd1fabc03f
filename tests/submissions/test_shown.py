"""Colours, code, Markdown of strangers, curves and waiting times, as pages show them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.submissions import charts, markdown
from grader.submissions.ansi import rendered
from grader.submissions.code import coloured
from grader.submissions.waiting import expected
from tests.pages.reports import TRAINING

TAG = re.compile(r"<(/?)(\w+)([^>]*)>")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain <b>&", "plain &lt;b&gt;&amp;"),
        ("\x1b[31mred\x1b[0m no", '<span class="ansi-1">red</span> no'),
        ("\x1b[1;4;92mx\x1b[22;39;24my", '<span class="ansi-bold ansi-underline ansi-10">x</span>y'),
        ("\x1b[1;4mx\x1b[22my\x1b[mz", '<span class="ansi-bold ansi-underline">x</span><span class="ansi-underline">y</span>z'),
        ("\x1b[38;5;9ma\x1b[48;5;2mb", '<span class="ansi-9">a</span><span class="ansi-9 ansi-bg-2">b</span>'),
        ("\x1b[38;2;1;2;3mtrue\x1b[38;5;200mmany", "truemany"),
        ("\x1b[2Jcleared\x07", "[2Jcleared"),
    ],
)  # fmt: skip
def test_colours_become_classes_and_everything_else_is_text(text: str, html: str):
    assert rendered(text) == html


@given(st.text(alphabet=st.sampled_from("\x1b[m;0123456789<>\"'&abc\n")))
def test_whatever_is_printed_holds_no_tag_but_our_spans(text: str):
    tags = [f"<{slash}{name}{rest}>" for slash, name, rest in TAG.findall(rendered(text))]

    assert [tag for tag in tags if not re.fullmatch(r'</span>|<span class="[a-z0-9 -]+">', tag)] == []
    assert "\x1b" not in rendered(text)


@given(st.text())
def test_code_is_all_there_and_all_escaped(source: str):
    html = coloured(source)

    assert {name for _, name, _ in TAG.findall(html)} <= {"span"}
    shown = re.sub(r"</?span[^>]*>", "", html)
    assert shown.count("&lt;") == source.count("<")


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("### A", "<h2>A</h2>"),
        ("# A\n# B\n### C", "<h2>A</h2>\n<h2>B</h2>\n<h3>C</h3>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>"),
        ("![p](https://e.org/t.png)", '<p><img alt="p"></p>'),
        ("![p](data:image/svg+xml;base64,AA)", "<p>![p](data:image/svg+xml;base64,AA)</p>"),
        ("[x](https://e.org)", '<p><a href="https://e.org" rel="noopener noreferrer nofollow">x</a></p>'),
        ("[x](/logout/)", '<p><a rel="noopener noreferrer nofollow">x</a></p>'),
    ],
)
def test_markdown_of_a_stranger_brings_words_and_links_only(source: str, html: str):
    assert markdown.foreign(source).strip() == html


@pytest.mark.parametrize("source", ["[" * 8000, "![a](" * 1600, "**a" * 2600, "_a_" * 2600, "$" + "\\frac{" * 400, "<" * 8000])
def test_no_markdown_of_the_length_that_is_rendered_takes_long(source: str):
    began = time.process_time()

    markdown.foreign(source)

    assert time.process_time() - began < 3.0  # 0.2 s where it was measured


def test_a_curve_is_drawn_within_its_frame_and_told_in_numbers():
    right, loss = charts.of_training(TRAINING, "t")

    assert [len(one.series) for one in (right, loss)] == [2, 2]
    for chart in (right, loss):
        for series in chart.series:
            for x, y in (point.split(",") for point in series.points.split()):
                assert chart.left <= float(x) <= chart.right
                assert chart.top <= float(y) <= chart.bottom
    assert right.rows == ((1, (0.8012, 0.8344)), (2, (0.8531, 0.8555)), (3, (0.8668, 0.8612)))


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60))
@example([200200201.0, -0.0625])
def test_any_numbers_can_be_drawn(values: list[float]):
    (chart,) = charts.of_curve({"loss": values}, "t")

    assert 2 <= len(chart.y_ticks) <= 12
    no_pixel = 1e-6 * max(1.0, max(values) - min(values), abs(min(values)))
    assert chart.y_ticks[0][1] <= min(values) + no_pixel


@pytest.mark.parametrize(
    ("place", "slots", "took", "range_s"),
    [
        (1, 1, [60.0] * 10, (0, 60)),
        (3, 1, [60.0] * 10, (120, 180)),
        (3, 2, [60.0] * 10, (60, 120)),
        (2, 1, [10.0] * 5 + [100.0] * 5, (10, 200)),
        (1, 1, [60.0] * 4, (None, None)),
        (1, 0, [60.0] * 10, (None, None)),
    ],
)
def test_a_waiting_time_is_a_range_or_nothing(place: int, slots: int, took: list[float], range_s: tuple[int | None, int | None]):
    assert expected(place, slots, took) == range_s
