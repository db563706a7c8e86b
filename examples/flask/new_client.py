"""Prints a clients.json with one client: python new_client.py alice > data/clients.json"""

import base64
import json
import secrets
import sys

client = {"account": sys.argv[1], "secret": base64.b64encode(secrets.token_bytes(32)).decode()}
print(json.dumps({f"bank_{secrets.token_hex(8)}": client}, indent=2))
