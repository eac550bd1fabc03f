"""Pictures of a package: shapes and words get in, whatever acts, loads or leads away does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from assignments.package import load_course
from tests.courses.makers import TEXTS, a_course, problems

GOOD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" role="img">
  <title>A line</title>
  <style>path { stroke: #123; } @media (prefers-color-scheme: dark) { path { stroke: #eee; } }</style>
  <defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient></defs>
  <path d="M0 0L10 10" fill="url(#g)"/>
</svg>
"""
SHOWN = TEXTS.replace("Вопрос первый.", "Вопрос первый.\n\n![Прямая](figures/line.svg)")


def with_figure(folder: Path, svg: str, *, name: str = "line.svg", ru: str = SHOWN, en: str = SHOWN) -> Path:
    return a_course(folder, ru=ru, en=en, **{f"figures__{name}": svg})


def test_a_plain_picture_is_let_in(tmp_path):
    assert load_course(with_figure(tmp_path, GOOD)).assignments


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<SCRIPT>alert(1)</SCRIPT>", "<SCRIPT>"),
        ("<foreignObject><p/></foreignObject>", "<foreignObject>"),
        ('<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>', "<script> of http://www.w3.org/1999/xhtml"),
        ('<iframe xmlns="http://www.w3.org/1999/xhtml" src="//evil.example"/>', "<iframe> of"),
        ('<image href="https://evil.example/a.png"/>', "<image>"),
        ('<use href="https://evil.example/a.svg#a"/>', "<use>"),
        ('<a href="javascript:alert(1)"><text>x</text></a>', "<a>"),
        ('<animate attributeName="href" to="javascript:alert(1)"/>', "<animate>"),
        ('<set attributeName="onmouseover" to="alert(1)"/>', "<set>"),
        ('<filter id="f"/>', "<filter>"),
        ("<svg/>", "one <svg>"),
        ('<path onload="alert(1)"/>', 'attribute "onload"'),
        ('<path d="M0 0" href="#a"/>', 'attribute "href"'),
        ('<path xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a"/>', 'attribute "href"'),
        ('<path fill="url(https://evil.example/a.svg#a)"/>', "could load something"),
        ('<path fill="URL( //evil.example/a.svg#a)"/>', "could load something"),
        ('<path fill="url(&quot;data:image/svg+xml,x&quot;)"/>', "could load something"),
        ('<path style="fill: u\\72l(https://evil.example)"/>', "could load something"),
        ('<path style="background: image-set(&quot;https://evil.example/a&quot; 1x)"/>', "could load something"),
        ('<style>@import "https://evil.example/a.css";</style>', "<style> could load"),
        ("<style>@imp<![CDATA[ort]]> url(//evil.example);</style>", "<style> could load"),
        ("<style>@font-face { font-family: x; src: url(//evil.example/f) }</style>", "<style> could load"),
        ("<style>@\\69mport '//evil.example';</style>", "<style> could load"),
        (
            '<style>a::after { content: "/*" } path { fill: url(//evil.example) } b { content: "*/" }</style>',
            "<style> could load",
        ),
        ('<?xml-stylesheet href="https://evil.example/a.css"?>', "<?xml-stylesheet"),
    ],
)
def test_what_acts_or_loads_is_refused_on_its_line(tmp_path, line, says):
    (told,) = problems(with_figure(tmp_path, GOOD.replace("  <defs>", f"  {line}\n  <defs>")))

    assert told.startswith("line.svg:4: ")
    assert says in told


@pytest.mark.parametrize(
    ("svg", "says"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + GOOD, "<!DOCTYPE>"),
        ('<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + GOOD, "<!DOCTYPE>"),
        ('<?xml version="1.0" encoding="utf-7"?>' + GOOD, "<?xml"),
        (GOOD.replace(' xmlns="http://www.w3.org/2000/svg"', ""), "<svg>"),
        (GOOD.replace("<title>A line</title>", ""), "no <title>"),
        (GOOD.replace(' viewBox="0 0 10 10"', ""), "viewBox"),
        (GOOD.replace("</svg>", ""), "not SVG"),
        (GOOD + "<script/>", "not SVG"),
        ("<html><body>hello</body></html>", "<html>"),
        ("GIF89a", "not SVG"),
        ("", "not SVG"),
        (GOOD.replace("</svg>", f"<desc>{'x' * 100_000}</desc></svg>"), "the most is 100,000"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused(tmp_path, svg, says):
    (told,) = problems(with_figure(tmp_path, svg))

    assert says in told


def test_bytes_that_are_not_utf_8_are_refused(tmp_path):
    course = with_figure(tmp_path, GOOD)
    (course / "1" / "figures" / "line.svg").write_bytes(GOOD.encode("utf-16"))

    (told,) = problems(course)

    assert "not SVG in UTF-8" in told


@pytest.mark.parametrize("name", ["line.png", "Line.svg", "a b.svg", "more/line.svg", "line.svg.html"])
def test_a_figure_has_a_name_for_addresses(tmp_path, name):
    course = with_figure(tmp_path, GOOD)
    file = course / "1" / "figures" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(GOOD)

    (told,) = problems(course)

    assert "is no name for a figure" in told


@pytest.mark.parametrize(
    ("shown", "says"),
    [
        ("![Прямая](figures/lime.svg)", 'There is no figure "figures/lime.svg". Did you mean "figures/line.svg"?'),
        ("![Прямая](https://evil.example/a.png)", 'There is no figure "https://evil.example/a.png".'),
        ("![Прямая](data:image/png;base64,AAAA)", "There is no figure"),
        ("![Прямая](figures/../assignment.yaml)", "There is no figure"),
        ("![](figures/line.svg)", "needs words for whoever cannot see it"),
    ],
)
def test_a_text_shows_only_figures_that_there_are_and_in_words_too(tmp_path, shown, says):
    (told,) = problems(with_figure(tmp_path, GOOD, en=TEXTS.replace("Вопрос первый.", f"Вопрос.\n\n{shown}")))

    assert told.startswith("en.md:9: ")
    assert says in told


def test_an_image_inside_a_fence_is_code(tmp_path):
    text = TEXTS.replace("## 1.1 это не заголовок", "![x](nowhere.png)")

    assert load_course(a_course(tmp_path, ru=text, en=text)).assignments
