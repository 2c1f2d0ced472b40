"""What an administrator is asked about an e-mail channel."""

from typing import Any

from django import forms
from django.utils.translation import pgettext_lazy

from okno.kit.mail.addresses import canonical

Words = Any
SECURITY = [
    ("tls", pgettext_lazy("mail server", "TLS from the start")),
    ("starttls", pgettext_lazy("mail server", "STARTTLS")),
    ("none", pgettext_lazy("mail server", "none (only inside your own network)")),
]
START = [
    ("now", pgettext_lazy("mail server", "only letters that arrive from now on")),
    ("days:7", pgettext_lazy("mail server", "those of the last 7 days too")),
    ("days:30", pgettext_lazy("mail server", "those of the last 30 days too")),
    ("all", pgettext_lazy("mail server", "everything in the folder")),
]
SECRETS = ("imap_password", "smtp_password")


def _text(label: Words, help_text: Words = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=320, help_text=help_text)


def _port() -> forms.IntegerField:
    label = pgettext_lazy("mail server", "Port")
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=65535)


def _security(initial: str) -> forms.ChoiceField:
    label = pgettext_lazy("mail server", "Encryption")
    return forms.ChoiceField(label=label, choices=SECURITY, initial=initial)


def _password() -> forms.CharField:
    return forms.CharField(
        label=pgettext_lazy("mail server", "Password"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=pgettext_lazy("mail server", "Never shown again. Empty: it stays as it is."),
    )


def _host() -> forms.CharField:
    return _text(pgettext_lazy("mail server", "Server"))


def _user() -> forms.CharField:
    return _text(pgettext_lazy("mail server", "User name"))


class EmailForm(forms.Form):
    """Address and servers of one mailbox; `sections` say how the page groups them."""

    address = forms.CharField(
        label=pgettext_lazy("mail server", "Address your clients write to"), max_length=320
    )
    imap_host, imap_port, imap_security = _host(), _port(), _security("tls")
    imap_user, imap_password = _user(), _password()
    imap_folder = _text(
        pgettext_lazy("mail server", "Folder"), pgettext_lazy("mail server", "Usually INBOX.")
    )
    start = forms.ChoiceField(
        label=pgettext_lazy("mail server", "On connecting, read"),
        choices=START,
        required=False,
        initial="now",
        help_text=pgettext_lazy(
            "mail server", "Letters from before start no deadline and no automatic reply."
        ),
    )
    move_to = _text(
        pgettext_lazy("mail server", "Then move letters to the folder"),
        pgettext_lazy("mail server", "Empty: they stay and are marked as read."),
    )
    sent_folder = _text(
        pgettext_lazy("mail server", "Folder for copies of what we send"),
        pgettext_lazy("mail server", "Empty: no copies are kept there."),
    )
    smtp_host, smtp_port, smtp_security = _host(), _port(), _security("starttls")
    smtp_user, smtp_password = _user(), _password()
    plus_address = forms.BooleanField(
        label=pgettext_lazy("mail server", "Replies come back to an address with a number"),
        required=False,
        initial=True,
        help_text=pgettext_lazy(
            "mail server",
            "support+42@… finds its conversation even when a mail program drops the rest."
            " Switch it off if your provider refuses addresses with a plus.",
        ),
    )
    authserv_id = _text(
        pgettext_lazy("mail server", "Name of the server that checks senders"),
        pgettext_lazy(
            "mail server",
            "Its Authentication-Results are believed, no others. Empty: every sender counts as"
            " unproven.",
        ),
    )

    sections = (
        ("", "", ("address",)),
        (
            pgettext_lazy("mail server", "Incoming mail (IMAP)"),
            pgettext_lazy(
                "mail server", "Leave the server empty when letters are handed to Okno by SMTP."
            ),
            (
                "imap_host",
                "imap_port",
                "imap_security",
                "imap_user",
                "imap_password",
                "imap_folder",
                "start",
                "move_to",
                "sent_folder",
            ),
        ),
        (
            pgettext_lazy("mail server", "Outgoing mail (SMTP)"),
            pgettext_lazy(
                "mail server", "Leave the server empty to use the one of the installation."
            ),
            ("smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password"),
        ),
        (
            pgettext_lazy("mail server", "Details"),
            "",
            ("plus_address", "authserv_id"),
        ),
    )

    def clean_address(self) -> str:
        """The address in its one form."""
        found = canonical(self.cleaned_data["address"])
        if not found:
            raise forms.ValidationError(
                pgettext_lazy("mail server", "This is not an e-mail address.")
            )
        return found

    def settings(self) -> dict[str, Any]:
        """What is kept in the open."""
        kept = {k: v for k, v in self.cleaned_data.items() if k not in (*SECRETS, "address")}
        kept["after"] = f"move:{kept['move_to']}" if kept["move_to"] else "flag"
        return {name: value for name, value in kept.items() if value not in ("", None)}

    def secrets(self) -> dict[str, str]:
        """What is sealed; an empty one stays as it was."""
        return {name: self.cleaned_data[name] for name in SECRETS}
