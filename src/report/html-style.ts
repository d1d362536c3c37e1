/** The style of the HTML report: system fonts, light and dark as the reader's system is. */
export const STYLE = `
:root{--paper:#fff;--raised:#f6f8fb;--ink:#1f2329;--soft:#5d6673;--faint:#9aa4b2;--rule:#d5dae1;--grid:#e4e7eb;--link:#0b62b5;--good:#0a7a4b;--bad:#c0392b;--open:#9a6700;--notice:#fff7e0}
@media (prefers-color-scheme:dark){:root{--paper:#15181d;--raised:#1e232a;--ink:#e4e7eb;--soft:#a3adba;--faint:#6b7583;--rule:#363d47;--grid:#2a3038;--link:#74b3f5;--good:#4cc38a;--bad:#f2786b;--open:#e0b04c;--notice:#2f2a18}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1080px;margin:0 auto;padding:2.5rem 1.5rem 5rem}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.2rem;margin:2.75rem 0 .75rem;padding-top:.6rem;border-top:1px solid var(--rule)}
h3{font-size:1rem;font-weight:500;margin:0 0 .25rem}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
code,pre{font:.86em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.facts{color:var(--soft);margin:.25rem 0}.facts span{margin-left:1em}
.notice{background:var(--notice);border-left:4px solid var(--open);padding:.6rem .9rem;border-radius:0 6px 6px 0;margin:1rem 0}
.note,.where,figcaption{color:var(--soft);font-size:.86rem}.note{margin:.4rem 0}
.verdicts{margin:1rem 0 0}
.chip{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:0 .6em;font-size:.82rem;font-weight:600;line-height:1.6;white-space:nowrap}
.reproduced{color:var(--good)}.not-reproduced{color:var(--bad)}.undecided{color:var(--open)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
section>.scroll>table{min-width:60%}
th,td{padding:.45rem 1.1rem .45rem 0;text-align:right;vertical-align:top}
th[scope=row]{text-align:left;font-weight:500}
thead th{font-weight:600;border-bottom:2px solid var(--ink)}thead td{border-bottom:2px solid var(--ink)}
tbody tr+tr>*{border-top:1px solid var(--grid)}
th small,td small{display:block;color:var(--soft);font-weight:400;font-size:.76rem;line-height:1.35}
td a{color:inherit}.best{font-weight:750}
details>summary{cursor:pointer}
.published{margin-top:.5rem}.published>summary{color:var(--soft);font-size:.9rem}
.published table{color:var(--soft);margin-top:.4rem}
.claim{background:var(--raised);border:1px solid var(--rule);border-radius:8px;padding:.9rem 1.1rem;margin:.8rem 0}
.comparisons th,.comparisons td{vertical-align:middle;padding:.25rem 1.1rem .25rem 0;text-align:left}
.effect{font-variant-numeric:tabular-nums;white-space:nowrap}
.bar line,.bar circle{stroke:currentColor;fill:currentColor}.bar .zero{stroke:var(--faint);stroke-width:1;stroke-dasharray:2 2}
.panels{display:flex;flex-wrap:wrap;gap:1rem 1.5rem}
figure{margin:0;max-width:100%;overflow-x:auto}
figure img,figure svg{max-width:100%;height:auto;display:block}
figure img{border-radius:6px}
.stage{border-bottom:1px solid var(--grid);padding:.3rem 0}.stage:target{background:var(--notice)}
.stage summary span{color:var(--soft);margin:0 .6em}.stage summary code{color:var(--faint)}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.2rem 1rem;margin:.5rem 0 .75rem 1rem;font-size:.9rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
pre{margin:0;white-space:pre-wrap;background:var(--raised);padding:.5rem .7rem;border-radius:6px}
@media print{main{max-width:none}details{break-inside:avoid}}
`.trim();
