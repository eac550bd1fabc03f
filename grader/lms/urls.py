"""Who is told of events, and what each was told."""

from django.urls import path

from grader.lms.views import endpoints, ledger, messages, replay

app_name = "lms"

urlpatterns = [
    path("lms/", endpoints.index, name="endpoints"),
    path("lms/add/", endpoints.add, name="endpoint_add"),
    path("lms/endpoints/<public_id:endpoint_id>/", endpoints.show, name="endpoint"),
    path("lms/endpoints/<public_id:endpoint_id>/change/", endpoints.change, name="endpoint_change"),
    path("lms/endpoints/<public_id:endpoint_id>/do/", endpoints.act, name="endpoint_do"),
    path("lms/endpoints/<public_id:endpoint_id>/replay/", replay.show, name="endpoint_replay"),
    path("lms/endpoints/<public_id:endpoint_id>/messages/<public_id:message_id>/", messages.show, name="message"),
    path("courses/<slug:course>/lms/", ledger.show, name="ledger"),
    path("courses/<slug:course>/lms/send", ledger.send, name="ledger_send"),
]
