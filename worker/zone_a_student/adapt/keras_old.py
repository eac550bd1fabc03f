"""Methods and arguments of Keras 1 and 2 on the models and optimizers of today."""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

from _grader_kit.adapt import hooks
from _grader_kit.adapt.notes import note

DROPPED = ("workers", "use_multiprocessing", "max_queue_size", "show_accuracy", "max_q_size", "nb_worker", "pickle_safe")
RENAMED = {"nb_epoch": "epochs", "samples_per_epoch": "steps_per_epoch", "nb_val_samples": "validation_steps"}
OTHER_NAME = {"acc": "accuracy", "accuracy": "acc", "val_acc": "val_accuracy", "val_accuracy": "val_acc"}


class OldNames(dict[str, Any]):
    """A history that knows `acc` by `accuracy` and the other way round."""

    def __missing__(self, name: str) -> Any:
        other = OTHER_NAME.get(name)
        if other is None or other not in self:
            raise KeyError(name)
        note("note.moved", old=f"history['{name}']", new=f"history['{other}']")
        return self[other]


def install(shell: Any) -> None:
    hooks.after("keras", _methods)
    hooks.after("keras", _optimizers)
    hooks.after("keras", _history)
    hooks.after("keras", _files)
    hooks.after("keras", _board)


def _methods(keras: ModuleType) -> None:
    model = keras.Model
    for name in ("fit", "evaluate", "predict"):
        _change(model, name, _todays_arguments)
        if not hasattr(model, f"{name}_generator"):
            setattr(model, f"{name}_generator", _generator(name))
    _change(model, "compile", _metrics_by_name)
    if not hasattr(model, "predict_classes"):
        model.predict_classes = _predict_classes
        model.predict_proba = _called_today("predict_proba", "predict")


def _change(holder: Any, name: str, change: Callable[[tuple[Any, ...], dict[str, Any]], tuple[Any, ...]]) -> None:
    """Look at the arguments of a method (those after `self`) before it does.

    Where the method is defined, not on a class below: Keras asks whether a model's `compile` is still its own.
    """
    holder = next((base for base in getattr(holder, "__mro__", ()) if name in vars(base)), holder)
    ordinary = getattr(holder, name)

    @functools.wraps(ordinary)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return ordinary(self, *change(args, kwargs), **kwargs)

    setattr(holder, name, method)


def _todays_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    for name in [name for name in DROPPED if name in kwargs]:
        del kwargs[name]
        note("note.dropped", name=name)
    for old in [old for old in RENAMED if old in kwargs]:
        kwargs[RENAMED[old]] = kwargs.pop(old)
        note("note.moved", old=f"{old}=", new=f"{RENAMED[old]}=")
    return args


def _metrics_by_name(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """`compile(optimizer, loss, ["accuracy"])`: the third is a loss's weight today, and was metrics."""
    third = args[2] if len(args) > 2 else None
    given = third if isinstance(third, (list, tuple)) else [third]
    if "metrics" in kwargs or not third or not all(isinstance(item, str) or callable(item) for item in given):
        return args
    kwargs["metrics"] = list(given)
    note("note.moved", old="compile(optimizer, loss, […])", new="metrics=[…]")
    return (*args[:2], None, *args[3:])


def _generator(name: str) -> Callable[..., Any]:
    def method(self: Any, generator: Any, *args: Any, **kwargs: Any) -> Any:
        note("note.moved", old=f"model.{name}_generator", new=f"model.{name}")
        if args:  # the first after the generator was always the number of steps
            kwargs.setdefault("steps_per_epoch" if name == "fit" else "steps", args[0])
        if name == "fit" and len(args) > 1:
            kwargs.setdefault("epochs", args[1])
        return getattr(self, name)(generator, **kwargs)

    return method


def _called_today(old: str, new: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        note("note.moved", old=f"model.{old}", new=f"model.{new}")
        return getattr(self, new)(*args, **kwargs)

    return method


def _predict_classes(self: Any, *args: Any, **kwargs: Any) -> Any:
    note("note.moved", old="model.predict_classes", new="model.predict(…).argmax(-1)")
    found = self.predict(*args, **kwargs)
    return found.argmax(axis=-1) if found.shape[-1] > 1 else (found > 0.5).astype("int32")


def _optimizers(keras: ModuleType) -> None:
    """`lr=`; and `decay=`, which today is a schedule that gives the same rates."""
    base = next(kind for kind in keras.optimizers.Optimizer.__mro__ if kind.__name__ == "BaseOptimizer")
    ordinary = base.__init__

    @functools.wraps(ordinary)
    def __init__(self: Any, learning_rate: Any = None, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        if "lr" in kwargs:
            learning_rate = kwargs.pop("lr")
            note("note.moved", old="lr=", new="learning_rate=")
        decay = kwargs.pop("decay", None)
        if decay and isinstance(learning_rate, (int, float)):
            learning_rate = keras.optimizers.schedules.InverseTimeDecay(learning_rate, 1, decay)
            note("note.moved", old="decay=", new="InverseTimeDecay(…)")
        ordinary(self, learning_rate, *args, **kwargs)

    base.__init__ = __init__
    base.lr = property(lambda self: self.learning_rate, lambda self, value: setattr(self, "learning_rate", value))


def _history(keras: ModuleType) -> None:
    history = keras.callbacks.History
    ordinary = history.on_train_begin

    @functools.wraps(ordinary)
    def on_train_begin(self: Any, logs: Any = None) -> None:
        ordinary(self, logs)
        self.history = OldNames(self.history)

    history.on_train_begin = on_train_begin


def _board(keras: ModuleType) -> None:
    """The callback of TensorBoard only writes for others to look at; where that is not installed it would raise."""
    if importlib.util.find_spec("tensorboard") is not None:
        return
    board, plain = keras.callbacks.TensorBoard, keras.callbacks.Callback
    for name in [name for name in vars(board) if name.startswith("on_") or name == "set_model"]:
        setattr(board, name, getattr(plain, name))

    def __init__(self: Any, *_: Any, **__: Any) -> None:  # noqa: N807
        plain.__init__(self)
        note("note.no_tensorboard")

    board.__init__ = __init__


def _files(keras: ModuleType) -> None:
    """Files by the names that were allowed: `save_weights("w.h5")`, `save("folder")`, `ModelCheckpoint("best.hdf5")`."""
    weights, whole = (".weights.h5",), (".keras", ".h5", ".hdf5")
    for holder, name, endings, at in (
        (keras.Model, "save_weights", weights, 1),
        (keras.Model, "load_weights", weights, 1),
        (keras.Model, "save", whole, 1),
        (keras.models, "load_model", whole, 0),
    ):
        setattr(holder, name, _with_ending(getattr(holder, name), endings, at))
    point = keras.callbacks.ModelCheckpoint
    ordinary = point.__init__

    @functools.wraps(ordinary)
    def __init__(self: Any, filepath: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        if kwargs.pop("period", None) is not None:
            note("note.dropped", name="period")
        only = kwargs.get("save_weights_only", args[3] if len(args) > 3 else False)
        ordinary(self, _ended(filepath, weights if only else whole[:2]), *args, **kwargs)

    point.__init__ = __init__


def _with_ending(ordinary: Any, endings: tuple[str, ...], at: int) -> Any:
    """`at`: the place of the path among the arguments."""

    @functools.wraps(ordinary)
    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > at:
            args = (*args[:at], _ended(args[at], endings), *args[at + 1 :])
        return ordinary(*args, **kwargs)

    return call


def _ended(path: Any, endings: tuple[str, ...]) -> Any:
    """The path with an ending that is asked for today, unless it has one; what was saved under it before is found again."""
    if not isinstance(path, str) or (path.endswith(endings) and not os.path.exists(path + endings[0])) or os.path.isfile(path):
        return path
    note("note.moved", old=path, new=path + endings[0])
    return path + endings[0]
