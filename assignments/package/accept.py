"""“Accept this answer too”: the key of one task, longer by an answer, in the words of the file that its teacher wrote.

The file is edited in its text, so that comments and order stay. What comes out is read again and must differ from what was
there by this one answer alone; else it is refused, and a person edits the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from assignments.package.answers import read_answer
from assignments.package.values import AssignmentPackage, Task
from grader.checks import numbers
from grader.checks.kinds.number import Number, number
from grader.checks.kinds.text import Text, text
from grader.checks.registry import Alone
from grader.checks.values import Answer, CheckSpec, Outcome

KINDS = ("text", "number", "choice")
LONGEST = 200  # characters of an answer that a key takes


class NotAccepted(ValueError):
    """An answer that no key can be made longer by; `code` says why, in words of the page."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Addition:
    """What is put into the file: `value` into the list `key` of the check, or of the option with the id `option`."""

    task: str
    kind: str
    key: str
    value: str | float
    option: str = ""


def check_of(task: Task) -> CheckSpec | None:
    """The check of a task whose key can be made longer; None where there is none."""
    return next((spec for spec in task.spec.checks if spec.kind in KINDS), None)


def same_answer(package: AssignmentPackage, task_id: str, raw: Any) -> Callable[[Any], bool]:
    """Whether an answer is the same as `raw` to the check of this task: both are given as they were typed."""
    task = task_of(package, task_id)
    given, spec = read_answer(task, raw), check_of(task)
    if spec is not None and spec.kind == "text":
        want = Text(accepted=(_typed(given),))
        return lambda other: text(want, read_answer(task, other)).outcome is Outcome.PASSED
    if spec is not None and spec.kind == "number":
        values = _values(_typed(given))
        tolerance = spec.params.tolerance if spec.params.equals is not None else 1e-9
        wants = [Number(equals=value, tolerance=tolerance, integer=spec.params.integer) for value in values]
        return lambda other: any(_passes(want, read_answer(task, other)) for want in wants)
    return lambda other: read_answer(task, other) == given and not given.empty


def _passes(want: Number, answer: Answer) -> bool:
    return number(want, answer, Alone(True)).outcome is Outcome.PASSED


def addition(package: AssignmentPackage, task_id: str, raw: Any) -> Addition:
    """What accepting this answer would add to the key.

    Raises:
        NotAccepted: this task's key is no list of answers, or this answer is none that could stand in one.
    """
    task = task_of(package, task_id)
    spec, answer = check_of(task), read_answer(task, raw)
    typed = _typed(answer)
    if spec is None:
        raise NotAccepted("no_key")
    if not typed:
        raise NotAccepted("empty")
    if len(typed) > LONGEST or not typed.isprintable():
        raise NotAccepted("unfit")
    if spec.kind == "number":
        return _number(task, spec, typed, answer)
    if spec.kind == "choice":
        return _choice(task, spec, typed)
    if text(spec.params, answer).outcome is Outcome.PASSED:
        raise NotAccepted("accepted")
    return Addition(task.id, "text", "accepted", typed)


def _number(task: Task, spec: CheckSpec, typed: str, answer: Answer) -> Addition:
    if number(spec.params, answer, Alone(True)).outcome is Outcome.PASSED:
        raise NotAccepted("accepted")
    values = _values(typed)
    if len(values) != 1:
        raise NotAccepted("several_readings" if values else "no_number")
    return Addition(task.id, "number", "also", values[0])


def _choice(task: Task, spec: CheckSpec, typed: str) -> Addition:
    if typed == spec.params.right or typed in spec.params.also:
        raise NotAccepted("accepted")
    if typed in spec.params.options:
        return Addition(task.id, "choice", "also", typed)
    return Addition(task.id, "choice", "also", typed, option=spec.params.right)  # own words: another wording of the right option


def _typed(answer: Answer) -> str:
    return (answer.text or " ".join(answer.items)).strip()


def _values(typed: str) -> list[float]:
    readings = numbers.read(typed)
    if isinstance(readings, str):
        return []
    return [one.value for one in readings if not one.relation]


def task_of(package: AssignmentPackage, task_id: str) -> Task:
    """Raises NotAccepted where the package has no such task."""
    found = next((task for task in package.tasks if task.id == task_id), None)
    if found is None:
        raise NotAccepted("no_task")
    return found


def extended(written: str, add: Addition) -> str:
    """The text of `assignment.yaml` with the addition in it, all else as it was.

    Raises:
        NotAccepted: the file is written in a way that this can't be put into.
    """
    root = yaml.compose(written, Loader=yaml.SafeLoader)
    place = _place(root, add)
    before = yaml.safe_load(written)
    into = _plain_place(before, add)
    into.setdefault(add.key, []).append(add.value)
    made = _inserted(written, place, add)
    try:
        after = yaml.safe_load(made)
    except yaml.YAMLError as problem:
        raise NotAccepted("unfit") from problem
    if after != before:  # which holds the addition by now
        raise NotAccepted("unfit")
    return made


def _inserted(written: str, place: yaml.MappingNode, add: Addition) -> str:
    value = _quoted(add.value)
    entries = {str(key.value): (key, node) for key, node in place.value}
    if add.key in entries:
        items = entries[add.key][1]
        if not isinstance(items, yaml.SequenceNode):
            raise NotAccepted("unfit")
        return _appended(written, items, value)
    if place.flow_style:
        last = place.value[-1][1].end_mark.index
        return f"{written[:last]}, {add.key}: [{value}]{written[last:]}"
    key, node = place.value[0]
    end = _line_end(written, node.end_mark.index)
    return f"{written[:end]}\n{' ' * key.start_mark.column}{add.key}: [{value}]{written[end:]}"


def _appended(written: str, items: yaml.SequenceNode, value: str) -> str:
    if items.flow_style:
        at = items.value[-1].end_mark.index if items.value else items.start_mark.index + 1
        return f"{written[:at]}{', ' if items.value else ''}{value}{written[at:]}"
    end = _line_end(written, items.value[-1].end_mark.index)
    return f"{written[:end]}\n{' ' * items.start_mark.column}- {value}{written[end:]}"


def _line_end(written: str, at: int) -> int:
    end = written.find("\n", at)
    return len(written) if end < 0 else end


def _quoted(value: str | float) -> str:
    """As YAML: a number as a person writes it, a text in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _place(root: Any, add: Addition) -> yaml.MappingNode:
    """The mapping in the file that the addition belongs into: the check, or the option."""
    task = _by(_under(root, "tasks"), "id", add.task)
    if add.option:
        return _by(_under(_under(task, "answer"), "options"), "id", add.option)
    return _by(_under(task, "checks"), "kind", add.kind)


def _under(node: Any, key: str) -> Any:
    found = next((value for name, value in node.value if name.value == key), None) if isinstance(node, yaml.MappingNode) else None
    if found is None:
        raise NotAccepted("unfit")
    return found


def _by(items: Any, key: str, value: str) -> yaml.MappingNode:
    for item in items.value if isinstance(items, yaml.SequenceNode) else ():
        if isinstance(item, yaml.MappingNode) and any(name.value == key and one.value == value for name, one in item.value):
            return item
    raise NotAccepted("unfit")


def _plain_place(raw: Any, add: Addition) -> dict[str, Any]:
    """The same mapping in the plain data."""
    task = _named(raw["tasks"], "id", add.task)
    if add.option:
        return _named(task["answer"]["options"], "id", add.option)
    return _named(task["checks"], "kind", add.kind)


def _named(items: Any, key: str, value: str) -> dict[str, Any]:
    found = next((one for one in items if str(one.get(key)) == value), None)
    if not isinstance(found, dict):
        raise NotAccepted("unfit")
    return found
