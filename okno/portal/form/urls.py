"""Addresses of forms, and of the requests made with them."""

from typing import Any

from django.urls import path

from okno.portal.form import pages, requests

urlpatterns: list[Any] = [
    path("form/<str:key>/", pages.show),
    path("form/<str:key>/sent/<str:mark>/", pages.sent),
    path("request/<id:number>/<str:token>/", requests.show),
    path("request/<id:number>/<str:token>/reply", requests.reply),
    path("request/<id:number>/<str:token>/status", requests.change_status),
    path("request/<id:number>/<str:token>/confirm", requests.confirm),
    path("request/<id:number>/<str:token>/files/<id:attachment_id>/", requests.file),
    path("request/<id:number>/<str:token>/files/<id:attachment_id>/preview", requests.preview),
]
