"""What the vectors cannot show: stores on disk and over the network, threads, forks, and WSGI.

python -m unittest test_countersign
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import os
import sqlite3
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Callable

from countersign import (
    Claim,
    CountersignMiddleware,
    Key,
    MemoryStore,
    RedisStore,
    SignatureError,
    SqliteStore,
    Store,
    Verifier,
)

SECRET = bytes(range(32))
NOW = 1_700_000_000
BODY = b'{"to":"bob"}'
COVERED = '("@method" "@authority" "@path" "@query" "content-digest" "content-type")'
Headers = list[tuple[str, str]]


def signed(
    path: str = "/transfers",
    *,
    method: str = "POST",
    query: str = "?",
    nonce: str = "nonce-of-16-chars",
    body: bytes = BODY,
    created: int = NOW,
    covered: str = COVERED,
    key_id: str = "alice-laptop",
    more: str = "",
) -> Headers:
    """The fields of a request: made with nothing but the standard library and RFC 9421 2.5."""
    digest = "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
    values = {
        '"@method"': method,
        '"@authority"': "bank.example",
        '"@path"': path,
        '"@query"': query,
        '"content-digest"': digest,
        '"content-type"': "application/json",
    }
    parameters = f'{covered};created={created};nonce="{nonce}";keyid="{key_id}"{more}'
    lines = [f"{name}: {values[name]}" for name in covered[1:-1].split(" ")]
    base = "\n".join([*lines, f'"@signature-params": {parameters}'])
    signature = base64.b64encode(hmac.digest(SECRET, base.encode("latin-1"), "sha256")).decode()
    return [
        ("Content-Type", "application/json"),
        ("Content-Digest", digest),
        ("Signature-Input", f"sig={parameters}"),
        ("Signature", f"sig=:{signature}:"),
    ]


def verifier_with(store: Store | None = None, now: Callable[[], float] = lambda: NOW) -> Verifier:
    return Verifier(
        keys={"alice-laptop": Key.hmac(SECRET, principal="alice")},
        origin="https://bank.example",
        store=store or MemoryStore(starts_fresh=True),
        clock=now,
    )


def claim_of(nonce: str, created: int = NOW, now: int = NOW, life: int = 60) -> Claim:
    key = hashlib.sha256(nonce.encode()).digest()
    return Claim(key, created, created + life, now, future_skew_seconds=10)


class Refusals(unittest.TestCase):
    """Asserts codes."""

    def assert_refused(self, code: str, run: Callable[[], object]) -> SignatureError:
        with self.assertRaises(SignatureError) as caught:
            run()
        self.assertEqual(caught.exception.code, code)
        return caught.exception


class VerifierTest(Refusals):
    """The seven steps."""

    def test_a_signed_request_is_accepted_once(self) -> None:
        verifier, headers = verifier_with(), signed()
        verified = verifier.verify("POST", "/transfers", headers, BODY)
        self.assertEqual(
            ("alice", "alice-laptop", BODY), (verified.principal, verified.key_id, verified.body)
        )
        self.assert_refused(
            "replayed", lambda: verifier.verify("POST", "/transfers", headers, BODY)
        )

    def test_codes_tell_which_edge_of_the_window_was_passed(self) -> None:
        for age, code in ((-11, "not_yet_valid"), (61, "stale")):
            verifier = verifier_with(now=lambda age=age: NOW + age)
            self.assert_refused(
                code, partial(verifier.verify, "POST", "/transfers", signed(), BODY)
            )
        headers = signed(more=f";expires={NOW + 30}")
        late = verifier_with(now=lambda: NOW + 31)
        self.assert_refused("expired", lambda: late.verify("POST", "/transfers", headers, BODY))
        verifier_with(now=lambda: NOW + 30).verify("POST", "/transfers", headers, BODY)

    def test_a_line_break_in_the_target_forges_no_component(self) -> None:
        for target in ("/transfers\n", "/transfers ", "/tr\x00", "/\xe9"):
            verify = partial(verifier_with().verify, "POST", target, signed(target), BODY)
            self.assert_refused("malformed_component", verify)

    def test_a_long_keyid_is_not_even_looked_up(self) -> None:
        asked: list[str] = []
        verifier = Verifier(
            keys=asked.append,  # type: ignore[arg-type]
            origin="https://bank.example",
            store=MemoryStore(starts_fresh=True),
            clock=lambda: NOW,
        )
        for length, code in ((256, "unknown_key"), (257, "malformed_parameter")):
            headers = signed(key_id="k" * length)
            self.assert_refused(
                code, partial(verifier.verify, "POST", "/transfers", headers, BODY)
            )
        self.assertEqual(asked, ["k" * 256])

    def test_nothing_secret_is_in_what_is_printed(self) -> None:
        verified = verifier_with().verify("POST", "/transfers", signed(), BODY)
        self.assertNotIn("bob", repr(verified))
        self.assertNotIn("secret", repr(Key.hmac(SECRET)))

    def test_a_body_is_read_only_after_the_signature_was_found_good(self) -> None:
        reads: list[int] = []

        def read() -> bytes:
            reads.append(1)
            return BODY

        headers = [*signed(), ("Content-Length", str(len(BODY)))]
        self.assert_refused(
            "invalid_signature", lambda: verifier_with().verify("PUT", "/transfers", headers, read)
        )
        self.assertEqual(reads, [])
        verifier_with().verify("POST", "/transfers", headers, read)
        self.assertEqual(reads, [1])

    def test_a_body_that_was_not_announced_must_be_covered_all_the_same(self) -> None:
        headers = signed(covered='("@method" "@authority" "@path" "@query" "content-type")')
        headers = [line for line in headers if line[0] != "Content-Digest"]
        self.assert_refused(
            "missing_digest",
            lambda: verifier_with().verify("POST", "/transfers", headers, lambda: b"x"),
        )

    def test_stores_and_key_lookups_that_fail_let_nothing_in(self) -> None:
        class Broken:
            def claim(self, claim: Claim) -> str:
                raise OSError

        def verify(**options: Any) -> object:
            given: dict[str, Any] = {"keys": {"alice-laptop": Key.hmac(SECRET)}, "store": Broken()}
            verifier = Verifier(
                **{**given, **options}, origin="https://bank.example", clock=lambda: NOW
            )
            return verifier.verify("POST", "/transfers", signed(), BODY)

        def lookup(key_id: str) -> Key:
            raise KeyError(key_id)

        refusal = self.assert_refused("replay_store_unavailable", verify)
        self.assertEqual(refusal.problem(NOW)[0], 503)
        self.assert_refused("key_unavailable", lambda: verify(keys=lookup))

    def test_a_problem_tells_the_kind_and_not_the_code(self) -> None:
        bodies = {
            SignatureError(code).problem(NOW)[2]
            for code in ("unknown_key", "invalid_signature", "digest_mismatch")
        }
        self.assertEqual(len(bodies), 1)
        self.assertEqual(json.loads(SignatureError("stale").problem(NOW)[2])["serverTime"], NOW)

    def test_parsing_costs_linear_time(self) -> None:
        texts = ["a" * 8000, "a=(" + " " * 8000, 'a="' + "\\\\" * 3000, "a" + ";a" * 4000]
        for text in [*texts, "a=:" + "A" * 8000, "a" + " " * 200_000 + "b", "a" + "\n " * 100_000]:
            headers = [("Signature-Input", text), ("Signature", "a=:AA==:")]
            start = time.process_time()
            with self.assertRaises(SignatureError):
                verifier_with().verify("GET", "/", headers)
            self.assertLess(time.process_time() - start, 1)


class StoreTests:
    """What every store must do. `make` opens it, again and again on the same history."""

    is_durable = True
    make: Callable[..., Store]
    assertEqual: Any
    assert_refused: Any

    def test_claims_at_once_are_accepted_once(self) -> None:
        store, barrier = self.make(starts_fresh=True), threading.Barrier(8)

        def race(_: int) -> str:
            barrier.wait()
            return store.claim(claim_of("raced"))

        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(race, range(8)))
        self.assertEqual(answers, ["accepted"] + ["replayed"] * 7)

    def test_a_nonce_is_looked_up_whatever_created_it_comes_with(self) -> None:
        store = self.make(starts_fresh=True)
        self.assertEqual(store.claim(claim_of("n")), "accepted")
        self.assertEqual(store.claim(claim_of("n", created=NOW + 9)), "replayed")

    def test_what_was_forgotten_is_stale_even_in_a_longer_window(self) -> None:
        store = self.make(starts_fresh=True)
        self.assertEqual(store.claim(claim_of("old")), "accepted")
        self.assertEqual(
            store.claim(claim_of("new", created=NOW + 100, now=NOW + 100)), "accepted"
        )
        again = claim_of("old", now=NOW + 100, life=600)
        self.assertEqual(store.claim(again), "stale")
        self.assertEqual(store.claim(claim_of("old", now=NOW)), "stale")  # the clock was set back

    def test_the_window_is_looked_at_again(self) -> None:
        store = self.make(starts_fresh=True)
        self.assertEqual(store.claim(claim_of("late", now=NOW + 61)), "stale")
        self.assertEqual(store.claim(claim_of("early", created=NOW + 11)), "stale")
        self.assertEqual(store.claim(claim_of("last second", now=NOW + 60)), "accepted")

    def test_a_store_without_a_history_refuses_what_could_have_been_accepted_before(self) -> None:
        store = self.make()
        refusal = self.assert_refused(
            "replay_store_starting", lambda: store.claim(claim_of("n", created=NOW + 10))
        )
        self.assertEqual(refusal.retry_after, 11)
        self.assertEqual(store.claim(claim_of("n", created=NOW + 11, now=NOW + 1)), "accepted")

    def test_nothing_is_evicted(self) -> None:
        store = self.make(starts_fresh=True, max_entries=2)
        self.assertEqual([store.claim(claim_of(n)) for n in "ab"], ["accepted"] * 2)
        self.assert_refused("replay_store_full", lambda: store.claim(claim_of("c")))
        self.assertEqual(store.claim(claim_of("a")), "replayed")
        later = claim_of("d", created=NOW + 61, now=NOW + 61)
        self.assertEqual(store.claim(later), "accepted")

    def test_a_restart_forgets_nothing(self) -> None:
        self.make(starts_fresh=True).claim(claim_of("n"))
        store = self.make()
        if self.is_durable:
            self.assertEqual(store.claim(claim_of("n")), "replayed")
            self.assertEqual(store.claim(claim_of("another")), "accepted")
        else:
            self.assert_refused("replay_store_starting", lambda: store.claim(claim_of("n")))


class MemoryStoreTest(StoreTests, Refusals):
    """In one process."""

    is_durable = False

    def make(self, **options: Any) -> Store:
        return MemoryStore(clock=lambda: NOW, **options)


class SqliteStoreTest(StoreTests, Refusals):
    """In a file."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = str(Path(folder.name, "replay.db"))

    def make(self, **options: Any) -> Store:
        return SqliteStore(self.path, clock=lambda: NOW, busy_timeout_seconds=30, **options)

    def test_processes_that_were_forked_accept_a_message_once(self) -> None:
        store = self.make(starts_fresh=True)
        store.claim(claim_of("before the fork"))
        codes = self._in_processes(6, lambda: store.claim(claim_of("raced")))
        self.assertEqual(sorted(codes), [1] + [2] * 5)

    def test_processes_that_find_a_new_file_at_once_all_open_it(self) -> None:
        folder = Path(self.path).parent
        for number in range(60):
            self.path = str(folder / f"{number}.db")
            start_at = time.monotonic() + 0.02
            codes = self._in_processes(4, partial(self._open_at, start_at))
            self.assertEqual(codes, [1] * 4)

    def _open_at(self, start_at: float) -> str:
        while time.monotonic() < start_at:
            pass
        self.make(starts_fresh=True)
        return "accepted"

    def _in_processes(self, count: int, ask: Callable[[], str]) -> list[int]:
        children = [self._fork(ask) for _ in range(count)]
        return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]

    def _fork(self, ask: Callable[[], str]) -> int:
        child = os.fork()
        if child == 0:
            code = 3
            try:
                code = {"accepted": 1, "replayed": 2}[ask()]
            finally:
                os._exit(code)
        return child

    def test_deleted_entries_are_a_new_start(self) -> None:
        for table in ("countersign_nonces", "countersign_state"):
            store = self.make(starts_fresh=True)
            store.claim(claim_of(table))
            with sqlite3.connect(self.path) as other:
                other.execute(f"DELETE FROM {table}")
            other.close()
            self.assert_refused(
                "replay_store_starting", partial(self.make().claim, claim_of(table + "2"))
            )
            Path(self.path).unlink()

    def test_what_cannot_keep_is_refused_when_it_is_made(self) -> None:
        with self.assertRaises(ValueError):
            SqliteStore(":memory:", starts_fresh=True)

    def test_many_entries_are_forgotten_in_portions(self) -> None:
        store = self.make(starts_fresh=True)
        other = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(other.close)
        rows = [(i.to_bytes(4, "big"), NOW - 100) for i in range(2500)]
        other.executemany("INSERT INTO countersign_nonces VALUES (?, ?)", rows)
        other.execute("UPDATE countersign_state SET entries = 2500")
        left = []
        for nonce in ("a", "b", "c", "d"):
            store.claim(claim_of(nonce))
            left += other.execute("SELECT count(*) FROM countersign_nonces").fetchone()
        self.assertEqual(left, [1501, 502, 3, 4])


class RedisStoreTest(StoreTests, Refusals):
    """On a server."""

    client: Any = None

    def setUp(self) -> None:
        if self.client is None:
            self.skipTest("needs redis-py, and REDIS_URL of a server that may be flushed")
        self.client.flushall()

    def make(self, **options: Any) -> Store:
        clock = [NOW]
        store = RedisStore(self.client, clock=lambda: clock[0], **options)

        class ServerWithThatClock:
            def claim(self, claim: Claim) -> str:
                clock[0] = claim.now
                return store.claim(claim)

        return ServerWithThatClock()

    def test_a_flush_is_a_new_start(self) -> None:
        store = self.make(starts_fresh=True)
        store.claim(claim_of("n"))
        self.client.flushall()
        self.assert_refused("replay_store_starting", lambda: store.claim(claim_of("n")))

    def test_so_is_the_loss_of_either_key(self) -> None:
        for lost in ("state", "nonces"):
            self.client.flushall()
            store = self.make(starts_fresh=True)
            store.claim(claim_of("n"))
            store.claim(claim_of("n2"))
            self.assertEqual(self.client.delete(f"{{countersign}}:python:{lost}"), 1)
            self.assert_refused("replay_store_starting", partial(store.claim, claim_of("n3")))

    def test_and_another_replication_id(self) -> None:
        store = self.make(starts_fresh=True)
        store.claim(claim_of("n"))
        self.client.hset("{countersign}:python:state", "run", "0" * 40)
        self.assert_refused("replay_store_starting", lambda: store.claim(claim_of("n2")))

    def test_the_time_is_that_of_the_server(self) -> None:
        store = RedisStore(self.client, starts_fresh=True)
        self.assertEqual(store.claim(claim_of("n")), "stale")

    def test_an_evicting_server_is_refused(self) -> None:
        self.client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            with self.assertRaisesRegex(ValueError, "noeviction"):
                self.make()
        finally:
            self.client.config_set("maxmemory-policy", "noeviction")


class WsgiTest(unittest.TestCase):
    """The middleware."""

    def call(
        self, headers: Headers, body: bytes = BODY, environ: dict[str, Any] | None = None
    ) -> tuple[str, Any]:
        self.ran: list[bytes] = []
        statuses: list[str] = []

        def app(received: dict[str, Any], start_response: Any) -> list[bytes]:
            self.ran.append(received["wsgi.input"].read())
            start_response("200 OK", [])
            return [received["countersign.verified"].principal.encode()]

        given = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/transfers",
            "QUERY_STRING": "",
            "RAW_URI": "/transfers",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        for name, value in headers:
            key = name.upper().replace("-", "_")
            given[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        given.update(environ or {})
        given = {name: value for name, value in given.items() if value is not None}
        middleware = CountersignMiddleware(app, verifier_with())
        answer = b"".join(middleware(given, lambda status, fields: statuses.append(status)))
        return statuses[0], answer if statuses[0] == "200 OK" else json.loads(answer)["code"]

    def test_the_app_gets_the_verified_body(self) -> None:
        self.assertEqual(self.call(signed()), ("200 OK", b"alice"))
        self.assertEqual(self.ran, [BODY])

    def test_the_app_does_not_run_for_what_is_refused(self) -> None:
        for headers, body, environ, code in (
            ([], BODY, {}, "missing"),
            (signed(), BODY + b" ", {}, "invalid"),
            (signed(), BODY, {"CONTENT_LENGTH": "13"}, "malformed"),
            (signed(), BODY, {"CONTENT_LENGTH": "9999999"}, "too-large"),
            (signed(), BODY, {"CONTENT_LENGTH": "x"}, "malformed"),
            (signed(), BODY, {"PATH_INFO": "/admin"}, "malformed"),
            (signed(), BODY, {"SCRIPT_NAME": "/api"}, "malformed"),
            (signed(), BODY, {"QUERY_STRING": "to=eve"}, "malformed"),
            (
                signed(),
                BODY,
                {"CONTENT_LENGTH": None, "HTTP_TRANSFER_ENCODING": "chunked"},
                "malformed",
            ),
        ):
            with self.subTest(code=code, environ=environ):
                self.assertEqual(self.call(headers, body, environ)[1], code)
                self.assertEqual(self.ran, [])

    def test_a_body_in_chunks_is_read_to_its_end_and_no_further_than_the_limit(self) -> None:
        chunked = {
            "CONTENT_LENGTH": None,
            "HTTP_TRANSFER_ENCODING": "chunked",
            "wsgi.input_terminated": True,
        }
        self.assertEqual(self.call(signed(), BODY, chunked)[0], "200 OK")
        endless = io.BytesIO(bytes(3_000_000))
        self.assertEqual(
            self.call(signed(), BODY, {**chunked, "wsgi.input": endless})[1], "too-large"
        )
        self.assertEqual(endless.tell(), 1_048_577)

    def test_a_path_is_compared_as_it_was_sent(self) -> None:
        raw = {"RAW_URI": "/a%2Fb?x=%20", "PATH_INFO": "/a/b", "QUERY_STRING": "x=%20"}
        self.assertEqual(self.call(signed("/a%2Fb", query="?x=%20"), BODY, raw)[0], "200 OK")
        self.assertEqual(self.call(signed("/a/b", query="?x=%20"), BODY, raw)[1], "invalid")

    def test_a_server_that_hides_the_raw_target_is_told_apart(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "RAW_URI"):
            self.call(signed(), BODY, {"RAW_URI": None})


if os.environ.get("REDIS_URL"):
    import redis

    RedisStoreTest.client = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=10)

if __name__ == "__main__":
    unittest.main()
