"""What ``retention`` says: lines for people, JSON values for programs."""

from typing import Any

from consent_service.retention.preview import Preview
from consent_service.retention.runs import RunView
from consent_service.retention.states import RunState

LANGUAGE = "en"
Data = dict[str, Any]  # Any: JSON values


def preview_data(found: Preview) -> Data:
    """Return a preview as JSON values."""
    return {
        "on": found.on,
        "until": found.until,
        "people": found.people,
        "held": found.held,
        "blocked": found.blocked,
        "rules": found.rules,
        "days": {day.isoformat(): people for day, people in sorted(found.days.items())},
        "lines": found.lines,
    }


def preview_words(found: Preview) -> str:
    """Say what a run would do: rule by rule, day by day, and the first of the people."""
    if not found.rules:
        return f"Nobody is due until {found.until}."
    lines = [f"{found.people} people go today, {found.held} are held back, {found.blocked} answers are blocked."]
    lines += [
        f"  {one.document}  {one.rule}: {one.action}, {one.now} now, {one.later} later, {one.held} held"
        f"  ({one.source[LANGUAGE]})"
        for one in found.rules
    ]
    lines += [f"  from {day}: {people}" for day, people in sorted(found.days.items())]
    lines += [
        f"  {one.person}  {one.verdict:<4} {'due ' + one.due_on.isoformat() if one.due_on else '':<15} "
        f"{one.reason[LANGUAGE]}"
        for one in found.lines
    ]
    return "\n".join(lines)


def run_data(view: RunView) -> Data:
    """Return a run as JSON values."""
    names = [name for name in RunView.__dataclass_fields__ if name != "orders"]
    return {name: getattr(view, name) for name in names} | {
        "done": view.done,
        "orders": {str(state): count for state, count in view.orders.items()},
    }


def run_words(view: RunView) -> str:
    """Say how far a run has come, and when it will be done at the rate so far."""
    said = f"run {view.id} of {view.on_day}: {view.state}, {view.ordered} of {view.people} ordered, {view.done} done"
    if view.held:
        said += f", {view.held} held back"
    if view.state is RunState.WAITING:
        return f"{said}; a second person must approve it: erasure approve, or the dashboard"
    if view.ends_at is not None:
        said += f"; done at about {view.ends_at:%Y-%m-%d %H:%M:%S} UTC"
    return said
