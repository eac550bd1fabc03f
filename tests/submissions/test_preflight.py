from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.preflight import Refused, preflight
from tests.factories import a_notebook


def refusal(raw: bytes) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refused) as caught:
        preflight(raw)
    return caught.value.code, caught.value.values


def test_the_sources_of_the_code_cells_come_in_order_and_empty_ones_keep_their_number():
    cells = preflight(a_notebook("a = 1", "", "print(a)")).cells

    assert cells == ("a = 1", "", "print(a)")


def test_text_cells_outputs_and_metadata_are_dropped():
    document = json.loads(a_notebook("1"))
    document["cells"][0]["outputs"] = [{"output_type": "stream", "text": "forged"}]
    document["cells"].insert(0, {"cell_type": "markdown", "source": "# text", "attachments": {"x": {}}})

    assert preflight(json.dumps(document).encode()).cells == ("1",)


def test_a_source_may_be_a_list_of_lines():
    document = json.loads(a_notebook("x"))
    document["cells"][0]["source"] = ["a = 1\n", "b = 2"]

    assert preflight(json.dumps(document).encode()).cells == ("a = 1\nb = 2",)


def test_a_notebook_of_format_3_is_read():
    old = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code", "language": "python", "input": "1"}]}]}

    assert preflight(json.dumps(old).encode()).cells == ("1",)


def test_a_byte_order_mark_is_no_trouble():
    assert preflight(b"\xef\xbb\xbf" + a_notebook("1")).cells == ("1",)


def test_of_two_equal_keys_the_last_counts_as_for_jupyter():
    raw = b'{"nbformat": 4, "cells": [], "cells": [{"cell_type": "code", "source": "2"}]}'

    assert preflight(raw).cells == ("2",)


@pytest.mark.parametrize("raw", [b"", b"  \n", a_notebook(), a_notebook("", "  ")])
def test_an_empty_one_is_told_so(raw: bytes):
    assert refusal(raw) == ("preflight.empty", {})


def test_thirty_megabytes_are_refused_with_the_size_and_the_limit():
    raw = a_notebook("x" * 30 * 2**20)

    assert refusal(raw) == ("preflight.too_large", {"size_mb": 30.0, "limit_mb": 10})


@pytest.mark.parametrize("raw", [b"not json", b'{"nbformat": 4', b'"\\', b"PK\x03\x04\xff\xfe\x80", b"[1,]"])
def test_what_is_no_json_is_refused(raw: bytes):
    assert refusal(raw) == ("preflight.not_json", {})


@pytest.mark.parametrize(
    "document",
    [[], 1, {}, {"cells": []}, {"nbformat": 4}, {"nbformat": 4, "cells": {}}, {"nbformat": 4, "cells": [1]}, {"nbformat": True},
     {"nbformat": 4, "cells": [{"cell_type": "code", "source": 5}]}, {"nbformat": 3, "cells": []}],
)  # fmt: skip
def test_json_that_is_no_notebook_is_refused(document: Any):
    assert refusal(json.dumps(document).encode()) == ("preflight.not_notebook", {})


def test_nesting_that_would_exhaust_the_parser_is_refused_before_it_is_parsed():
    assert refusal(b'{"nbformat": 4, "cells": ' + b"[" * 1_000_000) == ("preflight.too_deep", {})


def test_millions_of_empty_lists_are_no_notebook_and_are_told_so_at_once():
    raw = b'{"nbformat": 4, "cells": [' + b",".join([b"[]"] * 1_000_000) + b"]}"

    assert refusal(raw) == ("preflight.not_notebook", {})


def test_brackets_inside_strings_are_not_nesting():
    assert preflight(a_notebook('x = "' + "[" * 500 + '\\""')).cells


@pytest.mark.parametrize("version", [1, 2, 5])
def test_a_format_we_do_not_know_is_refused_with_its_number(version: int):
    assert refusal(json.dumps({"nbformat": version, "cells": []}).encode()) == ("preflight.old_format", {"version": version})


def test_a_kernel_that_is_not_python_is_refused_by_name():
    assert refusal(a_notebook("1", language="R")) == ("preflight.not_python", {"language": "R"})


def test_a_kernel_known_by_its_name_alone_is_refused_too():
    document = json.loads(a_notebook("1"))
    document["metadata"] = {"kernelspec": {"name": "julia-1.9"}}

    assert refusal(json.dumps(document).encode()) == ("preflight.not_python", {"language": "Julia"})


def test_a_notebook_saved_in_another_encoding_is_told_so():
    assert refusal(a_notebook("x").replace(b'"x"', "\"x = 'привет'\"".encode("cp1251"))) == ("preflight.encoding", {})


def test_a_number_too_long_for_the_parser_is_no_trouble():
    assert preflight(a_notebook("1").replace(b"null", b"1" * 5000)).cells == ("1",)


@pytest.mark.parametrize("raw", [b'"' + b'\\"' * 4_000_000, b'"' + b'\\"' * 4_000_000 + b"\\", b'{"x": "' + b"[" * 9_000_000])
def test_a_file_made_to_be_slow_is_refused_within_seconds(raw: bytes):
    started = time.monotonic()

    assert refusal(raw)[0] == "preflight.not_json"
    assert time.monotonic() - started < 5


@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_notebook_or_a_refusal(raw: bytes):
    try:
        preflight(raw)
    except Refused as refused:
        assert refused.code.startswith("preflight.")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "nbformat", "metadata", "source", "cell_type", "language"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_any_json_ends_in_a_notebook_or_a_refusal(document: Any):
    try:
        preflight(json.dumps({"nbformat": 4, "cells": [document], "metadata": document}).encode())
    except Refused as refused:
        assert refused.code.startswith("preflight.")
