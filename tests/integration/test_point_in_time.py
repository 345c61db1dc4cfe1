"""Going back to a point in time, with the very settings of the operations page, on a server of its own."""

import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from consent_service.erasure.restores import PutBackError
from consent_service.jobs.replay import replay
from consent_service.jobs.runner import find_job, run_now
from consent_service.opening import check_start
from consent_service.schema import migrate
from consent_service.services import services
from tests.databases import PostgreSQL, app_on
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, MovableClock, client_of
from tests.own_postgresql import NOBODY, OwnPostgreSQL
from tests.quick import quick_place
from tests.roads import COURT, erase, staff

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
pytestmark = pytest.mark.postgresql


class Server(OwnPostgreSQL):
    """A PostgreSQL that archives its log, as the page says."""

    def __init__(self, folder: Path) -> None:
        self.archive = folder / "archive"
        self.archive.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.archive, NOBODY)
        first, self.recovery = re.findall(
            r"```ini\n(.*?)```", PAGE.read_text().partition("## To a point in time")[2], re.DOTALL
        )
        super().__init__(folder, f"{first}\nfsync = off\n")

    def configure(self, settings: str) -> None:
        """Add settings of the page, with the folder that is the archive here."""
        super().configure(settings.replace("/archive", str(self.archive)))

    def archive_all(self) -> None:
        """Let what was written so far go to the archive; another process of the server takes it there."""
        last = self.ask("SELECT pg_walfile_name(pg_switch_wal())")
        waiting = threading.Event()
        for _ in range(600):
            if self.ask(f"SELECT last_archived_wal >= '{last}' FROM pg_stat_archiver") == "True":
                return
            waiting.wait(0.1)
        raise AssertionError(last)

    def go_back(self, base: Path, to: str) -> None:
        """Go back to an instant, step by step as the page says."""
        self.stop()
        shutil.rmtree(self.data)
        shutil.copytree(base, self.data)
        self.data.chmod(0o700)
        self.configure(re.sub(r"(recovery_target_time = ).*", rf"\g<1>'{to}'", self.recovery))
        (self.data / "recovery.signal").touch()
        if os.geteuid() == 0:
            for path in (self.data, *self.data.rglob("*")):
                shutil.chown(path, NOBODY)
        self.start()


@pytest.fixture
def server(postgresql: PostgreSQL) -> Iterator[Server]:
    """A server of its own; ``postgresql`` skips where there is none."""
    del postgresql
    # Not below pytest's own folder, which another run of pytest closes to everybody else.
    folder = Path(tempfile.mkdtemp(prefix="kelisim-in-time-", dir=quick_place()))
    made = Server(folder)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def test_what_was_committed_before_the_instant_is_there_and_erasures_since_are_done_again(
    server: Server, tmp_path: Path, clock: MovableClock
) -> None:
    base = server.archive / "base"
    with app_on(server.url, tmp_path, clock) as app:
        migrate(app)
        seed_policies(app)
        uof = client_of(app, "uof")
        server.run(
            "pg_basebackup", f"--pgdata={base}", "--checkpoint=fast", "--wal-method=none",
            f"--port={server.port}", "--host=127.0.0.1", "--username=kelisim",
        )  # fmt: skip
        for ref in ("person-1", "person-2"):
            assert uof.post("/consents", consent(subject={"ref": ref})).status_code == 201
        who = staff(app)
        with app.app_context():
            run_now(services(), find_job("erasures.log"))
        instant = server.ask("SELECT clock_timestamp()")
        assert uof.post("/consents", consent(subject={"ref": "person-3"})).status_code == 201
        body = {"subject": "person-1", "ground": "18(3)", "reference": COURT, "ordered_by": who}
        assert uof.post("/erasure-orders", body).status_code == 201
        assert erase(app) == 0
        server.archive_all()

    server.go_back(base, instant)

    assert server.ask("SELECT pg_is_in_recovery()") == "False"
    assert server.ask("SELECT count(*) FROM subjects") == "2"
    with app_on(server.url, tmp_path, clock) as app:
        with pytest.raises(PutBackError, match="run erasure replay"):
            check_start(app)
        with app.app_context():
            outcome = replay(services(), ACTOR, lambda _said: None)
        assert (outcome.erasures, len(outcome.back), outcome.not_done) == (1, 1, [])
        check_start(app)
    assert server.ask("SELECT count(*) FROM subjects") == "1"
