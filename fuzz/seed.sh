#!/usr/bin/env bash
# Fills the corpus of the fuzz target with the repository's own sources, each whole and cut into its items.
set -euo pipefail
cd "$(dirname "$0")/.."
corpus=fuzz/corpus/facts
mkdir -p "$corpus"
find src lints fixtures tests -name '*.rs' -print0 | while IFS= read -r -d '' file; do
    name=$(printf '%s' "$file" | tr '/' '-')
    # Items of a few lines mutate better than whole files.
    csplit --quiet --elide-empty-files --suffix-format='%03d' --prefix="$corpus/$name-" "$file" '/^\(pub \|impl \|fn \|macro_rules\)/' '{*}'
    cp "$file" "$corpus/$name"
done
