"""A bank's API. Each request is signed (RFC 9421), and executed at most once."""

import os

import bank
from countersign import CountersignMiddleware, Key, RedisStore, SqliteStore, Store, Verifier
from flask import Flask, abort, request

app = Flask(__name__)


def replay_store() -> Store:
    """Where nonces are remembered: a file that the workers share, or Redis for several hosts."""
    place = os.environ.get("REPLAY_STORE", str(bank.DATA / "replay.db"))
    starts_fresh = os.environ.get("REPLAY_STARTS_FRESH") == "1"  # in the first deploy alone
    if not place.startswith(("redis://", "rediss://")):
        return SqliteStore(place, starts_fresh=starts_fresh)
    from redis import Redis

    return RedisStore(Redis.from_url(place, socket_timeout=1), starts_fresh=starts_fresh)


clients = bank.load_clients()
verifier = Verifier(
    keys={api_key: Key.hmac(client.secret, client.account) for api_key, client in clients.items()},
    origin=os.environ["BANK_ORIGIN"],
    store=replay_store(),
)
app.wsgi_app = CountersignMiddleware(app.wsgi_app, verifier)  # type: ignore[method-assign]


def account() -> str:
    """Who signed the request."""
    return request.environ["countersign.verified"].principal


@app.post("/transfers")
def create_transfer():
    return bank.transfer(account(), request.args["to"], int(request.get_json()["amount"])), 201


@app.get("/transfers/<int:number>")
def show_transfer(number: int):
    return own_transfer(number)


@app.delete("/transfers/<int:number>")
def cancel_transfer(number: int):
    own_transfer(number)
    bank.cancel_transfer(number)
    return "", 204


@app.get("/balance")
def show_balance():
    return {"balance": bank.balance(account())}


def own_transfer(number: int):
    found = bank.find_transfer(number)
    if found is None or found["payer"] != account():
        abort(404)
    return found
