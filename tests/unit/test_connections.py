"""A process has a connection for each of its threads, whatever WEB_THREADS says."""

import pytest

from consent_service.database import engine_options, single_read_options

URL = "postgresql+psycopg://kelisim@localhost/kelisim"


@pytest.mark.parametrize("threads", [1, 8, 20, 21, 128])
@pytest.mark.parametrize("options_of", [engine_options, single_read_options])
def test_as_many_threads_as_answer_at_once_find_a_connection_each(options_of: type, threads: int) -> None:
    options = options_of(URL, threads=threads)

    assert options["pool_size"] + options["max_overflow"] >= threads
