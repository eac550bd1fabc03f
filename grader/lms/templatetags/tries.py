"""How a try to deliver ended, in words."""

from __future__ import annotations

from django import template

from grader.lms.models import WebhookDelivery
from grader.lms.said import Words, kind_says

register = template.Library()


@register.filter
def why(tried: WebhookDelivery) -> Words:
    """What happened at this try, and what mends it."""
    return kind_says(tried)
