from __future__ import annotations

from django.urls import reverse

from tests.pages.world import PASSWORD


def test_a_wrong_password_says_what_to_check_and_keeps_the_name(world, at):
    response = at(None).post(reverse("login"), {"username": "anna", "password": "wrong"})

    assert response.status_code == 422
    assert "Caps Lock" in response.text
    assert 'value="anna"' in response.text


def test_whoever_logs_in_comes_to_the_page_they_wanted(world, at):
    response = at(None).post(reverse("login"), {"username": "anna", "password": PASSWORD, "next": "/courses/zoo/quiz/"})

    assert response["Location"] == "/courses/zoo/quiz/"


def test_log_in_does_not_send_anybody_to_another_site(world, at):
    response = at(None).post(reverse("login"), {"username": "anna", "password": PASSWORD, "next": "https://evil.example/"})

    assert response["Location"] == "/"


def test_a_new_browser_speaks_the_language_on_the_persons_row(world, client):
    world.student.language = "en"
    world.student.save()

    client.post(reverse("login"), {"username": "anna", "password": PASSWORD})

    assert "My courses" in client.get("/").text


def test_a_language_picked_before_log_in_stays_and_is_remembered(world, at):
    client = at(None, "en")
    client.post(reverse("login"), {"username": "anna", "password": PASSWORD})

    world.student.refresh_from_db()
    assert world.student.language == "en"
    assert "My courses" in client.get("/").text


def test_the_switch_changes_the_page_one_is_on(world, at):
    client = at(world.student, "en")

    response = client.post(reverse("set_language"), {"language": "ru", "next": "/courses/zoo/quiz/"}, follow=True)

    assert response.redirect_chain[-1][0] == "/courses/zoo/quiz/"
    assert '<html lang="ru">' in response.text
    world.student.refresh_from_db()
    assert world.student.language == "ru"


def test_the_switch_does_not_send_anybody_to_another_site(world, at):
    response = at(world.student).post(reverse("set_language"), {"language": "ru", "next": "https://evil.example/"})

    assert "evil" not in response["Location"]
