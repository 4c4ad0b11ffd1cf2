#!/usr/bin/env bash
# need.sh NAME…: says in one sentence which system package is missing, and fails.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
for name in "$@"; do
  case $name in
    go)       command -v go >/dev/null || missing+=("Go 1.26 or newer (the packages of the Go project)") ;;
    npm)      command -v npm >/dev/null || missing+=("npm (package npm)") ;;
    cc)       command -v "${CC:-gcc}" >/dev/null || command -v cc >/dev/null || missing+=("a C compiler for the race detector (package gcc and libc6-dev)") ;;
    git)      command -v git >/dev/null || missing+=("git (package git)") ;;
    chromium) command -v chromium chromium-browser google-chrome >/dev/null || missing+=("Chromium for the browser tests (package chromium)") ;;
    postgres) tools/postgres.sh >/dev/null || missing+=("PostgreSQL 15 or newer (package postgresql-15)") ;;
    *)        echo "need.sh: unknown name $name" >&2; exit 2 ;;
  esac
done
(( ${#missing[@]} == 0 )) && exit 0
list=$(printf '%s; ' "${missing[@]}")
echo "Please install ${list%; }: on Debian 12 as root, bash .ci/install does it." >&2
exit 1
