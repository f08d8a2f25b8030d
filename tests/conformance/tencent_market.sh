#!/usr/bin/env bash
# A client of the Tencent cloud market listing (face compare), with curl and openssl alone.
# Written from the vendor's documents, not from this repository's code. Prints the answer with its head.
# usage: BASE=… SECRET_ID=… SECRET_KEY=… tencent_market.sh PHOTO NAME ID
set -euo pipefail
photo=$1 name=$2 id=$3

date=${DATE:-$(LC_ALL=C TZ=GMT date '+%a, %d %b %Y %H:%M:%S GMT')}
signature=$(printf 'x-date: %s\nx-source: market' "$date" | openssl dgst -sha1 -hmac "$SECRET_KEY" -binary | openssl base64 -A)

curl --silent --show-error --include --noproxy '*' --max-time 30 "$BASE/release/jingmocompare" \
    --header "X-Date: $date" --header 'X-Source: market' \
    --header "Authorization: hmac id=\"$SECRET_ID\", algorithm=\"hmac-sha1\", headers=\"x-date x-source\", signature=\"$signature\"" \
    --data-urlencode "idcard=$id" --data-urlencode "realname=$name" \
    --data-urlencode photo@<(openssl base64 -A -in "$photo")
