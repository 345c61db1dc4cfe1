"""Traces for a collector of OpenTelemetry, where one is set: requests, jobs, statements.

A span says which route, which job, which statement, how long, how it ended: never a path, a query, a value or the words
of an error.  What callers say of traces of their own is not read.  Without a collector nothing of this is loaded.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from sqlalchemy import Engine, ExceptionContext, event

from consent_service.database import db
from consent_service.kernel.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

SERVICE = "kelisim"
_PROVIDER = "kelisim-traces"
_SPAN = "_kelisim_span"
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_MOST_STATEMENT = 2000
Spans = Callable[[str], AbstractContextManager[object]]
Environ = dict[str, Any]  # Any: as WSGI says


def no_spans(_name: str) -> AbstractContextManager[object]:
    """Trace nothing."""
    return nullcontext()


def start_tracing(app: Flask, endpoint: str) -> Spans:
    """Send what an app does to a collector, if there is one; returns what jobs are traced with.

    Raises:
        SettingsError: A collector is set, and the libraries for it are not installed.
    """
    if not endpoint:
        return no_spans
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above
    except ImportError as error:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed: run `make setup-tracing`."
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    app.extensions[_PROVIDER] = provider
    tracer = provider.get_tracer(SERVICE)
    with app.app_context():
        for engine in db.engines.values():
            _trace_statements(engine, tracer)
    return _jobs(tracer)


def send_traces(app: Flask) -> None:
    """Send at once what waits to be sent."""
    provider: TracerProvider | None = app.extensions.get(_PROVIDER)
    if provider:
        provider.force_flush()


def trace_requests(app: Flask, before_flask: Collection[str]) -> None:
    """Trace the requests of an app, if it traces; ``before_flask``: routes that are answered before Flask."""
    provider: TracerProvider | None = app.extensions.get(_PROVIDER)
    if provider:
        app.after_request(_name_route)
        traced = _Traced(app.wsgi_app, provider.get_tracer(SERVICE), frozenset(before_flask))
        app.wsgi_app = traced  # type: ignore[method-assign]  # as Flask says


@dataclass(frozen=True, slots=True)
class _Traced:
    """A WSGI application before another, with a span for each request."""

    beyond: Any  # Any: as WSGI says
    tracer: "Tracer"
    before_flask: frozenset[str]

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:  # Any: as above
        method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in _METHODS else "other"
        with _span(self.tracer, method, kind="server") as span:
            span.set_attribute("http.request.method", method)
            if environ["PATH_INFO"] in self.before_flask:
                _set_route(span, method, environ["PATH_INFO"])

            def start(status: str, *others: Any) -> Any:  # Any: as above
                span.set_attribute("http.response.status_code", int(status[:3]))
                return start_response(status, *others)

            answer: Iterable[bytes] = self.beyond(environ, start)
            return answer


def _name_route(response: Response) -> Response:
    from opentelemetry.trace import get_current_span  # noqa: PLC0415 - an extra

    if request.url_rule:
        method = request.method if request.method in _METHODS else "other"
        _set_route(get_current_span(), method, request.url_rule.rule)
    return response


def _set_route(span: "Span", method: str, route: str) -> None:
    span.update_name(f"{method} {route}")
    span.set_attribute("http.route", route)


def _jobs(tracer: "Tracer") -> Spans:
    return lambda name: _span(tracer, f"job {name}", kind="internal")


@contextmanager
def _span(tracer: "Tracer", name: str, *, kind: str) -> Iterator["Span"]:
    """Yield a span; of an error it says the class alone, for the words may name somebody."""
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 - an extra

    with tracer.start_as_current_span(
        name, kind=SpanKind[kind.upper()], record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise


def _trace_statements(engine: Engine, tracer: "Tracer") -> None:
    """Trace what is asked of a database while something else is traced; values are not in a statement's text."""
    from opentelemetry.trace import SpanKind, StatusCode, get_current_span  # noqa: PLC0415 - an extra

    def begin(_connection: object, _cursor: object, statement: str, _values: object, context: Any, _many: bool) -> None:
        if context is not None and get_current_span().is_recording():
            span = tracer.start_span(statement.split(maxsplit=1)[0].upper()[:20], kind=SpanKind.CLIENT)
            span.set_attribute("db.system.name", engine.dialect.name)
            span.set_attribute("db.query.text", statement[:_MOST_STATEMENT])
            setattr(context, _SPAN, span)

    def end(_connection: object, _cursor: object, _statement: str, _values: object, context: Any, _many: bool) -> None:
        span: Span | None = getattr(context, _SPAN, None)
        if span:
            span.end()

    def fail(failed: ExceptionContext) -> None:
        span: Span | None = getattr(failed.execution_context, _SPAN, None)
        if span:
            span.set_attribute("error.type", type(failed.original_exception).__name__)
            span.set_status(StatusCode.ERROR)
            span.end()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)
