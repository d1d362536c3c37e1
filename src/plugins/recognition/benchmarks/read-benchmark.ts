import { err, ok, type Result } from '../../../foundation/failures/result.js';
import { readText } from '../../../foundation/files/text-file.js';
import { readCfpPairs, type CfpProtocol } from '../datasets/formats/cfp.js';
import type { DatasetDiagnostic } from '../datasets/dataset-diagnostic.js';
import { parseIjbaComparisons, parseIjbaMetadata } from '../datasets/formats/ijba.js';
import type { ListedFolder } from '../datasets/sets/image-list.js';
import { parsePairs } from '../datasets/formats/lfw.js';
import { parsePairTable } from '../datasets/formats/pair-table.js';
import { parsePairList } from '../datasets/formats/pairs.js';
import { readIjbaTables, type NamedText } from '../datasets/formats/read-dataset.js';
import {
  ijbaSplit,
  type BenchmarkDiagnostic,
  type PairBenchmark,
  type TemplateBenchmark,
  type TemplateSplit,
} from './benchmark.js';
import { drawPairs, PAPER_DRAW, type DrawOptions, type NamedImage } from './multipie-pairs.js';

type ReadDiagnostics = readonly (DatasetDiagnostic | BenchmarkDiagnostic)[];

/** LFW's view 2: `pairs.txt` as the user names it, or as it lies in the data set's folder. */
export function lfwBenchmark(pairs: NamedText | ListedFolder): Result<PairBenchmark, ReadDiagnostics> {
  const named = listIn(pairs, 'pairs.txt', 'the list of pairs of the LFW protocol');
  if (!named.ok) return named;
  const list = parsePairs(named.value.text, named.value.file);
  return list.ok ? ok({ kind: 'pairs', name: 'lfw', list: list.value }) : list;
}

/** A list as the user names it, or as it lies in the data set's folder. */
function listIn(pairs: NamedText | ListedFolder, name: string, what: string): Result<NamedText, ReadDiagnostics> {
  if ('text' in pairs) return ok(pairs);
  for (const { path } of pairs.files) {
    if (path !== name && !path.endsWith(`/${name}`)) continue;
    return ok({ file: path, text: readText(pairs.locate(path)) });
  }
  const message = `the folder has no ${name}, ${what}`;
  return err([{ code: 'datasets/missing-image', severity: 'error', message }]);
}

/** CFP's ten splits, of which those that have pairs are folds. */
export function cfpBenchmark(source: ListedFolder, protocol: CfpProtocol): Result<PairBenchmark, ReadDiagnostics> {
  const list = readCfpPairs(source, protocol);
  return list.ok ? ok({ kind: 'pairs', name: `cfp-${protocol.toLowerCase()}`, list: list.value }) : list;
}

/** Pairs of the user's own: a CSV that they name, or `pairs.csv` in the data set's folder. */
export function ownPairs(pairs: NamedText | ListedFolder): Result<PairBenchmark, ReadDiagnostics> {
  const named = listIn(pairs, 'pairs.csv', 'a list of pairs with the columns a, b, same, fold');
  if (!named.ok) return named;
  const list = parsePairTable(named.value.text, named.value.file);
  return list.ok ? ok({ kind: 'pairs', name: 'pairs', list: list.value }) : list;
}

/** Multi-PIE by the LFW protocol: a list that was published, or one drawn of these images. */
export function multiPieBenchmark(
  pairs: NamedText | Iterable<NamedImage>,
  draw: DrawOptions = PAPER_DRAW,
): Result<PairBenchmark, ReadDiagnostics> {
  const list = 'text' in pairs ? parsePairList(pairs.text, pairs.file) : drawPairs(pairs, draw);
  return list.ok ? ok({ kind: 'pairs', name: 'multipie', list: list.value }) : list;
}

/** IJB-A 1:1 of the tables in its folder: every split that has both. */
export function ijbaBenchmark(source: ListedFolder): Result<TemplateBenchmark, ReadDiagnostics> {
  const metadata = readIjbaTables(source, 'verify_metadata', parseIjbaMetadata);
  if (!metadata.ok) return metadata;
  const comparisons = readIjbaTables(source, 'verify_comparisons', parseIjbaComparisons);
  if (!comparisons.ok) return comparisons;
  const splits: TemplateSplit[] = [];
  const problems: BenchmarkDiagnostic[] = [];
  for (const number of new Set([...metadata.value.keys(), ...comparisons.value.keys()])) {
    const rows = metadata.value.get(number);
    const pairs = comparisons.value.get(number);
    if (rows === undefined || pairs === undefined) {
      const lacking = rows === undefined ? 'verify_metadata' : 'verify_comparisons';
      const message = `split ${number} of IJB-A has no ${lacking}_${number}.csv`;
      problems.push({ code: 'benchmarks/template', severity: 'error', message });
      continue;
    }
    const split = ijbaSplit(rows, pairs);
    if (split.ok) splits.push(split.value);
    else problems.push(...split.error);
  }
  return problems.length > 0 ? err(problems) : ok({ kind: 'templates', name: 'ijba', splits });
}
