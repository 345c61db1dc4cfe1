"""Backups that are broken, of elsewhere, or not finished: refused in one line, with nothing changed."""

import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_service.backups.faults import BackupError
from consent_service.backups.manifest import DATABASE, LEDGER, MANIFEST
from consent_service.backups.sealing import CHUNK
from consent_service.backups.service import make_backup, open_backup, put_back
from consent_service.backups.sqlite_file import SqliteFile
from consent_service.erasure.log import ErasureLogError
from consent_service.erasure.restored import check_finished, restore_of
from consent_service.kernel.key_file import KeyFile
from consent_service.kernel.key_providers.plain import PlainFile
from tests.dying import dying
from tests.killed_backup import AT


class Home:
    """A small installation, a backup of it, and what has changed since."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.backup, self.ledger = folder, folder / "kept", folder / "ledger"
        (self.ledger / "1").mkdir(parents=True)
        (self.ledger / "1" / "checkpoint").write_text("head of then")
        self.database = SqliteFile(folder / "kelisim.db")
        with closing(sqlite3.connect(self.database.place)) as connection:
            connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE people (name TEXT, body BLOB);")
        self.enter("then", secrets.token_bytes(2 * CHUNK + 100_000))  # several chunks
        self.keys = KeyFile(folder / "keys.json", PlainFile())
        make_backup(self.database, self.ledger, self.keys, self.backup, schema="1", now=AT)
        self.enter("since", b"")

    def enter(self, name: str, body: bytes) -> None:
        with closing(sqlite3.connect(self.database.place)) as connection, connection:
            connection.execute("INSERT INTO people VALUES (?, ?)", [name, body])

    def names(self) -> list[str]:
        with closing(sqlite3.connect(self.database.place)) as connection:
            return [name for (name,) in connection.execute("SELECT name FROM people ORDER BY rowid")]

    def restore(self, keys: KeyFile | None = None) -> bool:
        return put_back(open_backup(self.backup, keys or self.keys), self.database, self.ledger, replace=True)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A backup that no test changes."""
    return Home(tmp_path_factory.mktemp("whole"))


def _edit(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    said = orjson.loads((folder / MANIFEST).read_bytes())
    change(said)
    (folder / MANIFEST).write_bytes(orjson.dumps(said))


def _cut(name: str, by: int) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes()[:-by])

    return cut


def _longer(folder: Path) -> None:
    (folder / LEDGER).write_bytes((folder / LEDGER).read_bytes() + b"x")


def _swap(folder: Path) -> None:
    (folder / DATABASE).rename(folder / "x")
    (folder / LEDGER).rename(folder / DATABASE)
    (folder / "x").rename(folder / LEDGER)


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut at the end": (_cut(DATABASE, 1), "is damaged, cut off"),
    "cut by a chunk": (_cut(DATABASE, 100_000 + 33 + 4096), "is damaged, cut off"),
    "longer": (_longer, "is damaged, cut off"),
    "files swapped": (_swap, "is damaged, cut off"),
    "a file gone": (lambda folder: (folder / LEDGER).unlink(), f"has no {LEDGER}"),
    "manifest gone": (lambda folder: (folder / MANIFEST).unlink(), "is no backup"),
    "manifest cut": (_cut(MANIFEST, 10), "manifest.json of the backup is damaged"),
    "another day": (lambda folder: _edit(folder, lambda said: said.update(made_at="2030-01-01")), "was altered"),
    "another schema": (lambda folder: _edit(folder, lambda said: said.update(schema="0001")), "was altered"),
    "another form": (lambda folder: _edit(folder, lambda said: said.update(format="kelisim-backup/9")), "has the form"),
    "another installation": (
        lambda folder: _edit(folder, lambda said: said.update(installation="0")), "of another installation"
    ),
    "another epoch": (lambda folder: _edit(folder, lambda said: said.update(epoch=7)), "in the epoch 7, whose key"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_refused_before_anything_is_put_back(home: Home, damage: str) -> None:
    harm, words = DAMAGE[damage]
    harm(home.backup)

    with pytest.raises(BackupError, match=words):
        home.restore()

    assert home.names() == ["then", "since"]
    assert restore_of(home.ledger) is None


def test_chunks_that_are_moved_are_found_even_where_the_manifest_was_made_to_fit(home: Home) -> None:
    """Whoever can write to the backups, and has no key, cannot make one that opens."""
    sealed = (home.backup / DATABASE).read_bytes()
    length = 4 + int.from_bytes(sealed[:4])
    (home.backup / DATABASE).write_bytes(sealed[length : 2 * length] + sealed[:length] + sealed[2 * length :])

    with pytest.raises(BackupError, match="damaged"):
        home.restore()


@given(data=st.data())
def test_a_bit_that_is_turned_anywhere_is_found(whole: Home, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([DATABASE, LEDGER, MANIFEST]))
    place = whole.backup / name
    at = data.draw(st.integers(0, place.stat().st_size - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    turned = bytearray(place.read_bytes())
    turned[at] ^= bit
    elsewhere = whole.folder / "turned"
    shutil.rmtree(elsewhere, ignore_errors=True)
    shutil.copytree(whole.backup, elsewhere)
    (elsewhere / name).write_bytes(turned)

    try:
        same = open_backup(elsewhere, whole.keys).manifest == open_backup(whole.backup, whole.keys).manifest
    except BackupError:
        return
    assert name == MANIFEST  # a space between two words of it says nothing
    assert same


def test_the_key_file_of_another_installation_opens_nothing(home: Home, tmp_path: Path) -> None:
    other = KeyFile(tmp_path / "other.json", PlainFile())

    with pytest.raises(BackupError, match="of another installation"):
        home.restore(other)
    # With the name of this one, and other keys:
    said = orjson.loads((tmp_path / "other.json").read_bytes())
    said["installation"] = home.keys.installation
    (tmp_path / "named.json").write_bytes(orjson.dumps(said))
    (tmp_path / "named.json").chmod(0o600)
    with pytest.raises(BackupError, match="sealed with another key"):
        home.restore(KeyFile(tmp_path / "named.json", PlainFile()))

    assert home.names() == ["then", "since"]


def test_a_backup_never_takes_the_place_of_another(home: Home) -> None:
    before = {path.name: path.read_bytes() for path in home.backup.iterdir()}

    with pytest.raises(BackupError, match="is there already"):
        make_backup(home.database, home.ledger, home.keys, home.backup, schema="1", now=AT)

    assert {path.name: path.read_bytes() for path in home.backup.iterdir()} == before


def test_a_key_file_in_the_folder_that_is_backed_up_is_refused(home: Home, tmp_path: Path) -> None:
    inside = KeyFile(home.ledger / "keys.json", PlainFile())

    with pytest.raises(BackupError, match="The key file lies in LEDGER_DIR"):
        make_backup(home.database, home.ledger, inside, tmp_path / "new", schema="1", now=AT)
    assert not (tmp_path / "new").exists()


def test_a_damaged_database_is_not_backed_up(home: Home, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home.database.place)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    with home.database.place.open("rb+") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)

    with pytest.raises((BackupError, sqlite3.DatabaseError)):
        make_backup(home.database, home.ledger, home.keys, tmp_path / "new", schema="1", now=AT)
    assert [path.name for path in tmp_path.iterdir() if "new" in path.name] == []


@pytest.fixture
def killed(home: Home) -> Iterator[Callable[[str, int], str]]:
    with dying("tests.killed_backup", HOME_OF_IT=str(home.folder)) as work_until:
        yield lambda what, moment: work_until(f"{what} {moment}")


def test_a_backup_that_is_killed_anywhere_is_never_called_one(
    home: Home, killed: Callable[[str, int], str], tmp_path: Path
) -> None:
    moment, made = 0, tmp_path / "made"
    while True:
        moment += 1
        ended = killed("backup", moment)
        if made.exists():
            open_backup(made, home.keys)
        if ended != "killed":
            break
        shutil.rmtree(made, ignore_errors=True)

    assert ended == "done 0"
    assert moment > 15
    assert made.exists()
    assert home.names() == ["then", "since"]


def test_a_restore_that_is_killed_anywhere_left_the_old_or_starts_nothing_and_can_be_run_again(
    home: Home, killed: Callable[[str, int], str], tmp_path: Path
) -> None:
    moment, before = 0, home.database.place.read_bytes()
    shutil.rmtree(home.ledger)  # so that the folder is put back too
    while True:
        moment += 1
        home.database.place.write_bytes(before)
        shutil.rmtree(home.ledger, ignore_errors=True)
        ended = killed("restore", moment)
        names, note = home.names(), restore_of(home.ledger)
        assert names in (["then"], ["then", "since"])
        if names == ["then"]:
            assert note is not None  # nothing starts
        if ended != "killed":
            break
        if note and not note.finished:
            with pytest.raises(ErasureLogError, match="broken off"):
                check_finished(home.ledger)
            assert home.restore()
            assert (home.names(), (home.ledger / "1" / "checkpoint").read_text()) == (["then"], "head of then")
            check_finished(home.ledger)

    assert ended == "done 0"
    assert moment > 20


def test_the_database_that_is_put_back_does_not_meet_a_journal_of_the_one_before(home: Home) -> None:
    """A process that was killed leaves a journal with its last commits; the file that comes has none of them."""
    script = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1])\n"
        "connection.execute(\"INSERT INTO people VALUES ('late', x'')\")\n"
        "connection.commit()\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(home.database.place)], check=False)
    assert home.database.place.with_name("kelisim.db-wal").stat().st_size

    home.restore()

    assert home.names() == ["then"]
