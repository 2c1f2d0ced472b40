"""The one list of installed kinds. A new kind of channel is one folder and one line here."""

CHANNELS = ("okno.channels.email",)
