"""Structured logs: one JSON object a line, listed fields only, so that nothing personal slips in with an object."""

import json
import logging
import sys
from datetime import UTC, datetime
from errno import errorcode

FIELDS = (
    "request_id", "method", "route", "status", "duration_ms", "operator", "job", "slot", "outcome",
    "done", "failed", "case_id", "code", "kind", "party", "problem",
)  # fmt: skip


class JsonFormatter(logging.Formatter):
    """Format a record as JSON with the listed extra fields, no others."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            # The type and the place, never the message: a driver's message may quote a value.
            frame = record.exc_info[2]
            while frame and frame.tb_next:
                frame = frame.tb_next
            line["error"] = record.exc_info[0].__name__
            if isinstance(record.exc_info[1], OSError) and record.exc_info[1].errno is not None:
                line["errno"] = errorcode.get(record.exc_info[1].errno)  # ENOSPC, EACCES: what the system said
            if frame:
                line["where"] = f"{frame.tb_frame.f_code.co_name}:{frame.tb_lineno}"
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str) -> None:
    """Send the logs of the process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("apscheduler", "alembic"):  # every tick and every start, where nothing went wrong
        logging.getLogger(noisy).setLevel(logging.WARNING)
