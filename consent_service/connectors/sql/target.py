"""A database of an operator as a target: find, collect, erase in one transaction or in batches, read back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from consent_service.connectors.description import SqlDescription
from consent_service.connectors.journal import Attempt, Journal, added
from consent_service.connectors.refusals import RowsRefusedError, TargetFailedError
from consent_service.connectors.sql.anonymity import check_k
from consent_service.connectors.sql.changing import Counts, Step, linked, pending, steps
from consent_service.connectors.sql.connecting import forget_pages, opened, reading, translated, writing
from consent_service.connectors.sql.live import read_schema
from consent_service.connectors.sql.plan import Plan, make_plan
from consent_service.connectors.sql.reading_back import left_of
from consent_service.connectors.sql.selecting import CHUNK, Found, chunks, select_rows
from consent_service.connectors.sql.staying import kept_of, staying_rows
from consent_service.connectors.states import Kind, Rows
from consent_service.erasure.targets import Asked, Erased, Kept, Outcome, Whom

MOST_ROWS = 500  # of a table, in an answer to an access request
_METHODS = {Rows.DEPERSONALISE: "depersonalised", Rows.PSEUDONYMISE: "pseudonymised"}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an erasure would do: rows by "table: action", k by table, and what would stay on which ground."""

    counts: Mapping[str, int]
    k: Mapping[str, int]
    kept: Mapping[str, Kept]


@dataclass(frozen=True, slots=True, repr=False)
class SqlTarget:
    """A database that is described; ``secret`` is the key of its pseudonyms."""

    description: SqlDescription
    address: str
    secret: bytes
    journal: Journal

    kind = str(Kind.SQL)

    @property
    def name(self) -> str:
        """The name of the target."""
        return self.description.name

    @property
    def method(self) -> str:
        """What is done, by its right name: hashing with a key that is kept is pseudonymisation, not more."""
        kinds = {table.rows for table in self.description.tables}
        return "_".join([self.kind, *(word for rows, word in _METHODS.items() if rows in kinds)])

    def find(self, whom: Whom) -> Mapping[str, int]:
        """Count the rows of a person by table, those that are kept among them."""
        return self.find_many([whom])[whom.order_id]

    def find_many(self, whoms: Sequence[Whom]) -> Mapping[UUID, Mapping[str, int]]:
        """Count the rows of people."""
        with opened(self.description, self.address) as engine:
            plan = self.plan(engine)
            with reading(engine) as connection:
                found = select_rows(connection, plan.tables, whoms)
        tables = {name: Counter(rows.owners.values()) for name, rows in found.items() if rows.table.described.ways}
        return {
            whom.order_id: {name: owners[place] for name, owners in tables.items()} for place, whom in enumerate(whoms)
        }

    def collect(self, whom: Whom) -> Mapping[str, Sequence[Mapping[str, Any]]]:  # Any: column values
        """Return the rows of a person by table, up to 500 each, without the columns that are withheld."""
        with opened(self.description, self.address) as engine:
            plan = self.plan(engine)
            with reading(engine) as connection:
                found = select_rows(connection, plan.tables, [whom])
                return {name: _rows(connection, rows) for name, rows in found.items() if rows.owners}

    def foresee(self, whom: Whom) -> Foreseen:
        """Do everything that an erasure does, and undo it before it counts.

        Raises:
            RowsRefusedError: The database would refuse it, or rows would stand out.
        """
        with opened(self.description, self.address) as engine:
            plan = self.plan(engine)
            with engine.connect() as connection, connection.begin() as transaction:
                found = select_rows(connection, plan.erasable, [whom], lock=True)
                (staying,) = staying_rows(connection, plan, [whom], found)
                counts = dict(_run(connection, steps(plan, found, self.secret)).get(0, {}))
                k = check_k(connection, plan, found, self.description.k)
                transaction.rollback()
        return Foreseen(counts, k, kept_of(self.description, staying, counts))

    def erase(self, whom: Whom, found_before: Mapping[str, int]) -> Erased:
        """Erase a person and read back."""
        (result,) = self.erase_many([(whom, found_before)]).values()
        if isinstance(result, Exception):
            raise result
        return result

    def erase_many(self, asked: Sequence[Asked]) -> Mapping[UUID, Erased | Exception]:
        """Erase people in one transaction; where it is refused, in halves, until it is clear whose rows are."""
        with opened(self.description, self.address) as engine:
            results = self._erase(engine, self.plan(engine), asked)
            forget_pages(engine)
        return results

    def plan(self, engine: sa.Engine) -> Plan:
        """Hold the description against the database as it is now.

        Raises:
            DescriptionError: It does not fit; says what to write.
        """
        with reading(engine) as connection:
            return make_plan(self.description, read_schema(connection, self.description))

    def _erase(self, engine: sa.Engine, plan: Plan, asked: Sequence[Asked]) -> dict[UUID, Erased | Exception]:
        if self.description.batches:
            return {whom.order_id: self._in_batches(engine, plan, whom, before) for whom, before in asked}
        try:
            return self._together(engine, plan, asked)
        except RowsRefusedError as error:
            if len(asked) == 1:
                return {asked[0][0].order_id: error}
        half = len(asked) // 2
        return self._erase(engine, plan, asked[:half]) | self._erase(engine, plan, asked[half:])

    def _together(self, engine: sa.Engine, plan: Plan, asked: Sequence[Asked]) -> dict[UUID, Erased | Exception]:
        whoms = [whom for whom, _ in asked]
        earlier = self.journal.read([whom.order_id for whom in whoms])
        attempts = {}
        with translated(self.name), writing(engine) as connection:
            found = select_rows(connection, plan.erasable, whoms, lock=True)
            staying = staying_rows(connection, plan, whoms, found)
            counts = _run(connection, steps(plan, found, self.secret))
            k = check_k(connection, plan, found, self.description.k)
            for place, whom in enumerate(whoms):
                goes = counts.get(place, {})
                known = earlier.get(whom.order_id, Attempt()).settled(sum(goes.values())).beside(staying[place])
                attempts[whom.order_id] = known.then(goes, sum(goes.values()), k if goes else {})
            self.journal.note(attempts)
        with reading(engine) as connection:
            left = left_of(connection, plan, whoms, found, self.secret)
        # Where it has to be done again, new rows must not be taken for those that went.
        self.journal.note(
            {whom.order_id: attempts[whom.order_id].landed() for n, whom in enumerate(whoms) if n in left}
        )
        return {
            whom.order_id: self._outcome(attempts[whom.order_id], before, left.get(place, {}))
            for place, (whom, before) in enumerate(asked)
        }

    def _in_batches(
        self, engine: sa.Engine, plan: Plan, whom: Whom, before: Mapping[str, int]
    ) -> Erased | TargetFailedError:
        try:
            with translated(self.name), reading(engine) as connection:
                found = select_rows(connection, plan.erasable, [whom])
                (staying,) = staying_rows(connection, plan, [whom], found)
                to_go = _to_go(connection, plan, found, self.secret)
            known = self.journal.read([whom.order_id]).get(whom.order_id, Attempt())
            attempt = known.settled(to_go).beside(staying)
            for step in steps(plan, found, self.secret, self.description.batches or CHUNK):
                with translated(self.name), writing(engine) as connection:
                    goes = step(connection).get(0, {})
                    attempt = attempt.then(goes, to_go, {})
                    self.journal.note({whom.order_id: attempt})
                to_go -= sum(goes.values())
            with reading(engine) as connection:
                left = left_of(connection, plan, [whom], found, self.secret)
            if left:
                self.journal.note({whom.order_id: attempt.landed()})
        except RowsRefusedError as error:
            return error
        return self._outcome(attempt, before, left.get(0, {}))

    def _outcome(
        self, attempt: Attempt, before: Mapping[str, int], left: Mapping[str, int]
    ) -> Erased | TargetFailedError:
        if left:
            rows = ", ".join(f"{count} in {table}" for table, count in sorted(left.items()))
            return TargetFailedError(f"{self.name}: Reading back found rows of the person: {rows}. It is tried again.")
        kept = kept_of(self.description, attempt.kept, attempt.gone)
        if not attempt.gone and (expected := self._expected(before, kept)):
            return TargetFailedError(
                f"{self.name}: {expected} rows were found before and none is there now. See who erased them, or "
                "whether the address leads to another database."
            )
        going = [table.name for table in self.description.tables if table.goes]
        return Erased(Outcome.CONFIRMED, attempt.gone, self.method, dict.fromkeys(going, 0), attempt.k, kept)

    def _expected(self, before: Mapping[str, int], kept: Mapping[str, Kept]) -> int:
        """Return how many of the rows that were found were to go."""
        stays = {table.name for table in self.description.tables if table.rows is Rows.KEEP} | set(kept)
        return sum(count for table, count in before.items() if table not in stays)


def _run(connection: sa.Connection, todo: Iterable[Step]) -> Counts:
    total: Counts = {}
    for step in todo:
        for place, counts in step(connection).items():
            total[place] = added(total.get(place, {}), counts)
    return total


def _to_go(connection: sa.Connection, plan: Plan, found: Mapping[str, Found], secret: bytes) -> int:
    """Count what is still to be done."""
    count = sum(len(found[table.name].owners) for table in plan.deleted)
    count += sum(len(pending(connection, table, list(found[table.name].owners), secret)) for table in plan.changed)
    for one in plan.unlinked:
        for part in chunks(list(found[one.join.to].values(one.join.keys))):
            stay, _ = linked(connection, one, found, part)
            count += len(stay)
    return count


def _rows(connection: sa.Connection, rows: Found) -> list[Mapping[str, Any]]:  # Any: column values
    table = rows.table
    shown = [column for column in table.live.columns if column.name not in table.described.withhold]
    keys = list(rows.owners)[:MOST_ROWS]
    return [
        dict(row)
        for part in chunks(keys)
        for row in connection.execute(sa.select(*shown).where(table.among(table.key, part))).mappings()
    ]
