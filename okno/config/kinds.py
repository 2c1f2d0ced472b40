"""The one list of installed kinds. A new kind of channel is one folder and one line here."""

CHANNELS = ("okno.channels.email", "okno.channels.widget", "okno.channels.form")
# Kinds that bring pages of their own, and streams for the dispatcher.
PAGES = ("okno.portal.widget", "okno.portal.form")
STREAMS = {"/chat/stream": "okno.portal.widget.stream.stream"}
# Small requests that come in crowds, each sort served together: see `together.py`.
COUNTERS = ("okno.portal.widget.counter",)
