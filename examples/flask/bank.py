"""Accounts, transfers and clients, in one folder that all workers share."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

DATA = Path(os.environ.get("BANK_DATA", "data"))
OPENING_BALANCE = 1000


@dataclass(frozen=True)
class Client:
    """Whoever has the API key and the secret acts for this account."""

    account: str
    secret: bytes = field(repr=False)


def load_clients() -> dict[str, Client]:
    """Clients by API key: {"<API key>": {"account": "alice", "secret": "<base64>"}}."""
    entries = json.loads((DATA / "clients.json").read_text())
    return {
        api_key: Client(entry["account"], base64.b64decode(entry["secret"]))
        for api_key, entry in entries.items()
    }


def transfer(payer: str, payee: str, amount: int) -> dict[str, object]:
    with _database() as database:
        made = database.execute(
            "INSERT INTO transfers (payer, payee, amount) VALUES (?, ?, ?)", (payer, payee, amount)
        )
        return {"id": made.lastrowid, "payer": payer, "payee": payee, "amount": amount}


def find_transfer(number: int) -> dict[str, object] | None:
    with _database() as database:
        row = database.execute("SELECT * FROM transfers WHERE id = ?", (number,)).fetchone()
        return None if row is None else dict(row)


def cancel_transfer(number: int) -> None:
    with _database() as database:
        database.execute("DELETE FROM transfers WHERE id = ?", (number,))


def balance(account: str) -> int:
    with _database() as database:
        (moved,) = database.execute(
            "SELECT coalesce(sum(CASE payee WHEN ?1 THEN amount ELSE -amount END), 0)"
            " FROM transfers WHERE ?1 IN (payer, payee)",
            (account,),
        ).fetchone()
        return OPENING_BALANCE + moved


@contextmanager
def _database() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(DATA / "bank.db", timeout=10)
    database.row_factory = sqlite3.Row
    try:
        with database:  # one transaction
            database.execute(
                "CREATE TABLE IF NOT EXISTS transfers"
                " (id INTEGER PRIMARY KEY, payer TEXT, payee TEXT, amount INTEGER)"
            )
            yield database
    finally:
        database.close()
