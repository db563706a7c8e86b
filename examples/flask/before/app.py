"""The same bank with a check as many APIs have it. It looks careful, and breaks in five ways.

The signature covers the body alone. Time and nonce stand beside it, and each worker remembers the
nonces that it has seen itself.
"""

import hashlib
import hmac
import time

import bank
from flask import Flask, abort, g, request

app = Flask(__name__)

clients = bank.load_clients()
seen_nonces: set[str] = set()


@app.before_request
def check_signature() -> None:
    client = clients.get(request.headers.get("X-API-Key", ""))
    if client is None:
        abort(401)
    expected = hmac.new(client.secret, request.get_data(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-API-Signature", "")):
        abort(401)
    if abs(time.time() - int(request.headers.get("X-Request-Timestamp", "0"))) > 60:
        abort(401)
    nonce = request.headers.get("X-Request-Nonce", "")
    if len(nonce) < 16 or nonce in seen_nonces:
        abort(401)
    seen_nonces.add(nonce)
    g.account = client.account


def account() -> str:
    """Who signed the request."""
    return g.account


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
