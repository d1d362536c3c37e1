import assert from 'node:assert/strict';
import fc from 'fast-check';
import { identify, LAYOUTS, reached, reformat, type Files } from './project.js';

/** A program of functions `f0`, `f1`, ... spread over modules, which call one another in one of the ways there are. */
interface Program {
  readonly modules: number;
  readonly functions: readonly {
    readonly module: number;
    readonly calls: readonly { readonly to: number; readonly way: Way }[];
    readonly constant: number;
  }[];
}

const WAYS = ['import', 'namespace', 'barrel', 'dynamic', 'destructured', 'renamed'] as const;
type Way = (typeof WAYS)[number];

const programs = fc.integer({ min: 1, max: 4 }).chain((modules) =>
  fc.integer({ min: 1, max: 9 }).chain((count) =>
    fc.record<Program>({
      modules: fc.constant(modules),
      functions: fc.array(
        fc.record({
          module: fc.nat(modules - 1),
          calls: fc.array(fc.record({ to: fc.nat(count - 1), way: fc.constantFrom(...WAYS) }), { maxLength: 2 }),
          constant: fc.nat(9),
        }),
        { minLength: count, maxLength: count },
      ),
    }),
  ),
);

function write({ modules, functions }: Program): Files {
  const files: Record<string, string> = {
    'src/barrel.ts': Array.from({ length: modules }, (_, module) => `export * from './m${module}.js';`).join('\n'),
  };
  for (let module = 0; module < modules; module += 1) {
    const imports = new Set<string>();
    const bodies = functions.flatMap(({ module: home, calls, constant }, index) => {
      if (home !== module) return [];
      const words = calls.map(({ to, way }) => {
        const target = `./m${functions[to]!.module}.js`;
        const isHere = functions[to]!.module === module;
        switch (way) {
          case 'import':
            if (!isHere) imports.add(`import { f${to} } from '${target}';`);
            return `f${to}()`;
          case 'renamed':
            imports.add(`import { f${to} as renamed${to} } from '${target}';`);
            return `renamed${to}()`;
          case 'namespace':
            imports.add(`import * as n${functions[to]!.module} from '${target}';`);
            return `n${functions[to]!.module}.f${to}()`;
          case 'barrel':
            imports.add(`import { f${to} as b${to} } from './barrel.js';`);
            return `b${to}()`;
          case 'dynamic':
            return `(await import('${target}')).f${to}()`;
          case 'destructured':
            return `await (async () => { const { f${to}: g } = await import('${target}'); return g(); })()`;
        }
      });
      return [`export async function f${index}(x: number = ${constant}) { return [x, ${words.join(', ')}]; }`];
    });
    files[`src/m${module}.ts`] = [...imports, ...bodies].join('\n');
  }
  return files;
}

function reachable({ functions }: Program): ReadonlySet<number> {
  const found = new Set([0]);
  for (const index of found) for (const { to } of functions[index]!.calls) found.add(to);
  return found;
}

const entryOf = (program: Program) => ({ module: `src/m${program.functions[0]!.module}.ts`, export: 'f0' });

describe('code identity of random programs', () => {
  it('changes if and only if the body of a reachable function does', () => {
    fc.assert(
      fc.property(programs, fc.nat(), (program, choice) => {
        const edited = choice % program.functions.length;
        const functions = program.functions.map((fn, i) => (i === edited ? { ...fn, constant: fn.constant + 10 } : fn));
        const entry = entryOf(program);
        const before = identify(write(program), entry).digest;
        const after = identify(write({ ...program, functions }), entry).digest;
        assert.equal(before !== after, reachable(program).has(edited));
      }),
      { numRuns: 50 },
    );
  });

  it('holds exactly the reachable functions', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const names = reached(write(program), entryOf(program)).map((name) => name.replace(/.*#/, ''));
        assert.deepEqual(names.sort(), [...reachable(program)].map((index) => `f${index}`).sort());
      }),
      { numRuns: 25 },
    );
  });

  it('is the same in another layout', async () => {
    await fc.assert(
      fc.asyncProperty(programs, fc.constantFrom(...LAYOUTS), async (program, layout) => {
        const files = write(program);
        const laidOut: Record<string, string> = {};
        for (const [path, code] of Object.entries(files)) laidOut[path] = await reformat(code, layout);
        assert.equal(identify(laidOut, entryOf(program)).digest, identify(files, entryOf(program)).digest);
      }),
      { numRuns: 8 },
    );
  });
});
