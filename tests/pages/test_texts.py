"""The texts of the pages: all of them in Russian, compiled, with their placeholders and plural forms."""

from __future__ import annotations

import re

import polib
import pytest
from django.utils import translation
from django.utils.translation import ngettext

from grader.locale import make

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_text_has_a_translation_and_none_is_left_over(lang):
    po = polib.pofile(str(make.po_path(lang)))

    known = {make.Text(entry.msgid, entry.msgid_plural, entry.msgctxt or "") for entry in po}

    assert known == set(make.texts()), "run python -m grader.locale.make"
    assert [entry.msgid for entry in po if not entry.translated() or entry.fuzzy] == []


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_what_is_compiled_is_what_is_written(lang):
    po = polib.pofile(str(make.po_path(lang)))
    mo = polib.mofile(str(make.po_path(lang).with_suffix(".mo")))

    def said(entries):
        return {(entry.msgctxt, entry.msgid): entry.msgstr or entry.msgstr_plural for entry in entries}

    assert said(mo) == said(po)


def test_no_translation_loses_a_placeholder():
    for entry in polib.pofile(str(make.po_path("ru"))):
        for said in [entry.msgstr] if not entry.msgid_plural else entry.msgstr_plural.values():
            assert set(PLACEHOLDER.findall(said)) == set(PLACEHOLDER.findall(entry.msgid)), entry.msgid


def test_russian_plurals_take_three_forms():
    with translation.override("ru"):
        said = {n: ngettext("%(points)s point", "%(points)s points", n) % {"points": n} for n in (1, 2, 5, 11, 21, 22, 112)}

    assert said == {
        1: "1 балл",
        2: "2 балла",
        5: "5 баллов",
        11: "11 баллов",
        21: "21 балл",
        22: "22 балла",
        112: "112 баллов",
    }


def test_a_russian_page_holds_no_english_of_ours(whole_class, at):
    english = [entry.msgid for entry in polib.pofile(str(make.po_path("ru"))) if len(entry.msgid) > 12 and "%" not in entry.msgid]
    shown = whole_class.shown

    for user, address in [
        (None, "/login/"),
        (whole_class.student, "/"),
        (whole_class.student, "/courses/zoo/everything/"),
        (whole_class.student, f"/results/{shown['graded'].public_id}/"),
        (whole_class.teacher, f"/results/{shown['not_judged'].public_id}/"),
        (whole_class.teacher, f"/submissions/{shown['running'].public_id}/"),
        (whole_class.teacher, "/courses/zoo/gradebook/"),
        (whole_class.student, "/nowhere/"),
    ]:
        page = at(user, "ru").get(address).text.replace("&#x27;", "'")
        assert [text for text in english if f">{text}<" in page or f'"{text}"' in page] == []
