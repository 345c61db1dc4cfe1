"""Every table of ours has a term and a job that empties it, or says why it stays."""

from pathlib import Path

import pytest

from consent_service.jobs.own_data import OWN_DATA, STAYS, Kept
from consent_service.jobs.schedule import JOBS
from consent_service.subjects.service import PERSONAL_TABLES
from tests.every_table import every_table

PAGE = Path(__file__).resolve().parents[2] / "docs/own-data.md"
NAMED = [table for kept in OWN_DATA for table in kept.tables]


def test_every_table_has_a_term_and_none_has_two() -> None:
    assert sorted(NAMED) == sorted(table.name for table in every_table())


@pytest.mark.parametrize("kept", OWN_DATA, ids=lambda kept: kept.tables[0])
def test_what_empties_a_table_is_a_job_that_runs(kept: Kept) -> None:
    assert kept.emptied_by in {STAYS, *(job.name for job in JOBS)}
    assert kept.what
    assert kept.until


def test_nothing_about_a_person_stays() -> None:
    staying = {table for kept in OWN_DATA if kept.emptied_by == STAYS for table in kept.tables}

    assert staying.isdisjoint(table.name for table in PERSONAL_TABLES)


def test_the_page_says_what_the_code_says() -> None:
    told = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]

    assert told == [_line(kept) for kept in OWN_DATA]


def _line(kept: Kept) -> str:
    tables = ", ".join(f"`{table}`" for table in kept.tables)
    job = kept.emptied_by if kept.emptied_by == STAYS else f"`{kept.emptied_by}`"
    return f"| {tables} | {kept.what} | {kept.until} | {job} |"
