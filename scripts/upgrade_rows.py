"""Many rows for the trial of an upgrade: copies, made by the database itself, of one consent that was really recorded.

They are for indexes, columns and locks: their signatures and leaves are those of the one, so nobody can verify them.
"""

from sqlalchemy import Connection, Engine, inspect, text

NUMBERED = "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
HASHED = "sha256(n::text::bytea)"
STAFF = "staff:00000000-0000-7000-8000-000000000001"
BY_STAFF = 10  # one event in so many is of the staff, one person in so many withdraws
BODY = (
    f"CASE WHEN n % {BY_STAFF} = 0 THEN convert_to(regexp_replace(convert_from(t.body, 'UTF8'), "
    f"""'"actor":"[^"]*"', '"actor":"{STAFF}"'), 'UTF8') ELSE t.body END"""
)
EARLIER = "t.{0} - n * interval '1 second'"
MANY = {
    "subjects": {"id": NUMBERED, "ref_index": HASHED},
    "subject_identifiers": {"subject_id": NUMBERED, "value_index": HASHED},
    "consents": {"id": NUMBERED, "subject_id": NUMBERED, "given_at": EARLIER.format("given_at")},
    "consent_choices": {"consent_id": NUMBERED, "subject_id": NUMBERED, "answered_at": EARLIER.format("answered_at")},
    "ledger_events": {
        "id": NUMBERED, "stream": NUMBERED, "body": BODY, "recorded_at": EARLIER.format("recorded_at"),
    },
}  # fmt: skip
FEWER = {
    "withdrawals": {"id": NUMBERED, "subject_id": NUMBERED, "received_at": EARLIER.format("received_at")},
    "duties": {"id": NUMBERED, "subject_id": NUMBERED, "case_id": NUMBERED},
}
WHICH = {"ledger_events": "kind = 'consent_recorded'"}


def multiply(engine: Engine, rows: int) -> None:
    """Copy the one consent that often, and its withdrawal a tenth as often."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger, no reference is checked
        for tables, count in ((MANY, rows), (FEWER, rows // BY_STAFF)):
            for table, changes in tables.items():
                _copy(connection, table, changes, count)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _copy(connection: Connection, table: str, changes: dict[str, str], count: int) -> None:
    columns = [column["name"] for column in inspect(connection).get_columns(table)]
    connection.execute(
        text(
            f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - our own words
            f"SELECT {', '.join(changes.get(column, f't.{column}') for column in columns)} "
            f"FROM (SELECT * FROM {table} WHERE {WHICH.get(table, 'TRUE')} LIMIT 1) t, generate_series(1, :count) n"
        ),
        {"count": count},
    )
