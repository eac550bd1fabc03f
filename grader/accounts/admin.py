from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group

from grader.accounts.models import Enrolment, User
from grader.admin_parts import Page, Rows

admin.site.unregister(Group)  # who may do what is said by enrolments


class EnrolmentInline(Rows):
    model = Enrolment
    extra = 0


@admin.register(User)
class PersonAdmin(Page, UserAdmin):  # type: ignore[type-arg]  # generic for type checkers only
    inlines = (EnrolmentInline,)
    list_display = ("username", "last_name", "first_name", "is_superuser", "is_active")
    fieldsets = (*(UserAdmin.fieldsets or ()), (None, {"fields": ("language", "public_id")}))
    readonly_fields = ("public_id",)


@admin.register(Enrolment)
class EnrolmentAdmin(Page):
    list_display = ("user", "course", "role", "external_user_id")
    list_filter = ("course", "role")
    list_select_related = ("user", "course")
    search_fields = ("user__username", "user__last_name", "external_user_id")
