#!/usr/bin/env bash
# A client of Jumdata's hosted liveness check (H5 V2), with curl and openssl alone.
# Written from the vendor's documents, not from this repository's code. Prints the answer with its head.
# usage: BASE=… APP_ID=… APP_SECRET=… jumdata.sh init RETURN_URL [COLORS] [ACTIONS] | html TOKEN | result TOKEN
set -euo pipefail
call=$1; shift

ask() { curl --silent --show-error --include --noproxy '*' --max-time 30 "$@"; }

timestamp=$(date +%s)000
sign=$(printf '%s' "$APP_ID$APP_SECRET$timestamp" | openssl dgst -sha256 -r | cut -d' ' -f1)
common=(--data-urlencode "appId=$APP_ID" --data-urlencode "timestamp=$timestamp" --data-urlencode "sign=$sign")

case $call in
init)
    business=(--data-urlencode "returnUrl=$1")
    [ -z "${2:-}" ] || business+=(--data-urlencode "colors=$2")
    [ -z "${3:-}" ] || business+=(--data-urlencode "actions=$3")
    ask "${common[@]}" "${business[@]}" "$BASE/lifecheck/h5/v2/init" ;;
html) ask --get --data-urlencode "token=$1" "$BASE/lifecheck/h5/v2/html" ;;
result) ask "${common[@]}" --data-urlencode "token=$1" "$BASE/lifecheck/h5/v2/result" ;;
esac
