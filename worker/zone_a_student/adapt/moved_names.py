"""Names that numpy, scipy, scikit-learn and IPython have moved or taken away, and what they are today."""

from __future__ import annotations

import functools
import sys
from types import ModuleType
from typing import Any

from _grader_kit.adapt import hooks, moved

NUMPY: dict[str, moved.Target] = {
    **{name: f"builtins.{name}" for name in ("float", "int", "object", "str", "complex")},
    "float_": "numpy.float64",
    "complex_": "numpy.complex128",
    "unicode_": "numpy.str_",
    "string_": "numpy.bytes_",
    "NaN": "numpy.nan",
    "NAN": "numpy.nan",
    "Inf": "numpy.inf",
    "Infinity": "numpy.inf",
    "infty": "numpy.inf",
    "PINF": "numpy.inf",
    "product": "numpy.prod",
    "cumproduct": "numpy.cumprod",
    "sometrue": "numpy.any",
    "alltrue": "numpy.all",
    "in1d": "numpy.isin",
    "row_stack": "numpy.vstack",
    "trapz": "numpy.trapezoid",
    "round_": "numpy.round",
    "asfarray": lambda: _asfarray,
    "asscalar": lambda: _asscalar,
    "msort": lambda: _msort,
}
SCIPY_MISC: dict[str, moved.Target] = {
    "logsumexp": "scipy.special.logsumexp",
    "comb": "scipy.special.comb",
    "factorial": "scipy.special.factorial",
    "imread": lambda: _imread,
    "imsave": lambda: _imsave,
    "toimage": lambda: _toimage,
    "imresize": lambda: _imresize,
}
SKLEARN = {
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.externals.joblib": "joblib",
    "sklearn.preprocessing.data": "sklearn.preprocessing",
}
METRICS: dict[str, moved.Target] = {
    "plot_confusion_matrix": "sklearn.metrics.ConfusionMatrixDisplay.from_estimator",
    "plot_roc_curve": "sklearn.metrics.RocCurveDisplay.from_estimator",
}
DISPLAY: dict[str, moved.Target] = {name: f"IPython.display.{name}" for name in ("display", "HTML", "Image", "clear_output")}
FORMATS: dict[str, moved.Target] = {"set_matplotlib_formats": "matplotlib_inline.backend_inline.set_matplotlib_formats"}
OFFERED: dict[str, tuple[dict[str, moved.Target], str]] = {
    "numpy": (NUMPY, "np"),
    "scipy.misc": (SCIPY_MISC, "scipy.misc"),
    "sklearn.metrics": (METRICS, "sklearn.metrics"),
    "sklearn.externals": ({"joblib": "joblib"}, "sklearn.externals"),
    "IPython.core.display": (DISPLAY, "IPython.core.display"),
    "IPython.display": (FORMATS, "IPython.display"),
}


def install(shell: Any) -> None:
    sys.meta_path.append(moved.Modules(SKLEARN))
    for module, (names, shown) in OFFERED.items():
        hooks.after(module, functools.partial(_offer, names=names, shown=shown))


def _offer(module: ModuleType, names: dict[str, moved.Target], shown: str) -> None:
    moved.offer(module, names, shown)


def _asfarray(values: Any, dtype: Any = float) -> Any:
    """numpy.asarray(values, dtype=float)"""
    import numpy

    return numpy.asarray(values, dtype=dtype)


def _asscalar(value: Any) -> Any:
    """value.item()"""
    return value.item()


def _msort(values: Any) -> Any:
    """numpy.sort(values, axis=0)"""
    import numpy

    return numpy.sort(values, axis=0)


def _imread(name: Any, flatten: bool = False, mode: str | None = None) -> Any:
    """numpy.array(PIL.Image.open(name))"""
    import numpy
    from PIL import Image

    picture = Image.open(name)
    return numpy.array(picture.convert("F" if flatten else mode or picture.mode))


def _toimage(array: Any, **_: Any) -> Any:
    """PIL.Image.fromarray(array)"""
    import numpy
    from PIL import Image

    array = numpy.asarray(array)
    if array.dtype != numpy.uint8:  # as scipy did: the least value is black and the greatest white
        low, high = float(array.min()), float(array.max())
        array = ((array - low) * (255.0 / ((high - low) or 1.0))).clip(0, 255).astype("uint8")
    return Image.fromarray(array)


def _imsave(name: Any, array: Any, format: str | None = None) -> None:  # noqa: A002 - as scipy called it
    """PIL.Image.fromarray(array).save(name)"""
    _toimage(array).save(name, format)


def _imresize(array: Any, size: Any, interp: str = "bilinear", mode: Any = None) -> Any:
    """PIL.Image.fromarray(array).resize(size)"""
    import numpy
    from PIL import Image

    picture = _toimage(array)  # `size`: percent, a fraction, or (height, width)
    if isinstance(size, int):
        shape = tuple(side * size // 100 for side in picture.size)
    elif isinstance(size, float):
        shape = tuple(int(side * size) for side in picture.size)
    else:
        shape = (int(size[1]), int(size[0]))
    return numpy.array(picture.resize(shape, Image.Resampling[interp.upper()]))
