"""Walking through the site as somebody: which pages, forms and parameters there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

A_ROUTE = 3  # pages of one route that are looked at: they have the same forms, as a rule


@dataclass
class Form:
    """A form as a browser would send it untouched; `files` are its fields for a file."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        return route(self.action), self.method, (*sorted(self.values), *sorted(self.files))


class Reader(HTMLParser):
    """Links and forms of one page. A button's name and value count as a field, since which one is pressed is the sender's."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.links, self.forms, self.select = address, set[str](), list[Form](), ""
        self.by_id: dict[str, Form] = {}
        self.textarea: tuple[Form, str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attributes}
        for name in ("href", "hx-get", "data-stream"):
            if said.get(name):
                self.links.add(said[name])
        if tag == "form":
            form = Form(said.get("action") or self.address, said.get("method", "get").lower())
            self.forms.append(form)
            self.by_id[said.get("id", "")] = form
        elif tag in {"input", "select", "textarea", "button"} and (said.get("name") or tag == "button"):
            self._field(tag, said)
        elif tag == "option" and self.select and self.forms and "selected" in said:
            self.forms[-1].values[self.select] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""

    def _field(self, tag: str, said: dict[str, str]) -> None:
        form = self.by_id.get(said.get("form", "")) if said.get("form") else self.forms[-1] if self.forms else None
        name = said.get("name", "")
        if said.get("formaction"):
            form = Form(said["formaction"], "post", dict(form.values) if form else {})
            self.forms.append(form)
        if form is None or not name or name == "csrfmiddlewaretoken":
            return
        if said.get("type") == "file":
            form.files.add(name)
        elif said.get("type") != "radio" or "checked" in said or name not in form.values:
            form.values[name] = said.get("value", "")
        self.select = name if tag == "select" else ""


def route(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).route or "home"
    except Resolver404:
        return ""


@dataclass
class Walk:
    """What was found: an address for each route's pages, forms by their shape, and names of parameters by route."""

    pages: dict[str, str] = field(default_factory=dict)
    forms: dict[tuple[str, str, tuple[str, ...]], Form] = field(default_factory=dict)
    parameters: dict[str, set[str]] = field(default_factory=dict)

    def see(self, address: str, html: str) -> Iterator[str]:
        """Remember a page, and name where it leads."""
        reader = Reader(urlsplit(address).path)
        reader.feed(html)
        for form in reader.forms:
            form.action = absolute(address, form.action)
            self.forms.setdefault(form.key, form)
            if form.method == "get":
                self.parameters.setdefault(route(form.action), set()).update(form.values)
        for link in reader.links:
            there = absolute(address, link)
            if route(there):
                query = parse_qsl(urlsplit(there).query, keep_blank_values=True)
                self.parameters.setdefault(route(there), set()).update(name for name, _ in query)
                yield there


def absolute(address: str, link: str) -> str:
    """As a browser reads it, for this site; "" for another one."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    if not parts.path:
        return urlsplit(address).path + (f"?{parts.query}" if parts.query else "")
    if parts.path.startswith("/"):
        return link.partition("#")[0]
    return urlsplit(address).path.rsplit("/", 1)[0] + "/" + link.partition("#")[0]


def walk(client: Client, starts: list[str], *, leave_out: tuple[str, ...] = ("admin/", "static", "api/")) -> Walk:
    """Every page that this person can reach by links, a few of each route; none of routes that begin so."""
    found, waiting, seen, looked = Walk(), list(starts), set[str](), Counter[str]()
    while waiting:
        address = waiting.pop(0)
        where = route(address)
        if address in seen or not where or where.startswith(leave_out) or looked[where] >= A_ROUTE:
            continue
        seen.add(address)
        answer = client.get(address)
        if answer.status_code in {301, 302}:
            waiting.append(answer["Location"])
        if answer.status_code != 200:
            continue
        looked[where] += 1
        found.pages.setdefault(where, address)
        if not answer.streaming and answer["Content-Type"].startswith("text/html"):
            waiting += found.see(address, answer.text)
    return found
