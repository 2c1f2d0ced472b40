"""Letters of the installation to its people, on their way."""

from okno.access import password_letters, system_mail
from okno.spine.contract import job
from okno.spine.queue import Run, hold


@job(system_mail.JOB, tries=8)
def send_system_mail(run: Run, sealed: str, **_: object) -> None:
    """Send one letter."""
    system_mail.send_sealed(run)


@job(password_letters.RECOVER, tries=4)
def recover(run: Run, sealed: str) -> None:
    """Answer someone who forgot their password."""
    password_letters.recover(run, sealed)


def hold_letters() -> int:
    """After a restore: letters that may have left since the backup wait for a person."""
    jobs = [system_mail.JOB, password_letters.RECOVER]
    return hold(jobs, "held since the restore: it may have been sent since the backup")
