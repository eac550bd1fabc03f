"""Notebooks of Keras 1 and 2, of TensorFlow 1, and of numpy before 2."""

from __future__ import annotations

import pytest

from tests.worker.as_they_are.notebooks import KERAS, Graded, notes, printed, said

OLD = """
import numpy as np
from keras.datasets import fashion_mnist
from keras.models import Sequential
from keras.layers.core import Dense, Flatten
from keras.optimizers import SGD
from keras.utils import np_utils
(x, y), (x_test, y_test) = fashion_mnist.load_data()
x = x[:20000].astype(np.float) / 255
y = np_utils.to_categorical(y[:20000].astype(np.int), 10)
"""
TRAINED = """
def batches():
    while True:
        at = np.random.randint(0, 20000, 128)
        yield x[at], y[at]
model = Sequential()
model.add(Flatten(input_shape=(28, 28)))
model.add(Dense(10, activation='softmax'))
model.compile(SGD(lr=0.1, decay=1e-6, momentum=0.9), 'categorical_crossentropy', ['accuracy'])
history = model.fit_generator(batches(), 150, epochs=2, verbose=0, workers=2)
print(len(history.history['acc']), model.predict_classes(x[:3], verbose=0).shape)
"""


def test_a_notebook_of_2017_runs_and_earns_its_points(graded: Graded) -> None:
    result = graded(OLD, TRAINED, package=KERAS)

    assert result.run.status == "ok", result.run
    assert [task.points for task in result.tasks] == [3.0, 1.0]
    assert {note.split("`")[1] for note in notes(result)} >= {
        *("keras.layers.core", "np.float", "np.int", "keras.utils.np_utils", "lr=", "decay=", "model.fit_generator", "workers"),
        *("compile(optimizer, loss, […])", "history['acc']", "model.predict_classes"),
    }
    assert "2 (3,)" in printed(result)


NAMES = [
    "from keras.utils.np_utils import to_categorical; assert list(to_categorical([1], 2)[0]) == [0, 1]",
    "from tensorflow.keras.utils import np_utils",
    "from tensorflow.keras.layers.core import Dense; assert Dense is keras.layers.Dense",
    "from keras.layers.convolutional import Conv2D; from keras.layers.normalization import BatchNormalization",
    "from keras.layers.advanced_activations import LeakyReLU",
    "from keras.preprocessing.image import ImageDataGenerator; from keras.preprocessing.text import Tokenizer",
    "from keras.objectives import categorical_crossentropy",
    "from keras.optimizers import adam_v2; adam_v2.Adam(learning_rate=1.0)",
    "tf.keras.optimizers.legacy.Adam(lr=1e-3); tf.keras.layers.experimental.preprocessing.Rescaling(1 / 255)",
    "from keras import backend as K; assert float(K.mean(tf.constant([1.0, 3.0]))) == 2",
    "assert float(tf.log(1.0)) == 0; tf.set_random_seed(1); tf.random.set_random_seed(1)",
    "tf.logging.set_verbosity(tf.logging.ERROR)",
    "tf.train.AdamOptimizer(0.1); tf.enable_eager_execution(); tf.ConfigProto()",
    "assert np.trapz([1, 1, 1]) == 2 and np.bool(1) and np.NaN != np.NaN and np.asscalar(np.array([5])) == 5",
    "from scipy.misc import imresize, comb; assert imresize(np.eye(14), (28, 28)).shape == (28, 28)",
    "from sklearn.externals import joblib; from sklearn.cross_validation import train_test_split",
    "from IPython.core.display import display, HTML",
    "import matplotlib.pyplot as plt; plt.style.use('seaborn')",
    "from tqdm.notebook import tqdm, trange; list(tqdm([1])); list(trange(2))",
    "import pandas as pd; assert len(pd.DataFrame({'a': [1]}).append({'a': 2}, ignore_index=True)) == 2",
]


def test_names_that_have_moved_are_found(graded_once: Graded) -> None:
    result = graded_once("import numpy as np, tensorflow as tf, keras", *NAMES, package=KERAS)

    assert result.run.status == "ok", (result.run, NAMES[(result.run.cell or 2) - 2])


def test_files_are_saved_and_found_by_the_names_that_were_allowed(graded_once: Graded) -> None:
    result = graded_once(
        "import keras, numpy as np\nx, y = np.zeros((8, 4)), np.zeros((8, 3))\n"
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])\nmodel.compile('adam', 'mse')",
        "best = keras.callbacks.ModelCheckpoint('best.hdf5', save_best_only=True, monitor='loss', period=1)\n"
        "model.fit(x, y, verbose=0, callbacks=[best])\nkeras.models.load_model('best.hdf5')",
        "model.save('folder')\nkeras.models.load_model('folder')\nmodel.save_weights('w.h5')\nmodel.load_weights('w.h5')",
        package=KERAS,
    )

    assert result.run.status == "ok", result.run


def test_a_callback_of_tensorboard_does_nothing_where_that_is_not_here(graded_once: Graded) -> None:
    result = graded_once(
        "%load_ext tensorboard\nimport keras, numpy as np, tensorflow as tf",
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])\nmodel.compile('adam', 'mse')\n"
        "board = tf.keras.callbacks.TensorBoard(log_dir='logs', histogram_freq=1)\n"
        "model.fit(np.zeros((8, 4)), np.zeros((8, 3)), verbose=0, callbacks=[board], validation_split=0.5)",
        package=KERAS,
    )

    assert result.run.status == "ok", result.run
    assert notes(result)[-1].startswith("TensorBoard is not available during grading")


def test_a_decay_is_the_schedule_that_it_was(graded_once: Graded) -> None:
    cell = "import keras\no = keras.optimizers.SGD(lr=0.1, decay=0.01)\nprint(round(float(o._learning_rate(10)), 6))"

    assert "0.090909" in printed(graded_once(cell, package=KERAS))  # 0.1 / (1 + 0.01 * 10)


def test_what_is_asked_of_a_library_by_a_library_is_no_note(graded_once: Graded) -> None:
    result = graded_once("import tensorflow, keras, sklearn, pandas, seaborn, matplotlib.pyplot", package=KERAS)

    assert (result.run.status, notes(result)) == ("ok", [])


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("import tensorflow as tf\ntf.contrib.layers", "tf.contrib was removed in TensorFlow 2"),
        ("from tensorflow.contrib import learn", "tf.contrib was removed in TensorFlow 2"),
        ("import tensorflow_datasets as tfds", "tensorflow_datasets downloads its data from the internet"),
        ("import tensorflow as tf\ntf.placeholder(tf.float32)", "This is TensorFlow 1 (placeholder, Session, tf.layers)"),
        ("import keras\nkeras.datasets.mnist.load_data()", "There is no internet access during grading"),
    ],
)
def test_what_cannot_be_is_said_exactly(graded_once: Graded, cell: str, says: str) -> None:
    result = graded_once(cell, package=KERAS)

    assert result.run.status == "error"
    assert says in said(result, KERAS)


NET = """
import keras, numpy as np
x, y = np.zeros((8, 28, 28)), np.zeros(8)
def net(*layers):
    made = keras.Sequential([keras.Input((28, 28)), *layers, keras.layers.Dense(10, activation='softmax')])
    made.compile('adam', LOSS)
    made.fit(x, y, verbose=0)
"""


@pytest.mark.parametrize(
    ("loss", "layers", "says"),
    [
        ("sparse_categorical_crossentropy", "", "Usually a Flatten layer before the first Dense is missing."),
        ("categorical_crossentropy", "keras.layers.Flatten()", "Use sparse_categorical_crossentropy, or to_categorical"),
        ("sparse_crossentropy", "keras.layers.Flatten()", "Keras does not know the loss “sparse_crossentropy”."),
    ],
)
def test_a_beginner_s_slip_is_explained(graded_once: Graded, loss: str, layers: str, says: str) -> None:
    result = graded_once(NET.replace("LOSS", repr(loss)) + f"net({layers})", package=KERAS)

    assert says in said(result, KERAS), result.run
