"""Parts of addresses."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class IdConverter(IntConverter):
    """A number that fits a database's 64 bits."""

    regex = "[0-9]{1,18}"


register_converter(IdConverter, "id")
