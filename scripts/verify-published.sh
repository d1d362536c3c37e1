#!/usr/bin/env bash
# Verifies every published report, with the given options of `fx verify`; their Markdown goes to summary.md as well. Ends with
# the worst exit code.
set -uo pipefail
worst=0
while read -r file profile; do
  node bin/fx.js verify "$file" --profile "$profile" "$@" | tee -a summary.md
  code=${PIPESTATUS[0]}
  if [ "$code" -gt "$worst" ]; then worst=$code; fi
done < <(node scripts/published.mjs)
exit "$worst"
