"""Whether our key is the one of this database, which remembers its fingerprint."""

from okno.config import env
from okno.desk.actions.channels import read_secrets
from okno.desk.models import Channel
from okno.kit import crypto
from okno.spine import installation

MEND = (
    "set OKNO_SECRET_KEY to the key of the other processes, or of the backup; a former key belongs"
    " into OKNO_SECRET_KEY_OLD"
)


def is_ours() -> bool:
    """Whether the database's secrets are of our key, or of one of our former ones; a database that
    remembers no key yet is judged by the secrets in it."""
    if known := installation.key_fingerprint():
        return known in crypto.fingerprints()
    sealed = Channel.objects.exclude(secrets="").order_by("-pk").first()
    if sealed is None:
        return True
    try:
        read_secrets(sealed)
    except crypto.Tampered:
        return False
    return True


def confirm() -> None:
    """Let the database remember our key, if it knows none; raises BadSetting for a wrong one."""
    if is_ours() and not installation.key_fingerprint():
        installation.remember_key(crypto.fingerprints()[0], is_first=True)
    # Asked once more: another process may have been quicker, with another key.
    if not is_ours():
        raise env.BadSetting(f"this database belongs to another secret key: {MEND}")
