"""Messages as the library wants them, made of the JSON of the vectors."""

import base64
import re

SIGNATURE_LENGTHS = {
    "hmac-sha256": 32,
    "ed25519": 64,
    "ecdsa-p256-sha256": 64,
    "ecdsa-p384-sha384": 96,
}


class Fields:
    """Field lines in the order of the wire: `items` gives each of them."""

    def __init__(self, lines):
        self._lines = [tuple(line) for line in lines]

    def items(self):
        return list(self._lines)

    def __iter__(self):
        return iter([name for name, _ in self._lines])

    def __contains__(self, name):
        return any(known.lower() == name.lower() for known, _ in self._lines)

    def __delitem__(self, name):
        self._lines = [line for line in self._lines if line[0].lower() != name.lower()]

    def __setitem__(self, name, value):
        del self[name]
        self._lines.append((name, value))

    def __getitem__(self, name):
        values = [value for known, value in self._lines if known.lower() == name.lower()]
        if not values:
            raise KeyError(name)
        return ", ".join(values)


class Request:
    def __init__(self, request):
        self.method = request["method"]
        self.url = request["url"]
        self.headers = Fields(request["headers"])
        if "requestTarget" in request:
            self.request_target = request["requestTarget"]


class Response:
    def __init__(self, response, request):
        self.status_code = response["status"]
        self.headers = Fields(response["headers"])
        self.request = Request(request)


def message_of(message):
    if "response" in message:
        return Response(message["response"], message["request"])
    return Request(message["request"])


def identifier_of(component):
    return quoted(component["name"]) + serialized(component.get("parameters", []))


def serialized(parameters):
    text = ""
    for name, value in parameters:
        if value is True:
            text += f";{name}"
        elif value is False:
            text += f";{name}=?0"
        else:
            text += f";{name}={quoted(value) if isinstance(value, str) else value}"
    return text


def quoted(text):
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def with_signature(test, key):
    """The message with the fields of its signature.

    A vector of which no base can be made has no signature. It gets one of zeros: a library that refuses it for that
    has made a base.
    """
    signature_input = test.get("signatureInput")
    if signature_input is None:
        components = " ".join(identifier_of(component) for component in test["components"])
        signature_input = f"({components})" + serialized(test["parameters"])
    length = SIGNATURE_LENGTHS.get(key["algorithm"], 256)
    signature = test.get("signature") or base64.b64encode(bytes(length)).decode()
    label = test.get("label", "sig")
    part = "response" if "response" in test["message"] else "request"
    fields = [["Signature-Input", f"{label}={signature_input}"], ["Signature", f"{label}=:{signature}:"]]
    signed = dict(test["message"][part], headers=test["message"][part]["headers"] + fields)
    return dict(test["message"], **{part: signed})


def labels_to_try(test):
    """The label that the application chose, else all of the message. None: the library finds the only one."""
    if "label" in test.get("policy", {}):
        return [test["policy"]["label"]]
    part = test["message"].get("response") or test["message"]["request"]
    inputs = ", ".join(value for name, value in part["headers"] if name.lower() == "signature-input")
    labels = re.findall(r"(?:^|,)\s*([a-z*][a-z0-9_\-.*]*)\s*=\s*\(", inputs)
    return labels if len(labels) > 1 else [None]
