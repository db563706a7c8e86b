"""The stores that sequences of vectors run against, with a clock that the vector sets."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, Protocol

from countersign import MemoryStore, RedisStore, SqliteStore, Store


class VectorStore(Protocol):
    """A store that is empty, and knows that nothing was accepted before."""

    is_durable: bool

    def at(self, now: int) -> Store:
        """The store, at a time of its clock."""

    def restart(self, *, keeps: bool, at: int) -> None:
        """The process is replaced. Unless it `keeps` them, all entries are lost."""

    def close(self) -> None: ...


class Memory:
    """Is lost with its process."""

    is_durable = False

    def __init__(self) -> None:
        self._store = MemoryStore(starts_fresh=True)

    def at(self, now: int) -> Store:
        return self._store

    def restart(self, *, keeps: bool, at: int) -> None:
        self._store = MemoryStore(clock=lambda: at)

    def close(self) -> None: ...


class Sqlite:
    """A file in a folder of its own."""

    is_durable = True

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = str(Path(self._folder.name, "replay.db"))
        self._store = SqliteStore(self._path, starts_fresh=True, busy_timeout_seconds=30)

    def at(self, now: int) -> Store:
        return self._store

    def restart(self, *, keeps: bool, at: int) -> None:
        if not keeps:
            self._path += "x"  # a new file: the old one may still be open
        self._store = SqliteStore(self._path, clock=lambda: at, busy_timeout_seconds=30)

    def close(self) -> None:
        self._folder.cleanup()


class Redis:
    """A server that is flushed."""

    is_durable = True

    def __init__(self, client: Any) -> None:
        self._now = 0
        self._client = client
        client.flushall()
        self._store = RedisStore(client, starts_fresh=True, clock=lambda: self._now)

    def at(self, now: int) -> Store:
        self._now = now
        return self._store

    def restart(self, *, keeps: bool, at: int) -> None:
        self._now = at
        if not keeps:
            self._client.flushall()
        self._store = RedisStore(self._client, clock=lambda: self._now)

    def close(self) -> None: ...


@contextlib.contextmanager
def stores_of_this_machine() -> Iterator[list[Callable[[], VectorStore]]]:
    """Makers of stores. What the machine lacks is told on standard error."""
    stores: list[Callable[[], VectorStore]] = [Memory, Sqlite]
    program = shutil.which("redis-server")
    try:
        import redis
    except ImportError:
        program = None
    if program is None:
        print("sequences without Redis: redis-server or redis-py is missing", file=sys.stderr)
        yield stores
        return
    with _redis_server(program) as port:
        client = redis.Redis(host="127.0.0.1", port=port, socket_timeout=10)
        yield [*stores, lambda: Redis(client)]
        client.close()


@contextlib.contextmanager
def _redis_server(program: str) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            program,
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--save",
            "",
            "--dir",
            folder,
        ]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield port
        finally:
            server.kill()
            server.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(b"PING\r\n")
                if connection.recv(16).startswith(b"+PONG"):
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError("redis-server did not start")
        time.sleep(0.02)
