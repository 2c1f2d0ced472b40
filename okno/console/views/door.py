"""In and out."""

import json
from typing import Any

from allauth.account.views import LoginView, LogoutView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.views.csrf import csrf_failure

from okno.access import limits
from okno.console.middleware import is_script, page, public

# Passkeys cannot be guessed; this only holds off floods: (times, within seconds).
PASSKEYS = ((60, 300),)


class SignIn(LoginView):  # type: ignore[misc]
    """Address and password."""

    template_name = "console/sign_in.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        is_often = form.has_error("__all__", "too_many_login_attempts")
        context = self.get_context_data(form=form, is_often=is_often)
        response: HttpResponse = self.render_to_response(context, status=429 if is_often else 422)
        return response


class Code(AuthenticateView):  # type: ignore[misc]
    """The second step: a code or a passkey."""

    template_name = "console/code.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**more)
        options = found.get("js_data", {}).get("request_options")
        found["options"] = json.dumps(options, cls=DjangoJSONEncoder) if options else ""
        return found


class Passkey(LoginWebAuthnView):  # type: ignore[misc]
    """Sign in by a passkey alone."""


def _passkey(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
    if not limits.allow("passkey", limits.network_of(request), PASSKEYS):
        return page(request, 429)
    response: HttpResponse = Passkey.as_view()(request, *args, **more)
    return response


sign_in = public(SignIn.as_view())
sign_out = public(LogoutView.as_view(template_name="console/sign_out.html"))
code = public(Code.as_view())
passkey = public(_passkey)


def too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before the last sign-in. Our script is told to look who is signed in now: the
    page stays with what is typed and takes over the new key."""
    if is_script(request):
        return HttpResponse(status=401)
    return csrf_failure(request, reason)
