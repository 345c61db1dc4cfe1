"""Two witness processes on one folder are killed at any moment, while a log that has forked asks both."""

import http.client
import json
import queue
import signal
import subprocess
import sys
import threading
import urllib.request
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent_service.ledger.cosignatures import find_cosignature, read_witness_key
from tests.conftest import FULL
from tests.integration.test_witness import PROGRAM, post
from tests.witnesses import PlainLog, new_witness

KILLS = 200 if FULL else 30
KEY = Ed25519PrivateKey.generate()
BRANCHES = (PlainLog(KEY), PlainLog(KEY, branch=1))


class Served:
    """A process that serves the witness of a folder."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", PROGRAM, "serve", folder, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout
        self.key = self.process.stdout.readline().strip()
        self.url = self.process.stdout.readline().split()[-1]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def size(self) -> int:
        found: int = json.loads(urllib.request.urlopen(f"{self.url}/checkpoints").read())[0]["size"]
        return found


def test_after_many_kills_no_two_roots_of_one_size_and_no_rollback_were_cosigned(tmp_path: Path) -> None:
    folder = new_witness(tmp_path / "witness", BRANCHES[0].verifier_key).folder
    served = [Served(folder), Served(folder)]
    cosigned: queue.SimpleQueue[tuple[int, int, int, str]] = queue.SimpleQueue()
    is_over = threading.Event()

    def ask(seed: int) -> None:
        chance, known = Random(seed), 0  # noqa: S311 - repeatable on purpose
        while not is_over.is_set():
            branch, size = chance.randrange(2), known + chance.randrange(1, 3)
            try:
                url, body = chance.choice(served).url, BRANCHES[branch].request(known, size)
                status, _, said = post(url, body)
            except (OSError, http.client.HTTPException):
                continue  # the one that was asked is dead
            if status == 200:
                cosigned.put((known, size, branch, said))
            known = size if status == 200 else int(said) if status == 409 else known

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    chance, acknowledged = Random(7), []  # noqa: S311 - as above
    try:
        for kill in range(KILLS):
            acknowledged += [cosigned.get(timeout=60) for _ in range(chance.randint(1, 12))]
            at = kill % 2
            served[at].kill()
            largest = max(size for _, size, _, _ in acknowledged)
            served[at] = Served(folder)
            assert served[at].size() >= largest
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
        for one in served:
            one.kill()
    while not cosigned.empty():
        acknowledged.append(cosigned.get())

    key = read_witness_key(served[0].key)
    roots: dict[int, set[bytes]] = {}
    sizes: dict[datetime, list[int]] = {}
    for _, size, branch, line in acknowledged:
        head = BRANCHES[branch].head(size)
        roots.setdefault(size, set()).add(head.root)
        sizes.setdefault(find_cosignature(line, key, head.text()).at, []).append(size)
    seconds = [sizes[at] for at in sorted(sizes)]
    assert len(acknowledged) > KILLS
    assert len({old for old, _, _, _ in acknowledged}) == len(acknowledged)  # nothing was gone on from twice
    assert [size for size, found in roots.items() if len(found) > 1] == []
    assert len({branch for _, size, branch, _ in acknowledged if size > 3}) == 1
    assert all(max(before) <= min(after) for before, after in pairwise(seconds))
