"""The end of an operator that does not go through at once: workers killed, a row that stays, commands."""

import json
from pathlib import Path

from sqlalchemy import text

from consent_service.database import db
from consent_service.operators.queries import operator_number
from consent_service.services import services
from consent_service.termination.states import EndingState
from tests.canaries import plant_in
from tests.command_line import run as run_command
from tests.conftest import FULL
from tests.factories import SIXTH, consent
from tests.integration.conftest import ACTOR, client_of
from tests.killed_order import workers
from tests.office import OWNER, PASSWORD, Office
from tests.operator_end import PATH, db_name, entered, last, order, run, settle, verified

KILLED_AT = range(3, 200, 1 if FULL else 23)  # statements and commits of a worker
# A row that the database keeps, whoever deletes it.
KEEP_ROWS = {
    "sqlite": ["CREATE TRIGGER kept BEFORE DELETE ON saved_views BEGIN SELECT RAISE(IGNORE); END"],
    "postgresql": [
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER kept BEFORE DELETE ON saved_views FOR EACH ROW EXECUTE FUNCTION keep()",
    ],
}


def test_killed_at_any_moment_the_next_worker_goes_on_and_counts_nothing_twice(ending: Office) -> None:
    app, owner = ending.app, ending.staff(OWNER)[OWNER]
    for number in range(4):
        client_of(app, "uof").post("/consents", consent(subject={"ref": f"person-{number}"}))
    order(ending, owner)

    for _ in ("all that can go at once", "the last count and the act"):
        with workers(app, ending.clock, "ending") as work_until:
            ended = [work_until(moment) for moment in KILLED_AT]
            assert ended[0] == "killed"
            assert work_until(100_000) == "done"
        settle(ending)

    done = last(ending)
    assert (done.state, done.people, done.erased["subjects"]) == (EndingState.DONE, 4, 4)
    assert done.erased["credentials"] == 4
    assert (
        len(
            ending.rows("SELECT order_id FROM erasure_certificates WHERE order_id IN (SELECT id FROM operator_endings)")
        )
        == 1
    )
    assert ending.rows("SELECT id FROM subjects") == []
    assert verified(ending) == []


def test_a_row_that_is_left_is_a_failure_that_is_shown_and_tried_again(ending: Office) -> None:
    app, owner = ending.app, ending.staff(OWNER)[OWNER]
    with app.app_context(), services().read(ACTOR) as unbound:
        plant_in(app, {"saved_views"}, operator_number(unbound.session, "uof"), owner)
    keep = KEEP_ROWS[db_name(app)]
    with app.app_context(), db.engine.begin() as connection:
        for statement in keep:
            connection.execute(text(statement))
    order(ending, owner)
    assert run(ending) == (0, 0)
    settle(ending)

    assert run(ending) == (0, 1)

    shown = last(ending)
    assert (shown.state, shown.last_error) == (EndingState.RUNNING, "saved_views: 1")
    assert "saved_views: 1" in entered(app, OWNER).get(PATH).get_data(as_text=True)
    assert ending.rows("SELECT order_id FROM erasure_certificates") == []
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER kept{' ON saved_views' if len(keep) > 1 else ''}"))
    assert run(ending) == (1, 0)
    assert last(ending).last_error is None


def test_commands_order_it_in_the_name_of_who_signs_in_show_it_and_cancel_it(tmp_path: Path) -> None:
    def command(*words: str, expect: int = 0) -> str:
        done = run_command("operators", *words, data_dir=tmp_path / "data", expect=expect)
        return done.stdout if expect == 0 else done.stderr

    signed = ("--by", OWNER, "--password", PASSWORD)
    asked = ("end", "order", "acme", "--because", "contract_end", *signed)
    command("add", str(SIXTH / "acme"))
    run_command("users", "add", "acme", OWNER, "--role", "owner", "--password", PASSWORD, data_dir=tmp_path / "data")

    assert "no_export" in command(*asked, "--confirm", "acme", expect=1)
    told = command(*asked, "--confirm", "acme", "--without-export", "only_tried_out", "--json")

    ending_id = json.loads(told)["ending"]
    assert f"{ending_id}: approved" in command("end", "show", "acme")
    assert "no act of destruction yet" in command("end", "act", "acme", str(tmp_path / "act"), expect=1)
    command("end", "cancel", "acme", ending_id, *signed)
    assert f"{ending_id}: cancelled" in command("end", "show", "acme")
