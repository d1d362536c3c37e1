#!/usr/bin/env bash
# Makes one of every kind of file that fx hands out, and opens each with readers that nobody here wrote (scripts/prove-readers.py).
# Skips, with a word, where Python or its packages are missing.
#
#   npm run prove:readers            about a minute on two cores
set -euo pipefail
fx="node $(cd "$(dirname "$0")/.." && pwd)/bin/fx.js"
scripts=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-/usr/bin/python3}
if ! "$python" -c 'import numpy, PIL, onnx, torch' 2> /dev/null; then
  echo 'skipped: needs Python with NumPy, PIL, onnx and PyTorch (python3-numpy python3-pil python3-onnx python3-torch)'
  exit 0
fi
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT
cd "$at"
echo '{ "private": true }' > package.json
cat > readers.yaml << 'YAML'
fx: 1
name: readers
stages:
  images: { uses: faces/generate, with: { identities: 6, samples: 4, size: 32 } }
  model: { uses: learning/train, with: { data: '${images}', network: mini, width: 4, people: 3, images: 3, batches: 3, epochs: 1 } }
  embeddings: { uses: learning/embed, with: { model: '${model}', data: '${images}' } }
  people: { uses: standin/lfw, with: { identities: 60, pairs: 3, size: 64 } }
  faces: { uses: datasets/import, with: { format: lfw, folder: '${people}', points: data-set, size: 32 } }
  lfw: { uses: benchmarks/protocol, with: { protocol: lfw, images: '${faces}', folder: '${people}' } }
  embed: { uses: learning/embed, with: { model: '${model}', data: '${faces}' } }
  verify: { uses: benchmarks/verify, with: { benchmark: '${lfw}', embeddings: '${embed}' } }
report:
  tables:
    - { id: accuracy, title: Verification, from: verify, rows: { Ours: verify }, columns: { accuracy: accuracy, AUC: auc } }
  figures:
    - { id: roc, type: roc, title: ROC, from: verify, rows: { Ours: verify } }
    - { id: curve, type: learning-curves, title: Loss, of: model }
YAML
$fx run readers.yaml --json > events.ndjson
for stage in images model embeddings; do $fx get readers.yaml $stage --to $stage; done
$fx get readers.yaml images --as webdataset --to webdataset
$fx get readers.yaml images --as scala --to scala
$fx export readers.yaml --to bundle.zip --artifacts all
cp -r reports/readers/default report
"$python" "$scripts/prove-readers.py" .
