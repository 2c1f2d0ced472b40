import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from okno.kit import failpoint
from okno.kit.files import Store


def test_what_is_put_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path / "files")
    names = [store.put(data) for data in (b"", b"one", b"one")]
    assert len(set(names)) == 3
    assert [store.read(name) for name in names] == [b"", b"one", b"one"]
    with store.open(names[1]) as file:
        assert file.read(2) == b"on"
    assert sorted(store.names()) == sorted(names)
    assert store.verify(names[1], hashlib.sha256(b"one").hexdigest().upper())
    assert not store.verify(names[1], hashlib.sha256(b"two").hexdigest())
    store.delete(names[1])
    store.delete(names[1])
    assert not store.exists(names[1])
    assert not store.verify(names[1], hashlib.sha256(b"one").hexdigest())
    with pytest.raises(FileNotFoundError):
        store.read(names[1])
    assert list(tmp_path.glob("files/unfinished/*")) == []


def test_files_are_closed_to_other_users(tmp_path: Path) -> None:
    store = Store(tmp_path / "files")
    name = store.put(b"x")
    path = tmp_path / "files" / name[:2] / name[2:4] / name
    for each in (path, path.parent, path.parent.parent, tmp_path / "files"):
        assert each.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name", ["", "..", "../" * 5 + "etc/passwd", "/etc/passwd", "a" * 31, "A" * 32, "a" * 32 + "\n",
             "a" * 32 + "/..", "unfinished", "ab/cd/" + "a" * 32, "\0" * 32, "g" * 32, "а" * 32],
)  # fmt: skip
def test_B05_foreign_names_are_refused(name: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    for verb in (store.open, store.read, store.exists, store.delete):
        with pytest.raises(ValueError, match="not a storage name"):
            verb(name)


def test_stray_files_are_no_names(tmp_path: Path) -> None:
    store = Store(tmp_path)
    name = store.put(b"x")
    (tmp_path / name[:2] / name[2:4] / "note.txt").write_bytes(b"")
    (tmp_path / name[:2] / name[2:4] / ("f" * 32)).write_bytes(b"")
    assert list(store.names()) == [name]


@pytest.mark.parametrize(
    ("point", "whole"), [("file.after_temp_write", 0), ("file.after_rename_before_commit", 1)]
)
def test_a_killed_write_leaves_all_or_nothing(point: str, whole: int, tmp_path: Path) -> None:
    code = "import sys,pathlib; from okno.kit.files import Store; "
    code += "Store(pathlib.Path(sys.argv[1])).put(b'x' * 1000)"
    environment = {"OKNO_FAILPOINTS": f"{point}=kill", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment)
    assert done.returncode == -9
    store = Store(tmp_path)
    assert [store.read(name) for name in store.names()] == [b"x" * 1000] * whole
    assert store.read(store.put(b"after")) == b"after"


def test_a_failed_write_gives_no_name(tmp_path: Path) -> None:
    failpoint.arm("file.after_temp_write=raise")
    try:
        with pytest.raises(failpoint.Failure):
            Store(tmp_path).put(b"x")
    finally:
        failpoint.arm("")
    assert list(Store(tmp_path).names()) == []
