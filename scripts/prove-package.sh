#!/usr/bin/env bash
# The journey of the package, as a stranger makes it: npm pack; in an empty folder npm i of the tarball without optional packages,
# npx fx init, npx fx run; then the study of examples/iris, whose tables in Python and TypeScript must be equal, bundled, verified
# and run from its bundle in another folder. Needs the package registry; without Python the study is left out, with a word.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export NO_COLOR=1 XDG_CACHE_HOME="$work/.cache"
unset FX_CACHE FX_REMOTE
install() { npm i --omit=optional --no-audit --no-fund --loglevel=error "$@" >"$work/npm.log" 2>&1 || { cat "$work/npm.log"; exit 1; }; }

cd "$root"
# The build is there: packing does not make another.
tarball="$work/$(npm pack --ignore-scripts --silent --pack-destination "$work")"
echo "packed: $(du -k "$tarball" | cut -f1) KiB"

mkdir "$work/empty" && cd "$work/empty"
echo '{"private": true, "type": "module"}' >package.json
install "$tarball"
for heavy in onnxruntime-node onnxruntime-web @tensorflow sharp h5wasm; do
  [ ! -e "node_modules/$heavy" ] || { echo "$heavy was installed without being asked for"; exit 1; }
done
npx --no-install fx init study >/dev/null
cd study
npx --no-install fx run experiment.yaml >"$work/run.log" 2>&1 || { cat "$work/run.log"; exit 1; }
grep -q 'median is closer' "$work/run.log"
[ -s reports/centre/default/numbers.tex ]
echo 'from an empty folder: installed, made a study, ran it'

command -v python3 >/dev/null || { echo 'skipped: examples/iris, python3 is not installed'; exit 0; }
cp -r "$root/examples/iris" "$work/iris" && cd "$work/iris"
rm -rf node_modules cache reports package-lock.json
install "$tarball"
npm run --silent data
npx --no-install fx check experiment.yaml
npx --no-install fx run experiment.yaml >"$work/iris.log" 2>&1 || { cat "$work/iris.log"; exit 1; }
cmp reports/iris/default/tables/python.csv reports/iris/default/tables/typescript.csv
[ -s reports/iris/default/figures/curves.svg ]
npx --no-install fx run experiment.yaml 2>&1 | grep -q '60 reused'
npx --no-install fx verify experiment.yaml >/dev/null
npx --no-install fx export experiment.yaml --to "$work/iris.zip" >/dev/null 2>&1
mkdir "$work/elsewhere" && cd "$work/elsewhere"
cp -r "$work/iris/node_modules" .
npx --no-install fx verify "$work/iris.zip" --trust >/dev/null
echo 'examples/iris: one table in Python and TypeScript; a second run ran nothing; bundle verified in another folder'
