"""What a student hands in by the form: typed answers and a notebook, read and checked before an attempt is spent.

All problems are found at once and each is tied to its field. Nothing is lost when there are some: answers stay in the
form, and a readable notebook is kept as a draft, so that the next try need not upload it again. What is only doubtful is
asked back once, and taken when it is sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from assignments.package.answers import AnswerError, read_answer
from assignments.package.values import AssignmentPackage, Option, Task
from grader import blobs, catalogue
from grader.checks.values import Values
from grader.submissions.asked_back import LINK, Asked, about_link, about_notebook, about_number
from grader.submissions.doubts import doubts_of
from grader.submissions.models import Draft
from grader.submissions.preflight import Notebook, Refused, preflight
from grader.submissions.templatetags.words import in_language, language
from grader.submissions.uploads import LIMIT_MB, too_large_upload

NOTEBOOK_FIELD = "notebook"
LINK_FIELD = "notebook-link"
SEEN_FIELD = "seen"


@dataclass(frozen=True)
class Wrong:
    """One refusal: the field's id in the page, its name, and a sentence."""

    field_id: str
    label: str
    sentence: str


@dataclass(frozen=True)
class OptionShown:
    option: Option
    field_id: str
    chosen: bool


@dataclass(frozen=True)
class RowShown:
    """The left-hand side of a matching with its select."""

    row: Option
    name: str
    field_id: str
    chosen: str


@dataclass(frozen=True)
class TaskAsked:
    """A task with its widget as the template draws it."""

    task: Task
    name: str
    field_id: str
    text: str = ""
    options: tuple[OptionShown, ...] = ()
    rows: tuple[RowShown, ...] = ()
    wrong: Wrong | None = None
    asked: Asked | None = None


@dataclass
class SubmissionForm:
    """Bound when `request` is given. `saved` are answers from a draft or the last attempt, shown until typed over.

    `others` are the course's assignments, among which a notebook may belong to another.
    """

    package: AssignmentPackage
    saved: Mapping[str, Any] = field(default_factory=dict)
    draft: Draft | None = None
    request: HttpRequest | None = None
    others: Iterable[AssignmentPackage] = ()
    answers: dict[str, Any] = field(default_factory=dict)
    wrongs: list[Wrong] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    read: Notebook | None = None
    linked: bool = False  # a link came where a file should be
    notebook: bytes | None = None
    notebook_name: str = ""
    fresh: bool = False  # whether `notebook` came with this request (and not from the draft)

    def __post_init__(self) -> None:
        self.answers = dict(self.saved) if self.request is None else self._typed(self.request.POST)

    def is_valid(self) -> bool:
        """Read everything; `wrongs` holds what a person has to correct, `asked` what they have to look at."""
        self.wrongs = [wrong for task in self.package.tasks if (wrong := self._check_answer(task))]
        if self.package.notebook != "none":
            self._read_notebook()
        if not self.wrongs and self.notebook is None and not any(self.answers.values()):
            self.refuse(_("There is nothing to hand in yet: answer a question or choose a notebook."))
        self.asked = list(self._doubtful())
        return not self.wrongs

    @property
    def certain(self) -> bool:
        """Whether all that is asked was seen before and sent again."""
        assert self.request is not None
        seen = set(self.request.POST.getlist(SEEN_FIELD))
        return all(asked.token in seen for asked in self.asked)

    def refuse(self, sentence: str, *, field_id: str = "form", label: str = "") -> None:
        self.wrongs.append(Wrong(field_id, label, sentence))

    @property
    def kept(self) -> str:
        """The name of the notebook that the draft keeps, if any."""
        return self.draft.notebook_name if self.draft and self.draft.notebook_digest else ""

    @property
    def notebook_wrong(self) -> Wrong | None:
        return next((wrong for wrong in self.wrongs if wrong.field_id == NOTEBOOK_FIELD), None)

    @property
    def cells(self) -> int:
        """How many cells of the notebook hold code."""
        return sum(bool(cell.strip()) for cell in self.read.cells) if self.read else 0

    @property
    def notebook_came(self) -> bool:
        """Whether this request carried a file, also one that is too large."""
        request = self.request
        return request is not None and (NOTEBOOK_FIELD in request.FILES or too_large_upload(request, NOTEBOOK_FIELD) is not None)

    @property
    def notebook_asked(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.field_id == NOTEBOOK_FIELD]

    @property
    def tasks(self) -> list[TaskAsked]:
        return [self._shown(task) for task in self.package.tasks]

    # ------------------------------------------------------------ reading

    def _typed(self, post: QueryDict) -> dict[str, Any]:
        return {task.id: _typed(task, post) for task in self.package.tasks if task.widget.kind != "none"}

    def _check_answer(self, task: Task) -> Wrong | None:
        if task.widget.kind == "none":
            return None
        label = in_language(task.title)
        raw = self.answers.get(task.id, "")
        try:
            answer = read_answer(task, raw)
        except AnswerError as refused:
            return Wrong(_field_id(task), label, _sentence(refused.code, refused.values))
        if task.widget.required and answer.empty:
            return Wrong(_field_id(task), label, _("This question needs an answer."))
        return None

    def _read_notebook(self) -> None:
        assert self.request is not None
        size_mb = too_large_upload(self.request, NOTEBOOK_FIELD)
        upload = self.request.FILES.get(NOTEBOOK_FIELD)
        if size_mb is not None:
            self._refuse_notebook("preflight.too_large", {"size_mb": size_mb, "limit_mb": LIMIT_MB})
        elif upload is not None:
            self._take(upload.read(), upload.name or "notebook.ipynb", fresh=True)
        elif self.draft and self.draft.notebook_digest:
            self._take(blobs.get(self.draft.notebook_digest), self.draft.notebook_name, fresh=False)
        elif LINK.search(self.request.POST.get(LINK_FIELD, "")):
            self._refuse_link()
        elif self.package.notebook == "required":
            self._refuse_notebook("preflight.missing", {})

    def _take(self, data: bytes, name: str, *, fresh: bool) -> None:
        try:
            self.read = preflight(data)
        except Refused as refused:
            if LINK.search(data[:4096].decode("utf-8", "replace")) and len(data) <= 4096:  # a bookmark that a phone shared
                self._refuse_link()
            else:
                self._refuse_notebook(refused.code, refused.values)
            return
        self.notebook, self.notebook_name, self.fresh = data, name[:255], fresh

    def _refuse_notebook(self, code: str, values: Values) -> None:
        self.refuse(_sentence(code, values), field_id=NOTEBOOK_FIELD, label=_("Notebook"))

    def _refuse_link(self) -> None:
        self.linked = True
        sentence = _("This is a link, and we need the file itself: nobody but you can open it. How to get it is shown here.")
        self.refuse(sentence, field_id=NOTEBOOK_FIELD, label=_("Notebook"))

    def _doubtful(self) -> Iterator[Asked]:
        for task in self.package.tasks:
            raw, field_id = self.answers.get(task.id), _field_id(task)
            if isinstance(raw, str) and not any(wrong.field_id == field_id for wrong in self.wrongs):
                asked = about_link(task, raw, field_id) or about_number(task, raw, field_id)
                if asked:
                    yield asked
        if self.read is not None and self.notebook is not None:
            digest = hashlib.sha256(self.notebook).hexdigest()
            for doubt in doubts_of(self.read, self.package, self.others):
                yield about_notebook(doubt, NOTEBOOK_FIELD, _("Notebook"), digest)

    # ------------------------------------------------------------ showing

    def _shown(self, task: Task) -> TaskAsked:
        raw = self.answers.get(task.id)
        name, field_id = f"answer-{task.id}", _field_id(task)
        chosen = {raw} if isinstance(raw, str) else set(raw) if isinstance(raw, list) else set()
        pairs = raw if isinstance(raw, dict) else {}
        return TaskAsked(
            task=task,
            name=name,
            field_id=field_id,
            text=raw if isinstance(raw, str) else "",
            options=tuple(OptionShown(option, f"{field_id}-{option.id}", option.id in chosen) for option in task.widget.options),
            rows=tuple(
                RowShown(row, f"{name}-{row.id}", f"{field_id}-{row.id}", str(pairs.get(row.id, ""))) for row in task.widget.rows
            ),
            wrong=next((wrong for wrong in self.wrongs if wrong.field_id == field_id), None),
            asked=next((asked for asked in self.asked if asked.field_id == field_id), None),
        )


def _typed(task: Task, post: QueryDict) -> Any:
    """A task's raw answer in the shape that `read_answer` knows: text, a list of options, or row -> option."""
    name = f"answer-{task.id}"
    if task.widget.kind == "choices":
        return post.getlist(name)
    if task.widget.kind == "matching":
        return {row.id: post.get(f"{name}-{row.id}", "") for row in task.widget.rows if post.get(f"{name}-{row.id}")}
    return post.get(name, "").strip()


def _field_id(task: Task) -> str:
    return "answer-" + task.id.replace(".", "-")


def _sentence(code: str, values: Values) -> str:
    return catalogue.render(code, values, language())
