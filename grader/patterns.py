"""/dev/patterns/: every component of the style sheets in every state, in both languages. In a demo only.

The words are samples and not texts of the site, so they stand here and not in the catalogue of translations.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from grader.submissions.templatetags.words import WORDS, language

PARTS = ("states", "buttons", "fields", "tables", "things", "code")

# Each in Russian and in English.
SAMPLES: dict[str, tuple[str, str]] = {
    "title": ("Из чего сделаны страницы", "What the pages are made of"),
    "student": ("Ёлкина Анна", "Yolkina Anna"),
    "long": (
        "Константинопольский-Задунайский Максимилиан-Александр Всеволодович",
        "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Maximilian",
    ),
    "homework": ("Домашняя работа. Fashion MNIST на Keras", "Homework. Fashion MNIST with Keras"),
    "save": ("Сохранить", "Save"),
    "saving": ("Сохраняем…", "Saving…"),
    "cancel": ("Отмена", "Cancel"),
    "remove": ("Убрать", "Remove"),
    "show": ("Показать", "Show"),
    "name": ("Имя или логин", "Name or username"),
    "state": ("Состояние", "State"),
    "any": ("любое", "any"),
    "score": ("Баллы", "Points"),
    "why": ("Причина (её прочтёт студент)", "Reason (the student will read it)"),
    "why_help": ("Одно предложение: что изменилось и почему.", "One sentence: what has changed and why."),
    "why_wrong": ("Напишите причину: без неё оценку не меняют.", "Say why: a grade is not changed without a reason."),
    "fix": ("Не сохранено: исправьте одно место.", "Not saved: one thing needs fixing."),
    "two_ways": ("Это 1 или 1000?", "Is it 1 or 1000?"),
    "only_late": ("только опоздавшие", "late only"),
    "choose": ("Что из этого обучается?", "Which of these are learned?"),
    "weights": ("веса", "weights"),
    "rate": ("скорость обучения", "the learning rate"),
    "file": ("Файл ноутбука (.ipynb, не больше 10 МБ)", "Notebook file (.ipynb, at most 10 MB)"),
    "handed": ("Сдано", "Handed in"),
    "select": ("Выбрать", "Select"),
    "all": ("Все строки", "All rows"),
    "ticked": ("Выбрано:", "Ticked:"),
    "extend": ("Продлить срок", "Extend the deadline"),
    "open": ("Открыть диалог", "Open the dialog"),
    "panel": ("Открыть панель", "Open the panel"),
    "sure": ("Отозвать приглашение?", "Take the invitation back?"),
    "sure_text": ("По этой ссылке больше никто не войдёт. Кто уже в курсе, останется.", "Nobody can join by it any more."),
    "conflict": ("Кто-то успел раньше", "Somebody was faster"),
    "conflict_text": (
        "Орлова Вера только что поставила 7 из 10: «пересчитано вручную». Ваши 5 баллов ещё не сохранены.",
        "Orlova Vera has just set 7 of 10: “counted by hand”. Your 5 points are not saved yet.",
    ),
    "empty": ("Пока никто не ждёт", "Nothing waits"),
    "empty_text": (
        "Когда студент попросит посмотреть работу или проверка не сможет решить сама, работа появится здесь.",
        "When a student asks for a review, or a check can't decide by itself, the work will appear here.",
    ),
    "average": ("Средний балл", "Average"),
    "average_note": ("87 работ из 112", "87 of 112 pieces of work"),
    "passed": ("Сдали", "Passed"),
    "waits": ("Ждут решения", "Waiting for a decision"),
    "oldest": ("дольше всех: 2 дня", "the oldest for 2 days"),
    "by_hand": ("Сеть верна, но метки перепутаны местами.", "The net is right, the labels were swapped."),
    "by": ("Орлова Вера, 24.11.2026 18:30 (UTC+3)", "Orlova Vera, 2026-11-24 18:30 (UTC+3)"),
    "automatic": ("После проверки ноутбука", "After the notebook was judged"),
    "notice": (
        "Освободившейся видеокарты не нашлось, ноутбук считается на процессоре.",
        "No GPU became free in time, so your notebook runs on a CPU.",
    ),
    "saved": ("Сохранено: 7 из 10.", "Saved: 7 of 10."),
    "log": ("Вывод ноутбука", "Output of the notebook"),
    "cut": ("… вырезано 1 204 строки …", "… 1,204 lines left out …"),
    "shirt": ("рубашка", "shirt"),
    "coat": ("пальто", "coat"),
    "bag": ("сумка", "bag"),
    "truth": ("На самом деле", "In truth"),
    "epoch": ("эпоха", "epoch"),
    "needed": ("нужно 0,86", "0.86 is needed"),
    "curve": ("Точность по эпохам", "Accuracy by epoch"),
    "next": ("следующая работа", "next piece of work"),
    "before": ("предыдущая работа", "previous piece of work"),
}


@require_safe
def patterns(request: HttpRequest) -> HttpResponse:
    """The page; nowhere but in a demo, since nobody else has a use for it."""
    if not settings.GRADER_DEMO:
        raise Http404
    column = 0 if language() == "ru" else 1
    context = {
        "t": {name: said[column] for name, said in SAMPLES.items()},
        "states": list(WORDS),
        "parts": [f"dev/patterns/{name}.html" for name in PARTS],
        "ten": range(10),
        "sixteen": range(16),
    }
    return render(request, "dev/patterns.html", context)
