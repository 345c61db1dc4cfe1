"""Traces: what a real receiver of OTLP over HTTP is sent, that it names nobody, and that nothing is loaded without it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from consent_service.config import ROOT, Settings
from consent_service.jobs.runner import find_job, run_slot
from consent_service.jobs.schedule import Job
from consent_service.jobs.tasks import Count
from consent_service.kernel.errors import SettingsError
from consent_service.kernel.uow import Actor
from consent_service.services import Services, services
from consent_service.tracing import send_traces
from tests.databases import app_on
from tests.factories import consent
from tests.integration.conftest import MovableClock, client_of
from tests.own_page import OwnPage
from tests.receivers import answering, serving
from tests.visitors import Visitor

CANARY = "canary-7f3a"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"
Sent = list[tuple[str, dict[str, str], bytes]]


@contextmanager
def traced(url: str, place: Path, clock: MovableClock) -> Iterator[tuple[Flask, Sent]]:
    sent: Sent = []
    with (
        serving(answering(ANSWER, sent)) as port,
        app_on(url, place, clock, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}/") as app,
    ):
        yield app, sent


def spans_in(sent: Sent) -> list[Span]:
    return [
        span
        for first, _, body in sent
        if first.startswith("POST /v1/traces ")
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def fail(_app: Services, _actor: Actor, _count: Count) -> None:
    raise RuntimeError(CANARY)


def test_a_collector_gets_requests_jobs_and_statements_and_nobody_s_data(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    with traced(database_url, tmp_path, clock) as (app, sent):
        uof = client_of(app, "uof")
        for _ in range(2):  # the key is known from the second on, and the short way answers
            assert uof.post("/consents", consent(subject={"ref": CANARY})).status_code == 201
            asked = {"subject": CANARY, "purpose": "uof/personal-data-agreement#targeted_advertising"}
            assert uof.get("/permissions", **asked).status_code == 200
        assert uof.get(f"/subjects/{CANARY}/standing").status_code == 200
        own = OwnPage.of(app, uof, CANARY)
        assert own.get(f"?{CANARY}=1").status_code == 200
        visitor = Visitor(app).begin("access")
        visitor.fill_in(
            words={"text": CANARY}, contact={"full_name": CANARY, "email": f"{CANARY}@example.kz", "phone": ""}
        )
        assert visitor.get(f"/nothing/{CANARY}").status_code == 404
        with app.app_context():
            assert run_slot(services(), find_job("mail.deliver"), CANARY) is not None
            broken = run_slot(services(), Job("broken", find_job("mail.deliver").every, fail), CANARY)
        assert broken is not None
        send_traces(app)

    spans = {span.name: span for span in spans_in(sent)}
    ids = {span.span_id: span.name for span in spans_in(sent)}
    assert set(spans) >= {
        "POST /api/v1/consents", "GET /api/v1/permissions", "GET /api/v1/subjects/<string:ref>/standing",
        "GET /my/<token>", "POST /r/<operator>/<draft>/<step>", "GET", "job mail.deliver", "job broken",
        "SELECT", "INSERT",
    }  # fmt: skip
    whole = b"".join(body for _, _, body in sent)
    for secret in (CANARY, uof.secret, own.home.rpartition("/")[2], visitor.place.rpartition("/")[2], "127.0.0.1"):
        assert secret.encode() not in whole, secret
    said = {one.key: one.value for one in spans["GET /api/v1/permissions"].attributes}
    assert {name: value.string_value for name, value in said.items() if value.string_value} == {
        "http.request.method": "GET",
        "http.route": "/api/v1/permissions",
    }
    assert said["http.response.status_code"].int_value == 200
    assert spans["job broken"].status.code == Status.STATUS_CODE_ERROR
    assert [one.value.string_value for one in spans["job broken"].attributes] == ["RuntimeError"]
    assert spans["job broken"].events == []
    asked_for = [ids.get(span.parent_span_id) for span in spans_in(sent) if span.name in {"SELECT", "INSERT"}]
    assert asked_for
    assert None not in asked_for, "a statement belongs to what asked for it"


def test_without_a_collector_nothing_of_it_is_loaded(sqlite_template: Path, tmp_path: Path) -> None:
    script = (
        "import os, sys; from consent_service.app import create_app; from consent_service.config import Settings; "
        "create_app(Settings.from_env(os.environ)); "
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    environ = {"DATA_DIR": str(tmp_path), "PATH": ""}
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environ, check=False).returncode == 0


def test_a_collector_beyond_this_machine_is_reached_by_https(tmp_path: Path) -> None:
    for wrong in ("http://collector.example.kz:4318", "collector", "https://collector.example.kz/?key=1"):
        with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_ENDPOINT"):
            Settings.from_env({"DATA_DIR": str(tmp_path), "OTEL_EXPORTER_OTLP_ENDPOINT": wrong})


def test_where_the_libraries_are_missing_the_start_says_what_to_install(
    tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with (
        pytest.raises(SettingsError, match="make setup-tracing"),
        app_on(f"sqlite:///{tmp_path}/kelisim.db", tmp_path, clock, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9"),
    ):
        pass
