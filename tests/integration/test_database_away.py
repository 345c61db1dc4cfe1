"""What people see while the database is away, on a real server that is stopped and comes back."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from consent_service.api.problems import RETRY_AFTER_SECONDS
from consent_service.database import db
from consent_service.schema import migrate
from tests.accounts import TOKEN, Browser, add
from tests.databases import app_on
from tests.factories import consent, seed_policies
from tests.integration.conftest import MovableClock, client_of
from tests.own_page import OwnPage
from tests.own_postgresql import OwnPostgreSQL
from tests.quick import quick_place
from tests.visitors import Visitor, words_of

pytestmark = pytest.mark.postgresql
AWAY = {
    "en": "The service cannot answer right now",
    "ru": "Сервис сейчас не может ответить",
    "kk": "Сервис дәл қазір жауап бере алмайды",
}
NOT_KEPT = {"en": "may not have been kept", "ru": "могло не сохраниться", "kk": "сақталмаған болуы мүмкін"}
TYPED = "Канарейкина просит"


@dataclass
class House:
    server: OwnPostgreSQL
    app: Flask
    clock: MovableClock


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, clock = Path(tempfile.mkdtemp(prefix="kelisim-away-", dir=quick_place())), MovableClock()
    server = OwnPostgreSQL(folder, "fsync = off\n")
    server.start()
    try:
        with app_on(server.url, tmp_path_factory.mktemp("away"), clock) as app:
            migrate(app)
            seed_policies(app)
            yield House(server, app, clock)
    finally:
        server.stop()
        shutil.rmtree(folder)


def test_every_page_says_that_the_service_is_away_and_answers_again_afterwards(house: House) -> None:
    app = house.app
    add(app)
    staff = Browser(app, house.clock)
    staff.sign_in()
    api = client_of(app, "uof")
    assert api.post("/consents", consent()).status_code == 201
    own, visitor = OwnPage.of(app, api), Visitor(app).begin("access")
    token = TOKEN.search(staff.get("/account/").text)
    assert token
    pages = {
        "/dashboard/uof/": staff.client,
        "/dashboard/uof/consents": staff.client,
        "/dashboard/uof/nothing-of-this-name": staff.client,
        "/account/": staff.client,
        own.home: own.browser,
        f"{visitor.place}/words": visitor.browser,
        "/r/uof": visitor.browser,
        "/p/uof": visitor.browser,
        "/p/uof/personal-data-agreement/2026-01-01?lang=kk": visitor.browser,
    }
    sent = {
        f"{visitor.place}/words": visitor.browser,
        f"{own.home}/close": own.browser,
        "/account/sessions": staff.client,
    }
    before = {path: client.get(path).status_code for path, client in pages.items()}
    assert before == dict.fromkeys(pages, 200) | {"/dashboard/uof/nothing-of-this-name": 404}

    house.server.stop()
    try:
        for language in AWAY:
            for path, client in pages.items():
                said = said_to_be_away(client, "GET", path, language)
                assert NOT_KEPT[language] not in said, path
            for path, client in sent.items():
                said = said_to_be_away(client, "POST", path, language, text=TYPED, csrf_token=token[1])
                assert NOT_KEPT[language] in said, path
                assert TYPED not in said, path
    finally:
        house.server.start()

    assert {path: client.get(path).status_code for path, client in pages.items()} == before


def said_to_be_away(client: FlaskClient, method: str, path: str, language: str, **form: str) -> str:
    client.set_cookie("kelisim-language", language)
    answer = client.open(path, method=method, data=form)
    said = words_of(answer)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, RETRY_AFTER_SECONDS), path
    assert AWAY[language] in said, path
    assert f'<html lang="{language}">' in answer.text, path
    assert answer.headers["Cache-Control"] == "no-store", path
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
    return said


def test_a_pool_that_gives_no_connection_is_the_same_503_for_pages_and_programs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = client_of(house.app, "uof")
    with house.app.app_context():
        engine = db.engine
    monkeypatch.setattr(engine.pool, "_timeout", 0.01)
    with ExitStack() as held:
        with pytest.raises(PoolTimeoutError):
            take_all(engine, held)
        page = house.app.test_client().get("/p/uof", headers={"Accept-Language": "en"})
        problem = api.get("/operator")

    assert page.status_code == problem.status_code == 503
    assert page.headers["Retry-After"] == problem.headers["Retry-After"] == RETRY_AFTER_SECONDS
    assert AWAY["en"] in words_of(page)
    assert problem.json["code"] == "unavailable"
    assert house.app.test_client().get("/p/uof").status_code == 200


def take_all(engine: Engine, held: ExitStack) -> None:
    while True:
        held.enter_context(engine.connect())
