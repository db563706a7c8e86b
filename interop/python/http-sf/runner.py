"""Answers the vectors of structured fields with http-sf, which http-message-signatures is built on."""

import json
import sys

import http_sf
from http_sf.compat import Dictionary


def answer(test):
    field = test["structuredField"]
    try:
        serialized = serialize(field)
    except Exception as error:  # What the library raises is a refusal, whatever it is.
        return {"result": "reject", "reason": f"{type(error).__name__}: {error}"}
    if test["expect"]["result"] == "accept" and serialized != field["canonical"]:
        return {"result": "reject", "reason": f"it is {serialized}"}
    return {"result": "accept"}


def serialize(field):
    raw = ", ".join(field["raw"]).encode("latin-1")
    if "member" in field:
        dictionary = Dictionary()
        dictionary.parse(raw)
        return str(dictionary[field["member"]])
    value = http_sf.parse(raw, tltype=field["type"])
    # RFC 9651 4.1: an empty List or Dictionary is not serialized at all, and the library refuses to.
    return "" if value in ([], {}) else http_sf.ser(value)


def main():
    sys.stdin.readline()
    for line in sys.stdin:
        test = json.loads(line)
        print(json.dumps({"id": test["id"], **answer(test)}), flush=True)


main()
