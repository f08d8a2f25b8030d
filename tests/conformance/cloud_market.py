"""A client of the newer market gateway (`ap-<region>.cloudmarket-apigw.com/service-<id>/<path>`), with Python's standard
library alone.

Written from what public clients of that gateway do, not from this repository's code. Prints one JSON object: status, headers,
answer.
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

parser = argparse.ArgumentParser()
parser.add_argument("--base", required=True, help="such as http://127.0.0.1:8787")
parser.add_argument("--secret-id", required=True)
parser.add_argument("--secret-key", required=True)
parser.add_argument("--photo", required=True, help="a file")
parser.add_argument("--name", required=True)
parser.add_argument("--id", required=True)
parser.add_argument("--path", default="/service-0abc1def/jingmocompare")
parser.add_argument("--request-id", choices=["uuid", "md5", "none"], default="uuid")
parser.add_argument("--date", default=None, help="an HTTP date instead of now")
args = parser.parse_args()

date = args.date or email.utils.formatdate(usegmt=True)
digest = hmac.new(args.secret_key.encode(), f"x-date: {date}".encode(), hashlib.sha1).digest()
authorization = {"id": args.secret_id, "x-date": date, "signature": base64.b64encode(digest).decode()}
headers = {"Authorization": json.dumps(authorization), "Content-Type": "application/x-www-form-urlencoded"}
if args.request_id == "uuid":
    headers["request-id"] = str(uuid.uuid4())
elif args.request_id == "md5":
    headers["request-id"] = hashlib.md5(date.encode()).hexdigest()

with open(args.photo, "rb") as file:
    photo = base64.b64encode(file.read()).decode()
body = urllib.parse.urlencode({"idcard": args.id, "realname": args.name, "photo": photo})

base = urllib.parse.urlsplit(args.base)
connection = http.client.HTTPConnection(base.hostname, base.port, timeout=30)
connection.request("POST", args.path, body=body, headers=headers)
response = connection.getresponse()
text = response.read().decode()
print(json.dumps({
    "status": response.status,
    "headers": {name.lower(): value for name, value in response.getheaders()},
    "answer": json.loads(text),
}))
