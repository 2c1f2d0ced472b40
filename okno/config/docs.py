"""Pages of the documentation that the code itself writes: `python tools/docs.py`."""

from pathlib import Path

from okno.config import env
from okno.spine.contract import events


def settings_page() -> str:
    """docs/operate/settings.md."""
    rows = [
        f"| `{s.name}`{' or `' + s.name + '_FILE`' if s.secret else ''} |"
        f" {'`' + s.default + '`' if s.default else ''} | {s.help} |"
        for s in env.SETTINGS
    ]
    return (
        "# Settings\n\nEnvironment names, all optional. A secret may also be given as the path of a"
        " file. An unknown\n`OKNO_` name stops the start and names the nearest known one. All else"
        " is set in the console.\n\n| name | default | what for |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def events_page() -> str:
    """docs/extend/events.md."""
    rows = []
    for kind in sorted(events, key=lambda k: k.name):
        fields = ", ".join(f"`{name}`" for name in kind.data.__annotations__)
        rows.append(f"| `{kind.name}` | {kind.sentence} | {fields} |")
    return (
        "# All events\n\n| event | in the timeline | fields |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def write(root: Path) -> None:
    """Write both pages below `root`."""
    (root / "docs/operate/settings.md").write_text(settings_page())
    (root / "docs/extend/events.md").write_text(events_page())
