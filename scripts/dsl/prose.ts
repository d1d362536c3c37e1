/** The rules of the language, where tables do not say them. */
export const PROSE = {
  introduction: `# The language

An experiment is a YAML 1.2 file. Nothing runs before all of it is checked, and every mistake is reported at once with its
place. A first line makes editors complete and explain:

\`\`\`yaml
# yaml-language-server: $schema=../schemas/experiment.schema.json
fx: 1
name: frontal-bias
parameters:
  yaw: { value: [-35 deg, 35 deg], within: [-90 deg, 90 deg], says: range of the synthetic yaw }
profiles:
  mini: { values: { identities: 100, epochs: 10 } }
  paper: { values: { identities: 10k, epochs: 200 } }
stages:
  syn:
    uses: faces/generate
    with:
      identities: \${profile.identities}
      pose: { yaw: "uniform(\${yaw})", pitch: "uniform(-30 deg, 30 deg)" }
  pretrain:
    uses: learning/train
    with: { data: "\${syn}", epochs: "\${profile.epochs}" }
\`\`\`

The order of keys does not matter, but for three: the axes of a \`matrix\`, the rows and the columns of a table come in the
order they are written. Unknown keys and keys given twice are errors.`,

  parameters: `A plain value is short for \`{ value: ... }\`. A value is given, from weakest to strongest, by the file, by the
profile, by \`set:\` in \`fx.local.yaml\` beside the project, by the environment (\`FX_SET_YAW\`, dashes as underscores) and by
\`--set yaw="[-20 deg, 20 deg]"\`. A parameter that is text, or the path of a file, takes what these two give as it stands, a \`\${\` included; the others read it as YAML with references, and all are checked alike.`,

  profiles: `The profile named with \`--profile\` is laid over the experiment. Where none is named: the one that \`profile:\`
names, else \`mini\`, else the only one.`,

  references: `## References

| written | means |
| --- | --- |
| \`\${yaw}\` | the value of a parameter |
| \`\${profile.epochs}\` | a value of the profile |
| \`\${matrix.model}\` | the stage's own coordinate on an axis |
| \`\${network.width}\` | a key inside of a value |
| \`\${train}\` | the artifact of a stage |
| \`\${train/weights.safetensors}\` | one file of it |
| \`\${train[network=nn4]}\` | one stage of a matrix |

A reference that is the whole of a value keeps its type; inside of a text it gives its text, and a list gives the arguments
of a call: \`uniform(\${yaw})\`. \`$\${\` is a plain \`\${\`. Inside of \`{ }\` and \`[ ]\` YAML wants references and everything
with a comma in quotes.`,

  quantities: `## Quantities

A number and its unit. Two spellings of one value (\`35 deg\`, \`35°\`; \`10k\`, \`10000\`) are one value and give one key.
Angles, lengths, durations and sizes need a unit, zero excepted.`,

  distributions: `Where a parameter is drawn from a distribution. A bare value is a constant. \`grid\` is the controlled mode:
its values are visited in order. Every value that can be drawn lies within the parameter's range.`,

  composition: `## Composition

\`extends\` names files of the same project, relative to the file, that this one is laid over, in their order. Maps merge key
by key; everything else replaces; \`null\` takes a key away. Where an overlay names another kind in \`uses\`,
nothing of the old \`with\` stays; where it names another \`type\` (\`light: { type: fixed, ... }\`), nothing of the old map. Relative paths mean the folder of the file they are written in. YAML's anchors,
aliases and merge keys (\`<<\`) work within a file.`,

  matrix: `## Matrix and replicates

\`matrix\` runs a stage for every combination of its axes: each a list of values, or a map of names to values. An axis whose
name is a parameter of the kind fills this parameter, unless \`with\` does; of any other the value is \`\${matrix.axis}\`. Where a
stage is expected, a value may be the bare name of one. \`exclude\` leaves combinations out.

A reference to a stage with a matrix means the one with the reader's own coordinates, or those it writes; a parameter that
takes a list of stages gets all that match.

\`replicates: N\` adds the axis \`replicate\` with the values 1 to N. The first has the seed as written; the seed of every
other follows from that seed and its number alone, so that asking for more keeps those there are. What reads a replicated
stage branches with it.`,

  externals: `## Files from outside

A path is relative to the file it is written in and stays inside of the project. Data outside of it is named by a parameter of
type \`file\` or \`folder\`, set on the command line, in the environment or in \`fx.local.yaml\`; a profile may name an absolute
path. What is not there is listed item by item, with \`obtain\`.

\`\`\`yaml
parameters:
  bfm: { type: file, value: null, says: the Basel face model, obtain: "https://faces.dmi.unibas.ch, after registration" }
\`\`\``,

  report: `Names in it are those of stages, of axis values and of metrics. A cell is found by its row and its column: the stage
that has both on its axes (of several, the one that reads the others), or the stage that the row names. Replicates of it are gathered. A
claim is about the numbers that a table prints for its rows and columns.`,

  kinds: `\`uses\` names one of the kinds below, or one of others: \`./stages/mine.ts#measure\`, the export of a module in the project, or
\`@lab/vision#blur\`, the export of an installed package ([kinds of your own](stage-kinds.md)).`,
} as const;
