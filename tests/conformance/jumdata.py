"""A client of Jumdata's hosted liveness check (H5 V2), with Python's standard library alone.

Written from the vendor's documents, not from this repository's code. Prints one JSON object: status, headers, answer.
"""

import argparse
import hashlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("--base", required=True, help="such as http://127.0.0.1:8787")
parser.add_argument("--app-id", required=True)
parser.add_argument("--app-secret", required=True)
parser.add_argument("--space", choices=["plus", "percent"], default="plus")
parser.add_argument("--business-first", action="store_true", help="business fields before the common ones")
calls = parser.add_subparsers(dest="call", required=True)
init = calls.add_parser("init")
init.add_argument("--return-url", required=True)
init.add_argument("--colors")
init.add_argument("--actions")
html = calls.add_parser("html")
html.add_argument("--token", required=True)
result = calls.add_parser("result")
result.add_argument("--token", required=True)
args = parser.parse_args()

base = f"{args.base}/lifecheck/h5/v2"
if args.call == "html":
    request = urllib.request.Request(f"{base}/html?{urllib.parse.urlencode({'token': args.token})}")
else:
    timestamp = str(int(time.time() * 1000))
    sign = hashlib.sha256((args.app_id + args.app_secret + timestamp).encode()).hexdigest()
    common = {"appId": args.app_id, "timestamp": timestamp, "sign": sign}
    if args.call == "init":
        business = {"returnUrl": args.return_url, "colors": args.colors, "actions": args.actions}
        business = {name: value for name, value in business.items() if value is not None}
    else:
        business = {"token": args.token}
    fields = {**business, **common} if args.business_first else {**common, **business}
    quote = urllib.parse.quote_plus if args.space == "plus" else urllib.parse.quote
    body = urllib.parse.urlencode(fields, quote_via=quote).encode()
    request = urllib.request.Request(f"{base}/{args.call}", data=body, method="POST")
    request.add_header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")

# A proxy of the machine's own must not stand between the test and the sandbox.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    response = opener.open(request, timeout=30)
except urllib.error.HTTPError as error:
    response = error
text = response.read().decode()
print(json.dumps({
    "status": response.status,
    "headers": {name.lower(): value for name, value in response.headers.items()},
    "answer": text if args.call == "html" else json.loads(text),
}))
