"""The public form, and the page of a request."""
