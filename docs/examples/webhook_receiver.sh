#!/bin/sh
# A receiver in shell. It has one connection on stdin and stdout, as socat, inetd or a systemd socket (Accept=yes) gives it:
#   export WEBHOOK_SECRET=whsec_… GRADER=https://grader.example.org TOKEN=hgr_…
#   socat TCP-LISTEN:9001,reuseaddr,fork EXEC:./webhook_receiver.sh
# Of a message it believes that a grade changed, and no more: the grade itself it asks for, so order and repetition do no harm.
set -eu
answer() { printf 'HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$1"; exit 0; }
id='' sent_at='' given='' size='' return=$(printf '\r')
IFS= read -r _request
while IFS= read -r line && [ -n "${line%"$return"}" ]; do
  value=${line#*: } value=${value%"$return"}
  case $(printf %s "${line%%:*}" | tr '[:upper:]' '[:lower:]') in
    webhook-id) id=$value ;;
    webhook-timestamp) sent_at=$value ;;
    webhook-signature) given=$value ;;
    content-length) size=$value ;;
  esac
done
case $sent_at in '' | *[!0-9]* | ????????????*) answer '401 Unauthorized' ;; esac
case $size in '' | *[!0-9]* | ??????*) answer '413 Content Too Large' ;; esac
body=$(mktemp) && trap 'rm -f "$body"' EXIT
head -c "$size" >"$body"
key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
right=$({ printf '%s.%s.' "$id" "$sent_at" && cat "$body"; } | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
age=$(($(date +%s) - sent_at))
case " $given " in *" v1,$right "*) ;; *) answer '401 Unauthorized' ;; esac
[ "${age#-}" -lt 300 ] || answer '401 Unauthorized'
grade=$(sed -n 's/.*"grade_id": *"\([a-z0-9_]*\)".*/\1/p' "$body")
[ -z "$grade" ] || curl -fsS -H "Authorization: Bearer $TOKEN" "$GRADER/api/v1/grades/$grade" >>"${GRADES:-grades.jsonl}" ||
  answer '502 Bad Gateway' # so that it comes again
[ -z "$grade" ] || echo >>"${GRADES:-grades.jsonl}"
answer '204 No Content'
