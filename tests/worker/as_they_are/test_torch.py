"""Notebooks of PyTorch from Colab: a graphics card without asking, torchvision, old manners."""

from __future__ import annotations

import pytest

from tests.worker.as_they_are.notebooks import CLOTHES, Graded, notes, printed, said

DATA = """
import torch, torch.nn as nn, torch.nn.functional as F, torchvision
from torchvision import datasets, transforms
from torch.utils.data import DataLoader
transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
train = datasets.FashionMNIST('./data', train=True, download=True, transform=transform)
test = datasets.FashionMNIST(root='./data', train=False, download=True, transform=transform)
loader = DataLoader(train, batch_size=256, shuffle=True, num_workers=2, pin_memory=True)
"""
TRAINED = """
device = torch.device('cuda')
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).to(device)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for step, (x, y) in enumerate(loader):
    loss = F.cross_entropy(net(x.cuda()), y.to('cuda:0', non_blocking=True))
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    if step == 60:
        break
"""
ON_CPU = "There is no graphics card on this worker: what the notebook puts on one was computed on the CPU."


def test_a_net_trained_on_a_card_that_is_not_there_with_torchvision_and_workers_earns_its_points(graded: Graded) -> None:
    result = graded(DATA, TRAINED, "torch.cuda.synchronize()\nprint(torch.cuda.is_available())", package=CLOTHES)

    assert result.run.status == "ok", result.run
    assert [task.points for task in result.tasks] == [3.0, 1.0]
    assert notes(result)[0].startswith("torchvision is a stand-in here")
    assert notes(result)[1:] == [ON_CPU]
    assert printed(result).strip().endswith("False")


CARD = {
    "device": "x = torch.zeros(2, device='cuda'); y = torch.tensor([1], device=torch.device('cuda:0'))",
    "layer": "x = nn.Linear(2, 3, device='cuda')(torch.zeros(1, 2).cuda())",
    "module": "x = nn.Linear(2, 3).cuda()(torch.zeros(1, 2))",
    "type": "x = torch.cuda.FloatTensor(3); x = torch.zeros(2).type(torch.cuda.FloatTensor)",
    "default": "torch.set_default_device('cuda'); x = torch.zeros(2)",
    "load": "torch.save(nn.Linear(2, 3).state_dict(), 'a.pt'); torch.load('a.pt', map_location='cuda')",
    "load by device": "torch.save(nn.Linear(2, 3), 'a.pt'); torch.load('a.pt', map_location=torch.device('cuda'))",
    "mps": "x = torch.zeros(2).to('mps')",
}


def test_every_way_to_ask_for_a_card_comes_to_the_processor(graded_once: Graded) -> None:
    first = "import torch, torch.nn as nn\nprint(type(torch.zeros).__name__)"  # before a card is named, torch is as it is

    result = graded_once(first, *CARD.values(), package=CLOTHES)

    assert result.run.status == "ok", (result.run, list(CARD)[(result.run.cell or 2) - 2])
    assert ON_CPU in notes(result)
    assert printed(result).startswith("builtin_function_or_method")


def test_old_manners_of_torch_work_and_are_said(graded_once: Graded) -> None:
    result = graded_once(
        "import torch, torch.nn as nn\nfrom torch.utils.data import DataLoader, TensorDataset",
        "torch.save(nn.Linear(2, 3), 'whole.pt')\nnet = torch.load('whole.pt')",
        "x, = iter(DataLoader(TensorDataset(torch.zeros(8, 2)), batch_size=4)).next()\nassert net(x).shape == (4, 3)",
        package=CLOTHES,
    )

    assert result.run.status == "ok", result.run
    assert [note.split("`")[1] for note in notes(result)] == ["torch.load(…)", "iter(loader).next()"]


def test_summaries_of_nets_count_parameters(graded_once: Graded) -> None:
    cell = "from torchinfo import summary\nimport torch, torchsummary\nnet = torch.nn.Linear(784, 10)\n"

    result = graded_once(
        "!pip install torchinfo", f"{cell}torchsummary.summary(net, (784,))\nsummary(net, (1, 784))", package=CLOTHES
    )

    assert printed(result).count("Total params: 7,850") == 2
    assert "torchinfo (a stand-in) is installed" in notes(result)[0]


def test_a_file_that_asks_for_weights_only_is_refused_as_it_asks(graded_once: Graded) -> None:
    cell = "import torch\ntorch.save(torch.nn.Linear(2, 3), 'a.pt')\ntorch.load('a.pt', weights_only=True)"

    assert graded_once(cell, package=CLOTHES).run.values["ename"] == "UnpicklingError"


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("import torchvision\ntorchvision.models.resnet18()", "torchvision is a stand-in without torchvision.models"),
        (
            "from torchvision import datasets\ndatasets.MNIST('.', download=True)",
            "The data set MNIST is not provided for this task",
        ),
        ("from torchvision import datasets\ndatasets.CIFAR10('.')", "a stand-in without torchvision.datasets.CIFAR10"),
    ],
)
def test_what_the_stand_in_lacks_is_said_exactly(graded_once: Graded, cell: str, says: str) -> None:
    result = graded_once(cell, package=CLOTHES)

    assert result.run.status == "error"
    assert says in said(result, CLOTHES)


def test_labels_of_the_wrong_type_are_explained(graded_once: Graded) -> None:
    cell = "import torch\ntorch.nn.functional.cross_entropy(torch.zeros(4, 10), torch.zeros(4))"

    assert said(graded_once(cell, package=CLOTHES), CLOTHES).endswith("of type long: labels.long().")
