"""The site as processes: a worker for each kind of work, and what all of them are told."""

from __future__ import annotations

from pathlib import Path

from local import site


def told(**given: str) -> dict[str, str]:
    return site.environment(given, home=Path("/srv/home"), database="postgresql://x", redis="redis://y", dataset=None, demo=False)


def test_runs_and_short_duties_have_workers_of_their_own():
    workers = site.workers(told(GRADER_CPU_SLOTS="3"), Path("/srv/home/logs"))

    assert [(w.name, w.argv[w.argv.index("-Q") + 1], w.argv[w.argv.index("-c") + 1]) for w in workers] == [
        ("worker", "grade.cpu", "3"),
        ("duties", "notify,maintenance", "1"),
        ("webhooks", "webhooks", "12"),
    ]


def test_a_machine_with_gpus_gets_a_worker_with_a_slot_for_each():
    gpu = site.workers(told(GRADER_GPUS="0,1"), Path("/srv/home/logs"))[-1]

    assert gpu.name == "worker-gpu"
    assert gpu.argv[gpu.argv.index("-Q") + 1] == "grade.gpu"
    assert gpu.argv[gpu.argv.index("-c") + 1] == "2"


def test_the_databases_that_were_started_are_told_and_the_persons_own_settings_stay():
    env = told(TIME_ZONE="Asia/Omsk", DATABASE_URL="somewhere else", GRADER_FASHION_MNIST="/data")

    assert env["TIME_ZONE"] == "Asia/Omsk"
    assert env["DATABASE_URL"] == "postgresql://x"
    assert env["GRADER_FASHION_MNIST"] == "/data"
    assert env["GRADER_DEMO"] == "0"


def test_what_a_visitor_says_of_their_address_is_believed_only_behind_a_proxy():
    def argv(**given: str) -> tuple[str, ...]:
        return site.web(told(**given), Path("/logs"), site.Address("127.0.0.1", 8000)).argv

    assert "--no-proxy-headers" in argv()
    assert "--no-proxy-headers" in argv(GRADER_BEHIND_PROXY="0")
    assert "--no-proxy-headers" not in argv(GRADER_BEHIND_PROXY="1")


def test_databases_go_down_with_everything_and_the_rest_is_started_again():
    env = told()

    assert site.web(env, Path("/logs"), site.Address("127.0.0.1", 8000)).restart
    assert site.beat(env, Path("/srv/home/logs")).restart
    assert all(worker.restart for worker in site.workers(env, Path("/logs")))
