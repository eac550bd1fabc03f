"""Fashion-MNIST, the data set of DL-2's assignments: four files of 30 MB together, looked for before they are fetched.

Looked for in GRADER_FASHION_MNIST, in Debian's folder, in GRADER_HOME/data and in the project's var/data; a worker that is
started without `./dev` looks in the same order (`worker.config`). Fetched as Debian's package
(installed as root, unpacked without root), else as Keras itself would; what was fetched is checked by its digest.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from local.paths import PYTHON, ROOT
from local.say import Step, Trouble, line, watch
from local.setup import debian

DIGESTS = {  # SHA-256 of the contents, unpacked: how a file was packed does not matter
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
PACKAGE = "dataset-fashion-mnist"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
OURS = ROOT / "var" / "data" / "fashion-mnist"


def find(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The folder with all four files that the service will use, or None."""
    given = environ.get("GRADER_FASHION_MNIST")
    if given:
        if not complete(Path(given)):
            raise Trouble(
                f"GRADER_FASHION_MNIST={given} lacks some of the files {', '.join(DIGESTS)}. Put them there, or unset it."
            )
        return Path(given)
    return next((folder for folder in places(environ) if complete(folder)), None)


def places(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Where the files are looked for when nobody names a folder, in this order."""
    home = Path(environ.get("GRADER_HOME") or ROOT / "var").expanduser().absolute()
    return (DEBIAN, home / "data" / "fashion-mnist", OURS)


def ensure() -> Path:
    """Have the files; fetch them if they are nowhere."""
    ways: tuple[Callable[[], bool], ...] = (_install_debian, _unpack_debian, _as_keras_does)
    folder = find()
    for fetch in ways:
        if folder is None and fetch():
            folder = find()
    if folder is not None:
        return folder
    raise Trouble(
        f"The data set Fashion-MNIST could not be had. Put its four files ({', '.join(DIGESTS)}) into {OURS}, or into a folder "
        f"that GRADER_FASHION_MNIST names; on Debian, `apt-get install {PACKAGE}` as root does it."
    )


def complete(folder: Path) -> bool:
    """Whether all four files are there and hold something."""
    return all((folder / name).is_file() and (folder / name).stat().st_size > 0 for name in DIGESTS)


def genuine(file: Path) -> bool:
    """Whether `file` holds what everyone's copy holds."""
    try:
        with gzip.open(file) as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == DIGESTS[file.name]
    except (OSError, EOFError, zlib.error):
        return False


def _install_debian() -> bool:
    return debian.install(PACKAGE)


def _unpack_debian() -> bool:
    """Without root: fetch Debian's package and take the files out of it, touching nothing of the system."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    with tempfile.TemporaryDirectory() as scratch, Step(f"Fetching {PACKAGE} (apt-get download, 31 MB)") as step:
        code, tail = watch(["apt-get", "download", PACKAGE], step, cwd=Path(scratch))
        found = list(Path(scratch).glob("*.deb"))
        if code != 0 or not found:
            step.without(f"not to be had this way ({tail[-1] if tail else code})")
            return False
        subprocess.run(["dpkg-deb", "-x", found[0], scratch], check=True)
        return _keep(Path(scratch) / DEBIAN.relative_to("/"))


def _as_keras_does() -> bool:
    """Let Keras fetch its own copy into a scratch folder."""
    with tempfile.TemporaryDirectory() as scratch, Step("Fetching Fashion-MNIST (Keras' own download, 31 MB)") as step:
        env = {**os.environ, "KERAS_HOME": scratch, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        code, tail = watch([str(PYTHON), "-c", "from keras.datasets import fashion_mnist as f; f.load_data()"], step, env=env)
        if code != 0:
            step.without(f"not to be had this way ({tail[-1] if tail else code})")
            return False
        return _keep(Path(scratch) / "datasets" / "fashion-mnist")


def _keep(source: Path) -> bool:
    """Copy the four files to the project's folder, if they are what they should be."""
    for name in DIGESTS:
        if not genuine(source / name):
            line(f"  {name} as fetched is not the file that everyone else has; not used.")
            return False
    OURS.mkdir(parents=True, exist_ok=True)
    for name in DIGESTS:
        part = OURS / f"{name}.part"
        shutil.copyfile(source / name, part)
        part.replace(OURS / name)
    return True
