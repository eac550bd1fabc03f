"""Speaks to the kernel of one sandbox: runs the cells in order and writes down what was said. A throw-away process.

It parses hostile bytes, so it holds nothing: it runs in a sandbox of its own, without credentials, data or network, and
dies alone. Whatever goes wrong in here is the notebook's doing. Of ours it imports `printed.py` and `epochs.py`, which lie beside
it, and is started as `python -I /kit/_grader_driver/driver.py`; the order comes as one JSON line on stdin (`cells`, `texts`,
`key`, `output_mb`). A closed stdin means "stop now and write what you have".

On stdout, one small JSON object a line; the worker reads them with `worker.kernels.events` and believes none of them
about success: {"event": "ready" | "started" | "done" | "output" | "epoch" | "limit" | "end", "cell": …}.
In /out: `executed.ipynb`, rewritten after each cell.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import nbformat
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # -I takes it away

from _grader_driver.epochs import Epochs
from _grader_driver.printed import Printed, clean, plain

ROOT = os.environ.get("GRADER_ROOT", "")  # where an engine can't give a sandbox a root of its own
SOCKETS = ROOT + "/sock/k"
MAX_MESSAGE = 32 << 20
MAX_MESSAGES = 50_000
TELL_S = 0.2  # so often at most the worker hears of output
MAX_SHOWN = 4000  # characters of one output that is no stream


def say(event: str, **values: object) -> None:
    """One line to the worker."""
    line = json.dumps({"event": event, **values}, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(line.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


class OutputLimit(Exception):
    """The notebook printed more than it may; the worker ends the sandbox."""


class Manager:
    """The few things that nbclient wants of a kernel manager. The kernel's life is the worker's business."""

    kernel_name, ipykernel, has_kernel, owns_kernel, client_class = "python3", True, True, False, None

    async def is_alive(self) -> bool:
        return True

    async def interrupt_kernel(self) -> None:
        return None

    async def shutdown_kernel(self, now: bool = True) -> None:
        return None


class Runner(NotebookClient):
    """nbclient with a byte and message cap, and lines to the worker of what was printed."""

    used = count = 0
    limit = 4 << 20
    cell_number = 0

    def begin(self) -> None:
        self.printed, self.epochs, self.fresh = Printed(), Epochs(), False

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        content = msg.get("content", {})
        self.count += 1
        if msg["msg_type"] != "execute_input":  # the cell's own text comes back first: it is nobody's output
            self.used += len(str(content))
        if self.used > self.limit or self.count > MAX_MESSAGES:
            # nbclient swallows what its poller raises, so saying it is what stops the run
            say("limit", what="output", cell=self.cell_number)
            raise OutputLimit
        self.hear(shown_text(msg["msg_type"], content))
        return super().process_message(msg, cell, cell_index)

    def hear(self, text: str) -> None:
        if text:
            self.fresh = True
            *whole, begun = (plain(line) for line in self.printed.add(text))
            for line in whole:
                self.epochs.read(line)
            self.epochs.read(begun, whole=False)

    def tell(self) -> None:
        """Say what came since it was said last."""
        if not self.fresh:
            return
        self.fresh = False
        head, tail, skipped = self.printed.shown()
        say("output", cell=self.cell_number, head=head, tail=tail, skipped=skipped)
        for training, cell, epoch, numbers in self.epochs.changed():
            say("epoch", cell=cell, training=training, epoch=epoch, numbers=numbers)

    async def keep_telling(self) -> None:
        while True:
            await asyncio.sleep(TELL_S)
            self.tell()


def shown_text(kind: str, content: Any) -> str:
    """What of a message a reader of plain text would see."""
    if kind == "stream":
        return str(content.get("text", ""))
    if kind in ("execute_result", "display_data"):
        return str(content.get("data", {}).get("text/plain", ""))[:MAX_SHOWN] + "\n"
    if kind == "error":
        return "\n".join(str(line) for line in content.get("traceback", ()))[-MAX_SHOWN:] + "\n"
    return ""


def connect(key: str) -> AsyncKernelClient:
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
    client = AsyncKernelClient(
        context=context, transport="ipc", ip=SOCKETS, shell_port=1, iopub_port=2, stdin_port=3, control_port=4, hb_port=5
    )
    client.session.key = key.encode()

    async def alive() -> bool:  # nbclient would ask the heartbeat, which this kernel doesn't have
        return True

    client.is_alive = alive  # type: ignore[method-assign]
    return client


async def ready(client: AsyncKernelClient) -> None:
    """Wait for the kernel's first answer (the worker bounds the wait), then for its output channel to be open."""
    asked = client.kernel_info()
    while True:
        try:
            reply = await client.get_shell_msg(timeout=0.25)
        except Exception:  # noqa: S112 - an empty queue and a broken frame look alike, and both mean: ask on
            continue
        if reply["parent_header"].get("msg_id") == asked:
            break
    while True:
        try:
            await client.get_iopub_msg(timeout=0.1)
            return
        except Exception:
            client.kernel_info()


def save(notebook: nbformat.NotebookNode) -> None:
    text = json.dumps(notebook, ensure_ascii=False).encode("utf-8", "replace")
    with open(ROOT + "/out/new", "wb") as file:
        file.write(text)
    os.replace(ROOT + "/out/new", ROOT + "/out/executed.ipynb")


def ordered(order: dict[str, Any]) -> Any:
    """The notebook to run: its code cells, and the texts before them."""
    cells = [nbformat.v4.new_code_cell(source) for source in order["cells"]]  # type: ignore[no-untyped-call]
    notebook = nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    for before, text in reversed(order["texts"]):
        notebook.cells.insert(before, nbformat.v4.new_markdown_cell(text))  # type: ignore[no-untyped-call]
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


async def run(order: dict[str, Any]) -> None:
    notebook = ordered(order)
    runner = Runner(notebook, timeout=None, allow_errors=False, store_widget_state=False)
    runner.limit = order["output_mb"] << 20
    runner.km, runner.kc = Manager(), connect(order["key"])  # type: ignore[assignment]
    runner.kc.start_channels()
    runner.kc.allow_stdin = False
    await ready(runner.kc)
    say("ready")
    runner.begin()
    loop = asyncio.get_running_loop()
    telling = loop.create_task(runner.keep_telling())
    stop, lost = loop.create_task(stopped()), loop.create_task(disconnected(runner.kc.iopub_channel.socket))
    code = [(place, cell) for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    for index, (place, cell) in enumerate(code):
        runner.cell_number = index + 1
        runner.epochs.begin_cell(index + 1)
        say("started", cell=index + 1)
        work = loop.create_task(runner.async_execute_cell(cell, place))
        await asyncio.wait({work, stop, lost}, return_when=asyncio.FIRST_COMPLETED)
        save(notebook)
        runner.printed.end_line()
        runner.tell()
        if lost.done() and not stop.done():
            say("limit", what="message", cell=index + 1)
            await stop
        if not work.done():
            say("end", status="stopped", cell=index + 1)
            return
        if (failure := work.exception()) is not None:
            if not isinstance(failure, CellExecutionError):
                raise failure
            say("done", cell=index + 1, status="error", ename=_short(failure.ename, 80), evalue=_short(failure.evalue, 300))
            say("end", status="error", cell=index + 1)
            return
        say("done", cell=index + 1, status="ok")
    telling.cancel()
    say("end", status="ok")


async def disconnected(channel: zmq.asyncio.Socket) -> None:
    """Ends when the output channel is dropped: the kernel is gone, or sent a message above the cap."""
    monitor = channel.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    await monitor.recv_multipart()


async def stopped() -> None:
    """Ends when the worker closes our stdin."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def _short(text: object, limit: int) -> str:
    bare: str = plain(clean(str(text))).replace("\r", "").replace("\x08", "")
    return bare if len(bare) <= limit else bare[: limit - 1] + "…"


def main() -> None:
    order = json.loads(sys.stdin.readline())
    try:
        asyncio.run(run(order))
    except BaseException as problem:
        say("end", status="protocol", detail=type(problem).__name__)
    sys.stdout.flush()
    os._exit(0)


main()
