#!/usr/bin/env bash
# Runs a folder of cases against this build: each is a folder with a run.sh that exits 0 where a fault is gone, 1 where it stands.
#
#   bash scripts/prove-cases.sh ../shared/cases
#
# Cases find the engine by FX=bin/fx.js, cases about the domain by FX=this folder. Those that name modules by where they
# were once are given them there, in a copy: nothing of the cases is changed.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cases=${1:-../shared/cases}
if [ ! -d "$cases" ]; then
  echo "skipped: there is no folder $cases"
  exit 0
fi
cases=$(cd "$cases" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Where modules were when the cases were written.
old=$folder/clone
mkdir -p "$old/dist"
ln -s "$root/bin" "$root/node_modules" "$root/assets" "$root/schemas" "$root/package.json" "$root/experiments" "$old/"
for each in "$root"/dist/*; do [ "$(basename "$each")" = src ] || ln -s "$each" "$old/dist/"; done
mkdir "$old/dist/src"
for each in "$root"/dist/src/*; do [ "$(basename "$each")" = foundation ] || ln -s "$each" "$old/dist/src/"; done
ln -s "$root/dist/src/plugins/recognition" "$old/dist/src/domain"
mkdir "$old/dist/src/foundation"
for each in "$root"/dist/src/foundation/*; do [ "$(basename "$each")" = verification ] || ln -s "$each" "$old/dist/src/foundation/"; done
mkdir "$old/dist/src/foundation/verification"
cat > "$old/dist/src/foundation/verification/bootstrap.js" << JS
// The bootstrap gave way to intervals from influences (docs/decisions/0132): the same question, asked of what answers it today.
export { bootstrapMetrics } from '$root/dist/src/plugins/recognition/benchmarks/bootstrap.js';
JS

failed=0
for script in "$cases"/*/*/run.sh; do
  name=$(basename "$(dirname "$(dirname "$script")")")/$(basename "$(dirname "$script")")
  case $name in engine/*) fx=$root/bin/fx.js ;; *) fx=$old ;; esac
  out=$folder/out
  if FX=$fx timeout 600 bash "$script" > "$out" 2>&1; then
    echo "ok    $name"
  else
    code=$?
    failed=$((failed + 1))
    echo "FAIL  $name ($code): $(tail -n 1 "$out")"
  fi
done
echo "$failed of $(ls -d "$cases"/*/*/ | wc -l) cases fail"
[ $failed -eq 0 ]
