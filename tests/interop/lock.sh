#!/usr/bin/env bash
# Writes the lock files anew, for the versions named in npm/package.json and
# below. Needs the registries; `make interop` itself only ever installs what the
# locks name, by their hashes.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp npm/package.json npm/.npmrc "$work"
(cd "$work" && npm install --package-lock-only --ignore-scripts)
# Who asks for donations is nothing to lock.
node -e '
    const lock = JSON.parse(require("fs").readFileSync(process.argv[1]));
    for (const entry of Object.values(lock.packages)) delete entry.funding;
    process.stdout.write(JSON.stringify(lock, null, 2) + "\n");
' "$work/package-lock.json" > npm/package-lock.json

python3 -m venv "$work/venv"
"$work/venv/bin/pip" --quiet install pip-tools
echo "py-clob-client-v2==1.2.1" > "$work/requirements.in"
"$work/venv/bin/pip-compile" --quiet --generate-hashes --strip-extras --no-annotate --no-header \
    --no-emit-index-url --no-emit-find-links --output-file "$work/requirements.txt" "$work/requirements.in"
cp "$work/requirements.txt" pypi/requirements.txt
