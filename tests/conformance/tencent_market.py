"""A client of the Tencent cloud market listing (face compare), with Python's standard library alone.

Written from the vendor's documents, not from this repository's code. Prints one JSON object: status, headers, answer.
"""

import argparse
import base64
import email.utils
import hashlib
import hmac
import http.client
import json
import urllib.parse
import uuid

PATH = "/release/jingmocompare"

parser = argparse.ArgumentParser()
parser.add_argument("--base", required=True, help="such as http://127.0.0.1:8787")
parser.add_argument("--secret-id", required=True)
parser.add_argument("--secret-key", required=True)
parser.add_argument("--photo", required=True, help="a file")
parser.add_argument("--name", required=True)
parser.add_argument("--id", required=True)
parser.add_argument("--sign", default="x-date x-source", help="the headers to sign, in order")
parser.add_argument("--header-case", choices=["usual", "lower", "upper"], default="usual")
parser.add_argument("--authorization", choices=["usual", "spaced", "reordered"], default="usual")
parser.add_argument("--algorithm", choices=["sha1", "sha256", "sha384", "sha512"], default="sha1")
parser.add_argument("--space", choices=["plus", "percent"], default="plus")
parser.add_argument("--empty-query", action="store_true")
parser.add_argument("--chunked", action="store_true")
parser.add_argument("--date", default=None, help="an HTTP date instead of now")
parser.add_argument("--prefix", default="", help="put before the Base64 text")
args = parser.parse_args()

date = args.date or email.utils.formatdate(usegmt=True)
values = {
    "x-date": date,
    "date": date,
    "x-source": "market",
    "source": "market",
    "x-request-id": str(uuid.uuid4()),
    "content-type": "application/x-www-form-urlencoded",
}
signed = args.sign.split()
string_to_sign = "\n".join(f"{name}: {values[name]}" for name in signed)
digest = hmac.new(args.secret_key.encode(), string_to_sign.encode(), getattr(hashlib, args.algorithm)).digest()
signature = base64.b64encode(digest).decode()
authorization = {
    "usual": f'hmac id="{args.secret_id}", algorithm="hmac-{args.algorithm}", headers="{args.sign}", signature="{signature}"',
    # As in the vendor's curl sample: spaces around the signs, the signature without quotes.
    "spaced": f'hmac id = "{args.secret_id}", algorithm = "hmac-{args.algorithm}", headers = "{args.sign}", signature = {signature}',
    "reordered": f'hmac signature="{signature}",headers="{args.sign}",algorithm="hmac-{args.algorithm}",id="{args.secret_id}"',
}[args.authorization]

headers = {name: values[name] for name in signed}
headers["content-type"] = values["content-type"]
headers["authorization"] = authorization
spell = {"usual": str.title, "lower": str.lower, "upper": str.upper}[args.header_case]
headers = {spell(name): value for name, value in headers.items()}

with open(args.photo, "rb") as file:
    photo = args.prefix + base64.b64encode(file.read()).decode()
quote = urllib.parse.quote_plus if args.space == "plus" else urllib.parse.quote
fields = {"realname": args.name, "idcard": args.id, "photo": photo}
body = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items()).encode()

base = urllib.parse.urlsplit(args.base)
connection = http.client.HTTPConnection(base.hostname, base.port, timeout=30)
path = PATH + ("?" if args.empty_query else "")
if args.chunked:
    pieces = (body[at : at + 4096] for at in range(0, len(body), 4096))
    connection.request("POST", path, body=pieces, headers=headers, encode_chunked=True)
else:
    connection.request("POST", path, body=body, headers=headers)
response = connection.getresponse()
text = response.read().decode()
print(json.dumps({
    "status": response.status,
    "headers": {name.lower(): value for name, value in response.getheaders()},
    "answer": json.loads(text),
}))
