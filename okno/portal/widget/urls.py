"""Addresses of the chat."""

from typing import Any

from django.urls import path

from okno.portal.widget import faces, here, pages, talk, transcripts, visits

urlpatterns: list[Any] = [
    path("widget.js", pages.script),
    path("widget-<slug:version>.js", pages.pinned_script),
    path("demo/shop/", pages.shop),
    path("chat/<str:key>/", pages.own_page),
    path("chat/<str:key>/session", visits.session),
    path("chat/<str:key>/identify", visits.identify),
    path("chat/<str:key>/messages", talk.messages),
    path("chat/<str:key>/seen", talk.seen),
    path("chat/<str:key>/typing", here.typing),
    path("chat/<str:key>/visit", here.visit),
    path("chat/<str:key>/transcript", transcripts.transcript),
    path("chat/<str:key>/transcript/mail", transcripts.by_mail),
    path("chat/<str:key>/people/<slug:picture>", faces.face),
    path("chat/<str:key>/files/<id:attachment_id>", talk.file),
    path("chat/<str:key>/files/<id:attachment_id>/preview", talk.preview),
]
