"""What the database knows of the installation as a whole."""

from okno.spine.models import Installation


def key_fingerprint() -> str:
    """Of the secret key with which this database's secrets are sealed; "" before it is known."""
    found = Installation.objects.filter(pk=1).values_list("key_fingerprint", flat=True).first()
    return found or ""


def remember_key(fingerprint: str, *, is_first: bool) -> None:
    """Keep the fingerprint; with `is_first` only if there is none, so that of two processes that
    begin at once one is refused."""
    Installation.objects.bulk_create([Installation(pk=1)], ignore_conflicts=True)
    row = Installation.objects.filter(pk=1)
    (row.filter(key_fingerprint="") if is_first else row).update(key_fingerprint=fingerprint)
