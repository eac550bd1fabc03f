"""What a person is called in a list, and how lists of people are ordered and searched."""

from __future__ import annotations


def listed_name(last: str, first: str, login: str) -> str:
    """Last name and first name, as a Russian list has them; else the log-in."""
    return f"{last} {first}".strip() or login


def folded(name: str) -> str:
    """For comparing names: no case, and Ё as Е. (The database sorts by code point, where Ё stands before А.)"""
    return name.casefold().replace("ё", "е")
