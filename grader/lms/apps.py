from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LmsConfig(AppConfig):
    name = "grader.lms"
    label = "lms"
    verbose_name = _("LMS")
