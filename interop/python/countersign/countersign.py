"""Verifies signed HTTP requests, and lets each of them in once. One file: copy it.

The server side of HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530) and
Structured Fields (RFC 9651), for the Countersign profile: what it accepts was signed as a whole
(method, host, path, query, body), is at most a minute old, and was not accepted before.

    from countersign import CountersignMiddleware, Key, SqliteStore, Verifier

    verifier = Verifier(
        keys={"alice-laptop": Key.hmac(secret, principal="alice")},
        origin="https://bank.example",          # what clients call this server
        store=SqliteStore("replay.db"),         # or RedisStore(redis_client): several hosts
    )
    app.wsgi_app = CountersignMiddleware(app.wsgi_app, verifier)
    ...
    request.environ["countersign.verified"].principal

Python 3.9 or later, and the standard library. `cryptography` is imported when a public key is.
Left out: signing, Accept-Signature, and a cap on the nonces of one principal.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
import hmac
import io
import json
import logging
import os
import re
import sqlite3
import threading
import time
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from re import Pattern
from typing import Any, Callable, NamedTuple, Optional, Protocol, Union

__all__ = [
    "Claim",
    "CountersignMiddleware",
    "Key",
    "MemoryStore",
    "RedisStore",
    "SignatureError",
    "SqliteStore",
    "Store",
    "Verified",
    "Verifier",
]

_log = logging.getLogger("countersign")

# ---------------------------------------------------------------------------------------------
# Refusals


class _Kind(NamedTuple):
    """What a client is told. It is coarse on purpose: see `SignatureError.problem`."""

    status: int
    title: str


_KINDS = {
    "missing": _Kind(
        401, "The request is not signed: send Signature-Input and Signature (RFC 9421)"
    ),
    "malformed": _Kind(401, "The signature fields cannot be read, or do not fit the request"),
    "insufficient": _Kind(401, "The signature is not enough: see the profile of this API"),
    "stale": _Kind(
        401, "The signature is too old, or from the future: check the clock, sign anew"
    ),
    "invalid": _Kind(401, "The signature is not valid for this request"),
    "replayed": _Kind(401, "This signed request was accepted before: sign each attempt anew"),
    "too-large": _Kind(413, "The request is larger than this server accepts"),
    "unavailable": _Kind(503, "Nobody can tell now if the request is new. Nothing was executed"),
}

_CODES = {
    "missing_signature": ("missing", "the message is not signed"),
    "malformed_structured_field": ("malformed", "not a structured field of the expected type"),
    "malformed_signature_input": ("malformed", "Signature-Input is no Dictionary of components"),
    "malformed_signature": ("malformed", "Signature is no Dictionary of Byte Sequences"),
    "malformed_parameter": ("malformed", "a signature parameter has a wrong type or value"),
    "malformed_digest": ("malformed", "Content-Digest is no Dictionary of digests"),
    "malformed_component": ("malformed", "a component's value cannot be canonicalized"),
    "malformed_message": ("malformed", "the message is ambiguous or cannot be represented"),
    "duplicate_label": ("malformed", "two signatures have the same label"),
    "label_mismatch": ("malformed", "Signature-Input and Signature have not the same labels"),
    "invalid_component": ("malformed", "a component is unknown or has unfit parameters"),
    "duplicate_component": ("malformed", "a component is covered twice"),
    "missing_component": ("malformed", "a covered component is not in the message"),
    "body_unreadable": ("malformed", "the body ended before it was complete"),
    "no_matching_signature": ("insufficient", "no signature has the required tag"),
    "component_not_covered": ("insufficient", "a required component is not covered"),
    "missing_parameter": ("insufficient", "a required signature parameter is absent"),
    "missing_digest": ("insufficient", "no covered Content-Digest protects the body"),
    "unsupported_digest": ("insufficient", "the digest is neither sha-256 nor sha-512"),
    "stale": ("stale", "the signature is older than is accepted"),
    "expired": ("stale", "the signature is past its expires parameter"),
    "not_yet_valid": ("stale", "the signature was created in the future"),
    "unknown_key": ("invalid", "no key is known by this keyid"),
    "algorithm_mismatch": ("invalid", "alg is not the algorithm of the key"),
    "invalid_signature": ("invalid", "the signature does not verify"),
    "digest_mismatch": ("invalid", "the content does not have the stated digest"),
    "replayed": ("replayed", "this signed message was accepted before"),
    "limit_exceeded": ("too-large", "the signature fields are larger than is accepted"),
    "body_too_large": ("too-large", "the body is larger than is accepted"),
    "key_unavailable": ("unavailable", "the key could not be looked up"),
    "replay_store_unavailable": ("unavailable", "the replay store did not answer"),
    "replay_store_starting": ("unavailable", "the replay store was just started"),
    "replay_store_full": ("unavailable", "the replay store has no room for another nonce"),
}


class SignatureError(Exception):
    """A message that must not be accepted.

    `code` says which rule refused it, for logs and metrics. Neither it nor the text ever holds a
    secret, a nonce, a signature or a body.
    """

    def __init__(self, code: str, detail: str = "", retry_after: int | None = None) -> None:
        self.kind, rule = _CODES[code]
        super().__init__(f"{rule}: {detail}" if detail else rule)
        self.code = code
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status. Too long signature fields are a 431 (RFC 6585 section 5)."""
        return 431 if self.code == "limit_exceeded" else _KINDS[self.kind].status

    def problem(self, server_time: int) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, fields and body of a response (RFC 9457): only the kind, never the code.

        So an unknown key, a bad signature and a wrong digest look the same from outside.
        """
        details: dict[str, Any] = {
            "type": f"urn:countersign:problem:{self.kind}",
            "title": _KINDS[self.kind].title,
            "status": self.status,
            "code": self.kind,
        }
        if self.kind == "stale":
            details["serverTime"] = server_time
        fields = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
        if self.status == 401:  # RFC 9110 section 15.5.2 asks for a challenge.
            fields.append(("WWW-Authenticate", "Signature"))
        if self.status == 503:
            fields.append(("Retry-After", str(self.retry_after or 1)))
        return self.status, fields, json.dumps(details).encode()


# ---------------------------------------------------------------------------------------------
# Structured fields (RFC 9651)


@dataclass(frozen=True)
class Token:
    """RFC 9651 section 3.3.4. Not a `str`: a keyid must not be a Token."""

    text: str


@dataclass(frozen=True)
class Date:
    """RFC 9651 section 3.3.7."""

    seconds: int


@dataclass(frozen=True)
class DisplayString:
    """RFC 9651 section 3.3.8."""

    text: str


BareItem = Union[bool, int, Decimal, str, bytes, Token, Date, DisplayString]
Parameters = dict[str, BareItem]


class Item(NamedTuple):
    """RFC 9651 section 3.3."""

    value: BareItem
    parameters: Parameters


class InnerList(NamedTuple):
    """RFC 9651 section 3.1.1."""

    items: list[Item]
    parameters: Parameters


Member = Union[Item, InnerList]

# Each pattern takes what it matches at once and never goes back: parsing costs linear time.
_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_NUMBER = re.compile(r"(-?[0-9]+)(?:\.([0-9]*))?")
_STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*")
_BYTES = re.compile(r":([A-Za-z0-9+/]*)(={0,2}):")
_BOOLEAN = re.compile(r"\?([01])")
_DATE = re.compile(r"@(-?[0-9]{1,15})(?![0-9.])")
_DISPLAY_STRING = re.compile(r'%"((?:[ !#$&-~]|%[0-9a-f]{2})*)"')
_SPACES = re.compile(r" *")
_OPTIONAL_WHITE_SPACE = re.compile(r"[ \t]*")


class _Parser:
    """Parses one field value (RFC 9651 section 4.2), from left to right.

    Section 4.2.2 lets the last duplicate win. With `unique` it is refused instead, as signature
    fields need it: a label must name exactly one signature.
    """

    def __init__(self, text: str, unique: bool = False) -> None:
        self._text = text
        self._at = 0
        self._unique = unique

    def parse_dictionary(self) -> dict[str, Member]:
        members: dict[str, Member] = {}
        for _ in self._commas():
            key = self._take(_KEY, "a key")[0]
            if self._unique and key in members:
                raise SignatureError("duplicate_label")
            members[key] = self._member() if self._skip("=") else Item(True, self._parameters())
        return members

    def parse_list(self) -> list[Member]:
        return [self._member() for _ in self._commas()]

    def parse_item(self) -> Item:
        self._take(_SPACES)
        item = self._item()
        self._take(_SPACES)
        if self._at < len(self._text):
            raise self._malformed("the end")
        return item

    def _commas(self) -> Iterator[None]:
        """Stops before each member of a List or Dictionary (sections 4.2.1 and 4.2.2)."""
        self._take(_SPACES)
        while self._at < len(self._text):
            yield
            self._take(_OPTIONAL_WHITE_SPACE)
            if self._at == len(self._text):
                return
            if not self._skip(","):
                raise self._malformed("a comma")
            self._take(_OPTIONAL_WHITE_SPACE)
            if self._at == len(self._text):
                raise self._malformed("a member after the last comma")

    def _member(self) -> Member:
        return self._inner_list() if self._skip("(") else self._item()

    def _inner_list(self) -> InnerList:
        items: list[Item] = []
        while True:
            spaces = self._take(_SPACES)[0]
            if self._skip(")"):
                return InnerList(items, self._parameters())
            if items and not spaces:
                raise self._malformed("a space")
            items.append(self._item())

    def _item(self) -> Item:
        return Item(self._bare_item(), self._parameters())

    def _parameters(self) -> Parameters:
        parameters: Parameters = {}
        while self._skip(";"):
            self._take(_SPACES)
            key = self._take(_KEY, "a key")[0]
            if self._unique and key in parameters:
                raise self._malformed("each parameter once")
            parameters[key] = self._bare_item() if self._skip("=") else True
        return parameters

    def _bare_item(self) -> BareItem:
        """Section 4.2.3.1: the first character tells the type."""
        first = self._text[self._at : self._at + 1]
        if first == '"':
            return re.sub(r"\\(.)", r"\1", self._take(_STRING, "a String")[1])
        if first == ":":
            return self._byte_sequence()
        if first == "?":
            return self._take(_BOOLEAN, "a Boolean")[1] == "1"
        if first == "@":
            return Date(int(self._take(_DATE, "a Date")[1]))
        if first == "%":
            return self._display_string()
        if first == "-" or first.isdigit():
            return self._number()
        return Token(self._take(_TOKEN, "an Item")[0])

    def _number(self) -> int | Decimal:
        """Section 4.2.4: 15 digits, or 12 before the point and 1 to 3 behind it."""
        whole, fraction = self._take(_NUMBER, "a number").groups()
        digits = len(whole.lstrip("-"))
        if fraction is None and digits <= 15:
            return int(whole)
        if fraction is not None and digits <= 12 and 1 <= len(fraction) <= 3:
            return Decimal(f"{whole}.{fraction}")
        raise self._malformed("a shorter number")

    def _byte_sequence(self) -> bytes:
        """Section 4.2.7: padding is left out, or right."""
        encoded, padding = self._take(_BYTES, "a Byte Sequence").groups()
        right = "=" * (-len(encoded) % 4)
        try:
            if padding in ("", right):
                return base64.b64decode(encoded + right)
        except binascii.Error:
            pass
        raise self._malformed("base64")

    def _display_string(self) -> DisplayString:
        encoded = self._take(_DISPLAY_STRING, "a Display String")[1]
        try:
            return DisplayString(urllib.parse.unquote_to_bytes(encoded).decode("utf-8"))
        except UnicodeDecodeError:
            raise self._malformed("UTF-8") from None

    def _skip(self, character: str) -> bool:
        found = self._text.startswith(character, self._at)
        self._at += found
        return found

    def _take(self, pattern: Pattern[str], expected: str = "") -> re.Match[str]:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise self._malformed(expected)
        self._at = match.end()
        return match

    def _malformed(self, expected: str) -> SignatureError:
        return SignatureError(
            "malformed_structured_field", f"{expected} is expected at character {self._at}"
        )


def parse_field(text: str, field_type: str, unique: bool = False) -> Any:
    """The value of a field whose type is "item", "list" or "dictionary" (RFC 9651 section 4.2)."""
    parser = _Parser(text, unique)
    parse = {
        "item": parser.parse_item,
        "list": parser.parse_list,
        "dictionary": parser.parse_dictionary,
    }
    return parse[field_type]()


def serialize_field(value: Any) -> str:
    """The strict serialization of what `parse_field` returned, or of a member of it (4.1)."""
    if isinstance(value, dict):
        return ", ".join(
            key + _serialize_parameters(member.parameters)
            if isinstance(member, Item) and member.value is True
            else f"{key}={serialize_field(member)}"
            for key, member in value.items()
        )
    if isinstance(value, InnerList):
        items = " ".join(map(serialize_field, value.items))
        return f"({items}){_serialize_parameters(value.parameters)}"
    if isinstance(value, Item):
        return _serialize_bare_item(value.value) + _serialize_parameters(value.parameters)
    return ", ".join(map(serialize_field, value))


def _serialize_parameters(parameters: Parameters) -> str:
    return "".join(
        f";{key}" if value is True else f";{key}={_serialize_bare_item(value)}"
        for key, value in parameters.items()
    )


def _serialize_bare_item(value: BareItem) -> str:
    if isinstance(value, bool):  # before int, which it is a kind of
        return "?1" if value else "?0"
    if isinstance(value, Decimal):
        text = f"{value + 0:.3f}".rstrip("0")  # adding 0 takes the sign of -0.0
        return text + "0" if text.endswith(".") else text
    if isinstance(value, str):
        return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
    if isinstance(value, bytes):
        return ":" + base64.b64encode(value).decode() + ":"
    if isinstance(value, Token):
        return value.text
    if isinstance(value, Date):
        return f"@{value.seconds}"
    if isinstance(value, DisplayString):
        escaped = (
            chr(byte) if 0x20 <= byte < 0x7F and byte not in b'%"' else f"%{byte:02x}"
            for byte in value.text.encode("utf-8")
        )
        return '%"' + "".join(escaped) + '"'
    return str(value)


# ---------------------------------------------------------------------------------------------
# The message and its components (RFC 9421 section 2)

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Message:
    """A request, or a response with the request that it answers. Copied once, never changed.

    The names of fields are in lower case. Values are latin-1 text, one for each line.
    """

    headers: Fields
    method: str = ""
    scheme: str = ""
    authority: str = ""
    target: str = ""
    path: str = ""
    query: str = ""
    trailers: Fields = field(default_factory=dict)
    status: int | None = None
    request: Message | None = None
    field_types: Mapping[str, str] = field(default_factory=dict)


_LINE_FOLDING = re.compile(r"\r?\n[ \t]+")


def collect_fields(lines: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Field lines by their name, in their order: unfolded and stripped (RFC 9421 section 2.1)."""
    fields: dict[str, list[str]] = {}
    for name, value in lines:
        pieces = [piece.rstrip(" \t") for piece in _LINE_FOLDING.split(value)]
        fields.setdefault(name.lower(), []).append(" ".join(pieces).strip(" \t"))
    return fields


_TARGET = re.compile(r"([^?#]*)(\?[^#]*)?")
_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def request_message(
    method: str, origin: str, target: str, headers: Iterable[tuple[str, str]], **more: Any
) -> Message:
    """A request as its server saw it. `origin` is what clients call it, not what Host says."""
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is not None and f"{absolute[1]}://{absolute[2]}".lower() != origin:
        raise SignatureError("malformed_message", "the target is for another origin")
    parts = _TARGET.fullmatch(absolute[3] if absolute else target)
    if parts is None or not (absolute or target.startswith("/")):
        raise SignatureError("malformed_message", "the request target has no path")
    scheme, _, authority = origin.partition("://")
    return Message(
        headers=collect_fields(headers),
        method=method,
        scheme=scheme,
        authority=authority,
        target=target,
        path=parts[1] or "/",  # RFC 9421 section 2.2.6
        query=parts[2] or "",
        **more,
    )


def normalize_origin(origin: str) -> str:
    """Scheme and authority: in lower case, without the default port (RFC 9110 section 4.2.3)."""
    match = _ABSOLUTE.fullmatch(origin)
    if match is None or match[3] not in ("", "/") or not match[2] or "@" in match[2]:
        raise ValueError(f"not an origin such as https://bank.example: {origin}")
    scheme, authority = match[1].lower(), match[2].lower()
    for port in (":", _DEFAULT_PORTS.get(scheme, ":")):
        authority = authority[: -len(port)] if authority.endswith(port) else authority
    return f"{scheme}://{authority}"


def _query_parameter(message: Message, component: Item) -> str:
    """RFC 9421 section 2.2.8. A name that occurs twice names nothing."""
    name = component.parameters.get("name")
    if not isinstance(name, str):
        raise SignatureError("invalid_component", '"@query-param" needs a name')
    pairs = urllib.parse.parse_qsl(message.query[1:], keep_blank_values=True)
    values = [value for key, value in pairs if _form_encode(key) == name]
    if len(values) != 1:
        code = "malformed_component" if values else "missing_component"
        raise SignatureError(code, '"@query-param" occurs not exactly once')
    return _form_encode(values[0])


def _form_encode(text: str) -> str:
    """The application/x-www-form-urlencoded percent-encode set of the URL standard."""
    return urllib.parse.quote(text, safe="*-._").replace("~", "%7E")


_DERIVED: Mapping[str, Callable[[Message, Item], str]] = {
    "@method": lambda message, _: message.method,
    "@target-uri": lambda message, _: (
        f"{message.scheme}://{message.authority}{message.path}{message.query}"
    ),
    "@authority": lambda message, _: message.authority,
    "@scheme": lambda message, _: message.scheme,
    "@request-target": lambda message, _: message.target,
    "@path": lambda message, _: message.path,
    "@query": lambda message, _: message.query or "?",  # section 2.2.7
    "@query-param": _query_parameter,
}

# Structured fields of the registries. `Verifier(field_types=...)` adds others.
_FIELD_TYPES = {
    **dict.fromkeys(["accept-ch", "cache-status", "client-cert-chain", "proxy-status"], "list"),
    **dict.fromkeys(
        ["cdn-cache-control", "content-digest", "priority", "repr-digest"], "dictionary"
    ),
    **dict.fromkeys(["accept-signature", "signature", "signature-input"], "dictionary"),
    **dict.fromkeys(["want-content-digest", "want-repr-digest"], "dictionary"),
    **dict.fromkeys(["client-cert", "cross-origin-opener-policy"], "item"),
}

_FLAGS = ("sf", "bs", "tr", "req")
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_FIELD_VALUE = re.compile(r"[\t -~]*")
_DERIVED_VALUE = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")
_FORBIDDEN = re.compile(r"[\r\n\0]")  # RFC 9110 section 5.5


def component_value(message: Message, component: Item) -> str:
    """The value of one component, or an error (RFC 9421 section 2.5, step 2.4)."""
    name, parameters = component
    if not isinstance(name, str):
        raise SignatureError("invalid_component", "a name must be a String")
    for key, value in parameters.items():
        fits = value is True if key in _FLAGS else key in ("key", "name") and type(value) is str
        if not fits:
            raise SignatureError("invalid_component", "a parameter is unknown, or of a wrong type")
    if "req" in parameters:
        if message.request is None:
            raise SignatureError("invalid_component", "req is for responses")
        message = message.request
    if name.startswith("@"):
        return _derived_value(message, component)
    if not _FIELD_NAME.fullmatch(name) or "name" in parameters:
        raise SignatureError("invalid_component", "not the name of a field")
    value = _field_value(message, name, parameters)
    if not _FIELD_VALUE.fullmatch(value):
        raise SignatureError("malformed_component", name)
    return value


def _derived_value(message: Message, component: Item) -> str:
    name, parameters = str(component.value), component.parameters
    allowed = {"req", "name"} if name == "@query-param" else {"req"}
    if not allowed.issuperset(parameters):
        raise SignatureError("invalid_component", "a parameter does not fit")
    if name == "@status" and message.status is not None:
        return str(message.status)
    derive = _DERIVED.get(name)
    if derive is None or message.status is not None:
        raise SignatureError("invalid_component", "not a derived component of this message")
    value = derive(message, component)
    if not _DERIVED_VALUE.fullmatch(value):
        raise SignatureError("malformed_component", name)
    return value


def _field_value(message: Message, name: str, parameters: Parameters) -> str:
    """RFC 9421 section 2.1, with the parameters of its subsections."""
    lines = (message.trailers if "tr" in parameters else message.headers).get(name)
    if lines is None:
        raise SignatureError("missing_component", name)
    if any(map(_FORBIDDEN.search, lines)):
        raise SignatureError("malformed_component", name)
    strict = "sf" in parameters or "key" in parameters
    if "bs" in parameters:
        if strict:
            raise SignatureError("invalid_component", "bs does not go with sf or key")
        return serialize_field([Item(line.encode("latin-1"), {}) for line in lines])
    combined = ", ".join(lines)
    if not strict:
        return combined
    field_type = message.field_types.get(name) or _FIELD_TYPES.get(name)
    key = parameters.get("key")
    if field_type is None or (key is not None and field_type != "dictionary"):
        raise SignatureError(
            "invalid_component", f"{name} has another type, or none that is known"
        )
    try:
        parsed = parse_field(combined, field_type)
    except SignatureError as error:
        raise SignatureError("malformed_component", name) from error
    if key is None:
        return serialize_field(parsed)
    if key not in parsed:
        raise SignatureError("missing_component", name)
    return serialize_field(parsed[key])


# ---------------------------------------------------------------------------------------------
# Signatures of a message (RFC 9421 sections 3.2 and 4)

MAX_FIELD_CHARACTERS = 8192
MAX_SIGNATURES = 4
MAX_COMPONENTS = 32


@dataclass(frozen=True)
class Signature:
    """A signature as a message states it. Nothing in it has been verified."""

    label: str
    components: InnerList
    value: bytes

    @property
    def parameters(self) -> Parameters:
        """created, expires, nonce, alg, keyid, tag, and others."""
        return self.components.parameters

    @property
    def identifiers(self) -> list[str]:
        """The covered components in a form in which they can be compared."""
        return [_identifier(component) for component in self.components.items]


def _identifier(component: Item) -> str:
    """RFC 9421 section 2: the order of parameters does not tell identifiers apart."""
    return serialize_field(Item(component.value, dict(sorted(component.parameters.items()))))


def parse_signatures(message: Message) -> list[Signature]:
    """All signatures of a message: a label without its counterpart is an error (section 3.2)."""
    lines = [message.headers.get(name) for name in ("signature-input", "signature")]
    if lines == [None, None]:
        raise SignatureError("missing_signature")
    texts = [", ".join(values or ()) for values in lines]
    if sum(map(len, texts)) > MAX_FIELD_CHARACTERS:
        raise SignatureError("limit_exceeded")
    inputs = _parse_dictionary(texts[0], "malformed_signature_input")
    values = _parse_dictionary(texts[1], "malformed_signature")
    if not inputs and not values:
        raise SignatureError("missing_signature")
    if max(len(inputs), len(values)) > MAX_SIGNATURES:
        raise SignatureError("limit_exceeded")
    if not all(isinstance(components, InnerList) for components in inputs.values()):
        raise SignatureError("malformed_signature_input")
    if inputs.keys() != values.keys():
        raise SignatureError("label_mismatch")
    return [_signature(label, inputs[label], values[label]) for label in inputs]


def _parse_dictionary(text: str, code: str) -> dict[str, Member]:
    """The Dictionary, or `code` where there is none. A label that occurs twice has its own."""
    try:
        members: dict[str, Member] = parse_field(text, "dictionary", unique=True)
    except SignatureError as error:
        if error.code == "duplicate_label" and code != "malformed_digest":
            raise
        raise SignatureError(code) from error
    return members


def _signature(label: str, components: Member, value: Member) -> Signature:
    assert isinstance(components, InnerList)  # parse_signatures has seen to it
    if not isinstance(value, Item) or not isinstance(value.value, bytes):
        raise SignatureError("malformed_signature")
    if len(components.items) > MAX_COMPONENTS:
        raise SignatureError("limit_exceeded")
    return Signature(label, components, value.value)


_PARAMETER_TYPES: Mapping[str, type] = {
    "created": int,
    "expires": int,
    "nonce": str,
    "alg": str,
    "keyid": str,
    "tag": str,
}


def check_parameters(signature: Signature) -> None:
    """RFC 9421 section 2.3: Integers and Strings. Times before 1970 are refused."""
    for name, value in signature.parameters.items():
        is_expected = type(value) is _PARAMETER_TYPES.get(name, type(value))
        if not is_expected or (name in ("created", "expires") and str(value).startswith("-")):
            raise SignatureError("malformed_parameter", name)


def signature_base(message: Message, components: InnerList) -> bytes:
    """The text that is signed: one line for each component (RFC 9421 section 2.5)."""
    lines: list[str] = []
    seen = set()
    for component in components.items:
        identifier = _identifier(component)
        if "key" in component.parameters:  # section 2.1.2: once, whatever sf says beside it
            identifier = identifier.replace(";sf", "")
        if identifier in seen:
            raise SignatureError("duplicate_component", identifier)
        seen.add(identifier)
        lines.append(f"{serialize_field(component)}: {component_value(message, component)}")
    lines.append(f'"@signature-params": {serialize_field(components)}')
    return "\n".join(lines).encode("ascii")


def verify_signature(message: Message, signature: Signature, key: Key) -> None:
    """Steps 6 to 9 of RFC 9421 section 3.2."""
    if signature.parameters.get("alg", key.algorithm) != key.algorithm:
        raise SignatureError("algorithm_mismatch")
    base = signature_base(message, signature.components)
    if not key.check(signature.value, base):
        raise SignatureError("invalid_signature")


# ---------------------------------------------------------------------------------------------
# Keys: each has its one algorithm (RFC 9421 section 3.3)

_ED25519_PRIME = 2**255 - 19
_ED25519_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_ED25519_SMALL = (0, 1, _ED25519_PRIME - 1, _ED25519_ORDER_8, _ED25519_PRIME - _ED25519_ORDER_8)


@dataclass(frozen=True)
class Key:
    """Whoever has it can sign as `principal` (default: the keyid)."""

    algorithm: str
    check: Callable[[bytes, bytes], bool] = field(repr=False)  # (signature, signature base)
    principal: str | None = None

    @staticmethod
    def hmac(secret: bytes, principal: str | None = None) -> Key:
        """hmac-sha256: a secret of at least 32 random bytes."""
        if len(secret) < 32:
            raise ValueError("an HMAC secret must have at least 32 bytes")
        secret = bytes(secret)

        def check(signature: bytes, base: bytes) -> bool:
            return hmac.compare_digest(signature, hmac.digest(secret, base, "sha256"))

        return Key("hmac-sha256", check, principal)

    @staticmethod
    def public(algorithm: str, pem: bytes, principal: str | None = None) -> Key:
        """A public key (SubjectPublicKeyInfo in PEM) for one of the five asymmetric algorithms.

        The algorithm is the key's for ever: no message chooses one.
        """
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        if algorithm not in _PUBLIC_KEYS:
            raise ValueError(f"no algorithm for public keys: {algorithm}")
        verify = _PUBLIC_KEYS[algorithm](load_pem_public_key(pem))

        def check(signature: bytes, base: bytes) -> bool:
            try:
                return verify(signature, base)
            except InvalidSignature:
                return False

        return Key(algorithm, check, principal)


_Verify = Callable[[bytes, bytes], bool]


def _rsa(algorithm: str) -> Callable[[Any], _Verify]:
    def load(key: Any) -> _Verify:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
            raise ValueError(f"{algorithm} needs an RSA key of at least 2048 bits")
        exponent = key.public_numbers().e
        if exponent < 3 or exponent % 2 == 0:
            raise ValueError("the exponent of an RSA key must be odd, and at least 3")
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
        scheme: tuple[Any, Any] = (
            (pss, hashes.SHA512())
            if algorithm == "rsa-pss-sha512"
            else (padding.PKCS1v15(), hashes.SHA256())
        )

        def verify(signature: bytes, base: bytes) -> bool:
            key.verify(signature, base, *scheme)
            return True

        return verify

    return load


def _ecdsa(curve_name: str, hash_name: str, size: int) -> Callable[[Any], _Verify]:
    """r and s one after the other, each padded to `size` bytes (RFC 9421 3.3.4): never DER."""

    def load(key: Any) -> _Verify:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != curve_name:
            raise ValueError(f"the key must be on the curve {curve_name}")
        scheme = ec.ECDSA(getattr(hashes, hash_name)())

        def verify(signature: bytes, base: bytes) -> bool:
            if len(signature) != 2 * size:
                return False
            r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
            key.verify(encode_dss_signature(r, s), base, scheme)
            return True

        return verify

    return load


def _ed25519(key: Any) -> _Verify:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("the key must be an Ed25519 key")
    if not _is_safe_point(key.public_bytes(Encoding.Raw, PublicFormat.Raw)):
        raise ValueError("an Ed25519 key of small order, or not in its canonical encoding")

    def verify(signature: bytes, base: bytes) -> bool:
        if len(signature) != 64 or not _is_safe_point(signature[:32]):
            return False
        key.verify(signature, base)
        return True

    return verify


def _is_safe_point(encoded: bytes) -> bool:
    """False for points of small order, which can fit any message, and where y >= p."""
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    return y < _ED25519_PRIME and y not in _ED25519_SMALL


_PUBLIC_KEYS: Mapping[str, Callable[[Any], _Verify]] = {
    "ed25519": _ed25519,
    "ecdsa-p256-sha256": _ecdsa("secp256r1", "SHA256", 32),
    "ecdsa-p384-sha384": _ecdsa("secp384r1", "SHA384", 48),
    "rsa-pss-sha512": _rsa("rsa-pss-sha512"),
    "rsa-v1_5-sha256": _rsa("rsa-v1_5-sha256"),
}


# ---------------------------------------------------------------------------------------------
# Content-Digest (RFC 9530)

_DIGESTS = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


def check_digest(value: str, body: bytes) -> None:
    """Every digest of an active algorithm must be that of the body, and one must be there (5)."""
    members = _parse_dictionary(value, "malformed_digest")
    known = [name for name in _DIGESTS if name in members]
    if not known:
        raise SignatureError("unsupported_digest")
    for name in known:
        member = members[name]
        stated = member.value if isinstance(member, Item) else None
        if not isinstance(stated, bytes):
            raise SignatureError("malformed_digest")
        if not hmac.compare_digest(stated, _DIGESTS[name](body).digest()):
            raise SignatureError("digest_mismatch", name)


# ---------------------------------------------------------------------------------------------
# Replay stores
#
# A store forgets an entry only after it has raised its floor to that entry's `created`, and what
# was created at or below the floor is stale. So nothing is accepted twice, whatever clocks,
# restarts and changed windows do. A store without a history cannot know what was accepted before
# it: it refuses what was created up to its start plus the skew.

_NEVER = -(2**53)
_FORGOTTEN_AT_ONCE = 1000  # so that no claim waits for the forgetting of a million entries


@dataclass(frozen=True)
class Claim:
    """A verified message that wants to be let in. Times are Unix seconds."""

    key: bytes  # a hash of scope, principal and nonce
    created: int
    forget_after: int  # the last second in which the message is acceptable
    now: int
    future_skew_seconds: int

    def is_outside_window(self) -> bool:
        """Looked at again inside the atomic step: the body may have taken its time."""
        return self.now > self.forget_after or self.created > self.now + self.future_skew_seconds


class Store(Protocol):
    """Remembers which messages were let in."""

    def claim(self, claim: Claim) -> str:
        """Atomically: "accepted" once, else "replayed" or "stale". Raises if it cannot tell."""


def _starting(start: int, claim: Claim, now: int) -> SignatureError:
    return SignatureError(
        "replay_store_starting", retry_after=max(1, start + claim.future_skew_seconds - now + 1)
    )


class MemoryStore:
    """For one process. After a restart it refuses for some seconds, unless it `starts_fresh`.

    `starts_fresh`: no earlier process has accepted anything (a test, a demo, a first deploy).
    """

    def __init__(
        self,
        *,
        starts_fresh: bool = False,
        max_entries: int = 1_000_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._start = _NEVER if starts_fresh else int(clock())
        self._max_entries = max_entries
        self._floor = _NEVER
        self._longest_life = 0  # windows of several lengths may share a store
        self._created: dict[bytes, int] = {}
        self._oldest: list[tuple[int, bytes]] = []
        self._lock = threading.Lock()

    def claim(self, claim: Claim) -> str:
        with self._lock:
            self._longest_life = max(self._longest_life, claim.forget_after - claim.created)
            self._forget(claim.now)
            if claim.is_outside_window() or claim.created <= self._floor:
                return "stale"
            if claim.key in self._created:
                return "replayed"
            if claim.created <= self._start + claim.future_skew_seconds:
                raise _starting(self._start, claim, claim.now)
            if len(self._created) >= self._max_entries:
                raise SignatureError("replay_store_full")
            self._created[claim.key] = claim.created
            heapq.heappush(self._oldest, (claim.created, claim.key))
            return "accepted"

    def _forget(self, now: int) -> None:
        while self._oldest and self._oldest[0][0] + self._longest_life < now:
            created, key = heapq.heappop(self._oldest)
            self._floor = max(self._floor, created)  # first the floor,
            del self._created[key]  # then the entry


_SQLITE_TABLES = """
CREATE TABLE IF NOT EXISTS countersign_nonces (
  key BLOB PRIMARY KEY, created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS countersign_nonces_created ON countersign_nonces (created);
CREATE TABLE IF NOT EXISTS countersign_state (
  id INTEGER PRIMARY KEY CHECK (id = 1), start INTEGER NOT NULL, floor INTEGER NOT NULL,
  longest_life INTEGER NOT NULL, entries INTEGER NOT NULL
);
-- Whoever deletes a live entry takes the history with it: the store then starts anew.
CREATE TRIGGER IF NOT EXISTS countersign_history BEFORE DELETE ON countersign_nonces
WHEN OLD.created > (SELECT floor FROM countersign_state) BEGIN DELETE FROM countersign_state; END;
"""


class SqliteStore:
    """For the processes of one host. An acceptance is on the disk before it is told.

    Give it a file of its own on a local disk. Restored backups are the one thing it cannot notice:
    delete the file instead.
    """

    def __init__(
        self,
        path: str,
        *,
        starts_fresh: bool = False,
        max_entries: int = 1_000_000,
        busy_timeout_seconds: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._max_entries = max_entries
        self._busy_timeout_seconds = busy_timeout_seconds
        self._local = threading.local()
        # Not kept: a connection must not go through a fork.
        connection = self._connect()
        try:
            self._create_tables(connection, _NEVER if starts_fresh else int(clock()))
        finally:
            connection.close()

    def claim(self, claim: Claim) -> str:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")  # one writer at a time, of all processes
        try:
            answer = self._decide(connection, claim)
            connection.execute("COMMIT")
        except BaseException as error:
            # A refusal keeps what was forgotten, since its floor was raised with it.
            keep = isinstance(error, SignatureError)
            connection.execute("COMMIT" if keep else "ROLLBACK")
            raise
        return answer

    def _decide(self, connection: sqlite3.Connection, claim: Claim) -> str:
        run = connection.execute
        fresh_state = (claim.now, _NEVER, 0)
        run(
            "INSERT OR IGNORE INTO countersign_state"
            " SELECT 1, ?, ?, ?, count(*) FROM countersign_nonces"
            " WHERE NOT EXISTS (SELECT 1 FROM countersign_state)",
            fresh_state,
        )
        run(
            "UPDATE countersign_state SET longest_life = ?1 WHERE longest_life < ?1",
            (claim.forget_after - claim.created,),
        )
        self._forget(connection, claim.now)
        state = run("SELECT start, floor, entries FROM countersign_state").fetchone()
        start, floor, entries = state
        if claim.is_outside_window() or claim.created <= floor:
            return "stale"
        if run("SELECT 1 FROM countersign_nonces WHERE key = ?", (claim.key,)).fetchone():
            return "replayed"
        if claim.created <= start + claim.future_skew_seconds:
            raise _starting(start, claim, claim.now)
        if entries >= self._max_entries:
            raise SignatureError("replay_store_full")
        run("INSERT INTO countersign_nonces VALUES (?, ?)", (claim.key, claim.created))
        run("UPDATE countersign_state SET entries = entries + 1")
        return "accepted"

    @staticmethod
    def _forget(connection: sqlite3.Connection, now: int) -> None:
        keys = connection.execute(
            "SELECT key, created FROM countersign_nonces, countersign_state"
            " WHERE created < ? - longest_life ORDER BY created LIMIT ?",
            (now, _FORGOTTEN_AT_ONCE),
        ).fetchall()
        if not keys:
            return
        connection.execute(  # first the floor,
            "UPDATE countersign_state SET floor = max(floor, ?), entries = entries - ?",
            (keys[-1][1], len(keys)),
        )
        connection.executemany(  # then the entries
            "DELETE FROM countersign_nonces WHERE key = ?", [(key,) for key, _ in keys]
        )

    def _connection(self) -> sqlite3.Connection:
        """One for each thread of each process."""
        if getattr(self._local, "process", None) != os.getpid():
            self._local.connection = self._connect()
            self._local.process = os.getpid()
        connection: sqlite3.Connection = self._local.connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._busy_timeout_seconds, isolation_level=None
        )
        mode = self._use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
        if mode != "wal" or synchronous != 2:
            connection.close()
            raise ValueError("the replay store needs a file, in WAL mode with synchronous = FULL")
        return connection

    @staticmethod
    def _use_write_ahead_log(connection: sqlite3.Connection) -> str:
        """
        Several workers may find a new file at once. SQLite does not wait for the lock that a
        change of the journal mode needs, hence each waits for an ordinary one in between. The
        first to succeed has done it for all.
        """
        attempts = 20
        while True:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                return str(mode)
            except sqlite3.OperationalError:
                if attempts == 0:
                    raise
            attempts -= 1
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")

    @staticmethod
    def _create_tables(connection: sqlite3.Connection, start: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        known = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE name = 'countersign_state'"
        ).fetchone()
        for statement in re.split(r";\n(?=CREATE|--)", _SQLITE_TABLES):
            connection.execute(statement)
        if not known:
            state = (start, _NEVER)
            connection.execute("INSERT INTO countersign_state VALUES (1, ?, ?, 0, 0)", state)
        connection.execute("COMMIT")


# One sorted set by `created`, and beside it a hash with what must be known to believe it. Nothing
# expires by itself: the time to live of a key follows a clock that can step back.
_REDIS_SCRIPT = """
local state, nonces = KEYS[1], KEYS[2]
local key, created, forget_after = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local skew, max_entries, never = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local now = tonumber(ARGV[7]) or tonumber(redis.call('TIME')[1])
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local known = redis.call('HMGET', state, 'start', 'floor', 'life', 'entries', 'run')
local start, floor = tonumber(known[1] or never), tonumber(known[2] or never)
local life, entries = tonumber(known[3] or 0), redis.call('ZCARD', nonces)
if key == '' then -- a store is made
  if not known[1] then
    start = ARGV[8] == '1' and never or now
    redis.call('HSET', state, 'start', start, 'entries', entries, 'run', run)
  end
  return {'made', 0}
end
if not known[1] or known[5] ~= run or tonumber(known[4]) ~= entries then
  -- Flushed, restarted, promoted, or deleted in part: what was accepted may be missing.
  start = math.max(start, now)
  redis.call('HSET', state, 'start', start, 'entries', entries, 'run', run)
end
if forget_after - created > life then
  life = forget_after - created
  redis.call('HSET', state, 'life', life)
end
local old = redis.call('ZRANGEBYSCORE', nonces, '-inf', '(' .. (now - life), 'LIMIT', 0, 1000)
if #old > 0 then
  floor = math.max(floor, tonumber(redis.call('ZSCORE', nonces, old[#old])))
  entries = entries - #old
  redis.call('HSET', state, 'floor', floor, 'entries', entries) -- first the floor,
  redis.call('ZREM', nonces, unpack(old)) -- then the entries
end
if now > forget_after or created > now + skew or created <= floor then return {'stale', 0} end
if redis.call('ZSCORE', nonces, key) then return {'replayed', 0} end
if created <= start + skew then return {'starting', start + skew - now + 1} end
if entries >= max_entries then return {'full', 0} end
redis.call('ZADD', nonces, created, key)
redis.call('HSET', state, 'entries', entries + 1)
return {'accepted', 0}
"""


class RedisStore:
    """For verifiers on many hosts: Redis or Valkey, by a client such as `redis.Redis` (redis-py).

    One script decides, by the clock of the server. After a flush, a restart or a failover of Redis
    it refuses for some seconds. Give the client a `socket_timeout`: without an answer the request
    is refused.
    """

    def __init__(
        self,
        client: Any,
        *,
        key_prefix: str = "countersign",
        starts_fresh: bool = False,
        max_entries: int = 1_000_000,
        clock: Callable[[], float] | None = None,
    ) -> None:
        policy = client.info("memory").get("maxmemory_policy")
        if policy != "noeviction":
            raise ValueError(
                f"set maxmemory-policy to noeviction: by {policy} Redis forgets what was accepted"
            )
        # The braces keep both keys on one node of a Cluster.
        self._keys = [f"{{{key_prefix}}}:python:state", f"{{{key_prefix}}}:python:nonces"]
        self._script = client.register_script(_REDIS_SCRIPT)
        self._max_entries = max_entries
        self._clock = clock
        self._run("", 0, 0, 0, starts_fresh)

    def claim(self, claim: Claim) -> str:
        if claim.is_outside_window():  # by the verifier's own clock, too
            return "stale"
        answer, seconds = self._run(
            claim.key.hex(), claim.created, claim.forget_after, claim.future_skew_seconds
        )
        if answer == "starting":
            raise SignatureError("replay_store_starting", retry_after=max(1, seconds))
        if answer == "full":
            raise SignatureError("replay_store_full")
        return answer

    def _run(
        self, key: str, created: int, forget_after: int, skew: int, starts_fresh: bool = False
    ) -> tuple[str, int]:
        now = "" if self._clock is None else int(self._clock())
        caps = [self._max_entries, _NEVER]
        answer, seconds = self._script(
            keys=self._keys,
            args=[key, created, forget_after, skew, *caps, now, int(starts_fresh)],
        )
        return answer.decode() if isinstance(answer, bytes) else answer, int(seconds)


# ---------------------------------------------------------------------------------------------
# The verifier

_ALWAYS_COVERED = ('"@method"', '"@authority"', '"@path"', '"@query"')
_COVERED_WITH_BODY = ("content-type", "content-encoding")
_COVERED_WHEN_PRESENT = ("authorization", "idempotency-key")
_SINGLE_FIELDS = (
    "host",
    "content-type",
    "content-length",
    "content-digest",
    "authorization",
    "idempotency-key",
)
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NONCE_CHARACTERS = range(16, 129)
_MAX_KEYID_CHARACTERS = 256
_MAX_LIFETIME_SECONDS = 86_400

KeyLookup = Callable[[str], Optional[Key]]


@dataclass(frozen=True)
class Verified:
    """What may be believed: who signed the request, and the bytes that were signed."""

    principal: str
    key_id: str
    label: str
    created: int
    tag: str | None
    components: tuple[str, ...]  # the covered components, serialized
    body: bytes = field(repr=False)


class Verifier:
    """Checks requests against one policy. Many threads may use it.

    `keys`: the keys by keyid, or a function that finds one. A keyid is opaque: no path, no URL.
    `origin`: scheme and authority that clients call. Host and X-Forwarded-* are never believed.
    `store`: remembers what was let in. `scope`: verifiers that have nothing to do with each other,
    and share a store, have one each. `tag`: the tag, or tags, one of which a signature must have.
    `earlier_future_skew_seconds`: the widest skew that was ever used with this store.
    """

    def __init__(
        self,
        *,
        keys: Mapping[str, Key] | KeyLookup,
        origin: str,
        store: Store,
        tag: str | Sequence[str] | None = None,
        required_components: Sequence[str] = (),
        required_parameters: Sequence[str] = (),
        max_age_seconds: int = 60,
        future_skew_seconds: int = 10,
        earlier_future_skew_seconds: int = 0,
        max_body_bytes: int = 1_048_576,
        field_types: Mapping[str, str] | None = None,
        scope: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._find = keys if callable(keys) else keys.get
        self._origin = normalize_origin(origin)
        self._store = store
        self._tags = (tag,) if isinstance(tag, str) else tag
        self._required = _ALWAYS_COVERED + tuple(map(_required_identifier, required_components))
        self._required_parameters = ("created", "nonce", "keyid", *required_parameters)
        self._max_age_seconds = max_age_seconds
        self._future_skew_seconds = future_skew_seconds
        self._store_skew_seconds = max(future_skew_seconds, earlier_future_skew_seconds)
        self.max_body_bytes = max_body_bytes
        self._field_types = dict(field_types or {})
        self._scope = scope
        self._clock = clock

    def now(self) -> int:
        """The verifier's clock in Unix seconds."""
        return int(self._clock())

    def verify(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]],
        body: bytes | Callable[[], bytes] = b"",
    ) -> Verified:
        """Lets a request in at most once, or raises SignatureError.

        `target` is the request target as it came, undecoded, query included. `headers` are the
        lines as they came. `body` may be a function, called once the signature was found good; it
        should raise SignatureError("body_too_large") instead of reading more than max_body_bytes.
        """
        message = self._message(method, target, headers)
        has_body = _announces_body(message) if callable(body) else bool(body)
        signature, key = self._find_valid(message, has_body)  # steps 1 to 4
        content = body() if callable(body) else body
        self._check_body(message, signature, content)  # step 5
        principal = key.principal or str(signature.parameters["keyid"])
        self._claim(signature, principal)  # step 6: nothing was written before it
        return Verified(
            principal=principal,
            key_id=str(signature.parameters["keyid"]),
            label=signature.label,
            created=_integer(signature, "created"),
            tag=None if "tag" not in signature.parameters else str(signature.parameters["tag"]),
            components=tuple(map(serialize_field, signature.components.items)),
            body=content,
        )

    def _message(self, method: str, target: str, headers: Iterable[tuple[str, str]]) -> Message:
        if not _METHOD.fullmatch(method):
            raise SignatureError("malformed_message", "not a method")
        message = request_message(
            method, self._origin, target, headers, field_types=self._field_types
        )
        for name in _SINGLE_FIELDS:
            if len(message.headers.get(name, ())) > 1:
                raise SignatureError("malformed_message", f"{name} occurs twice")
        if not re.fullmatch("[0-9]+", message.headers.get("content-length", ["0"])[0]):
            raise SignatureError("malformed_message", "content-length")
        return message

    def _find_valid(self, message: Message, has_body: bool) -> tuple[Signature, Key]:
        """One signature that meets the policy is enough (RFC 9421 section 3.2, step 1.1)."""
        signatures = parse_signatures(message)
        if self._tags is not None:
            signatures = [s for s in signatures if s.parameters.get("tag") in self._tags]
        refusal = SignatureError("no_matching_signature")
        for signature in reversed(signatures):  # so that the refusal is that of the first
            try:
                self._check_policy(signature, message, has_body)
                self._check_times(signature)
                key = self._find_key(str(signature.parameters["keyid"]))
                verify_signature(message, signature, key)
                return signature, key
            except SignatureError as error:
                refusal = error
        raise refusal

    def _check_policy(self, signature: Signature, message: Message, has_body: bool) -> None:
        """Step 2, before any cryptography: what must be there, and what must be covered."""
        check_parameters(signature)
        parameters = signature.parameters
        for name in self._required_parameters:
            if name not in parameters:
                raise SignatureError("missing_parameter", name)
        if len(str(parameters["nonce"])) not in _NONCE_CHARACTERS:
            raise SignatureError("malformed_parameter", "a nonce has 16 to 128 characters")
        if len(str(parameters["keyid"])) > _MAX_KEYID_CHARACTERS:
            raise SignatureError("malformed_parameter", "a keyid has at most 256 characters")
        _check_coverage(signature, message, self._required, has_body)

    def _check_times(self, signature: Signature) -> None:
        now = self.now()
        created = _integer(signature, "created")
        if created > now + self._future_skew_seconds:
            raise SignatureError("not_yet_valid")
        if now > created + self._max_age_seconds:
            raise SignatureError("stale")
        if "expires" in signature.parameters:
            expires = _integer(signature, "expires")
            if not created < expires <= created + _MAX_LIFETIME_SECONDS:
                raise SignatureError("malformed_parameter", "expires")
            if now > expires:
                raise SignatureError("expired")

    def _find_key(self, key_id: str) -> Key:
        """Step 3."""
        try:
            key = self._find(key_id)
        except Exception as error:
            raise SignatureError("key_unavailable") from error
        if key is None:
            raise SignatureError("unknown_key")
        return key

    def _check_body(self, message: Message, signature: Signature, body: bytes) -> None:
        if len(body) > self.max_body_bytes:
            raise SignatureError("body_too_large")
        _check_coverage(signature, message, (), bool(body))  # what was announced may be untrue
        digest = message.headers.get("content-digest")
        if digest is not None:
            check_digest(", ".join(digest), body)

    def _claim(self, signature: Signature, principal: str) -> None:
        created = _integer(signature, "created")
        forget_after = created + self._max_age_seconds
        if "expires" in signature.parameters:
            forget_after = min(forget_after, _integer(signature, "expires"))
        parts = (self._scope, principal, str(signature.parameters["nonce"]))
        claim = Claim(
            key=_hash(parts),
            created=created,
            forget_after=forget_after,
            now=self.now(),
            future_skew_seconds=self._store_skew_seconds,
        )
        try:
            answer = self._store.claim(claim)
        except SignatureError:
            raise
        except Exception as error:
            raise SignatureError("replay_store_unavailable") from error
        if answer in ("replayed", "stale"):
            raise SignatureError(answer)
        if answer != "accepted":
            raise SignatureError("replay_store_unavailable", "it gave no answer that is known")


def _required_identifier(name: str) -> str:
    """A field name or derived component, or a serialized identifier with its parameters."""
    return _identifier(parse_field(name if name.startswith('"') else f'"{name}"', "item"))


def _integer(signature: Signature, name: str) -> int:
    value = signature.parameters[name]
    assert isinstance(value, int)  # check_parameters has seen to it
    return value


def _hash(parts: Iterable[str]) -> bytes:
    """Each part behind its length, so that ("a:b", "c") and ("a", "b:c") differ."""
    encoded = [part.encode("utf-8") for part in parts]
    return hashlib.sha256(
        b"".join(len(part).to_bytes(8, "big") + part for part in encoded)
    ).digest()


def _announces_body(message: Message) -> bool:
    length = message.headers.get("content-length", ["0"])[0]
    return length != "0" or "transfer-encoding" in message.headers


def _check_coverage(
    signature: Signature, message: Message, required: Sequence[str], has_body: bool
) -> None:
    """Whole identifiers are compared: "content-digest";req does not stand in for it (7.2.1)."""
    covered = set(signature.identifiers)
    present = _COVERED_WHEN_PRESENT + (_COVERED_WITH_BODY if has_body else ())
    needed = [*required, *(f'"{name}"' for name in present if name in message.headers)]
    for identifier in needed:
        if identifier not in covered:
            raise SignatureError("component_not_covered", identifier)
    if has_body and '"content-digest"' not in covered:
        raise SignatureError("missing_digest")


# ---------------------------------------------------------------------------------------------
# WSGI (PEP 3333)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]


class CountersignMiddleware:
    """Lets only verified requests through to a WSGI app: Flask, Django, Pyramid, Bottle.

    The app finds `environ["countersign.verified"]` (a `Verified`), and the verified bytes as its
    body. Put it outside of whatever reads the body.
    """

    def __init__(self, app: WsgiApp, verifier: Verifier) -> None:
        self._app = app
        self._verifier = verifier

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            target = _raw_target(environ)
            verified = self._verifier.verify(
                environ["REQUEST_METHOD"],
                target,
                _header_lines(environ),
                lambda: _read_body(environ, self._verifier.max_body_bytes),
            )
        except SignatureError as error:
            _log.info("refused: %s (%s)", error.code, error, exc_info=error.__cause__)
            return self._refuse(error, start_response)
        environ["countersign.verified"] = verified
        environ["wsgi.input"] = io.BytesIO(verified.body)
        environ["CONTENT_LENGTH"] = str(len(verified.body))
        return self._app(environ, start_response)

    def _refuse(self, error: SignatureError, start_response: StartResponse) -> Iterable[bytes]:
        status, fields, body = error.problem(self._verifier.now())
        fields.append(("Content-Length", str(len(body))))
        start_response(f"{status} {_REASONS[status]}", fields)
        return [body]


_REASONS = {
    401: "Unauthorized",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


def _raw_target(environ: Environ) -> str:
    """The request target as it came. PATH_INFO is decoded, which cannot be undone.

    What the app routes by must be the same path: a header such as SCRIPT_NAME or a rewriting
    middleware could have made it another one than was signed.
    """
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not isinstance(target, str):
        raise RuntimeError(
            "this WSGI server gives the path only decoded, so no signature can be checked: use one"
            " that sets RAW_URI or REQUEST_URI (gunicorn, uWSGI, mod_wsgi, Werkzeug)"
        )
    absolute = _ABSOLUTE.fullmatch(target)
    path, _, query = (absolute[3] if absolute else target).partition("?")
    routed = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    if urllib.parse.unquote_to_bytes(path).decode("latin-1") != routed:
        raise SignatureError("malformed_message", "the app would be given another path")
    if query != environ.get("QUERY_STRING", ""):
        raise SignatureError("malformed_message", "the app would be given another query")
    return target


def _header_lines(environ: Environ) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-"), value
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield name.replace("_", "-"), value


def _read_body(environ: Environ, limit: int) -> bytes:
    """The body, once, and never more than one byte over the limit."""
    stream = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH") or ""
    if not length:
        chunked = environ.get("wsgi.input_terminated", False)
        if not chunked and "HTTP_TRANSFER_ENCODING" in environ:
            raise SignatureError("body_unreadable", "this WSGI server does not end such a body")
        body = _read(stream, limit + 1) if chunked else b""
    elif int(length) > limit:
        raise SignatureError("body_too_large")
    else:
        body = _read(stream, int(length))
        if len(body) < int(length):
            raise SignatureError("body_unreadable")
    if len(body) > limit:
        raise SignatureError("body_too_large")
    return body


def _read(stream: Any, size: int) -> bytes:
    pieces: list[bytes] = []
    while size > 0:
        try:
            piece = stream.read(min(size, 65_536))
        except OSError as error:
            raise SignatureError("body_unreadable") from error
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
