"""In and out."""

from allauth.account.views import LoginView, LogoutView

from okno.console.middleware import public

sign_in = public(LoginView.as_view(template_name="console/sign_in.html"))
sign_out = public(LogoutView.as_view(template_name="console/sign_out.html"))
