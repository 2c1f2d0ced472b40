"""Addresses of the chat."""

from typing import Any

from django.urls import path

from okno.portal.widget import pages, talk, visits

urlpatterns: list[Any] = [
    path("widget.js", pages.script),
    path("demo/shop/", pages.shop),
    path("chat/<str:key>/", pages.own_page),
    path("chat/<str:key>/session", visits.session),
    path("chat/<str:key>/identify", visits.identify),
    path("chat/<str:key>/messages", talk.messages),
    path("chat/<str:key>/seen", talk.seen),
    path("chat/<str:key>/typing", talk.typing),
    path("chat/<str:key>/transcript", talk.transcript),
    path("chat/<str:key>/files/<int:attachment_id>", talk.file),
]
