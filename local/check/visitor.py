"""Somebody with a browser: keeps cookies, fills the forms that a page shows, follows redirects. No JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from local.say import Trouble


@dataclass
class Page:
    """A page as fetched: its address, text, and the hidden fields and field names of its forms."""

    url: httpx.URL
    status: int
    text: str
    hidden: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Fields(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"input", "select", "textarea"}:
            return
        at = dict(attrs)
        name = at.get("name") or ""
        self._page.names.add(name)
        if at.get("type") == "hidden":
            self._page.hidden[name] = at.get("value") or ""


class Visitor:
    """One person's session with the site."""

    def __init__(self, base_url: str) -> None:
        headers = {"Accept-Language": "en", "Origin": base_url}
        self._client = httpx.Client(base_url=base_url, follow_redirects=True, timeout=30, headers=headers, trust_env=False)

    def get(self, path: str) -> Page:
        """Fetch a page. Raises `Trouble` when it is not there or not for us."""
        return _page(self._client.get(path))

    def send(self, page: Page, fields: dict[str, str | list[str]], files: dict[str, tuple[str, bytes]] | None = None) -> Page:
        """Fill in the form that `page` shows and send it, with the hidden fields it came with."""
        strange = sorted({*fields, *(files or {})} - page.names)
        if strange:
            raise Trouble(f"{page.url} has no form field {', '.join(strange)}; it has {', '.join(sorted(page.names))}.")
        data: dict[str, str | list[str]] = {**page.hidden, **fields}
        return _page(self._client.post(page.url, data=data, files=files or None))

    def log_in(self, name: str, password: str) -> None:
        """Through the log-in page. Raises `Trouble` if it shows itself again."""
        page = self.send(self.get("/login/"), {"username": name, "password": password})
        if page.url.path.startswith("/login"):
            raise Trouble(f"{name} could not log in: the log-in page came back.")


def _page(response: httpx.Response) -> Page:
    if response.status_code >= 400 and response.status_code != 422:
        raise Trouble(f"{response.request.method} {response.url} answered {response.status_code}:\n{response.text[:600]}")
    page = Page(response.url, response.status_code, response.text)
    _Fields(page).feed(response.text)
    return page
