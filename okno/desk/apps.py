from django.apps import AppConfig


class Desk(AppConfig):
    name = "okno.desk"
