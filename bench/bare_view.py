"""What Django itself takes for a view that says "ok", in a new project's middleware: the yardstick
of this machine in this run.

    python -m bench.bare_view

Prints milliseconds, the median of many requests through everything but the socket.
"""

import time
from statistics import median

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

ROUNDS, WARM_UP = 1_000, 100


def ok(request: HttpRequest) -> HttpResponse:
    """The view."""
    return HttpResponse("ok")


urlpatterns = [path("", ok)]


def main() -> None:
    """Measure and print."""
    settings.configure(
        ALLOWED_HOSTS=["testserver"],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        ROOT_URLCONF=__name__,
        SECRET_KEY="of nothing",
    )
    django.setup()
    client, times = Client(), []
    for _ in range(WARM_UP + ROUNDS):
        begun = time.perf_counter()
        client.get("/")
        times.append((time.perf_counter() - begun) * 1000)
    print(f"{median(times[WARM_UP:]):.3f}")


if __name__ == "__main__":
    main()
