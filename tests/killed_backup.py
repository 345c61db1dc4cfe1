"""Backups and restores that die at a given touch of the disk, forked from one process that has everything loaded.

Reads ``WHAT NUMBER`` a line on standard input; answers ``killed``, or ``done`` where the work ended before.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from consent_service.backups.service import make_backup, open_backup, put_back
from consent_service.backups.sqlite_file import SqliteFile
from consent_service.kernel.key_file import KeyFile
from consent_service.kernel.key_providers.plain import PlainFile

TOUCHES = {
    "open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "shutil.copyfileobj",
    "sqlite3.connect", "sqlite3.connect/handle",
}  # fmt: skip
AT = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)


def main() -> None:
    """Fork one after another until standard input ends."""
    home = Path(os.environ["HOME_OF_IT"])
    for line in sys.stdin:
        what, number = line.split()
        child = os.fork()
        if child == 0:
            _work(home, what, int(number))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else f"done {os.waitstatus_to_exitcode(status)}", flush=True)


def _work(home: Path, what: str, moment: int) -> None:
    moments = count(1)

    def hook(name: str, _arguments: object) -> None:
        if name in TOUCHES and next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    database, keys = SqliteFile(home / "kelisim.db"), KeyFile(home / "keys.json", PlainFile())
    if what == "backup":
        make_backup(database, home / "ledger", keys, home / "made", schema="1", now=AT)
    else:
        put_back(open_backup(home / "kept", keys), database, home / "ledger", replace=True)


if __name__ == "__main__":
    main()
