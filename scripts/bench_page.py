"""The page of what was measured: ``docs/performance.md`` between its marks, and its plots."""

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
WIDTH, LEFT, BAR, GAP = 720, 230, 18, 10
SHOWN = ("recording", "recording, with a key", "permission check")


def write_page(result: dict[str, Any]) -> None:  # Any: JSON values
    """Put what was measured between the marks of the page, and draw its plots."""
    PLOTS.mkdir(exist_ok=True)
    parts = [
        f"Measured on {result['machine']}, {result['at']}.",
        f"Medians of {result['rounds']} rounds of {result['seconds']:.0f} seconds, and spread.",
        "",
    ]
    for name, measured in result["speed"].items():
        plot = PLOTS / f"{name}.svg"
        plot.write_text(ratios_plot(measured["table"]))
        parts += [f"### {measured['database']}", "", f"![Ratios and what is owed](performance/{plot.name})", ""]
        parts += [*_table(measured), "", *_loads(measured), ""]
    said = PAGE.read_text()
    head, rest = said.split(BEGIN)
    _, tail = rest.split(END)
    PAGE.write_text(head + BEGIN + "\n\n" + "\n".join(parts) + "\n" + END + tail)


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
