"""Mutants of a notebook: each has one thing wrong, and it is the thing that its name says."""

from __future__ import annotations

import pytest

from tests.worker.makers import a_notebook
from worker.course_check.mutants import Notebook, layers, shortened, training, values

KERAS = """\
model = keras.Sequential([
    layers.Input((28, 28)),
    layers.Flatten(),
    layers.Dense(128, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)"""
TORCH = """\
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 10))
for epoch in range(3):
    for a, b in loader:
        loss = criterion(net(a), b)
        loss.backward()
        optimizer.step()"""
SUBCLASS = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(784, 64)
        self.two = nn.Linear(64, 10)
    def forward(self, x):
        return self.two(F.relu(self.one(x)))"""


def mutated(operator, *cells):
    """By what each mutant says of itself: the code that differs from the notebook's."""
    notebook = Notebook.read(a_notebook(*cells))
    return {
        one.what: [code for code, before in zip(one.code, notebook.code, strict=True) if code != before]
        for one in operator(notebook)
    }


def test_each_layer_is_removed_in_a_notebook_of_its_own():
    found = mutated(layers.layer_removed, KERAS)

    assert [what.partition("without ")[2] for what in found] == [
        "layers.Flatten()", "layers.Dense(128, activation='relu')", "layers.Dense(10, activation='softmax')",
    ]  # fmt: skip
    assert "Dense(128" not in found["cell 1 line 4: without layers.Dense(128, activation='relu')"][0]


def test_what_follows_a_torch_layer_is_mended_so_that_the_net_still_runs():
    ((without,),) = [code for what, code in mutated(layers.layer_removed, TORCH).items() if "Linear(784, 128)" in what]
    ((wider,),) = [code for what, code in mutated(layers.width_off(+1), TORCH).items() if "128) → 129" in what]

    assert "nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784), nn.ReLU(), nn.Linear(784, 10))" in without
    assert "nn.Linear(784, 129), nn.BatchNorm1d(129), nn.ReLU(), nn.Linear(129, 10)" in wider


def test_a_class_s_layers_are_a_chain_too():
    ((wider,),) = [code for what, code in mutated(layers.width_off(-1), SUBCLASS).items() if "64) → 63" in what]

    assert "self.one = nn.Linear(784, 63)" in wider
    assert "self.two = nn.Linear(63, 10)" in wider


@pytest.mark.parametrize(
    ("operator", "cell", "changed"),
    [
        (layers.activation_removed, SUBCLASS, "return self.two(self.one(x))"),
        (layers.activation_removed, TORCH, "nn.BatchNorm1d(128), nn.Linear(128, 10))"),
        (layers.biases_off, TORCH, "nn.Linear(784, 128, bias=False)"),
        (layers.biases_off, KERAS, "layers.Dense(10, activation='softmax', use_bias=False)"),
        (training.labels_shuffled, KERAS, "model.fit(x, __import__('numpy').random.permutation(y), epochs=5)"),
        (training.labels_shuffled, TORCH, "criterion(net(a), b[__import__('torch').randperm(len(b))])"),
        (training.constant_predictor, TORCH, "criterion(net(a), b * 0)"),
        (training.no_training, KERAS, "model.fit(x, y, epochs=0)"),
        (training.no_training, TORCH, "loss.backward()\n        break"),
        (training.one_batch, KERAS, "model.fit(x[:32], y[:32], epochs=1)"),
        (training.one_batch, TORCH, "optimizer.step()\n        break"),
        (training.rate_hundredfold, KERAS, "optimizer=__import__('keras').optimizers.Adam(0.1)"),
        (training.rate_hundredfold, "torch.optim.SGD(net.parameters(), lr=0.01)", "lr=100 * 0.01"),
        (training.rate_hundredfold, "torch.optim.Adam(net.parameters())", "Adam(net.parameters(), lr=0.1)"),
        (training.rate_hundredfold, "torch.optim.Adam(net.parameters(), 0.01)", "Adam(net.parameters(), 100 * 0.01)"),
        (layers.width_off(+1), "super().__init__(nn.Linear(784, 10))", "super().__init__(nn.Linear(784, 11))"),
        (training.train_and_test_swapped, "(a, b), (c, d) = load_data()", "(c, d), (a, b) = load_data()"),
        (training.train_and_test_swapped, "one = FashionMNIST('.', train=True)", "FashionMNIST('.', train=False)"),
        (values.wrong_axis, "torch.cat([r, t], dim=0)", "torch.cat([r, t], dim=1)"),
        (values.wrong_axis, "out.argmax(x, -1)", "out.argmax(x, 0)"),
        (values.number_off, "r = 2 * t", "r = 3 * t"),
        (values.number_off, "r = t[-1]", "r = t[0]"),
        (values.other_operation, "r = a @ b", "r = a * b"),
        (values.exchanged, "r = 2 * a + b", "r = 2 * b + a"),
    ],
)  # fmt: skip
def test_a_mutant_has_what_its_operator_says(operator, cell, changed):
    found = [code for codes in mutated(operator, cell).values() for code in codes]

    assert any(changed in code for code in found), found


def test_a_result_written_by_hand_computes_nothing():
    notebook = Notebook.read(a_notebook("a = 1", "result = (a + a) ** 2"))

    (mutant,) = values.written_by_hand(notebook, ("result",), 4.0)

    assert mutant.code == ("a = 1", "result = 4")


def test_exchanging_the_sides_of_a_sum_is_no_mutant():
    assert mutated(values.exchanged, "r = (a + b).sum()") == {}
    assert len(mutated(values.exchanged, "r = (a - b).sum()")) == 1


def test_a_cell_with_a_magic_and_all_text_stay_as_they_are():
    notebook = Notebook.read(a_notebook("%matplotlib inline\nr = 2 * t", "r = 2 * t"))

    (mutant,) = values.number_off(notebook)

    assert mutant.code == ("%matplotlib inline\nr = 2 * t", "r = 3 * t")
    assert Notebook.read(mutant.notebook).code == mutant.code


def test_a_shortened_notebook_trains_on_one_batch_and_builds_the_same():
    code = Notebook.read(shortened(Notebook.read(a_notebook(KERAS, TORCH)))).code

    assert "model.fit(x[:32], y[:32], epochs=1)" in code[0]
    assert "layers.Dense(128, activation='relu')" in code[0]
    assert code[1].endswith("optimizer.step()\n        break")
