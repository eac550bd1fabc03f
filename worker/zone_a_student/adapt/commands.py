"""`!command` and `%%bash`: run as they are, but for those that need the internet, an installer or a graphics card.

A line may hold several statements; only those that can't work are left out. What was asked of the internet and lies here
anyway (the files of Fashion-MNIST) is copied to where the command would have put it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from typing import Any

from _grader_kit.adapt import packages, served
from _grader_kit.adapt.notes import note

OFFLINE = {
    *("wget", "curl", "git", "gdown", "kaggle", "aria2c", "apt", "apt-get", "conda", "mamba", "npm", "hf", "huggingface-cli"),
    *("ssh", "scp", "rsync", "gsutil", "aws", "ngrok", "tensorboard", "add-apt-repository", "dpkg"),
}
GRAPHICS = {"nvidia-smi", "nvcc"}
BEFORE = {"sudo", "time", "nohup", "yes", "exec", "then", "do"}
_BREAKS = {";", "\n"}
_JOINS = {"&&", "||", "|", "&"}
_URL = re.compile(r"\w+://[^\s'\"]*")


def install(shell: Any) -> None:
    from IPython.utils import process, text

    def system(command: str) -> None:
        """`!command`: output goes where print goes."""
        left = runnable(shell.var_expand(command, depth=1))
        shell.user_ns["_exit_code"] = process.system(left) if left else 0

    def getoutput(command: str, split: bool = True, depth: int = 0) -> Any:
        """`lines = !command`."""
        left = runnable(shell.var_expand(command, depth=depth + 1))
        said = process.getoutput(left) if left else ""
        return text.SList(said.splitlines()) if split else text.LSString(said)

    def script(body: str) -> None:
        """A whole cell `%%bash`, where `$name` is the script's own."""
        left = runnable(body)
        shell.user_ns["_exit_code"] = process.system(left) if left else 0

    shell.system, shell.getoutput, shell.run_script = system, getoutput, script
    for name in ("PIP_NO_INDEX", "PIP_DISABLE_PIP_VERSION_CHECK"):
        os.environ.setdefault(name, "1")  # a `pip` that is started some other way says at once that it can't


def runnable(command: str) -> str:
    """What of a command can run here, maybe nothing; what is left out is noted."""
    statements = list(_statements(command))
    kept = [words for words in statements if not _left_out(words)]
    if len(kept) == len(statements):
        ends = command.rstrip()
        if ends.endswith("&") and not ends.endswith("&&"):
            _say("note.no_background", [command])
            return ""
        return command
    return "\n".join(" ".join(words) for words in kept)


def _statements(command: str) -> Iterator[list[str]]:
    """The words of each statement, quotes kept, so that joining them gives the statement back."""
    try:
        for line in command.replace("\\\n", " ").split("\n"):
            words: list[str] = []
            lexer = shlex.shlex(line, posix=False, punctuation_chars=True)
            lexer.whitespace_split = True
            for word in lexer:
                if word in _BREAKS:
                    yield words
                    words = []
                else:
                    words.append(word)
            if words:
                yield words
    except ValueError:  # an open quote: the shell will say so
        yield [command]


def _left_out(words: list[str]) -> bool:
    parts: list[list[str]] = [[]]
    for word in words:
        if word in _JOINS:
            parts.append([])
        else:
            parts[-1].append(word)
    refused = [_refused(_bare(part), words) for part in parts if part]  # all of them, so that each is noted
    return any(refused)


def _bare(words: list[str]) -> list[str]:
    """Without what may stand before a program's name; `python -m pip` is `pip`."""
    words = list(words)
    while words and (os.path.basename(words[0]) in BEFORE or re.match(r"\w+=", words[0]) or words[0].startswith("-")):
        words.pop(0)
    if len(words) > 2 and re.match(r"python[\d.]*$", os.path.basename(words[0])) and words[1] == "-m":
        words = words[2:]
    return words


def _refused(words: list[str], statement: list[str]) -> bool:
    program = os.path.basename(words[0]) if words else ""
    if re.match(r"(pip[\d.]*|uv|pipx)$", program):
        return bool(packages.refused([word for word in words if word != "uv"]))
    if program in OFFLINE:
        if not served.fetched(program, words[1:]):
            _say("note.no_internet", words)
        return True
    if program in GRAPHICS and (not os.environ.get("CUDA_VISIBLE_DEVICES") or shutil.which(program) is None):
        _say("note.no_graphics_command", words)
        return True
    return False


def _say(code: str, words: list[str]) -> None:
    shown = "!" + _URL.sub(lambda url: "…/" + url.group().partition("?")[0].rstrip("/").rpartition("/")[2], " ".join(words))
    note(code, command=shown)
    sys.stdout.write(f"[skipped: {shown}]\n")
