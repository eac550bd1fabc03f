"""The stand-in for torchvision: it does what the real one does, says what it is, and gives way to one that works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

KIT = Path(__file__).parents[3] / "worker/zone_a_student"


def ran(tmp_path: Path, code: str, *, before: str = "") -> str:
    """What a fresh process prints that has the stand-ins as a notebook has them."""
    kit = tmp_path / "kit/_grader_kit"
    kit.parent.mkdir(exist_ok=True)
    if not kit.exists():
        kit.symlink_to(KIT)
    install = f"import sys; sys.path.insert(0, {str(kit.parent)!r})\n{before}\n"
    install += "from _grader_kit.adapt import absent\nabsent.install(None)\n"
    done = subprocess.run([sys.executable, "-c", install + code], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def installed(tmp_path: Path, source: str) -> str:
    """A package named torchvision that is found before the stand-in."""
    folder = tmp_path / "site/torchvision"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(source)
    (folder / "transforms.py").write_text("mine = True")
    return f"sys.path.insert(0, {str(folder.parent)!r})"


def test_it_says_that_it_is_a_stand_in(tmp_path: Path) -> None:
    told = ran(tmp_path, "import torchvision\nprint(torchvision, torchvision.__version__)")

    assert "a stand-in" in told
    assert "stand.in" in told.split()[-1]


def test_a_real_one_that_works_is_the_one_that_is_imported(tmp_path: Path) -> None:
    before = installed(tmp_path, "__version__ = '0.28.0'\nprint('ran once')")

    told = ran(tmp_path, "import torchvision, torchvision.transforms as t\nprint(torchvision.__version__, t.mine)", before=before)

    assert told.split("\n") == ["ran once", "0.28.0 True"]


def test_a_real_one_that_does_not_import_gives_way(tmp_path: Path) -> None:
    before = installed(
        tmp_path, "from torchvision import transforms\nraise RuntimeError('operator torchvision::nms does not exist')"
    )

    told = ran(
        tmp_path, "import torchvision\nfrom torchvision.transforms import Compose\nprint(torchvision.__version__)", before=before
    )

    assert told.endswith("stand.in")


HEAD = """
import numpy, torch
from PIL import Image
import torchvision.transforms as t
import torchvision.transforms.v2
from torchvision.utils import make_grid
grey = numpy.array([[0, 1, 2], [3, 4, 255]], 'uint8')
square = numpy.array([[1, 2], [3, 4]], 'uint8')
two = torch.tensor([[[[1.0, 3.0]]], [[[2.0, 5.0]]]])
"""
SAME = {
    "t.ToTensor()(Image.fromarray(grey)).shape, float(t.ToTensor()(grey).max())": "(torch.Size([1, 2, 3]), 1.0)",
    "t.ToTensor()(numpy.ones((2, 3), 'float64')).dtype": "torch.float64",
    "t.Normalize((0.5,), (0.5,))(torch.tensor([[[0.0, 1.0]]])).tolist()": "[[[-1.0, 1.0]]]",
    "t.Resize(28)(Image.new('L', (14, 7))).size": "(56, 28)",
    "t.Resize((28, 28))(torch.zeros(1, 14, 7)).shape": "torch.Size([1, 28, 28])",
    "t.RandomHorizontalFlip(p=1.0)(torch.tensor([[[1, 2, 3]]])).tolist()": "[[[3, 2, 1]]]",
    "t.Grayscale(3)(Image.fromarray(grey)).mode, t.Grayscale()(torch.ones(3, 2, 2)).shape": "('RGB', torch.Size([1, 2, 2]))",
    "t.Lambda(lambda x: x + 1)(1)": "2",
    "t.ToPILImage()(torch.ones(1, 2, 3)).getpixel((0, 0))": "255",
    "t.CenterCrop(2)(torch.arange(16).reshape(1, 4, 4)).tolist()": "[[[5, 6], [9, 10]]]",
    "t.RandomCrop(4, padding=1)(torch.zeros(1, 4, 4)).shape": "torch.Size([1, 4, 4])",
    "t.RandomRotation((90, 90))(torch.tensor([[[1, 2], [3, 4]]])).tolist()": "[[[2, 4], [1, 3]]]",
    "numpy.array(t.RandomRotation((90, 90))(Image.fromarray(square))).tolist()": "[[2, 4], [1, 3]]",
    "t.v2.ToDtype(torch.float32, scale=True)(torch.tensor([255], dtype=torch.uint8)).item()": "1.0",
    "make_grid(torch.ones(5, 1, 4, 6), nrow=3, padding=1).shape": "torch.Size([3, 11, 22])",
    "make_grid(torch.ones(2, 1, 2, 2), padding=1, pad_value=0.5)[0].tolist()[0]": "[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]",
    "make_grid(two, padding=0, normalize=True)[0].tolist()": "[[0.0, 0.5, 0.25, 1.0]]",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    prints = "\n".join(f"print(({code}))" for code in SAME)
    return ran(tmp_path_factory.mktemp("all"), HEAD + prints).split("\n")


@pytest.mark.parametrize("code", SAME)
def test_transforms_and_grids_are_those_of_the_real_one(told: list[str], code: str) -> None:
    assert told[list(SAME).index(code)] == SAME[code]
