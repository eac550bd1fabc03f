"""The page of letters that would have gone out: in a demo only, and harmless whatever stands in them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.urls import reverse

from tests.factories import Cast


@pytest.fixture
def written(settings: Any, tmp_path: Any, cast: Cast) -> Any:
    settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.GRADER_DEMO = True
    backend = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(tmp_path))
    for number in (1, 2):
        letter = EmailMultiAlternatives(f"Письмо {number}", "https://example.org/a <b>", "a@example.org", ["b@example.org"])
        letter.attach_alternative("<script>alert(1)</script><p>Привет", "text/html")
        letter.connection = backend
        letter.send()
    return tmp_path


def test_letters_are_listed_newest_first_and_opened(written: Any, cast: Cast, at: Any):
    client = at(cast.student)
    page = client.get(reverse("dev_mail")).text
    assert page.index("Письмо 2") < page.index("Письмо 1")
    (file,) = {path.stem for path in written.iterdir()}

    letter = client.get(reverse("dev_letter", args=[file, 0])).text
    assert "Письмо 1" in letter
    assert '<a href="https://example.org/a"' in letter
    html = client.get(reverse("dev_letter_html", args=[file, 0]))
    assert "Привет" in html.text
    assert html["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in html["Content-Security-Policy"]


def test_what_is_no_letter_is_not_found(written: Any, cast: Cast, at: Any):
    (written / "secret.log").write_text("nothing for you")
    client = at(cast.student)

    for path in ("/dev/mail/secret/0/", "/dev/mail/20260101-000000-1/0/", f"/dev/mail/{next(written.glob('2*')).stem}/7/"):
        assert client.get(path).status_code == 404


def test_without_a_demo_there_is_no_such_page(written: Any, settings: Any, cast: Cast, at: Any):
    settings.GRADER_DEMO = False
    (file,) = {path.stem for path in written.iterdir() if path.stem.startswith("2")}

    for path in (reverse("dev_mail"), reverse("dev_letter", args=[file, 0]), reverse("dev_letter_html", args=[file, 0])):
        assert at(cast.admin).get(path).status_code == 404
        assert at(None).get(path).status_code == 302


def test_no_letter_yet_says_how_to_get_one(settings: Any, tmp_path: Any, cast: Cast, at: Any):
    settings.EMAIL_FILE_PATH, settings.GRADER_DEMO = str(tmp_path / "none"), True

    assert "No letters yet" in at(cast.student).get(reverse("dev_mail")).text
