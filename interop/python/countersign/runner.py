"""Runs test vectors: see "Runners" in packages/vectors/README.md.

Sequences run against every store of countersign.py: in memory, SQLite, and Redis where
redis-server and redis-py are there. Verdicts that stores do not share are told as both.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Callable

import countersign
from countersign import Claim, InnerList, Item, Key, Message, SignatureError, Store, Verifier
from runner_stores import VectorStore, stores_of_this_machine

Vector = dict[str, Any]
_URL = re.compile(r"([^:]+://[^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.DOTALL)


class Unsupported(Exception):
    """countersign.py does not do this: the test is skipped."""


class Refused(Exception):
    """What the test expects of an accepted vector does not hold."""


class KeyRing:
    """The keys of keys.json. One that cannot be imported is as good as unknown."""

    def __init__(self, entries: dict[str, Any]) -> None:
        self._entries = entries

    def key(self, name: str) -> Key | None:
        entry = self._entries[name]
        try:
            if "secret" in entry:
                return Key.hmac(base64.b64decode(entry["secret"]), entry.get("principal"))
            pem = entry["publicPem"].encode()
            return Key.public(entry["algorithm"], pem, entry.get("principal"))
        except ValueError:
            return None

    def by_key_id(self, names: list[str]) -> dict[str, Key]:
        keys = {self._entries[name]["keyid"]: self.key(name) for name in names}
        return {key_id: key for key_id, key in keys.items() if key is not None}


def message_of(test: Vector, given: Vector | None = None) -> Message:
    """The message of a vector, for RFC 9421 alone: the target URI is what its sender wrote."""
    given = given or test["message"]
    request = _request_message(given["request"], test.get("policy", {}).get("fieldTypes", {}))
    if "response" not in given:
        return request
    response = given["response"]
    return Message(
        headers=countersign.collect_fields(response["headers"]),
        trailers=countersign.collect_fields(response.get("trailers", [])),
        status=response["status"],
        request=request,
        field_types=request.field_types,
    )


def _request_message(request: Vector, field_types: dict[str, str]) -> Message:
    origin, path, query = _split(request["url"])
    try:
        scheme, _, authority = countersign.normalize_origin(origin).partition("://")
    except ValueError as error:
        raise Refused(str(error)) from error
    return Message(
        headers=countersign.collect_fields(request["headers"]),
        trailers=countersign.collect_fields(request.get("trailers", [])),
        method=request["method"],
        scheme=scheme,
        authority=authority,
        target=request.get("requestTarget", (path or "/") + query),
        path=path or "/",
        query=query,
        field_types=field_types,
    )


def _split(url: str) -> tuple[str, str, str]:
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(f"not an absolute URI: {url}")
    return match[1], match[2], match[3] or ""


def run_base(test: Vector, keys: KeyRing) -> None:
    message = message_of(test)
    components = InnerList(
        [Item(entry["name"], dict(entry.get("parameters", []))) for entry in test["components"]],
        dict(test["parameters"]),
    )
    base = countersign.signature_base(message, components)
    if "signatureBase" not in test:
        return
    _expect_equal(base.decode("ascii"), test["signatureBase"])
    _expect_equal(countersign.serialize_field(components), test["signatureInput"])
    label, key = test.get("label", "sig"), keys.key(test["key"])
    lines = {"signature-input": test["signatureInput"], "signature": f":{test['signature']}:"}
    signed = {**message.headers, **{name: [f"{label}={lines[name]}"] for name in lines}}
    signature = countersign.parse_signatures(Message(headers=signed))[0]
    if key is None:
        raise Refused("the key cannot be imported")
    countersign.verify_signature(message, signature, key)


def run_verify(test: Vector, keys: KeyRing) -> str | None:
    policy = test["policy"]
    if policy["profile"] == "countersign":
        store = countersign.MemoryStore(starts_fresh=True)
        verifier = verifier_of(test, keys, store, lambda: test["now"])
        return verify_request(verifier, test["message"]).label
    message = message_of(test)
    signatures = countersign.parse_signatures(message)
    wanted = policy.get("label")
    refusal: Exception = SignatureError("no_matching_signature")
    for signature in signatures:
        if wanted in (None, signature.label):
            try:
                _verify_by_rfc(message, signature, test["keys"], keys)
                return signature.label
            except SignatureError as error:
                refusal = error
    raise refusal


def _verify_by_rfc(
    message: Message, signature: countersign.Signature, names: list[str], keys: KeyRing
) -> None:
    countersign.check_parameters(signature)
    if "keyid" in signature.parameters:
        key = keys.by_key_id(names).get(str(signature.parameters["keyid"]))
    else:
        key = keys.key(names[0]) if len(names) == 1 else None
    if key is None:
        raise SignatureError("unknown_key")
    countersign.verify_signature(message, signature, key)


def verifier_of(
    test: Vector, keys: KeyRing, store: Store, clock: Callable[[], float], **more: Any
) -> Verifier:
    """A verifier of the Countersign profile, with what the vector's policy says beside it."""
    policy = test["policy"]
    known = {
        "tag": "tag",
        "requiredComponents": "required_components",
        "requiredParameters": "required_parameters",
        "maxAgeSeconds": "max_age_seconds",
        "futureSkewSeconds": "future_skew_seconds",
        "maxBodyBytes": "max_body_bytes",
        "fieldTypes": "field_types",
    }
    options = {name: policy[key] for key, name in known.items() if key in policy}
    message = test["message"] if "message" in test else next(iter(test["messages"].values()))
    return Verifier(
        keys=keys.by_key_id(test["keys"]),
        origin=policy.get("origin") or _split(message["request"]["url"])[0],
        store=store,
        clock=clock,
        **{**options, **more},
    )


def verify_request(verifier: Verifier, message: Vector) -> countersign.Verified:
    if "response" in message:
        raise Unsupported("responses, in the profile")
    request = message["request"]
    _, path, query = _split(request["url"])
    return verifier.verify(
        request["method"],
        request.get("requestTarget", (path or "/") + query),
        [(name, value) for name, value in request["headers"]],
        base64.b64decode(request.get("body", "")),
    )


def run_digest(test: Vector, _keys: KeyRing) -> None:
    digest = test["digest"]
    if digest["operation"] != "verify":
        raise Unsupported(f"{digest['operation']} a digest")
    countersign.check_digest(digest["value"], base64.b64decode(digest.get("body", "")))


def run_structured_field(test: Vector, _keys: KeyRing) -> None:
    given = test["structuredField"]
    value = countersign.parse_field(", ".join(given["raw"]), given["type"])
    if "member" in given:
        value = value[given["member"]]
    if "canonical" in given:
        _expect_equal(countersign.serialize_field(value), given["canonical"])


def _expect_equal(actual: str, expected: str) -> None:
    if actual != expected:
        raise Refused(f"{actual!r} instead of {expected!r}")


class _BrokenStore:
    def claim(self, claim: Claim) -> str:
        raise OSError("the store is down")


def run_steps(test: Vector, keys: KeyRing, store: VectorStore) -> list[str]:
    """The verdicts of a sequence against one store."""
    age: dict[str, int] = {}
    verdicts = []
    for step in test["steps"]:
        at = step["at"]
        if step.get("restart"):
            store.restart(keeps=step["restart"] == "durable", at=at)
        if "maxAgeSeconds" in step:
            age = {"max_age_seconds": step["maxAgeSeconds"]}
        if "use" not in step:
            verdicts.append("accept")
            continue
        used: Store = _BrokenStore() if step.get("store") == "unavailable" else store.at(at)
        verifier = verifier_of(test, keys, used, partial(int, at), **age)
        verdicts.append(_verdict(verifier, test["messages"][step["use"]], step.get("copies")))
    return verdicts


def _verdict(verifier: Verifier, message: Vector, copies: int | None) -> str:
    def attempt(_: int) -> bool:
        try:
            verify_request(verifier, message)
            return True
        except SignatureError:
            return False

    if copies is None:
        return "accept" if attempt(0) else "reject"
    with ThreadPoolExecutor(copies) as pool:
        return f"{sum(pool.map(attempt, range(copies)))} of {copies}"


def run_sequence(test: Vector, keys: KeyRing, stores: list[Callable[[], VectorStore]]) -> Vector:
    is_durable = any(step.get("restart") == "durable" for step in test["steps"])
    runs = []
    for make in stores:
        store = make()
        try:
            if store.is_durable or not is_durable:
                runs.append(run_steps(test, keys, store))
        finally:
            store.close()
    steps = ["/".join(sorted(set(verdicts))) for verdicts in zip(*runs)]
    last = steps[-1]
    return {
        "result": "accept" if last in ("accept", "1 of " + last[5:]) else "reject",
        "steps": steps,
    }


_RUNS: dict[str, Callable[[Vector, KeyRing], str | None]] = {
    "base": run_base,
    "verify": run_verify,
    "digest": run_digest,
    "structured-field": run_structured_field,
}


def run(test: Vector, keys: KeyRing, stores: list[Callable[[], VectorStore]]) -> Vector:
    """The answer to one test."""
    try:
        if test["type"] == "sequence":
            return {"id": test["id"], **run_sequence(test, keys, stores)}
        if test["type"] not in _RUNS:
            raise Unsupported(f"no {test['type']}")
        label = _RUNS[test["type"]](test, keys)
    except Unsupported as error:
        return {"id": test["id"], "result": "skip", "reason": str(error)}
    except (SignatureError, Refused) as error:
        reason = error.code if isinstance(error, SignatureError) else str(error)
        return {"id": test["id"], "result": "reject", "reason": reason}
    return {"id": test["id"], "result": "accept", **({"label": label} if label else {})}


def main() -> None:
    keys = KeyRing(json.loads(sys.stdin.readline())["keys"])
    with stores_of_this_machine() as stores:
        for line in sys.stdin:
            if line.strip():
                print(json.dumps(run(json.loads(line), keys, stores)), flush=True)


if __name__ == "__main__":
    main()
