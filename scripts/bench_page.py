"""The page of what was measured: ``docs/performance.md`` between its marks, its plots, and the figures as JSON."""

import json
from pathlib import Path
from typing import Any

from scripts.scale_page import plan

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SCALE = ROOT / "docs" / "scale.md"
SCALE_BEGIN, SCALE_END = "<!-- plan: begin -->", "<!-- plan: end -->"
LONG_BEGIN, LONG_END = "<!-- long work: begin -->", "<!-- long work: end -->"
PARTITIONS_BEGIN, PARTITIONS_END = "<!-- partitions: begin -->", "<!-- partitions: end -->"
KEPT = PLOTS / "measured.json"
# Of each part: what, the figure in what was measured with its unit, and what is to be reached.
LONG_WORK = {
    "ledger": (
        ("sealing", "sealed_per_second leaves/s", "100 000"),
        ("a proof from a log of a million leaves", "proof_ms_median ms", "below 2"),
        ("signing a receipt", "receipt_signing_us µs", "below 100"),
        ("checking a million leaves offline", "offline_check_seconds s", "below 10"),
    ),
    "imports": (
        ("former consents imported, of so many lines", "lines", ""),
        ("lines of them", "lines_per_second /s", ""),
        ("beside a binary COPY of the same rows", "ratio_to_copy", "0.20"),
    ),
    "field": (("the field ready after its script, four times slower", "ms_median ms", "below 100"),),
    "dates": (
        ("open dates counted again", "duties_per_second /s", ""),
        ("peak memory of it", "peak_mib_at_the_end MiB", ""),
    ),
    "connectors": (
        ("people erased in an operator's PostgreSQL, three tables", "people_per_second /s", "5 000"),
        ("the same by orders, each with its act", "road.people_per_second /s", ""),
    ),
    "retention": (
        ("people whose storage is over, of so many", "people", ""),
        ("erased in our own tables", "people_per_second /s", ""),
        ("beside the same statements from a bare script", "ratio_to_bare", "0.50"),
        ("time in a table twice as large", "doubled_table_takes times", "below 1.2"),
        ("the longest lock", "longest_lock_ms ms", "below 100"),
        ("peak memory", "peak_mib MiB", "below 200"),
    ),
    "lists": (
        ("the slowest list of a million consents", "slowest_ms ms", "below 150"),
        ("any list with ten times the rows", "worst_ratio times", "below 1.3"),
    ),
}
LAYOUTS = {"whole": "one table", "month": "by month", "operator": "by hash of operator"}
WIDTH, LEFT, BAR, GAP = 720, 230, 18, 10
SHOWN = ("recording", "recording, with a key", "permission check")


def write_page(result: dict[str, Any]) -> None:  # Any: JSON values
    """Put what was measured on the page and draw its plots; parts that were not measured now stay as they were."""
    PLOTS.mkdir(exist_ok=True)
    known = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    run = {name: result[name] for name in ("machine", "at")}
    known |= {name: {"run": run, "found": found} for name, found in result.items() if name in LONG_WORK}
    if "partitions" in result:  # of each number of events, for a larger one is measured once
        said = known.setdefault("partitions", {})
        said[str(result["partitions"]["events"])] = {"run": run, "found": result["partitions"]}
    if "speed" in result:
        known["speed"] = {"run": run | {name: result[name] for name in ("rounds", "seconds")}, "found": result["speed"]}
    KEPT.write_text(json.dumps(known, indent=1) + "\n")
    _put(PAGE, BEGIN, END, _speed(known))
    _put(PAGE, LONG_BEGIN, LONG_END, _long_work(known))
    _put(PAGE, PARTITIONS_BEGIN, PARTITIONS_END, _partitions(known))
    _put(SCALE, SCALE_BEGIN, SCALE_END, plan(known))


def _put(page: Path, begin: str, end: str, lines: list[str]) -> None:
    """Put lines between two marks of a page."""
    head, rest = page.read_text().split(begin)
    _, tail = rest.split(end)
    page.write_text(head + begin + "\n\n" + "\n".join(lines) + "\n\n" + end + tail)


def _speed(known: dict[str, Any]) -> list[str]:  # Any: JSON values
    if "speed" not in known:
        return ["Not measured yet."]
    run = known["speed"]["run"]
    parts = [
        f"Measured on {run['machine']}, {run['at']}.",
        f"Medians of {run['rounds']} rounds of {run['seconds']:.0f} seconds, and spread.",
    ]
    for name, measured in known["speed"]["found"].items():
        plot = PLOTS / f"{name}.svg"
        plot.write_text(ratios_plot(measured["table"]))
        parts += ["", f"### {measured['database']}", "", f"![Ratios and what is owed](performance/{plot.name})", ""]
        parts += [*_table(measured), "", *_loads(measured)]
    return parts


def _long_work(known: dict[str, Any]) -> list[str]:  # Any: JSON values
    """Return the table of the long work: figure, what is to be reached, on which day and under which load."""
    rows = ["| what | measured | to reach | when |", "|---|---|---|---|"]
    for part, shown in LONG_WORK.items():
        if known.get(part, {}).get("found"):
            run, found = known[part]["run"], known[part]["found"]
            load = run["machine"].partition("load ")[2].partition(" ")[0]
            rows += [
                f"| {what} | {_figure(found, figure)} | {reach} | {run['at']}, load {load} |"
                for what, figure, reach in shown
            ]
    return rows if len(rows) > 2 else ["Not measured yet."]


def _partitions(known: dict[str, Any]) -> list[str]:  # Any: JSON values
    """Return a table for each number of events: what was done with each layout, in turns."""
    parts = []
    for measured in known.get("partitions", {}).values():
        run, found = measured["run"], measured["found"]
        load = run["machine"].partition("load ")[2].partition(" ")[0]
        parts += [f"{_laid_out(found['events'])} events, {found['rounds']} rounds, {run['at']}, load {load}.", ""]
        for of in dict.fromkeys(table.rpartition("_")[0] for table in found["layouts"]):
            layouts = {name: one for name, one in found["layouts"].items() if name.rpartition("_")[0] == of}
            heads = [LAYOUTS[name.rpartition("_")[2]] for name in layouts]
            parts += [f"| `{of}`: how often in a second | {' | '.join(heads)} |", "|---|" + "---|" * len(heads)]
            parts += [
                f"| {what} | {' | '.join(_laid_out(one[what]) for one in layouts.values())} |"
                for what in next(iter(layouts.values()))
            ]
            parts.append("")
    return parts[:-1] or ["Not measured yet."]


def _laid_out(figure: Any) -> str:  # Any: a JSON value: a median and its spread, or one figure
    if isinstance(figure, list):
        median, low, high = (f"{one:,}".replace(",", " ") for one in figure)
        return f"{median} ({low} to {high})"
    return f"{figure:,}".replace(",", " ")


def _figure(found: dict[str, Any], figure: str) -> str:  # Any: JSON values
    """Return a figure by the names that lead to it, with its unit behind a space."""
    names, _, unit = figure.partition(" ")
    value: Any = found  # Any: as above
    for name in names.split("."):
        value = value[name]
    return f"{value:,} {unit}".replace(",", " ").strip() if isinstance(value, int) else f"{value} {unit}".strip()


def _table(measured: dict[str, Any]) -> list[str]:  # Any: JSON values
    rows = ["| what | beside | median | from | to | to reach | aim |", "|---|---|---|---|---|---|---|"]
    for name, row in measured["table"].items():
        found = row.get("ratio") or row.get("times")
        median, low, high = found if isinstance(found, list) else (found, "", "")
        word = "" if "ratio" in row else " times"
        reach, aim = row.get("reach", ""), row.get("aim", "")
        rows.append(f"| {name} | {row['beside']} | {median}{word} | {low} | {high} | {reach} | {aim} |")
    return rows


def _loads(measured: dict[str, Any]) -> list[str]:  # Any: JSON values
    rows = ["| request | a second | from | to | p50 ms | p99 ms | errors |", "|---|---|---|---|---|---|---|"]
    for name, row in measured["loads"].items():
        median, low, high = row["requests_per_second"]
        rows.append(
            f"| {name} | {median:.0f} | {low:.0f} | {high:.0f} | {row['p50_ms']} | {row['p99_ms']} | {row['errors']} |"
        )
    for name, (median, low, high) in measured["floors"].items():
        rows.append(f"| {name} (floor) | {median:.0f} | {low:.0f} | {high:.0f} | | | |")
    return rows


def ratios_plot(table: dict[str, Any]) -> str:  # Any: JSON values
    """Draw the ratios as bars with their spread, and marks for what is to be reached and aimed at."""
    rows = [(name, table[name]) for name in SHOWN if name in table]
    height = len(rows) * (BAR + GAP) + 46
    scale = (WIDTH - LEFT - 20) / max(1.0, *(row["ratio"][2] for _, row in rows))
    look = 'role="img" font-family="sans-serif" font-size="13"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {look}>',
        "<title>Ratio to the floor</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for place, (name, row) in enumerate(rows):
        y = 10 + place * (BAR + GAP)
        median, low, high = (LEFT + one * scale for one in row["ratio"])
        middle = y + BAR / 2
        parts += [
            f'<text x="{LEFT - 10}" y="{middle + 4}" text-anchor="end">{name}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{median - LEFT:.1f}" height="{BAR}" fill="#0b6e75"/>',
            f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="#1c1c1c" stroke-width="2"/>',
            f'<text x="{high + 6:.1f}" y="{middle + 4}">{row["ratio"][0]:.2f}</text>',
        ]
    bottom = 10 + len(rows) * (BAR + GAP)
    for value, word in ((0.35, "0.35 to reach"), (0.6, "0.60 aim")):
        x = LEFT + value * scale
        parts.append(f'<path d="M{x:.1f} 4V{bottom}" stroke="#b3261e" stroke-dasharray="4 3"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle" fill="#b3261e">{word}</text>')
    return "".join([*parts, "</svg>\n"])
