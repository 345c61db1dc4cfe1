"""A key server and a PKCS#11 token keep the keys: whoever has database and key file opens nothing without them."""

import base64
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask

from consent_service.config import Settings
from consent_service.jobs.key_epochs import begin, retire_old, wrap_all
from consent_service.jobs.signing_keys import turn_signing_key
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.files import replace_private
from consent_service.kernel.key_file import KeyFile
from consent_service.kernel.key_providers import KeyProvider
from consent_service.key_keeping import make_provider
from consent_service.services import services
from tests.command_line import run
from tests.databases import KEYS, app_on
from tests.integration.conftest import MovableClock
from tests.integration.test_key_epochs import ACTOR, enter_people, everybody_is_found
from tests.key_servers import openbao, softhsm

Keeping = Mapping[str, str]


@pytest.fixture(scope="module", params=["transit", "pkcs11"])
def keeping(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeping]:
    """The settings of a real keeper of keys."""
    folder = tmp_path_factory.mktemp("keeper")
    if request.param == "transit":
        with openbao(folder) as found:
            yield found
    else:
        yield softhsm(folder)


@pytest.fixture
def provider(keeping: Keeping) -> KeyProvider:
    settings = Settings.from_env(keeping)
    return make_provider(settings, settings.key_provider)


@pytest.fixture
def moved(sqlite_template: Path, tmp_path: Path, clock: MovableClock, keeping: Keeping) -> tuple[str, Path]:
    """A database with people, whose keys the keeper keeps now; and a copy of the key file from before."""
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'live.db')}"
    with app_on(url, tmp_path, clock) as app, app.app_context():
        enter_people(app)
    before = Path(shutil.copy(tmp_path / KEYS, tmp_path / "before.json"))
    command(tmp_path, url, keeping, "move")
    return url, before


def command(folder: Path, url: str, keeping: Keeping, *words: str) -> str:
    return run("master-keys", *words, "--json", data_dir=folder, expect=0, DATABASE_URL=url, **keeping).stdout


def turn_all(app: Flask) -> None:
    with app.app_context():
        begin(services(), ACTOR)
        wrap_all(services(), ACTOR)
        assert retire_old(services(), ACTOR) == [1]
        turn_signing_key(services(), ACTOR)


def test_a_key_that_was_wrapped_opens_for_its_name_alone_and_not_once_it_is_destroyed(provider: KeyProvider) -> None:
    key = bytes(range(32))
    wrapped, other = provider.wrap("kelisim-test-one", key), provider.wrap("kelisim-test-two", key)

    assert provider.unwrap("kelisim-test-one", wrapped) == key
    assert base64.b64encode(key).decode() not in wrapped
    assert provider.wrap("kelisim-test-one", key) != wrapped
    with pytest.raises(KeyUnavailableError):
        provider.unwrap("kelisim-test-one", other)
    with pytest.raises(KeyUnavailableError):
        provider.unwrap("kelisim-test-three", wrapped)
    provider.destroy("kelisim-test-one")
    provider.destroy("kelisim-test-one")
    with pytest.raises(KeyUnavailableError):
        provider.unwrap("kelisim-test-one", wrapped)
    provider.wrap("kelisim-test-one", key)  # another key of that name
    with pytest.raises(KeyUnavailableError):
        provider.unwrap("kelisim-test-one", wrapped)
    assert provider.unwrap("kelisim-test-two", other) == key


def test_the_service_works_on_keys_that_a_keeper_keeps_and_the_file_holds_none_in_clear(
    moved: tuple[str, Path], tmp_path: Path, clock: MovableClock, keeping: Keeping
) -> None:
    url, _ = moved
    with app_on(url, tmp_path, clock, **keeping) as app:
        everybody_is_found(app)
        turn_all(app)
        everybody_is_found(app)
        with app.app_context():
            keys = services().keys.named_keys()

    text = (tmp_path / KEYS).read_text()
    assert set(keys) == {"epoch 2", "index", "signing 2"}
    assert set(json.loads(text)["keys"]) == set(keys)
    assert not any(base64.b64encode(key).decode() in text or key.hex() in text for key in keys.values())


def test_a_copy_of_database_and_key_file_from_before_a_turn_opens_for_nobody(
    moved: tuple[str, Path], tmp_path: Path, clock: MovableClock, keeping: Keeping
) -> None:
    url, _ = moved
    stolen = (tmp_path / KEYS).read_text()
    with app_on(url, tmp_path, clock, **keeping) as app:
        turn_all(app)
    (tmp_path / "thief").mkdir()
    replace_private(tmp_path / "thief" / KEYS, stolen)

    settings = Settings.from_env(keeping)
    with pytest.raises(KeyUnavailableError):
        KeyFile(tmp_path / "thief" / KEYS, make_provider(settings, settings.key_provider))


def test_a_keeper_that_the_settings_do_not_name_is_said_at_the_start(
    moved: tuple[str, Path], tmp_path: Path, clock: MovableClock, keeping: Keeping
) -> None:
    url, before = moved
    with pytest.raises(KeyUnavailableError, match="KEY_PROVIDER says 'file'"), app_on(url, tmp_path, clock):
        pass
    replace_private(tmp_path / KEYS, before.read_text())
    with pytest.raises(KeyUnavailableError, match="master-keys move"), app_on(url, tmp_path, clock, **keeping):
        pass


@pytest.mark.parametrize("what", ["TRANSIT_URL", "TRANSIT_TOKEN_FILE", "PKCS11_TOKEN", "PKCS11_PIN_FILE"])
def test_a_keeper_that_does_not_answer_or_refuses_is_said_at_the_start_without_its_secret(
    moved: tuple[str, Path], tmp_path: Path, clock: MovableClock, keeping: Keeping, what: str
) -> None:
    if what not in keeping:
        return
    wrong = tmp_path / "wrong"
    wrong.write_text("another-secret")
    values = {"TRANSIT_URL": "http://127.0.0.1:9", "PKCS11_TOKEN": "nobody"}
    changed = {**keeping, what: values.get(what, str(wrong))}

    with (
        pytest.raises(KeyUnavailableError, match=r"check|answer") as refused,
        app_on(moved[0], tmp_path, clock, **changed),
    ):
        pass
    assert "another-secret" not in refused.value.detail


def test_a_turn_whose_keeper_fails_goes_on_later_and_then_the_old_key_is_gone(
    moved: tuple[str, Path], tmp_path: Path, clock: MovableClock, keeping: Keeping
) -> None:
    url, _ = moved
    secret = Path(keeping.get("TRANSIT_TOKEN_FILE") or keeping["PKCS11_PIN_FILE"])
    stolen = (tmp_path / KEYS).read_text()
    with app_on(url, tmp_path, clock, **keeping) as app, app.app_context():
        begin(services(), ACTOR)
        wrap_all(services(), ACTOR)
        right = secret.read_text()
        secret.write_text("another-secret")
        try:
            with pytest.raises(KeyUnavailableError):
                retire_old(services(), ACTOR)
        finally:
            secret.write_text(right)
        everybody_is_found(app)

        retire_old(services(), ACTOR)

        assert services().key_file.is_finished()
        assert set(services().keys.key_encryption_keys) == {2}
    wrapped = json.loads(stolen)
    settings = Settings.from_env(keeping)
    with pytest.raises(KeyUnavailableError):
        make_provider(settings, settings.key_provider).unwrap(
            f"kelisim-{wrapped['installation']}-epoch-1", wrapped["keys"]["epoch 1"]
        )
