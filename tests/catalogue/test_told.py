"""A sentence that nobody has written out yet: its parts are in the reader's language too, and it may be kept for later."""

from __future__ import annotations

import json

from grader.catalogue import say
from grader.catalogue.values import InBoth, packed, told, unpacked

NEAR = told("package.did_you_mean", word="runtime")
ONE = told("package.no_such_key", what=told("part.key", name="limits", what=told("part.assignment")), key="runtme", near=NEAR)


def test_its_parts_are_in_the_readers_language():
    assert say(ONE, "en") == '"limits" of An assignment has no "runtme". Did you mean "runtime"?'
    assert say(ONE, "ru") == "Задание, «limits»: ключа «runtme» не бывает. Может быть, «runtime»?"


def test_a_part_that_says_nothing_leaves_no_space():
    assert say(told("package.kind_needed", near=""), "en") == "A check needs a kind."


def test_a_list_is_joined_and_the_courses_own_words_are_the_readers():
    assert say(told("package.known", words=("a", "b")), "ru") == "Известны: a, b."
    assert say(told("change.option_new", id="c", text=InBoth("Ещё", "More")), "ru") == "новый вариант «c»: Ещё."
    assert say(told("change.option_new", id="c", text=InBoth("Ещё", "More")), "en") == 'option "c" is new: More.'


def test_what_is_kept_is_read_again_as_it_was():
    some = [ONE, told("change.option_new", id="c", text=InBoth("Ещё", "More")), told("package.known", words=("a", "b"))]

    for one in some:
        assert unpacked(json.loads(json.dumps(packed(one)))) == one


def test_a_sentence_that_was_kept_before_there_were_codes_is_shown_as_it_is():
    assert say(unpacked("1: reference earns 3 of 4"), "ru") == "1: reference earns 3 of 4"


def test_a_value_is_never_read_as_a_pattern():
    assert say(told("package.no_value", value="{value} {near}"), "en") == '"{value} {near}" cannot be read.'
