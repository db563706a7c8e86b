"""Answers the test vectors with http-message-signatures (packages/vectors/README.md, "Runners")."""

import base64
import datetime
import json
import sys
import warnings

import cryptography.exceptions
import http_sf
from http_message_signatures import (
    ContentDigest,
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

from messages import identifier_of, labels_to_try, message_of, with_signature

ALGORITHMS = {
    "hmac-sha256": algorithms.HMAC_SHA256,
    "ed25519": algorithms.ED25519,
    "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256,
    "ecdsa-p384-sha384": algorithms.ECDSA_P384_SHA384,
    "rsa-pss-sha512": algorithms.RSA_PSS_SHA512,
    "rsa-v1_5-sha256": algorithms.RSA_V1_5_SHA256,
}


class OneKey(HTTPSignatureKeyResolver):
    """The application knows the key, and by which name a signature may ask for it (None: any)."""

    def __init__(self, key, keyid):
        self.key = key
        self.keyid = keyid

    def resolve_public_key(self, key_id):
        if self.keyid is not None and key_id != self.keyid:
            return None
        return self._material("publicPem")

    def resolve_private_key(self, key_id):
        return self._material("privatePem")

    def _material(self, member):
        if "secret" in self.key:
            return base64.b64decode(self.key["secret"])
        return self.key[member].encode()


class TimelessVerifier(HTTPMessageVerifier):
    """Times are not what RFC 9421 makes every implementation check. The library leaves them to this method."""

    require_created = False
    allow_label_only_selection = True

    def validate_created_and_expires(self, sig_input, max_age=None):
        pass


def verify_with(key, keyid, message, label):
    verifier = TimelessVerifier(
        signature_algorithm=ALGORITHMS[key["algorithm"]], key_resolver=OneKey(key, keyid)
    )
    verifier.verify(message_of(message), max_age=None, expect_label=label)


def attempt(call):
    """What the library raises is a refusal, whatever it is. Gives the error beside the answer."""
    try:
        call()
    except Exception as error:
        return {"result": "reject", "reason": f"{type(error).__name__}: {error}"}, error
    return {"result": "accept"}, None


def verify(test, keys):
    """A verifier of the library has one algorithm: the application asks the one of each key that it knows."""
    answer = {"result": "reject", "reason": "no key"}
    for name in test["keys"]:
        for label in labels_to_try(test):
            key = keys[name]
            answer, _ = attempt(lambda: verify_with(key, key["keyid"], test["message"], label))
            if answer["result"] == "accept":
                return answer
    return answer


def base(test, keys):
    key = keys[test["key"]]
    message = with_signature(test, key)
    answer, error = attempt(lambda: verify_with(key, None, message, test.get("label")))
    refused_signature = isinstance(getattr(error, "__cause__", None), cryptography.exceptions.InvalidSignature)
    if test["expect"]["result"] == "reject" and refused_signature:
        return {"result": "accept"}
    return answer


def can_ask(parameters, key):
    """Whether the functions of the library can say it: times, texts, and the algorithm of the key."""
    times = all(type(parameters.get(name, 0)) is int for name in ("created", "expires"))
    texts = all(isinstance(parameters.get(name, ""), str) for name in ("keyid", "nonce", "tag"))
    known = set(parameters) <= {"created", "expires", "keyid", "nonce", "tag", "alg"}
    return times and texts and known and parameters.get("alg", key["algorithm"]) == key["algorithm"]


def sign(test, keys):
    key = keys[test["key"]]
    if not can_ask(dict(test["parameters"]), key):
        return {"result": "skip"}
    signer = HTTPMessageSigner(signature_algorithm=ALGORITHMS[key["algorithm"]], key_resolver=OneKey(key, None))
    parameters = dict(test["parameters"])
    signed = []

    def call():
        message = message_of(test["message"])
        signer.sign(
            message,
            key_id=parameters.get("keyid", key["keyid"]),
            created=time_of(parameters.get("created")),
            expires=time_of(parameters.get("expires")),
            nonce=parameters.get("nonce"),
            tag=parameters.get("tag"),
            label=test["label"],
            include_alg="alg" in parameters,
            covered_component_ids=[identifier_of(component) for component in test["components"]],
            append_if_signature_exists="signature" in names(message),
            use_existing_digest="content-digest" in names(message),
        )
        signed.extend([name, message.headers[name]] for name in ("Signature-Input", "Signature"))

    answer, _ = attempt(call)
    return dict(answer, fields=signed) if signed else answer


def digest(test, keys):
    """Makes or checks a digest of a body."""
    given = test["digest"]
    body = base64.b64decode(given.get("body", ""))

    def call():
        if given["operation"] == "verify":
            ContentDigest.verify(given["value"].encode("latin-1"), body)
            return
        if len(given["algorithms"]) != 1:
            raise HTTPMessageSignaturesException("it makes one digest, not several")
        maker = type("Maker", (ContentDigest,), {"algorithm": given["algorithms"][0]})
        if maker.create(body) != given["value"]:
            raise HTTPMessageSignaturesException("the value is another")

    return attempt(call)[0]


def names(message):
    return {name.lower() for name, _ in message.headers.items()}


def time_of(seconds):
    return None if seconds is None else datetime.datetime.fromtimestamp(seconds, tz=datetime.timezone.utc)


def main():
    warnings.simplefilter("ignore")  # The label alone selects a signature here.
    answers = {"base": base, "sign": sign, "verify": verify, "digest": digest}
    keys = json.loads(sys.stdin.readline())["keys"]
    for line in sys.stdin:
        test = json.loads(line)
        # The structured types that the application knows beside the registered ones.
        http_sf.retrofit.update(test.get("policy", {}).get("fieldTypes", {}))
        print(json.dumps({"id": test["id"], **answers[test["type"]](test, keys)}), flush=True)


main()
