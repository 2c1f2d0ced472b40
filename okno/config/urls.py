"""All addresses of the product."""

from django.urls import include, path

from okno.config import health
from okno.config.kinds import PAGES

handler400 = "okno.config.refusals.bad_request"

urlpatterns = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("api/", include("okno.api.urls")),
    *(path("", include(f"{room}.urls")) for room in PAGES),
    path("", include("okno.console.urls")),
]
