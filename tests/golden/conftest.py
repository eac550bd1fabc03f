"""Which golden notebooks run where, and the table that `./dev golden` prints.

Grading all of them takes most of an hour, so the tests of a change (`./dev test`) take the tenth whose expect.yaml says
`ci: true`. Whoever asks for the marker (`./dev golden`, `pytest -m golden`) or for a case by name (`-k`) gets what was asked.
"""

from __future__ import annotations

from typing import Any

import pytest

ROWS = pytest.StashKey[list[dict[str, Any]]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []
    config.addinivalue_line("markers", "not_in_ci: a golden notebook that only ./dev golden grades")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "golden" in config.option.markexpr or config.option.keyword:
        return
    left_out = [item for item in items if item.get_closest_marker("not_in_ci")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("not_in_ci")]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Keep what a case was to earn and what it earned; the test notes both before it compares."""
    report = (yield).get_result()
    noted = dict(item.user_properties)
    if report.when == "call" and "case" in noted:
        item.config.stash[ROWS].append({**noted, "as expected": report.passed, "seconds": report.duration})


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    rows = config.stash[ROWS]
    if not rows:
        return
    width = max(len(row["case"]) for row in rows)
    expect = max(len(row["expected"]) for row in rows)
    terminalreporter.section("golden notebooks")
    terminalreporter.line(f"   {'case':{width}}  {'expected':{expect}}  {'s':>5}  got, where it differs")
    for row in rows:
        good = row["as expected"]
        got = "" if good else row.get("got", "nothing")
        terminalreporter.line(
            f"{'ok' if good else '!!'} {row['case']:{width}}  {row['expected']:{expect}}  {row['seconds']:5.1f}  {got}"
        )
    good = sum(row["as expected"] for row in rows)
    terminalreporter.line(f"{good} of {len(rows)} as expected, {sum(row['seconds'] for row in rows):.0f} s")
