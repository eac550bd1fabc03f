"""What the collector does beside a student's training: nothing that can be noticed. Run in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BEGIN = """
import json, sys, tempfile
from pathlib import Path
import torch
from torch import nn
from tests.worker.styles.collected import Runner
torch.set_num_threads(1)
folder = Path(tempfile.mkdtemp())
runner = Runner("torch", folder)
names, collector = runner.shell.user_ns, runner.collector
shelf = collector.models[0].shelf
def cell(**given):
    collector.before_cell(None); names.update(given); collector.after_cell(None)
def kept():
    return [(r["id"], r["name"], r["cell"]) for r in shelf.kept]
def net(width=4):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.Linear(width, 10))
x = torch.rand(8, 1, 28, 28)
"""


def run(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_a_model_is_written_down_again_only_with_other_weights() -> None:
    run(
        "model = net(); model(x)\ncell(model=model); cell(); assert kept() == [('m000', 'model', 1)], kept()\n"
        "model[1].weight.data -= 0.1\ncell(); assert kept() == [('m000', 'model', 1), ('m001', 'model', 3)], kept()\n"
        "cell(again=model); assert len(kept()) == 2\n"
    )


@pytest.mark.slow
def test_a_net_trained_once_is_not_lost_to_one_trained_in_a_loop() -> None:
    run(
        "first, second = net(), net(5); first(x); second(x)\ncell(first=first)\n"
        "for _ in range(30):\n    second[1].bias.data += 1\n    cell(second=second)\n"
        "assert kept()[0][:2] == ('m000', 'first') and kept()[-1][1:] == ('second', 31), kept()\n"
        "assert len(kept()) == 24 and len(list(folder.glob('m*.json'))) == 24 and not collector.missing\n"
        "assert all(len(r['id']) == 4 and int(r['id'][1:]) < 24 for r in shelf.kept)\n"
    )


@pytest.mark.slow
def test_a_model_that_is_lost_altogether_is_missing() -> None:
    run(
        "for number in range(26):\n    one = net(1)\n    one(x)\n    cell(**{f'net{number}': one})\n"
        "assert [(m['name'], m['reason']) for m in collector.missing] == [(f'net{n}', 'missing.too_many') for n in (0, 1)]\n"
        "assert [name for _, name, _ in kept()] == [f'net{n}' for n in range(2, 26)]\n"
    )


@pytest.mark.slow
def test_parts_of_a_model_losses_and_empty_modules_are_no_models() -> None:
    run(
        "model = net(); model(x)\n"
        "cell(model=model, layer=model[1], layers=list(model), loss=nn.CrossEntropyLoss(), act=nn.ReLU())\n"
        "assert kept() == [('m000', 'model', 1)] and not collector.missing, (kept(), collector.missing)\n"
    )


@pytest.mark.slow
def test_what_a_model_was_fed_in_training_counts_more_than_a_first_try() -> None:
    run(
        "model = net(); model(torch.randn(1, 1, 28, 28))\nfor _ in range(40): model(x * 255)\nmodel(x[:1])\ncell(model=model)\n"
        "feed = shelf.kept[0]['feed']\nassert feed['max'] > 200 and feed['batch'] == 8, feed\n"
    )


@pytest.mark.slow
def test_an_exception_in_forward_is_a_reason_and_no_exception() -> None:
    run(
        "class Bad(nn.Module):\n    def __init__(self):\n        super().__init__(); self.fc = nn.Linear(3, 3)\n"
        "    def forward(self, x): raise SystemError('mine')\n"
        "cell(model=Bad())\nassert collector.missing[0]['reason'] == 'missing.never_called', collector.missing\n"
        "class Slow(Bad):\n    def forward(self, x):\n        if torch.compiler.is_compiling():\n            while True: pass\n"
        "        return self.fc(x)\n"
        "sys.modules['_grader_kit.torch_export'].EXPORT_S = 0.5\n"
        "import signal; signal.signal(signal.SIGALRM, print)\n"
        "model = Slow(); model(torch.rand(2, 3))\ncell(model=model)\n"
        "assert collector.missing[1]['reason'] == 'missing.time', collector.missing\n"
        "assert signal.getsignal(signal.SIGALRM) is print\n"
    )


@pytest.mark.slow
def test_a_training_loop_is_not_slowed_noticeably() -> None:
    """Of many pairs of runs, with and without the hook, the fastest of each are within a fifth; a step is about 0.3 ms."""
    run(
        "import time, torch.nn.modules.module as m\n"
        "model = nn.Sequential(nn.Flatten(), *[nn.Linear(784, 784), nn.ReLU()] * 2, nn.Linear(784, 10))\n"
        "optimiser = torch.optim.SGD(model.parameters(), 0.01); x = torch.rand(64, 1, 28, 28); y = torch.arange(64) % 10\n"
        "def steps():\n    began = time.process_time()\n    for _ in range(40):\n"
        "        optimiser.zero_grad(); nn.functional.cross_entropy(model(x), y).backward(); optimiser.step()\n"
        "    return time.process_time() - began\n"
        "hooks = dict(m._global_forward_pre_hooks); assert len(hooks) == 1\n"
        "steps(); bare, hooked = [], []\n"
        "for _ in range(12):\n"
        "    m._global_forward_pre_hooks.clear(); bare.append(steps())\n"
        "    m._global_forward_pre_hooks.update(hooks); hooked.append(steps())\n"
        "print(min(bare), min(hooked)); assert min(hooked) < 1.2 * min(bare), (min(bare), min(hooked))\n"
    )


@pytest.mark.slow
def test_a_net_that_another_replaces_in_its_cell_is_kept_as_it_was_trained_and_not_before() -> None:
    run(
        "def trained(width, rate):\n"
        "    model, loss = net(width), nn.CrossEntropyLoss()\n"
        "    optimizer = torch.optim.SGD(model.parameters(), lr=rate)\n"
        "    for _ in range(3):\n"
        "        optimizer.zero_grad(); loss(model(x), torch.arange(8)).backward(); optimizer.step()\n"
        "    return model\n"
        "model = trained(4, 0.1)\nmodel = trained(5, 0.2)\ncell(model=model)\n"
        "assert [r['rates'] for r in shelf.kept] == [[0.1], [0.2]], [(r['rates'], r['name']) for r in shelf.kept]\n"
    )


RATES = """
def facts(name):
    return next(record for record in shelf.kept if record["name"] == name)
def train(model, *rates, kind=torch.optim.Adam):
    for rate in rates:
        optimizer = kind(model.parameters(), lr=rate)  # gone when this function returns, as students have it
        for _ in range(3):
            optimizer.zero_grad(); model(x).sum().backward(); optimizer.step()
"""


@pytest.mark.slow
def test_the_rates_that_a_net_was_trained_with_are_written_down() -> None:
    run(
        RATES + "one, other, none = net(), net(5), net(6); none(x)\n"
        "train(one, 0.001); train(other, 0.01, 0.002, kind=torch.optim.SGD)\n"
        "cell(one=one, other=other, none=none)\n"
        "assert [facts(n)['rates'] for n in ('one', 'other', 'none')] == [[0.001], [0.01, 0.002], []]\n"
        "assert json.loads((folder / (facts('other')['id'] + '.json')).read_text())['rates'] == [0.01, 0.002]\n"
    )


@pytest.mark.slow
def test_an_optimizer_that_never_stepped_says_nothing_and_a_schedule_says_where_it_began() -> None:
    run(
        RATES + "one, other = net(), net(5); one(x)\ntorch.optim.Adam(one.parameters(), lr=0.5)\n"
        "optimizer = torch.optim.SGD(other.parameters(), lr=0.1)\n"
        "schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)\n"
        "for _ in range(20):\n    other(x).sum().backward(); optimizer.step(); schedule.step()\n"
        "cell(one=one, other=other)\n"
        "assert facts('one')['rates'] == [] and facts('other')['rates'][:3] == [0.1, 0.05, 0.025]\n"
        "assert len(facts('other')['rates']) == 8\n"
    )


@pytest.mark.slow
def test_rates_of_a_net_that_is_gone_are_not_those_of_the_next() -> None:
    run(
        RATES + "import gc\nmodel = net(); train(model, 0.01); del model; net()(x); gc.collect()\n"
        "assert not collector.models[1].rates.seen\n"
        "model = net(); train(model, 0.003); cell(model=model)\nassert facts('model')['rates'] == [0.003]\n"
    )


@pytest.mark.slow
def test_a_rate_may_be_a_tensor() -> None:
    run(
        RATES + "model = net()\noptimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.01))\n"
        "model(x).sum().backward(); optimizer.step()\ncell(model=model)\n"
        "assert abs(facts('model')['rates'][0] - 0.01) < 1e-6\n"
    )
