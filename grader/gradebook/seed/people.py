"""Names, sections and enrolments of a made-up class."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from django.contrib.auth.hashers import make_password

from assignments.models import Course
from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.services import person_ensure

LAST = (
    *("Иванов", "Петров", "Сидоров", "Ёжиков", "Волков", "Зайцев", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов"),
    *("Фёдоров", "Ершов", "Щербаков", "Яковлев", "Абрамов", "Баранов", "Громов", "Дементьев", "Жуков", "Карпов", "Тихонов"),
)
WOMEN, MEN = (
    ("Анна", "Вера", "Дарья", "Ева", "Зоя", "Лейла", "Мария", "Нина", "Ольга", "София", "Юлия", "Екатерина"),
    (*("Александр", "Борис", "Глеб", "Илья", "Кирилл", "Максим", "Никита", "Олег", "Пётр", "Тимур", "Фёдор", "Ян"),),
)
UNUSUAL = (("Воронцова-Дашкова", "Анна-Мария"), ("Нгуен", "Ван Ань"), ("Königsberg", "Anna-Lena"), ("О’Коннор", "Шинейд"))
SECTIONS = ("БПИ-231", "БПИ-232", "БПИ-233", "Вечерняя группа")
ASSISTANT = "section_assistant"  # sees the first section only


def people_add(course: Course, numbers: Sequence[int], chance: Random) -> list[User]:
    """Students `seed0001`, … of these numbers, who can't log in by password, each in a section. Those who are there stay."""
    drawn = {_login(number): _name(number, chance) for number in numbers}  # for all, so that who is there changes nobody
    here = set(Enrolment.objects.filter(course=course, user__username__in=drawn).values_list("user__username", flat=True))
    elsewhere = list(User.objects.filter(username__in=drawn.keys() - here))
    no_password, known = make_password(None), here | {user.username for user in elsewhere}
    new = User.objects.bulk_create(
        User(username=login, last_name=last, first_name=first, password=no_password)
        for login, (last, first) in drawn.items()
        if login not in known
    )
    users = sorted([*elsewhere, *new], key=lambda user: user.username)
    sections = sections_ensure(course)
    Enrolment.objects.bulk_create(
        Enrolment(
            user=user,
            course=course,
            role=Role.STUDENT,
            external_user_id=user.username.replace("seed", "seed-"),
            section=sections[int(user.username[4:]) % len(sections)],
        )
        for user in users
    )
    return users


def sections_ensure(course: Course) -> list[Section]:
    return [Section.objects.get_or_create(course=course, name=name)[0] for name in SECTIONS]


def staff_ensure(course: Course, *, demo: bool) -> User:
    """Whoever decides things in this class: its first teacher, else one made for it; and an assistant of one section."""
    assistant = person_ensure(username=ASSISTANT, password=ASSISTANT if demo else None, last_name="Зимина", first_name="Полина")
    place, _ = Enrolment.objects.get_or_create(user=assistant, course=course, defaults={"role": Role.ASSISTANT})
    place.limited_to.set(sections_ensure(course)[:1])
    found = Enrolment.objects.filter(course=course, role=Role.TEACHER).order_by("id").select_related("user").first()
    if found is not None:
        return found.user
    teacher = person_ensure(username="seed_teacher", password=None, last_name="Павлова", first_name="Дарья")
    Enrolment.objects.create(user=teacher, course=course, role=Role.TEACHER)
    return teacher


def _login(number: int) -> str:
    return f"seed{number:04}"


def _name(number: int, chance: Random) -> tuple[str, str]:
    if number % 97 == 7:
        return UNUSUAL[number // 97 % len(UNUSUAL)]
    woman = chance.random() < 0.5
    return chance.choice(LAST) + ("а" if woman else ""), chance.choice(WOMEN if woman else MEN)
