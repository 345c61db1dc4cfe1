"""Files are there whole or not at all: what cannot be written to its end leaves nothing behind, and what was stays."""

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consent_service.kernel.files import replace_file, replace_private, write_private, write_private_parts

ROOM = 1 << 20  # bytes
TOO_MUCH = b"x" * (2 * ROOM)


@pytest.fixture
def room() -> Iterator[None]:
    """Let no file grow beyond its room, as a full disk does."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@pytest.mark.parametrize(
    "write",
    [
        lambda place: write_private(place, TOO_MUCH.decode()),
        lambda place: write_private_parts(place, [TOO_MUCH]),
    ],
)
@pytest.mark.usefixtures("room")
def test_a_new_file_that_does_not_fit_is_not_there(tmp_path: Path, write: Callable[[Path], None]) -> None:
    with pytest.raises(OSError, match="File too large"):
        write(tmp_path / "new")

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "replace",
    [
        lambda place: replace_private(place, TOO_MUCH.decode()),
        lambda place: replace_file(place, TOO_MUCH),
    ],
)
@pytest.mark.usefixtures("room")
def test_what_does_not_fit_leaves_the_file_that_was_there_and_no_other(
    tmp_path: Path, replace: Callable[[Path], None]
) -> None:
    place = tmp_path / "known"
    place.write_text("as it was")

    for _ in range(2):
        with pytest.raises(OSError, match="File too large"):
            replace(place)

    assert [one.name for one in tmp_path.iterdir()] == ["known"]
    assert place.read_text() == "as it was"
