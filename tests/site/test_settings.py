from __future__ import annotations

import os
import subprocess
from pathlib import Path

from local.paths import PYTHON, ROOT


def settings_with(home: Path, question: str, **given: str) -> str:
    """What `question` comes to in a fresh process with these settings and no others."""
    bare = {"PATH": os.environ["PATH"], "GRADER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "grader.settings", **given}
    ask = f"from grader import settings; print({question})"
    done = subprocess.run([str(PYTHON), "-c", ask], env=bare, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_nothing_needs_to_be_set(tmp_path: Path):
    assert settings_with(tmp_path, "settings.DEBUG, settings.GRADER_DEMO, settings.HTTPS") == "False False False"


def test_an_https_address_makes_cookies_secure_and_its_host_known(tmp_path: Path):
    question = (
        "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.ALLOWED_HOSTS[-1], settings.SECURE_SSL_REDIRECT"
    )
    given = {"GRADER_PUBLIC_URL": "https://grader.example.org", "GRADER_BEHIND_PROXY": "1"}

    assert settings_with(tmp_path, question, **given) == "True True grader.example.org True"


def test_the_web_pools_its_connections_and_a_worker_keeps_one(tmp_path: Path):
    question = "'pool' in settings.DATABASES['default']['OPTIONS'], settings.DATABASES['default']['CONN_MAX_AGE']"

    assert settings_with(tmp_path, question, GRADER_ROLE="web") == "True 0"
    assert settings_with(tmp_path, question, GRADER_ROLE="worker") == "False 60"


def test_a_bad_value_stops_the_start_with_its_name(tmp_path: Path):
    said = settings_with(tmp_path, "settings.DEBUG", GRADER_LEASE_S="soon")

    assert said.endswith("ImproperlyConfigured: GRADER_LEASE_S='soon' is not a whole number.")
