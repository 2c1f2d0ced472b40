"""How sign-in behaves: agents are invited, nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's own behaviour, closed for sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
