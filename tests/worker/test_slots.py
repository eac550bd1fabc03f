from __future__ import annotations

import os
from pathlib import Path

import pytest

from worker.config import WorkerConfig
from worker.slots import NoSlot, take


def test_a_place_is_held_by_one(tmp_path: Path) -> None:
    config = WorkerConfig(home=tmp_path, cpu_slots=1)

    with take("cpu", config), pytest.raises(NoSlot, match="no cpu slot became free"), take("cpu", config, wait_s=0.1):
        pass

    with take("cpu", config) as again:
        assert again.number == 0


def test_two_places_have_processors_of_their_own(tmp_path: Path) -> None:
    config = WorkerConfig(home=tmp_path, cpu_slots=len(os.sched_getaffinity(0)))

    with take("cpu", config) as first, take("cpu", config) as second:
        assert not set(first.cpus) & set(second.cpus)


@pytest.mark.skipif(os.geteuid() != 0, reason="without root there is one user for all")
def test_no_two_slots_of_a_machine_share_a_uid_whatever_their_home(tmp_path: Path) -> None:
    here, there = (WorkerConfig(home=tmp_path / name, cpu_slots=2) for name in ("here", "there"))

    with take("cpu", here) as one, take("cpu", here) as two, take("cpu", there) as three:
        uids = [slot.student_uid for slot in (one, two, three)]

    assert len(set(uids)) == 3


def test_what_a_killed_holder_left_is_gone_when_the_slot_is_taken_again(tmp_path: Path) -> None:
    config = WorkerConfig(home=tmp_path, cpu_slots=1)
    child = os.fork()
    if child == 0:
        with take("cpu", config) as slot:
            (slot.folder / "labels").write_text("secret")
            os.kill(os.getpid(), 9)
    os.waitpid(child, 0)

    with take("cpu", config) as slot:
        assert list(slot.folder.iterdir()) == []

    assert not slot.folder.exists()


def test_a_machine_without_gpus_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoSlot, match="GRADER_GPUS"), take("gpu", WorkerConfig(home=tmp_path)):
        pass
