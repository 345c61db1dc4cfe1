"""The compliance report: everything that is known to be lacking in the five sets, and nothing in a model document."""

import copy
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from consent_service.compliance.rules import Checked, codes, findings
from consent_service.compliance.words import finding_words
from consent_service.policies.documents import read_folder
from consent_service.policies.terms import Terms
from tests.factories import POLICIES, ROOT
from tests.integration.conftest import Api
from tests.integration.test_commands import run
from tests.integration.test_register_pages import client, read  # noqa: F401 - client is a fixture

Client = Callable[[str], Api]
MODEL = ROOT / "tests" / "compliance" / "model"
# What is known of the five sets: number in the list, operator, document, check, a clause that it rests on.
KNOWN = [
    (1, "qlever", "privacy-policy", "implied_consent", "2.1"),
    (1, "dar", "privacy-policy", "implied_consent", "2.1"),
    (1, "5qbe", "privacy-policy", "implied_consent", "preamble"),
    (2, "uof", "personal-data-agreement", "no_term", "2.2"),
    (2, "uof", "personal-data-agreement", "retention_no_length", "1.5"),
    (2, "dar", "privacy-policy", "no_term", "4.10"),
    (3, "uof", "terms-of-use", "account_never_deleted", "3.9"),
    (4, "qlever", "privacy-policy", "change_at_once", "9.1"),
    (4, "5qbe", "privacy-policy", "change_at_once", "8.2"),
    (4, "worksection", "partner-agreement", "change_at_once", "5.10"),
    (5, "worksection", "privacy-policy", "number_missing", None),
    (5, "qlever", "privacy-policy", "number_missing", None),
    (5, "dar", "privacy-policy", "number_missing", None),
    (5, "5qbe", "privacy-policy", "number_missing", None),
    (6, "qlever", "privacy-policy", "cross_border_unsaid", None),
    (6, "qlever", "privacy-policy", "publication_unsaid", None),
    (7, "uof", "personal-data-agreement", "data_list_open", "1.4"),
    (7, "dar", "privacy-policy", "data_list_open", "2.4"),
    (7, "qlever", "privacy-policy", "data_list_absent", None),
    (7, "uof", "personal-data-agreement", "open_purposes", "2.3"),
    (7, "dar", "privacy-policy", "open_purposes", "2.3[8]"),
    (8, "uof", "personal-data-agreement", "registered_mail_only", "2.2"),
    (8, "qlever", "privacy-policy", "withdrawal_no_channel", None),
    (9, "worksection", "partner-agreement", "foreign_law", "11.5"),
    (11, "5qbe", "privacy-policy", "passwords_in_cookies", "1.5"),
    (12, "dar", "privacy-policy", "identity_documents", "2.4[2]"),
    (13, "5qbe", "privacy-policy", "retention_absent", None),
    (13, "worksection", "privacy-policy", "retention_no_length", "4.5"),
    (13, "qlever", "privacy-policy", "retention_no_length", "5.3"),
    (14, "5qbe", "privacy-policy", "marketing_bundled", "6.1"),
    (14, "dar", "privacy-policy", "marketing_bundled", "2.3[4]"),
    (14, "uof", "personal-data-agreement", "marketing_bundled", "2.3.3"),
    *[(15, operator, document, "answer_times", None) for operator, document in (
        ("worksection", "privacy-policy"), ("uof", "personal-data-agreement"), ("qlever", "privacy-policy"),
        ("dar", "privacy-policy"), ("5qbe", "privacy-policy"))],
    *[(16, operator, document, "undated", None) for operator, document in (
        ("uof", "personal-data-agreement"), ("qlever", "privacy-policy"), ("dar", "privacy-policy"),
        ("5qbe", "privacy-policy"))],
    (17, "worksection", "privacy-policy", "storage_abroad", "4.4"),
    (18, "worksection", "privacy-policy", "own_interest", "4"),
    (19, "worksection", "privacy-policy", "social_media_kept_after_deletion", "3"),
    (20, "dar", "privacy-policy", "contradiction", "2.10"),
    (20, "uof", "personal-data-agreement", "contradiction", "2.6"),
    (20, "worksection", "partner-agreement", "contradiction", "6.16"),
    (20, "5qbe", "privacy-policy", "contradiction", "3.3"),
    (21, "worksection", "partner-agreement", "unintelligible", "9.2"),
    (21, "worksection", "privacy-policy", "unintelligible", "3"),
    (22, "dar", "privacy-policy", "rights_waived", "3.4"),
    (22, "qlever", "privacy-policy", "rights_waived", "7.1"),
    (23, "dar", "privacy-policy", "hashing_called_depersonalising", "3.1"),
    (24, "worksection", "privacy-policy", "contact_missing", None),
    (24, "qlever", "privacy-policy", "contact_missing", "8.1"),
    (25, "dar", "privacy-policy", "sign_in_takes_back", "2.10[2]"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "operator", "document", "check", "clause"), KNOWN)
def test_everything_known_of_the_five_sets_is_found(
    api: Client, number: int, operator: str, document: str, check: str, clause: str | None
) -> None:
    report = api(operator).get(f"/documents/{operator}/{document}/compliance").json

    found = [one for one in report["findings"] if one["check"] == check]
    assert found, (number, [one["check"] for one in report["findings"]])
    if clause is not None:
        cited = [token for one in found for token in one["clause"]]
        assert any(
            token == clause or token.startswith((f"{clause}.", f"{clause}(", f"{clause}[")) for token in cited
        ), cited
    for one in found:
        assert all([one["kk"], one["ru"], one["en"], *one["advice"].values()])


def test_10_a_document_that_is_announced_without_a_text_is_a_finding(api: Client) -> None:
    worksection = api("worksection")
    announced = [one for one in worksection.get("/documents").json["items"] if one["state"] == "announced"]

    assert announced
    for one in announced:
        report = worksection.get(f"/documents/worksection/{one['slug']}/compliance").json
        assert [found["check"] for found in report["findings"]] == ["announced_without_text"]


def model(**changes: Any) -> Checked:  # Any: JSON values
    (version,) = read_folder(MODEL).versions
    data = copy.deepcopy(dict(version.terms_data)) | changes
    return Checked(Terms.from_data(data), "bin", ("kk", "ru", "en"))


def test_a_document_that_meets_every_line_of_the_law_has_no_finding() -> None:
    assert list(findings(model())) == []


BREAKS: list[tuple[str, dict[str, Any]]] = [  # Any: JSON values
    ("no_term", {"validity": {"period": None, "until": "withdrawn", "clause": ["2.1"]}}),
    ("third_parties_unsaid", {"recipients": []}),
    ("cross_border_unsaid", {"cross_border": {"stated": "unsaid"}}),
    ("publication_unsaid", {"publication": {"stated": "contradictory", "clause": ["1.6"]}}),
    ("data_list_open", {"data_list": {"is": "open", "clause": ["1.4"]}}),
    ("data_list_absent", {"data_list": {"is": "absent"}}),
    ("implied_consent", {"acceptance": {"act": "use", "counts": "implied", "counts_at": "first_use", "excluded": []}}),
    ("retention_absent", {"retention": []}),
    ("retention_no_length", {"retention": [{"code": "a", "start": "none", "period": None, "is": "without_term"}]}),
    ("account_never_deleted", {"retention": [{"code": "a", "start": "none", "period": None, "is": "no_deletion"}]}),
    ("erasing_absent", {"erasing": []}),
    ("answer_times", {"answers": []}),
    ("undated", {"dates": {"printed_on": None, "in_force_on": "2026-01-01", "date_source": "operator"}}),
    ("change_at_once", {"change": [{"applies_to": "all", "notice": None, "channel": ["posting"], "binds": "posting",
                                    "within": None, "objection": "none", "clause": ["3.1"]}]}),
    *[(code, {"facts": [{"code": code, "clause": ["1.1"]}]}) for code in ("rights_waived", "contradiction")],
]  # fmt: skip


@pytest.mark.parametrize(("check", "change"), BREAKS)
def test_one_altered_fact_brings_its_finding_alone_and_putting_it_back_takes_it_away(
    check: str, change: dict[str, Any]
) -> None:
    assert {code for code, _ in findings(model(**change))} == {check}
    assert check not in {code for code, _ in findings(model())}


def test_every_check_has_its_words_and_every_word_its_check() -> None:
    assert set(codes()) | {"announced_without_text"} == set(finding_words())


def test_a_finding_is_confirmed_only_by_the_operator_s_own_text(api: Client) -> None:
    report = api("uof").get("/documents/uof/personal-data-agreement/compliance").json

    assert not any(one["confirmed"] for one in report["findings"])  # only our restatement is there


def test_the_report_is_read_on_the_command_line_on_a_page_and_on_paper(
    client: FlaskClient,  # noqa: F811
    tmp_path: Path,
) -> None:
    run("operators", "add", str(POLICIES / "dar"), data_dir=tmp_path)
    printed = json.loads(run("policies", "report", "dar", "privacy-policy", "--json", data_dir=tmp_path).stdout)
    assert "sign_in_takes_back" in {one["check"] for one in printed["findings"]}

    assert "personal-data-agreement" in read(client, "documents")
    page = read(client, "documents/personal-data-agreement")
    assert "by registered mail only" in page
    paper = client.get("/dashboard/uof/documents/personal-data-agreement/report.kk.pdf").data
    words = "".join(part.extract_text() for part in PdfReader(io.BytesIO(paper)).pages)
    assert "тапсырыс хатпен" in words


def test_another_operator_s_report_looks_like_a_missing_one(app: Flask, api: Client) -> None:
    assert api("uof").get("/documents/dar/privacy-policy/compliance").status_code == 404
    assert api("uof").get("/documents/uof/personal-data-agreement/compliance", version="9").status_code == 404
