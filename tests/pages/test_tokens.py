"""The colours by name can be read on what they lie on: WCAG's contrast, in the light theme and in the dark one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SHEET = (Path(__file__).resolve().parents[2] / "grader" / "static" / "tokens.css").read_text("utf-8")
COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})\b")


def themes() -> dict[str, dict[str, str]]:
    light, dark = SHEET.split("@media (prefers-color-scheme: dark)")
    colours = dict(COLOUR.findall(light))
    return {"light": colours, "dark": colours | dict(COLOUR.findall(dark))}


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


TEXT_ON = {
    "ink": ("paper", "surface", "sunk", "accent-soft", "bad-soft", "half-soft", "look-soft", "ours-soft", "good-soft"),
    "muted": ("paper", "surface", "sunk"),
    "accent": ("paper", "surface", "sunk", "accent-soft"),
    "accent-ink": ("accent",),
    "surface": ("bad",),
    **{tone: ("surface", "paper", "sunk", f"{tone}-soft") for tone in ("good", "half", "bad", "look", "ours")},
    **{f"ansi-{number}": ("sunk",) for number in range(16)},
    **{f"code-{name}": ("sunk",) for name in ("word", "text", "number", "note", "name")},
    "heat-ink": tuple(f"{ramp}-{step}" for ramp in ("heat", "warm") for step in range(6)),
    "heat-ink-deep": tuple(f"{ramp}-{step}" for ramp in ("heat", "warm") for step in range(6, 10)),
}
SHAPES_ON = {
    "edge": ("surface", "paper", "sunk"),
    **{f"chart-{number}": ("surface",) for number in range(1, 5)},
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_by_four_and_a_half_to_one(theme):
    colours = themes()[theme]
    found = {(over, under): contrast(colours[over], colours[under]) for over, unders in TEXT_ON.items() for under in unders}

    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_borders_of_fields_and_lines_of_charts_stand_out_by_three_to_one(theme):
    colours = themes()[theme]
    found = {(over, under): contrast(colours[over], colours[under]) for over, unders in SHAPES_ON.items() for under in unders}

    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < 3} == {}


def test_the_dark_theme_names_every_colour_of_the_light_one():
    light, dark = SHEET.split("@media (prefers-color-scheme: dark)")

    assert dict(COLOUR.findall(light)).keys() == dict(COLOUR.findall(dark)).keys()
