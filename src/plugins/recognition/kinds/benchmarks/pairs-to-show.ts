import type { Case, CaseGroups, CaseItem, TracedResult } from '../../../../engine/presentation.js';
import { readBenchmark } from '../../benchmarks/benchmark-file.js';
import type { Benchmark } from '../../benchmarks/benchmark.js';
import { hardest } from '../../benchmarks/verification/hardest.js';
import { checkScores, readScores, type ScoreSet } from '../../benchmarks/verification/score-set.js';
import { compareNames } from '../../datasets/sets/image-list.js';
import { openSet, readDatasetRecord, type ImageSet } from '../../datasets/sets/image-set.js';
import { balancedThreshold } from './score-classes.js';

/**
 * The genuine pairs with the lowest scores and the impostor pairs with the highest. Names and pictures are of the data set that was
 * embedded; where it is private, or no longer at hand to say that it is not, pairs have neither.
 */
export async function pairsToShow(result: TracedResult, most: number): Promise<CaseGroups | undefined> {
  const path = result.locate('scores.safetensors');
  const read = path === undefined ? undefined : readScores(path);
  if (read?.ok !== true || !checkScores(read.value).ok) return undefined;
  const scores = read.value;
  const album = Album.open(result, scores);
  try {
    const threshold = balancedThreshold(scores);
    const group = async (isGenuine: boolean): Promise<readonly Case[]> => {
      const cases: Case[] = [];
      for (const place of hardest(scores, isGenuine, most)) {
        const value = scores.score[place]!;
        const isAccepted = value >= threshold;
        const items = await album.pair(place);
        cases.push({ value, says: isAccepted ? 'accepted' : 'rejected', isWrong: isAccepted !== isGenuine, items });
      }
      return cases;
    };
    const genuine = scores.genuine.reduce((sum, one) => sum + one, 0);
    return {
      groups: [
        { says: 'Genuine pairs with the lowest scores', total: genuine, cases: await group(true) },
        {
          says: 'Impostor pairs with the highest scores',
          total: scores.genuine.length - genuine,
          cases: await group(false),
        },
      ],
      mark: { at: threshold, says: 'the threshold that divides all pairs best, both classes counted alike' },
      ...(album.hidden === undefined ? {} : { hidden: album.hidden }),
    };
  } finally {
    album.close();
  }
}

/** Names and pictures of what was compared. */
class Album {
  readonly hidden: string | undefined;
  readonly #scores: ScoreSet;
  readonly #benchmark: Benchmark | undefined;
  /** Of protocols of pairs: images by their position in the scores. */
  readonly #sorted: readonly string[];
  readonly #images: ImageSet | undefined;
  readonly #places: ReadonlyMap<string, number>;

  private constructor(
    scores: ScoreSet,
    benchmark: Benchmark | undefined,
    images: ImageSet | undefined,
    hidden: string | undefined,
  ) {
    this.hidden = hidden;
    this.#scores = scores;
    this.#benchmark = benchmark;
    this.#images = images;
    const pairs = benchmark?.kind === 'pairs' ? benchmark.list.pairs : [];
    this.#sorted = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))].sort(compareNames);
    this.#places = new Map(images?.names()?.map((name, i) => [name, i]));
  }

  static open(result: TracedResult, scores: ScoreSet): Album {
    const [benchmark, embeddings] = [result.input('benchmark'), result.input('embeddings')];
    const images = embeddings?.input('data') ?? benchmark?.input('images');
    const [comparisons, record] = [benchmark?.locate('benchmark.json'), images?.locate('dataset.json')];
    if (comparisons === undefined || images === undefined || record === undefined) {
      return new Album(scores, undefined, undefined, 'The images that were compared are no longer at hand.');
    }
    const described = readDatasetRecord(record);
    if (described.private === true) {
      return new Album(scores, undefined, undefined, 'The data set is private: its names and images are not shown.');
    }
    const set = openSet(described, images.locate);
    try {
      return new Album(scores, readBenchmark(comparisons), set, undefined);
    } catch (error) {
      set.close();
      throw error;
    }
  }

  async pair(place: number): Promise<readonly CaseItem[]> {
    const { first, second } = this.#scores;
    return [await this.#item(first[place]!, place), await this.#item(second[place]!, place)];
  }

  close(): void {
    this.#images?.close();
  }

  async #item(id: number, place: number): Promise<CaseItem> {
    if (this.#benchmark === undefined) return {};
    if (this.#benchmark.kind === 'pairs') {
      const name = this.#sorted[id];
      return name === undefined ? {} : this.#pictured(name, name);
    }
    const images = this.#benchmark.splits[this.#scores.fold[place]!]?.templates.get(id)?.images ?? [];
    const shown = images.find((image) => this.#places.has(image));
    const name = `template ${id}, ${images.length === 1 ? '1 image' : `${images.length} images`}`;
    return shown === undefined ? { name } : this.#pictured(`${name}: ${shown}`, shown);
  }

  async #pictured(name: string, image: string): Promise<CaseItem> {
    const index = this.#places.get(image);
    if (index === undefined || this.#images === undefined) return { name };
    const { width, height } = this.#images.record;
    const pixels = new Uint8Array(this.#images.imageBytes);
    this.#images.readImages([index], pixels);
    const { default: sharp } = await import('sharp');
    const picture = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    return { name, picture };
  }
}
