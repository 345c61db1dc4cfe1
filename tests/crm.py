"""A database of an operator with people in it, on each kind of server, and its connector."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import MetaData, create_engine, event, select, text

from consent_service.connectors.checking import check_file
from consent_service.connectors.schema import read_description
from consent_service.connectors.service import SetConnectors, set_connectors
from consent_service.connectors.sql.target import SqlTarget
from consent_service.erasure.targets import Target, Whom
from consent_service.kernel.uow import Actor
from consent_service.services import services
from consent_service.subjects.identity import IdentifierKind
from tests.factories import seed_policies

SLUG = "uof"
ACTOR = Actor("command", "test")
ANNA, BOLAT = "person-1", "person-2"
EMAIL, PHONE = "anna@example.kz", "+77010000001"
PLANTED = ("anna@example", "Anna-Planted", "77010000001", "planted words")
TABLES = [
    "\nCREATE TABLE customers (id INTEGER PRIMARY KEY, ref VARCHAR(64) NOT NULL, name VARCHAR(100), email VARCHAR(200))",
    "\nCREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), phone VARCHAR(40),\n  city VARCHAR(40), ordered_on DATE, note VARCHAR(100) NOT NULL, amount INTEGER)",
    "\nCREATE TABLE items (order_id INTEGER NOT NULL REFERENCES orders (id), line INTEGER NOT NULL, what VARCHAR(100),\n  PRIMARY KEY (order_id, line))",
    "\nCREATE TABLE newsletter (id INTEGER PRIMARY KEY, address VARCHAR(200), tel VARCHAR(40))",
    "\nCREATE TABLE messages (id INTEGER PRIMARY KEY, sender INTEGER REFERENCES customers (id),\n  recipient INTEGER REFERENCES customers (id), body VARCHAR(100))",
    "\nCREATE TABLE invoices (id INTEGER PRIMARY KEY, customer_ref VARCHAR(64), memo VARCHAR(100))\n",
]
PEOPLE = [
    "\nINSERT INTO customers VALUES (1, 'person-1', 'Anna-Planted', 'Anna@Example.KZ'), (2, 'person-2', 'Bolat', 'b@x.kz')",
    "\nINSERT INTO orders VALUES (1, 1, '+77010000001', 'Almaty', '2024-03-05', 'planted words', 47),\n  (2, 1, '+77010000001', 'Almaty', '2024-07-09', 'planted words', 12),\n  (3, 2, '+77020000002', 'Almaty', '2024-07-09', 'b', 3)",
    "\nINSERT INTO items VALUES (1, 1, 'planted words'), (1, 2, 'planted words'), (2, 1, 'x'), (3, 1, 'y')",
    "\nINSERT INTO newsletter VALUES (1, 'ANNA@example.kz', '77010000001'), (2, 'b@x.kz', '77020000002'),\n  (3, NULL, '77010000001')",
    "\nINSERT INTO messages VALUES (1, 1, 2, 'planted words'), (2, 2, 1, 'from b'), (3, 2, 2, 'to self')",
    "\nINSERT INTO invoices VALUES (1, 'person-1', 'planted words'), (2, 'person-2', 'm')\n",
]
CRM = """
operator: uof
targets:
  - name: crm
    kind: sql
    dialect: {dialect}
    tables:
      - table: customers
        person: [{{column: ref, is: ref}}]
        rows: delete
        withhold: [name]
      - table: orders
        person: [{{through: customers}}]
        rows: delete
      - table: items
        person: [{{through: orders}}]
        rows: delete
      - table: newsletter
        person:
          - {{column: address, is: email}}
          - {{column: tel, is: phone, form: digits}}
        rows: delete
      - table: messages
        person: [{{through: customers, columns: [sender], keys: [id]}}]
        rows: delete
        references: [{{column: recipient, do: unlink}}]
      - table: invoices
        person: [{{column: customer_ref, is: ref}}]
        rows: keep
        basis: Tax Code 26
        columns: [{{column: memo, do: set_null}}]
"""
ERASED = {
    "customers: delete": 1,
    "orders: delete": 2,
    "items: delete": 3,
    "newsletter: delete": 2,
    "messages: delete": 1,
    "messages: unlink": 1,
    "invoices: clear columns": 1,
}


@dataclass
class Crm:
    """A database of an operator."""

    dialect: str
    url: str

    def run(self, *statements: str) -> None:
        engine = create_engine(self.url)
        if self.dialect == "sqlite":
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything that is in the database."""
        engine, metadata = create_engine(self.url), MetaData()
        metadata.reflect(engine)
        with engine.connect() as connection:
            found = {
                table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=str)
                for table in metadata.tables.values()
            }
        engine.dispose()
        return found

    def holds(self, *planted: str) -> list[str]:
        """Return which values are somewhere in the database."""
        written = str(self.rows())
        return [value for value in planted if value in written]

    def connect(self, app: Flask, yaml: str = CRM, credential: str | None = None) -> SqlTarget:
        """Set the connector as the command does, and return its target."""
        connect(app, yaml.format(dialect=self.dialect), {"crm": credential or self.url})
        target = targets(app)["crm"]
        assert isinstance(target, SqlTarget)
        return target


def connect(app: Flask, yaml: str, credentials: Mapping[str, str], slug: str = SLUG) -> None:
    with app.app_context():
        house = services()
        checked = check_file(read_description(yaml.encode(), "crm.yaml", slug), credentials, house.outbound)
        with house.write(ACTOR) as unbound:
            uow = unbound.for_operator(seed_policies.number(unbound, slug))
            set_connectors(uow, SetConnectors(tuple(checked), "digest"))


def disconnect(app: Flask) -> None:
    """Leave every operator without a system, as the tests that come next expect it."""
    with app.app_context(), services().write(ACTOR) as unbound:
        unbound.session.execute(text("DELETE FROM connectors"))


def targets(app: Flask, slug: str = SLUG) -> dict[str, Target]:
    with app.app_context():
        house = services()
        with house.read(ACTOR) as unbound:
            made = house.targets(unbound.for_operator(seed_policies.number(unbound, slug)))
    return {target.name: target for target in made}


def anna(order: int = 1) -> Whom:
    identifiers = {IdentifierKind.EMAIL: EMAIL, IdentifierKind.PHONE: PHONE}
    return Whom(UUID(int=order), ANNA, identifiers)
