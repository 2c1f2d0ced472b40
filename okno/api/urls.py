"""Addresses of the API. Whatever is not a route is refused in the API's own form."""

from django.urls import include, path, re_path

from okno.api.door import door, unknown_address
from okno.api.v1 import api

_patterns, _app_name, _namespace = api.urls
for _pattern in _patterns:
    if _pattern.callback is not None:
        _pattern.callback = door(_pattern.callback)

urlpatterns = [
    path("v1/", include((_patterns, _app_name), namespace=_namespace)),
    re_path(r"", unknown_address),
]
