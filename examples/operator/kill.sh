#!/bin/sh
# Kills one feature with nothing but sh and curl: for a runbook, a machine without Node, or the night.
#
#   kill.sh <url> <environment> <flag> [reason]
#
# <url> is a server's or a relay's. SLUICE_TOKEN holds the kill key (`sluice kill-key` prints it), which does nothing else, or a personal token.
# What gets no answer is asked again for SECONDS_MAX seconds with the same command, so that it is one kill however often it arrives.
# Prints the answer, JSON with the kill's id. Ends with 0 where it was taken, 1 where it was refused, 2 where it was called wrongly,
# 3 where nobody answered: then it is not known whether it was taken, and COMMAND makes the next call the same kill.
set -eu
SECONDS_MAX="${SECONDS_MAX:-30}"

if [ "$#" -lt 3 ] || [ "$#" -gt 4 ]; then
  echo "usage: kill.sh <url> <environment> <flag> [reason]" >&2
  exit 2
fi
if [ -z "${SLUICE_TOKEN:-}" ]; then
  echo "SLUICE_TOKEN is empty: put the kill key or a personal token there." >&2
  exit 2
fi

# A text as JSON has it: control characters become blanks, quotes and backslashes are escaped.
text() { printf '"%s"' "$(printf '%s' "$1" | tr '\000-\037\177' ' ' | sed 's/[\\"]/\\&/g')"; }

url="${1%/}"
command="${COMMAND:-script-$(date -u +%Y%m%dT%H%M%SZ)-$$}"
body="{\"command\":$(text "$command"),\"environment\":$(text "$2"),\"flags\":[$(text "$3")],\"reason\":$(text "${4:-killed by kill.sh}")}"

begun=$(date +%s)
while :; do
  # The token goes in by standard input, so that no list of processes shows it. The status stands behind the answer, in a line of its own.
  reply=$(printf 'header = "authorization: Bearer %s"\n' "$SLUICE_TOKEN" |
    curl --silent --show-error --max-time 10 --config - --header 'content-type: application/json' \
      --data-binary "$body" --write-out '\n%{http_code}' "$url/api/kills" 2>&1) || true
  status=$(printf '%s' "$reply" | tail -n 1)
  case "$status" in
  2??)
    printf '%s\n' "$reply" | sed '$d'
    exit 0
    ;;
  4??)
    printf '%s\n' "$reply" | sed '$d' >&2
    exit 1
    ;;
  esac
  if [ $(($(date +%s) - begun)) -ge "$SECONDS_MAX" ]; then
    echo "No answer from $url within $SECONDS_MAX s. It is not known whether the kill was taken; COMMAND=$command makes the next call the same one." >&2
    exit 3
  fi
  echo "No answer from $url yet (${status:-none}); asking again." >&2
  sleep 1
done
