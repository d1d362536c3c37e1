#!/usr/bin/env bash
# Shows on a real experiment what the tests show on small ones: a second clone with an empty cache and a warm remote executes
# nothing and writes the same report, bit for bit; it verifies without the data; a sample of it comes out the same; a bundle of it
# runs offline. Usage: scripts/prove-sharing.sh [experiments/table2-frontal.yaml] [mini] [remote address]
# With FX_PROVE_CACHE=FOLDER the first clone uses that cache, so that only what it lacks is run.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
experiment=${1:-experiments/table2-frontal.yaml}
profile=${2:-mini}
# An experiment without profiles has `default` alone.
chosen=(); [ "$profile" = default ] || chosen=(--profile "$profile")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
remote=${3:-$work/remote}
name=$(basename "$experiment" .yaml)
report=reports/$name/$profile

clone() {
  mkdir -p "$work/$1"
  cp -r "$root/experiments" "$root/package.json" "$work/$1/"
}
fx() { node "$root/bin/fx.js" "$@"; }
step() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }

step 'the first clone runs, and sends what it makes'
clone first && cd "$work/first"
fx run "$experiment" "${chosen[@]}" --remote "$remote" --cache "${FX_PROVE_CACHE:-cache}" 2>&1 | tail -3
fx cache push "$experiment" "${chosen[@]}" --remote "$remote" --cache "${FX_PROVE_CACHE:-cache}"

step 'the second has its lock and report, and nothing else: frozen verification by the remote'
clone second && cd "$work/second"
mkdir -p "$report" && cp -r "$work/first/$report/." "$report/"
fx verify "$experiment" "${chosen[@]}" --remote "$remote" --frozen

step 'the second runs: nothing is executed, the report is the same bits'
rm -r "$report"
FX_REMOTE_MODE=read fx run "$experiment" "${chosen[@]}" --remote "$remote" 2>&1 | tee "$work/said" | tail -1
grep -q ' reused' "$work/said" && ! grep -q ' executed' "$work/said"
diff -r "$work/first/$report" "$report" && echo "$(find "$report" -type f | wc -l) files of the report are the same"

step 'a sample is recomputed'
fx verify "$experiment" "${chosen[@]}" --no-remote --audit "${FX_PROVE_SHARE:-5%}" || exit $?

step 'a bundle runs offline, elsewhere'
fx export "$experiment" "${chosen[@]}" --no-remote --to "$work/bundle.zip"
mkdir "$work/desk" && cd "$work/desk"
fx run "$work/bundle.zip" --no-remote 2>&1 | tee "$work/said" | tail -1
grep -q ' reused' "$work/said" && ! grep -q ' executed' "$work/said"
diff -r "$work/first/$report" "bundle/$report" && echo 'its report is the same'
fx verify "$work/bundle.zip" --no-remote --frozen

step 'one file for an appendix has the same keys'
fx export "$work/first/$experiment" --single "${chosen[@]}" --to "$work/second/experiments/appendix.yaml"
cd "$work/second"
fx run experiments/appendix.yaml --no-remote --no-lock --no-report 2>&1 | tail -1
step 'all of it holds'
