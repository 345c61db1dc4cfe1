"""What is to be done after a commit is done once, not at all after a rollback, and is not kept."""

import pytest
from flask import Flask

from consent_service.kernel.afterwards import after_commit
from consent_service.services import services
from tests.integration.conftest import ACTOR


def undo(done: list[str]) -> None:
    with services().write(ACTOR) as uow:
        after_commit(uow.session, lambda: done.append("undone"))
        raise ZeroDivisionError


def test_it_is_done_once_after_the_commit_and_never_for_a_transaction_that_was_undone(app: Flask) -> None:
    done: list[str] = []
    with app.app_context():
        with services().write(ACTOR) as uow:
            after_commit(uow.session, lambda: done.append("first"))
            assert done == []
        assert done == ["first"]
        with pytest.raises(ZeroDivisionError):
            undo(done)
        with services().read(ACTOR) as uow:
            after_commit(uow.session, lambda: done.append("read"))
        with services().write(ACTOR) as uow:
            after_commit(uow.session, lambda: done.append("second"))

    assert done == ["first", "second"]
