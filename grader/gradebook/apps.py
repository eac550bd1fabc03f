from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GradebookConfig(AppConfig):
    name = "grader.gradebook"
    label = "gradebook"
    verbose_name = _("Gradebook")
