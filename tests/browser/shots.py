"""Pictures of every page in Russian and English, light, dark and narrow: `python -m tests.browser.shots [--readme] [WORD …]`.

Starts servers and a web process of its own on a throw-away home, fills a class in which every state occurs, and writes
var/shots/*.png. Words narrow it to pages whose name holds one of them. Meant to be looked at. `--readme` makes those of
README instead, docs/pictures/*.png.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from local.paths import ROOT
from local.setup import browser as chromium
from tests.browser.posted import reach
from tests.browser.site_of_states import SiteOfStates, site_of_states
from tests.plugins import servers

OUT = ROOT / "var" / "shots"
README = ROOT / "docs" / "pictures"
# The page, the file's name, the window's width, and how much of the page's height is shown.
OF_README = [("readme-result", "result", 1120, 1400), ("class-gradebook", "gradebook", 1440, 1000)]
MODEL = "section:has(table.heat)"  # of the result page, a picture of its own
LOOKS = [
    ("light", 1280, "light"),
    ("dark", 1280, "dark"),
    ("narrow", 320, "light"),
    ("narrow-dark", 320, "dark"),
]
ARGS = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def main(words: list[str]) -> int:
    OUT.mkdir(parents=True, exist_ok=True)
    servers._begin()
    try:
        with site_of_states(servers.supervisor(), dict(os.environ)) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.find(), args=[*ARGS, "--no-sandbox"])
            if "--readme" in words:
                count, out = _readme(browser, site), README
            else:
                count, out = sum(_language(browser, site, language, words) for language in ("ru", "en")), OUT
            browser.close()
    finally:
        servers.end()
    print(f"{count} pictures in {out}. Look at them.")
    return 0


def _language(browser: Browser, site: SiteOfStates, language: str, words: list[str]) -> int:
    count = 0
    for look, width, scheme in LOOKS:
        for person in {page.person for page in site.pages}:
            context = browser.new_context(
                locale=language, viewport={"width": width, "height": 800}, color_scheme=scheme, device_scale_factor=1  # type: ignore[arg-type]
            )  # fmt: skip
            tab = context.new_page()
            log_in(tab, site, person, language)
            for page in site.pages:
                if page.person == person and (not words or any(word in page.name for word in words)):
                    reach(tab, page, site.url)
                    count += _shoot(tab, page.name, language, look)
            context.close()
    return count


def _readme(browser: Browser, site: SiteOfStates) -> int:
    """Small enough for a repository: cut, and of 256 colours."""
    README.mkdir(parents=True, exist_ok=True)
    for name, file, width, height in OF_README:
        page = next(page for page in site.pages if page.name == name)
        context = browser.new_context(locale="en", viewport={"width": width, "height": 900}, color_scheme="light")
        tab = context.new_page()
        log_in(tab, site, page.person, "en")
        tab.goto(site.url + page.path)
        path = README / f"{file}.png"
        tab.screenshot(path=str(path), full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
        _shrink(path)
        if file == "result":
            tab.locator(MODEL).first.screenshot(path=str(README / "model.png"))
            _shrink(README / "model.png")
        context.close()
    return len(OF_README) + 1


def _shrink(path: Path) -> None:
    Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)


def log_in(tab: Page, site: SiteOfStates, person: str | None, language: str) -> None:
    """Pick the language, and log in where there is somebody."""
    tab.context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
    if person:
        tab.goto(f"{site.url}/login/")
        tab.fill("#id_username", person)
        tab.fill("#id_password", site.password)
        tab.click("main form button")
        tab.wait_for_url(f"{site.url}/")


def _shoot(tab: Page, name: str, language: str, look: str) -> int:
    tab.screenshot(path=str(OUT / f"{name}-{language}-{look}.png"), full_page=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
