"""The compliance report as programs, staff and paper get it, on real databases."""

import io
import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from consent_service.compliance.queries import compliance_report
from consent_service.compliance.report import Report
from consent_service.kernel.uow import Actor
from consent_service.operators.access import Role
from consent_service.operators.staff import add_staff
from consent_service.policies.documents import expected_documents, read_folder
from consent_service.policies.importing import import_text
from consent_service.policies.published_files import ImportPublished
from consent_service.policies.service import import_published
from consent_service.services import services
from tests.command_line import run
from tests.factories import POLICIES, SIXTH, seed_policies
from tests.integration.conftest import ACTOR, Api, client_of
from tests.integration.test_dashboard import EMAIL, PASSWORD, sign_in

Client = Callable[[str], Api]
ACME = "newsletter-consent"
WORDS = ("kk", "ru", "en")


def report_of(api: Client, slug: str, document: str, **query: str) -> Any:  # Any: a JSON value
    answer = api(slug).get(f"/documents/{slug}/{document}/compliance", **query)
    assert answer.status_code == 200, answer.json
    return answer.json


def by_check(report: Any) -> dict[str, Any]:  # Any: JSON values
    return {finding["check"]: finding for finding in report["findings"]}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who may only look, signed in at three operators, who reads English."""
    with app.app_context(), services().write(Actor("command", "test")) as unbound:
        for slug in ("dar", "ulgi", "worksection"):
            add_staff(unbound.for_operator(seed_policies.number(unbound, slug)), EMAIL, PASSWORD, Role.AUDITOR)
    signed = app.test_client()
    sign_in(signed)
    signed.get("/language/en")
    return signed


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(f"/dashboard/{path}")
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def pdf_text(client: FlaskClient, path: str) -> str:
    answer = client.get(f"/dashboard/{path}")
    assert answer.mimetype == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def import_acme(app: Flask, **instead: str) -> Report:
    """Import acme's own text, with some words instead of others, and report on the draft."""
    folder = read_folder(SIXTH / "acme")
    lines = re.findall(r"^(?:\*\*([\d.]+)\*\*|## (\d+)) (.+)$", (SIXTH / "acme" / ACME / "2026-01-01" / "kk.md").read_text(), re.MULTILINE)  # fmt: skip
    text = "Ақпараттық хаттарға келісім\n2026 жылғы 1 қаңтар\n"
    text += "".join(f"{clause or heading}. {words}\n" for clause, heading, words in lines)
    for old, new in instead.items():
        assert old in text
        text = text.replace(old, new)
    file = import_text(text.encode(), file_name="acme.txt", language="kk", expected=expected_documents(folder))
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "acme"))
        stored = import_published(uow, ImportPublished(file, "kk", folder, None, date(2026, 1, 1)))
        saved = next(one.saved for one in stored if one.document == ACME)
        assert saved is not None
        return compliance_report(uow, services().law.catalogue, ACME, saved.version)


def test_a_finding_names_its_clause_article_weight_and_mark_in_three_languages(api: Client) -> None:
    report = report_of(api, "uof", "terms-of-use")

    found = by_check(report)["account_never_deleted"]
    assert (report["document"], report["version"], report["state"]) == ("uof/terms-of-use", "2026-01-01", "in_force")
    assert (found["clause"], found["severity"], found["settled"]) == (["3.9"], "breach", True)
    assert "18" in found["article"]["ru"]
    assert all(found[language] and found["advice"][language] and report["law"][language] for language in WORDS)


def test_findings_come_heaviest_first_and_what_passed_is_told(api: Client) -> None:
    report = report_of(api, "dar", "privacy-policy")

    order = ["breach", "gap", "risk", "note"]
    weights = [order.index(finding["severity"]) for finding in report["findings"]]
    assert weights == sorted(weights)
    passed = {one["check"] for one in report["passed"]}
    assert "third_parties_unsaid" in passed
    assert not passed & set(by_check(report))


def test_the_length_and_the_mark_of_a_duty_come_from_the_dated_catalogue(api: Client) -> None:
    found = by_check(report_of(api, "dar", "privacy-policy"))

    assert "15 рабочих дней" in found["answer_to_withdrawal_unsaid"]["ru"]
    assert found["answer_to_withdrawal_unsaid"]["settled"] is True
    assert "3 working days" in found["answer_to_access_unsaid"]["en"]
    assert found["answer_to_access_unsaid"]["settled"] is False
    assert "{" not in json.dumps([finding["kk"] for finding in found.values()])


@pytest.mark.parametrize("slug", ["cookie-policy", "subprocessors", "dpa", "user-agreement"])
def test_a_document_that_is_announced_without_a_text_is_a_finding(api: Client, slug: str) -> None:
    report = report_of(api, "worksection", slug)

    assert (report["version"], report["state"], report["text_kind"]) == (None, "announced", None)
    assert list(by_check(report)) == ["announced_without_text"]


def test_a_document_that_meets_the_law_has_no_finding(api: Client) -> None:
    report = report_of(api, "ulgi", "course-consent")

    assert report["findings"] == []
    assert len(report["passed"]) > 50


def test_a_rule_is_confirmed_by_the_restatement_until_the_operator_s_own_text_is_imported(
    api: Client, app: Flask
) -> None:
    before = report_of(api, "acme", ACME)
    after = import_acme(app)

    assert before["text_kind"] == "restatement"
    assert by_check(before)["erasing_late"]["confirmed"] == "restatement"
    assert by_check(before)["keeping_unsaid"]["confirmed"] == "silent"
    found = {finding.check: finding for finding in after.findings}
    assert after.text_kind == "published"
    assert found["erasing_late"].confirmed == "published"
    assert found["keeping_unsaid"].confirmed == "silent"
    assert "language_missing" in found  # its own text is there in Kazakh alone
    assert "language_missing" not in {*by_check(before), *(one["check"] for one in before["passed"])}


def test_a_rule_whose_number_the_published_clause_does_not_say_is_not_confirmed(app: Flask) -> None:
    report = import_acme(app, **{"5 жұмыс күні": "6 жұмыс күні"})

    assert {finding.check: str(finding.confirmed) for finding in report.findings}["erasing_late"] == "unconfirmed"


@pytest.mark.skipif(
    not (POLICIES.parents[1] / "shared" / "policy-texts").is_dir(), reason="the published texts are not beside the repository"
)  # fmt: skip
@pytest.mark.parametrize("slug", ["worksection", "uof", "qlever", "dar", "5qbe"])
def test_every_finding_on_the_published_texts_is_confirmed_or_rests_on_silence(app: Flask, slug: str) -> None:
    folder = read_folder(POLICIES / slug)
    data = (POLICIES.parents[1] / "shared" / "policy-texts" / f"{slug}.kk.txt").read_bytes()
    file = import_text(data, file_name=f"{slug}.kk.txt", language="kk", expected=expected_documents(folder))
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, slug))
        stored = import_published(uow, ImportPublished(file, "kk", folder, None, date(2026, 1, 1)))
        catalogue = services().law.catalogue
        reports = [compliance_report(uow, catalogue, one.document, one.saved.version) for one in stored if one.saved]

    assert reports
    assert {str(finding.confirmed) for one in reports for finding in one.findings} <= {"published", "silent"}


def test_a_version_is_named_and_a_missing_one_or_another_operator_s_is_not_found(api: Client) -> None:
    named = report_of(api, "dar", "privacy-policy", version="2026-01-01")

    assert named == report_of(api, "dar", "privacy-policy")
    assert api("dar").get("/documents/dar/privacy-policy/compliance", version="1999").status_code == 404
    assert api("dar").get("/documents/dar/nothing/compliance").status_code == 404
    assert api("dar").get("/documents/uof/terms-of-use/compliance").status_code == 404
    assert api("dar").get("/documents/dar/privacy-policy/compliance", lang="kk").status_code == 422


@pytest.mark.parametrize("language", WORDS)
def test_the_list_counts_findings_by_weight_in_every_language(client: FlaskClient, language: str) -> None:
    client.get(f"/language/{language}")
    words = {"kk": "бұзушылық: 4", "ru": "нарушение: 4", "en": "breach: 4"}

    page = read(client, "worksection/documents")

    assert words[language] in page
    assert page.count("<td data-label") == 3 * 7


def test_a_page_quotes_the_clause_with_whose_words_they_are_and_gives_advice(client: FlaskClient) -> None:
    page = read(client, "dar/documents/privacy-policy")

    assert "clause 2.10[2], our restatement" in page
    assert "Ask again, explicitly, at the sign-in." in page
    assert "held against our restatement" in page
    assert "not settled" in page


def test_a_document_without_findings_and_one_without_text_have_their_pages(client: FlaskClient) -> None:
    assert "Nothing was found." in read(client, "ulgi/documents/course-consent")
    assert "nothing found" in read(client, "ulgi/documents")
    assert "announced, no text" in read(client, "worksection/documents/dpa")
    assert client.get("/dashboard/dar/documents/nothing").status_code == 404
    assert client.get("/dashboard/dar/documents/privacy-policy/report.de.pdf").status_code == 404
    assert client.get("/dashboard/uof/documents").status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [("kk", "Бұзушылық: 5"), ("ru", "Нарушение: 5"), ("en", "Breach: 5")],
)
def test_the_report_is_printed_in_each_language(client: FlaskClient, language: str, words: str) -> None:
    printed = pdf_text(client, f"dar/documents/privacy-policy/report.{language}.pdf?version=2026-01-01")

    assert words in printed
    assert "2.10[2]" in printed
    assert "326-VIII" in printed


def test_the_page_links_to_the_same_report_as_json(client: FlaskClient, app: Flask) -> None:
    page = json.loads(read(client, "dar/documents/privacy-policy/report.json"))

    assert page == client_of(app, "dar").get("/documents/dar/privacy-policy/compliance").json


def test_the_command_reports_in_words_and_in_json(tmp_path: Any) -> None:  # Any: pytest's path
    run("operators", "add", str(SIXTH / "acme"), data_dir=tmp_path)

    data = json.loads(run("policies", "report", "acme", ACME, "--json", data_dir=tmp_path).stdout)
    told = run("policies", "report", "acme", ACME, "--lang", "kk", data_dir=tmp_path).stdout
    missing = run("policies", "report", "acme", "nothing", data_dir=tmp_path, expect=1)

    assert data["document"] == f"acme/{ACME}"
    assert "erasing_late" in {finding["check"] for finding in data["findings"]}
    assert "Тармақ 2.3." in told
    assert missing.stderr.startswith("error: ")
