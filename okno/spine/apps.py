from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules

from okno.spine import guard


class Spine(AppConfig):
    name = "okno.spine"

    def ready(self) -> None:
        post_migrate.connect(guard.after_migrate, sender=self, dispatch_uid="spine.guard")
        found = ("events", "rules", "readers", "jobs", "timers", "hints", "named_actions")
        autodiscover_modules(*found)
