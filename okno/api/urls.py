"""Addresses of the API. Whatever is not a route is refused in the API's own form."""

from django.urls import include, path, re_path

from okno.api.door import door, unknown_address
from okno.api.v1 import api, views
from okno.kit.uploads import takes_files

_patterns, _app_name, _namespace = api.urls
# One view serves all methods of an address, and any of them may take files.
_marked = {view.__name__ for view in views() if getattr(view, "takes_files", False)}
_with_files = {p.callback for p in _patterns if getattr(p, "name", "") in _marked}
for _pattern in _patterns:
    _view = _pattern.callback
    if _view is not None:
        _pattern.callback = takes_files(door(_view)) if _view in _with_files else door(_view)

urlpatterns = [
    path("v1/", include((_patterns, _app_name), namespace=_namespace)),
    re_path(r"", unknown_address),
]
