"""What a document lacks against the law."""

from typing import Any

from flask import Blueprint

from consent_service.api.endpoint import endpoint
from consent_service.api.v1.compliance_schema import ReportOut, ReportQuery
from consent_service.compliance.queries import compliance_report
from consent_service.compliance.report import as_data
from consent_service.compliance.wording import reservation
from consent_service.kernel.uow import UnitOfWork
from consent_service.services import services

bp = Blueprint("compliance", __name__)
Fields = dict[str, Any]  # Any: values that a schema has checked


@endpoint(
    bp,
    "GET",
    "/documents/<string:operator>/<string:document>/compliance",
    summary="Report what a document lacks against the law, clause by clause, in three languages.",
    query=ReportQuery(),
    answer=ReportOut(),
    problems=(404,),
)
def get_compliance(uow: UnitOfWork, operator: str, document: str, query: Fields) -> Fields:
    """Report on one version."""
    report = compliance_report(uow, services().law.catalogue, f"{operator}/{document}", query.get("version"))
    return as_data(report) | {"law": reservation()}
