"""What the admin's pages share: base classes that type checkers know as generic, and rows that people may only look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    _Page = admin.ModelAdmin[Any]
    Rows = admin.TabularInline[Any, Any]
    _Any = admin.options.BaseModelAdmin[Any]
else:
    _Page, Rows, _Any = admin.ModelAdmin, admin.TabularInline, object


class Page(_Page):
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """By the primary key where `?_to_field=` is empty: Django looks for a field of that name."""
        return super().get_object(request, object_id, from_field or None)


class ReadOnly(_Any):
    """Shown, never written: services write these rows, and triggers refuse what is append-only."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False
