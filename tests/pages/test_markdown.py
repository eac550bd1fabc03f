from __future__ import annotations

from grader.submissions.markdown import block, inline


def test_a_formula_becomes_mathml():
    assert "<mfrac>" in block(r"Half is $\frac{1}{2}$.")


def test_a_displayed_formula_stands_alone():
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in block("$$a + b$$")


def test_prices_stay_prices():
    assert inline("from $5 to $10") == "from $5 to $10"
    assert inline("cost $ 5 $ each") == "cost $ 5 $ each"


def test_a_dollar_in_code_is_code():
    assert inline("`$HOME and $x$`") == "<code>$HOME and $x$</code>"


def test_a_formula_that_cannot_be_read_is_shown_as_typed():
    assert inline(r"$a_b_c$") == "<code>$a_b_c$</code>"


def test_markup_of_a_package_cannot_run():
    evil = "<script>x</script> <img src=x onerror=y> [a](javascript:z) ![b](javascript:z)"

    html = block(evil)

    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


def test_headings_begin_below_the_pages_own():
    assert block("# Big\n\n###### Small") == "<h2>Big</h2>\n<h5>Small</h5>\n"
