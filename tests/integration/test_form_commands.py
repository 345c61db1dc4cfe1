"""Sites and forms by commands: a form ends with what its page needs."""

import json
import shutil
from pathlib import Path

from tests.command_line import run


def test_a_form_is_entered_and_what_its_page_needs_is_printed(sqlite_template: Path, tmp_path: Path) -> None:
    for name in (sqlite_template.name, "keys.json"):
        shutil.copy(sqlite_template.parent / name, tmp_path / name.replace("template", "kelisim"))
    site = json.loads(run("sites", "add", "uof", "https://shop.example.kz", "--json", data_dir=tmp_path).stdout)
    box = "personal-data-agreement#targeted_advertising"

    words = run("forms", "add", "uof", site["site_key"], "sign-up", "--ask", box, data_dir=tmp_path).stdout
    again = json.loads(
        run("forms", "add", "uof", site["site_key"], "sign-up", "--ask", box, "--json", data_dir=tmp_path).stdout
    )

    assert '<script src="http://127.0.0.1:8000/w/' in words
    assert 'integrity="sha384-' in words
    assert f'<k-field site="{site["site_key"]}" form-id="sign-up" name="agreement"></k-field>' in words
    assert "script-src http://127.0.0.1:8000; connect-src http://127.0.0.1:8000" in words
    assert again["edition"] == 1
    assert again["snippet"] in words
