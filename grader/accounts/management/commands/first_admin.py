"""`manage.py first_admin`: the first person of a new site. Refuses where there is an admin already."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grader.accounts.models import User
from grader.accounts.services import person_ensure


class Command(BaseCommand):
    help = "Makes the first admin and prints a password once. Change it after the first log-in, at /admin/password_change/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", default="admin")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            raise CommandError("There is an admin already. Another one can be made at /admin/.")
        if User.objects.filter(username=username).exists():
            raise CommandError(f"{username!r} is taken by somebody who is no admin. Give another --username.")
        password = secrets.token_urlsafe(18)
        person_ensure(username=username, password=password, admin=True)
        self.stdout.write(f"Admin {username} made. Password (shown once): {password}")
