#!/usr/bin/env bash
# Holds our SARIF and JSON reports against judges that are not ours: the SARIF 2.1.0 schema, the SARIF multitool (its rules, and its
# values of primaryLocationLineHash), and JSON Schema for docs/report.schema.json.
#
#   tools/check_sarif.sh [BINARY]        default: target/debug/cargo-prr
#
# Needs python3 with venv, npm, git. What it installs stays in target/check-sarif.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$(realpath "${1:-target/debug/cargo-prr}")
work=$PWD/target/check-sarif
mkdir -p "$work"

if [ ! -x "$work/venv/bin/python" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" --quiet --disable-pip-version-check install jsonschema==4.26.0
fi
multitool=$work/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
if [ ! -f "$multitool" ]; then
    npm install --silent --no-audit --no-fund --prefix "$work" @microsoft/sarif-multitool@5.7.0
fi
# Newer npm leaves install scripts alone, and with them this bit.
chmod u+x "$multitool"

export CARGO_PRR_CACHE=$work/cache
"$work/venv/bin/python" tools/check_sarif.py --binary "$binary" --multitool "$multitool" --work "$work/run" --repository "$PWD"
