from importlib import import_module

from django.apps import AppConfig
from django.urls import register_converter

from okno.config.kinds import CHANNELS
from okno.kit.numbers import IdConverter


class Config(AppConfig):
    name = "okno.config"

    def ready(self) -> None:
        register_converter(IdConverter, "id")
        for kind in CHANNELS:
            import_module(f"{kind}.adapter")
