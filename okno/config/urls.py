"""All addresses of the product."""

from django.urls import include, path

from okno.config import health

urlpatterns = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("api/", include("okno.api.urls")),
    path("", include("okno.console.urls")),
]
