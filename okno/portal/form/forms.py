"""What people fill in."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import pgettext, pgettext_lazy

from okno.channels.envelope import Enclosed
from okno.kit.filetypes import display_name
from okno.kit.mail.addresses import canonical
from okno.kit.text import one_line, plain

MOST_FILES = 5
LARGEST_FILE = 10 * 1024 * 1024
LARGEST_FILES = 25 * 1024 * 1024


class Several(forms.FileInput):
    """A file input that takes several."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All of them."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class FilesField(forms.FileField):
    """Up to five files, 10 MB each, 25 MB together; its clean value is a list of Enclosed."""

    widget = Several

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The files; raises ValidationError."""
        given: list[UploadedFile[Any]] = [f for f in (data or []) if f]
        sizes = [file.size or 0 for file in given]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(pgettext("request", "At most five files, please."))
        if any(size > LARGEST_FILE for size in sizes) or sum(sizes) > LARGEST_FILES:
            raise forms.ValidationError(
                pgettext("request", "A file may have 10 MB, all together 25 MB.")
            )
        return [Enclosed(display_name(str(file.name)), file.read()) for file in given]


class ReplyForm(forms.Form):
    """One more message of a request."""

    text = forms.CharField(
        label=pgettext_lazy("request", "Your message"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "class": "textarea"}),
    )
    files = FilesField(  # type: ignore[assignment]  # Django takes it out of the class
        label=pgettext_lazy("request", "Files"),
        required=False,
        help_text=pgettext_lazy("request", "Up to five, 10 MB each."),
        widget=Several(attrs={"class": "input", "multiple": True}),
    )

    def clean_text(self) -> str:
        """Something must be left of it."""
        text = plain(self.cleaned_data["text"]).strip()
        if not text:
            raise forms.ValidationError(pgettext("request", "Write something first."))
        return text


class RequestForm(ReplyForm):
    """A new request."""

    name = forms.CharField(
        label=pgettext_lazy("request", "Your name"),
        max_length=160,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "name"}),
    )
    email = forms.CharField(
        label=pgettext_lazy("request", "Your e-mail"),
        max_length=320,
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "email"}),
    )
    subject = forms.CharField(
        label=pgettext_lazy("request", "What is it about?"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input"}),
    )
    field_order = ("name", "email", "subject", "text", "files")

    def clean_name(self) -> str:
        """One line."""
        return one_line(self.cleaned_data["name"])

    def clean_subject(self) -> str:
        """One line."""
        return one_line(self.cleaned_data["subject"])

    def clean_email(self) -> str:
        """The address in its one form."""
        found = canonical(self.cleaned_data["email"])
        if not found:
            raise forms.ValidationError(pgettext("request", "This is not an e-mail address."))
        return found
