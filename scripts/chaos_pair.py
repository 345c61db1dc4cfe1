"""The same clients on a pair of databases whose primary dies, one after the other, where its programs are installed."""

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

from consent_service.cli.output import progress
from deploy.ha.start import Missing, Pair
from scripts.chaos_load import Acknowledged, Clients, Seen
from scripts.chaos_losses import losses
from scripts.chaos_town import Town

NAME = "fail-over of a pair of databases"
GOES_ON_WITHIN, PAUSE_SECONDS = 120, 0.2


def fail_over(times: int, count: int) -> tuple[Seen, Acknowledged, dict[str, list[str]]] | str:
    """Kill the primary some times; return what clients met and what was lost, or why it was left out."""
    folder = Path(tempfile.mkdtemp(prefix="kelisim-pair-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # the pair runs as a user of its own
    try:
        pair = Pair(folder / "pair")
        try:
            pair.start()
            return _struck(pair, folder / "instance", times, count)
        finally:
            pair.end()
    except Missing as error:
        return str(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _struck(pair: Pair, folder: Path, times: int, count: int) -> tuple[Seen, Acknowledged, dict[str, list[str]]]:
    town = Town(folder, pair.url)
    try:
        town.wait_until_ready()
        clients = Clients([node.address for node in town.web], town.secret, count)
        clients.start()
        try:
            with clients.looking() as seen:
                for number in range(times):
                    clients.wait_for_more(GOES_ON_WITHIN)
                    _kill_primary(pair)
                    progress(f"{number + 1} of {times} fail-overs, {len(clients.acknowledged.consents)} consents")
                clients.wait_for_more(GOES_ON_WITHIN)
        finally:
            clients.stop()
        return seen, clients.acknowledged, losses(town, clients.acknowledged)
    finally:
        town.end()


def _kill_primary(pair: Pair) -> None:
    """Kill the primary with -9 and whoever watches it; wait for the other to take over, and for the dead one's return.

    Raises:
        TimeoutError: It does not.
    """
    pair.wait("pair in step", pair.is_in_step)
    first = pair.primary()
    while first is None:
        time.sleep(PAUSE_SECONDS)
        first = pair.primary()
    first.patroni.end(signal.SIGKILL)
    first.kill_server()
    pair.wait("new primary", lambda: pair.primary() not in {None, first})
    first.patroni.start()
    pair.wait("replica that is waited for", pair.is_in_step)
