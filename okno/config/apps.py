from importlib import import_module

from django.apps import AppConfig

from okno.config.kinds import CHANNELS


class Config(AppConfig):
    name = "okno.config"

    def ready(self) -> None:
        for kind in CHANNELS:
            import_module(f"{kind}.adapter")
