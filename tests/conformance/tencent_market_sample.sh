#!/usr/bin/env bash
# The same call in the manner of the vendor's own curl sample: `Date` and `Source`, spaces and an unquoted signature in
# the Authorization line, an empty query, and a chunked body.
# usage: BASE=… SECRET_ID=… SECRET_KEY=… tencent_market_sample.sh PHOTO NAME ID
set -euo pipefail
photo=$1 name=$2 id=$3

date=${DATE:-$(LC_ALL=C TZ=GMT date '+%a, %d %b %Y %H:%M:%S GMT')}
signature=$(printf 'date: %s\nsource: source' "$date" | openssl dgst -sha1 -hmac "$SECRET_KEY" -binary | openssl base64 -A)

curl --silent --show-error --include --noproxy '*' --max-time 30 "$BASE/release/jingmocompare?" \
    --header "date: $date" --header 'source: source' --header 'X-Requested-With: XMLHttpRequest' --header 'Transfer-Encoding: chunked' \
    --header "authorization: hmac id = \"$SECRET_ID\", algorithm = \"hmac-sha1\", headers = \"date source\", signature = $signature" \
    --data-urlencode "realname=$name" --data-urlencode "idcard=$id" \
    --data-urlencode photo@<(openssl base64 -A -in "$photo")
