"""What a table of people would change in a course, row by row, and what is wrong with it. Reads only, in six queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from assignments.models import Course
from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.roster.columns import columns_of, head_of
from grader.accounts.roster.table import Line

MOST_PEOPLE = 500
LONGEST = {"last_name": 150, "first_name": 150, "email": 254, "username": 150, "section": 120, "external_id": 255}


@dataclass(frozen=True)
class Person:
    """One row as it was understood."""

    line: int
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    username: str = ""
    section: str = ""
    external_id: str = ""

    @property
    def name(self) -> str:
        return f"{self.last_name} {self.first_name}".strip()


@dataclass(frozen=True)
class Step:
    """What a row comes to: somebody new, a known person who joins or is changed, or nothing; and what keeps it from that."""

    person: Person
    what: str  # new, join, change, same
    user: User | None = None
    enrolment: Enrolment | None = None
    adopt: bool = False  # an account that nobody has used yet takes its name and e-mail from the table
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...] = ()
    columns: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    new_sections: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()  # of the table as a whole

    @property
    def wrong(self) -> list[Step]:
        return [step for step in self.steps if step.problems]

    @property
    def ready(self) -> bool:
        return bool(self.steps) and not self.problems and not self.wrong

    def count(self, what: str) -> int:
        return sum(step.what == what and not step.problems for step in self.steps)


@dataclass
class _Known:
    """Who is there already, looked up once for all rows."""

    by_email: dict[str, list[User]] = field(default_factory=dict)
    by_username: dict[str, User] = field(default_factory=dict)
    enrolments: dict[int, Enrolment] = field(default_factory=dict)
    by_external: dict[str, Enrolment] = field(default_factory=dict)
    used_elsewhere: set[int] = field(default_factory=set)


def plan_of(course: Course, lines: Sequence[Line], *, role: Role, section: str = "", columns: Sequence[str] = ()) -> Plan:
    """The plan for these lines. `columns` are what somebody chose after a wrong guess; `section` is for rows without one."""
    head = head_of(lines)
    fields = list(columns) or columns_of(lines)
    people = [_person(line, fields, section) for line in (lines[1:] if head else lines)]
    heads = lines[0].cells if head else ()
    problems = _of_the_whole(people, fields)
    if problems:
        return Plan((), tuple(fields), heads, (), problems)
    known = _known(course, people)
    twice = _twice(people)
    steps = _one_row_each([_step(person, role, known, twice) for person in people])
    there = {name.casefold() for name in Section.objects.filter(course=course).values_list("name", flat=True)}
    wanted = {person.section.casefold(): person.section for person in people if person.section}
    return Plan(steps, tuple(fields), heads, tuple(name for key, name in wanted.items() if key not in there))


def _person(line: Line, fields: Sequence[str], section: str) -> Person:
    values = {name: cell for name, cell in zip(fields, line.cells, strict=False) if name}
    name = values.pop("name", "")
    if name and not values.get("last_name"):
        last, _comma, first = name.partition(",") if "," in name else name.partition(" ")
        values |= {"last_name": last.strip(), "first_name": first.strip()}
    email = values.pop("email", "").strip("<>;,").lower()
    given = {"email": email, "section": section, "username": email} | {key: cell for key, cell in values.items() if cell}
    return Person(line.number, **given)


def _of_the_whole(people: Sequence[Person], fields: Sequence[str]) -> tuple[str, ...]:
    if not people:
        return (_("There is nobody in it. Write a line for each person, with a name and an e-mail."),)
    if not {"email", "username"} & set(fields):
        return (_("No column holds an e-mail or a log-in. Name the columns in the first line, or choose below what each means."),)
    if len(people) > MOST_PEOPLE:
        said = _("These are %(number)d people; at most %(most)d can be added at once. Split the table.")
        return (said % {"number": len(people), "most": MOST_PEOPLE},)
    return ()


def _known(course: Course, people: Sequence[Person]) -> _Known:
    known = _Known()
    emails = {person.email for person in people if person.email}
    for user in User.objects.annotate(folded=Lower("email")).filter(folded__in=emails):
        known.by_email.setdefault(user.email.lower(), []).append(user)
    known.by_username = {user.username: user for user in User.objects.filter(username__in={person.username for person in people})}
    for enrolment in Enrolment.objects.filter(course=course).select_related("section", "user"):
        known.enrolments[enrolment.user_id] = enrolment
        if enrolment.external_user_id:
            known.by_external[enrolment.external_user_id] = enrolment
    found = [user.pk for users in (*known.by_email.values(), list(known.by_username.values())) for user in users]
    elsewhere = Enrolment.objects.filter(user__in=found).exclude(course=course).values_list("user_id", flat=True)
    known.used_elsewhere = set(elsewhere)
    return known


def _twice(people: Sequence[Person]) -> Callable[[Person], list[str]]:
    """Says of a row which of its values stand in an earlier row already."""
    first: dict[tuple[str, str], int] = {}
    for person in people:
        for key in _keys(person):
            first.setdefault(key, person.line)
    words = {"email": _("The same e-mail stands in line %(line)d."), "username": _("The same log-in stands in line %(line)d.")}
    words["external_id"] = _("The same id stands in line %(line)d.")

    def of(person: Person) -> list[str]:
        found = [words[kind] % {"line": first[kind, text]} for kind, text in _keys(person) if first[kind, text] != person.line]
        return found[:1] if person.username == person.email else found

    return of


def _keys(person: Person) -> Iterable[tuple[str, str]]:
    if person.email:
        yield "email", person.email
    if person.username:
        yield "username", person.username
    if person.external_id:
        yield "external_id", person.external_id


def _one_row_each(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Two rows may mean one account, one by its e-mail and one by its log-in: the second is a problem."""
    first: dict[int, int] = {}
    found = []
    for step in steps:
        line = first.setdefault(step.user.pk, step.person.line) if step.user else step.person.line
        if line != step.person.line and not step.problems:
            found.append(replace(step, problems=(_("The same person stands in line %(line)d.") % {"line": line},)))
        else:
            found.append(step)
    return tuple(found)


def _step(person: Person, role: Role, known: _Known, twice: Callable[[Person], list[str]]) -> Step:
    problems = [*_malformed(person), *twice(person)]
    user, unclear = _account(person, known)
    problems += unclear
    if user is None and "@" in person.username and person.username.lower() != person.email:
        # Else it would stand in the way of whoever has that e-mail, or be taken for them.
        problems.append(_("A log-in with @ is somebody's e-mail: write it as the e-mail, or give another log-in."))
    enrolment = known.enrolments.get(user.pk) if user else None
    problems += _conflicts(person, user, enrolment, role, known)
    if user is None and not problems and not person.name:
        problems.append(_("The name is missing."))
    adopt = user is not None and user.unused and user.pk not in known.used_elsewhere and _differs(person, user)
    return Step(person, _what(person, user, enrolment, adopt=adopt), user, enrolment, adopt, tuple(problems))


def _differs(person: Person, user: User) -> bool:
    renamed = bool(person.name) and (user.last_name, user.first_name) != (person.last_name, person.first_name)
    return renamed or bool(person.email and not user.email)


def _what(person: Person, user: User | None, enrolment: Enrolment | None, *, adopt: bool) -> str:
    if user is None:
        return "new"
    if enrolment is None:
        return "join"
    section = enrolment.section.name if enrolment.section else ""
    moved = bool(person.section) and person.section.casefold() != section.casefold()
    renumbered = bool(person.external_id) and person.external_id != enrolment.external_user_id
    return "change" if moved or renumbered or adopt else "same"


def _malformed(person: Person) -> list[str]:
    found = []
    if not person.email and not person.username:
        found.append(_("An e-mail or a log-in is missing."))
    if person.email and not _passes(validate_email, person.email):
        found.append(_("“%(email)s” is no e-mail.") % {"email": person.email[:80]})
    elif person.username and not _passes(UnicodeUsernameValidator(), person.username):
        said = _("“%(login)s” can't be a log-in: letters, digits and @ . + - _ only.")
        found.append(said % {"login": person.username[:80]})
    for name, most in LONGEST.items():
        if len(getattr(person, name)) > most:
            found.append(
                _("“%(start)s…” is longer than %(most)d characters.") % {"start": getattr(person, name)[:20], "most": most}
            )
    return found


def _passes(validator: Callable[[str], None], text: str) -> bool:
    try:
        validator(text)
    except ValidationError:
        return False
    return True


def _account(person: Person, known: _Known) -> tuple[User | None, list[str]]:
    """The account that a row means, by e-mail or by log-in; and why that can't be told."""
    by_email = known.by_email.get(person.email, []) if person.email else []
    by_username = known.by_username.get(person.username)
    if by_username is not None and by_username in by_email:
        return by_username, []
    if len(by_email) > 1:
        return None, [_("Several accounts have this e-mail. Give the log-in of the one that you mean.")]
    if by_email and by_username is not None:
        return None, [_("The e-mail and the log-in belong to two different accounts.")]
    if by_username is not None and person.email and by_username.email:
        return None, [_("The log-in belongs to an account with another e-mail.")]
    if by_username is not None and person.email and not _takes_email(by_username, known):
        return None, [_("The log-in belongs to an account without this e-mail. Give another log-in.")]
    return (by_email[0] if by_email else by_username), []


def _takes_email(user: User, known: _Known) -> bool:
    """Of an account without an e-mail: whether a row with one may mean it. It may be in somebody else's hands otherwise."""
    return user.pk in known.enrolments or (user.unused and user.pk not in known.used_elsewhere)


def _conflicts(person: Person, user: User | None, enrolment: Enrolment | None, role: Role, known: _Known) -> list[str]:
    found = []
    if user is not None and not user.is_active:
        found.append(_("This account is disabled. An administrator can enable it."))
    if enrolment is not None and enrolment.role != role:
        said = _("Is in the course already, as another role: %(role)s. Change it on the person's page.")
        found.append(said % {"role": enrolment.get_role_display()})
    owner = known.by_external.get(person.external_id) if person.external_id else None
    if owner is not None and (user is None or owner.user_id != user.pk):
        found.append(_("The id belongs to %(name)s in this course.") % {"name": owner.user.display_name()})
    return found
