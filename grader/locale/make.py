"""Collects the texts of templates and code into the `.po` files and compiles them: `python -m grader.locale.make`.

Does what `makemessages` and `compilemessages` do, without gettext's programs, which few machines have. Templates are
read by Django itself: what its parser calls a translation is one.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALE = Path(__file__).resolve().parent
HEAD = {
    "ru": {
        "Language": "ru",
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    },
    "en": {"Language": "en", "Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": "nplurals=2; plural=(n != 1);"},
}
# How many leading arguments are texts, and whether the first of them is a context.
CALLS = {"_": (1, False), "gettext": (1, False), "pgettext": (2, True), "ngettext": (2, False), "npgettext": (3, True)}


@dataclass(frozen=True, order=True)
class Text:
    """A text to be translated; `plural` and `context` are empty where there is none."""

    singular: str
    plural: str = ""
    context: str = ""


def texts() -> dict[Text, list[str]]:
    """Every text that pages can show, with the files that hold it."""
    found: dict[Text, list[str]] = {}
    for path in sorted((ROOT / "grader").rglob("*.py")):
        for text in _of_code(path):
            found.setdefault(text, []).append(str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "grader" / "templates").rglob("*.html")):
        for text in _of_template(path):
            found.setdefault(text, []).append(str(path.relative_to(ROOT)))
    return found


def _of_code(path: Path) -> Iterator[Text]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        count, with_context = CALLS.get(node.func.id.removesuffix("_lazy"), (0, False))
        parts = [part.value for part in node.args[:count] if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        if count and len(parts) == count:
            context = parts.pop(0) if with_context else ""
            yield Text(parts[0], parts[1] if len(parts) > 1 else "", context)


def _of_template(path: Path) -> Iterator[Text]:
    from django.template import Engine
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    nodes = Engine.get_default().from_string(path.read_text("utf-8")).nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        assert isinstance(node, TranslateNode)
        literal = node.filter_expression.var.literal
        if isinstance(literal, str):
            yield Text(literal, context=str(node.message_context or "").strip("\"'"))
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        assert isinstance(node, BlockTranslateNode)
        plural = node.render_token_list(node.plural)[0] if node.plural else ""
        yield Text(node.render_token_list(node.singular)[0], plural)


def merge(lang: str, wanted: dict[Text, list[str]]) -> polib.POFile:
    """The `.po` of a language with exactly the wanted texts: what was translated stays, what nobody shows any more goes."""
    path = po_path(lang)
    old = polib.pofile(str(path)) if path.exists() else polib.POFile()
    known = {Text(entry.msgid, entry.msgid_plural, entry.msgctxt or ""): entry for entry in old}
    new = polib.POFile(wrapwidth=110)
    new.metadata = HEAD[lang]
    for text in sorted(wanted):
        entry = known.get(text) or _entry(text, lang)
        entry.occurrences = [(name, "") for name in sorted(set(wanted[text]))]
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
        new.append(entry)
    return new


def _entry(text: Text, lang: str) -> polib.POEntry:
    """English says what the code says; Russian waits for a person."""
    entry = polib.POEntry(msgid=text.singular, msgctxt=text.context or None)
    said = (text.singular, text.plural) if lang == "en" else ("", "", "")
    if text.plural:
        entry.msgid_plural = text.plural
        entry.msgstr_plural = dict(enumerate(said))
    else:
        entry.msgstr = said[0]
    return entry


def po_path(lang: str) -> Path:
    return LOCALE / lang / "LC_MESSAGES" / "django.po"


def main() -> int:
    """Merge, compile, and name what is still without a translation."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grader.settings")
    import django

    django.setup()
    wanted = texts()
    missing = 0
    for lang in HEAD:
        po = merge(lang, wanted)
        po_path(lang).parent.mkdir(parents=True, exist_ok=True)
        po.save(str(po_path(lang)))
        po.save_as_mofile(str(po_path(lang).with_suffix(".mo")))
        for entry in po.untranslated_entries():
            missing += 1
            print(f"{lang}: no translation of {entry.msgid!r}", file=sys.stderr)
    print(f"{len(wanted)} texts, {missing} without a translation.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
