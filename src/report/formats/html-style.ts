/** The style of the HTML report: system fonts, light and dark as the reader's system is. */
export const STYLE = `
:root{--paper:#fdfdfc;--raised:#f4f6f8;--ink:#1c2127;--soft:#59636f;--faint:#98a2af;--rule:#d3d9e0;--grid:#e6eaee;--link:#0b62b5;--good:#0a7448;--bad:#b93526;--open:#8f6200;--notice:#fdf6e3;--serif:"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif;--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
@media (prefers-color-scheme:dark){:root{--paper:#14171b;--raised:#1c2127;--ink:#e3e7ec;--soft:#a1acb9;--faint:#6a7583;--rule:#363e48;--grid:#272d35;--link:#7ab7f7;--good:#51c78f;--bad:#f28073;--open:#dfb253;--notice:#2a2517}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 var(--sans)}
main{max-width:1120px;margin:0 auto;padding:3rem 1.75rem 6rem}
h1,h2{font-family:var(--serif);font-weight:600;letter-spacing:-.005em}
h1{font-size:2.1rem;line-height:1.2;margin:0 0 1rem;max-width:26em;text-wrap:balance}
h2{font-size:1.4rem;line-height:1.3;margin:0 0 .9rem}
h3{font-size:1rem;font-weight:500;margin:0 0 .5rem;display:flex;gap:.8rem;align-items:baseline}
section{margin-top:3.25rem;scroll-margin-top:1rem}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
code,pre{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.kicker{margin:0 0 .35rem;color:var(--soft);font-size:.9rem}
.parameters{display:flex;flex-wrap:wrap;gap:.3rem 1.6rem;margin:0 0 1.2rem;font-size:.9rem}
.parameters div{display:flex;gap:.5em}.parameters dd{font-variant-numeric:tabular-nums}
.notice{background:var(--notice);border-left:3px solid var(--open);padding:.65rem 1rem;margin:1rem 0;max-width:58em}
.note,.where,figcaption{color:var(--soft);font-size:.86rem}.note{margin:.7rem 0;max-width:62em}.where{white-space:nowrap;margin-left:.4em}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.4rem;margin-top:1.4rem;padding:.6rem 0;border:solid var(--rule);border-width:1px 0;font-size:.92rem}
.verdicts{margin:0 0 .6rem;display:flex;gap:.5rem}
.chip{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:0 .65em;font-size:.78rem;font-weight:600;line-height:1.65;white-space:nowrap;flex:none}
.reproduced{color:var(--good)}.not-reproduced{color:var(--bad)}.undecided{color:var(--open)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums lining-nums}
th,td{text-align:right;vertical-align:top}
th[scope=row]{text-align:left;font-weight:500}
.numbers{min-width:min(100%,46rem);border-top:2px solid var(--ink);border-bottom:2px solid var(--ink)}
.numbers th,.numbers td{padding:.5rem 0 .5rem 1.6rem}.numbers th[scope=row],.numbers td:first-child{padding-left:.15rem;white-space:nowrap}
.numbers thead tr:last-child>*{border-bottom:1px solid var(--ink)}
.numbers thead th{font-weight:600}
.numbers .groups th{padding:.45rem 0 .1rem 1.6rem;font-weight:400;font-size:.82rem;color:var(--soft);text-align:center}
.numbers .groups span{display:block;border-bottom:1px solid var(--faint);padding-bottom:.25rem}
.numbers tbody tr+tr>*{border-top:1px solid var(--grid)}
.numbers tbody td{font-size:1.03rem}
.numbers .published{color:var(--soft);font-weight:400;font-style:italic}
th small,td small{display:block;color:var(--soft);font-weight:400;font-size:.75rem;line-height:1.4;white-space:nowrap}
td a{color:inherit}.best{font-weight:750}
.claim{border-left:3px solid var(--rule);padding:.1rem 0 .1rem 1.1rem;margin:1.5rem 0}
.comparisons{margin-top:.2rem;font-size:.92rem}
.comparisons th,.comparisons td{vertical-align:middle;padding:.22rem 1.6rem .22rem 0;text-align:left;white-space:nowrap}
.comparisons th{min-width:5.5em}.comparisons td:nth-child(2){color:var(--soft);min-width:21em}
.effect{min-width:13em}
.bar{display:block}.bar line,.bar circle{stroke:currentColor;fill:currentColor}.bar .zero{stroke:var(--faint);stroke-width:1;stroke-dasharray:2 2}
.panels{display:flex;flex-wrap:wrap;gap:1.4rem 1.2rem}
.panels.curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(310px,1fr))}
figure{margin:0;max-width:100%}
figure img,figure svg{max-width:100%;height:auto;display:block}
.panels.image figure,.panels.pictures figure:only-child{max-width:100%}.panels.series figure,.panels.chart figure{flex:1 1 100%}.panels.series svg,.panels.chart svg{width:100%;max-width:62rem}
figcaption{margin-top:.35rem}
.stage{border-bottom:1px solid var(--grid)}.stage:target{background:var(--notice)}
.stage summary{display:grid;grid-template-columns:minmax(0,1fr) 13rem 7.5rem;gap:1rem;cursor:pointer;padding:.32rem .3rem;font-size:.92rem;list-style:none}
.stage summary::-webkit-details-marker{display:none}
.stage summary:hover{background:var(--raised)}
.stage summary b{font-weight:500;overflow-wrap:anywhere}.stage summary span{color:var(--soft)}.stage summary code{color:var(--faint);text-align:right}
.stage dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1.2rem;margin:.4rem .3rem 1rem 1rem;font-size:.9rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
pre{margin:0;white-space:pre-wrap;background:var(--raised);padding:.5rem .7rem;border-radius:4px}
@media (max-width:640px){.comparisons,.comparisons tbody,.comparisons tr,.comparisons th,.comparisons td{display:block;min-width:0;white-space:normal}.comparisons tr{padding:.4rem 0;border-top:1px solid var(--grid)}.comparisons th,.comparisons td{padding:.1rem 0}.comparisons td:nth-child(2){min-width:0}.effect{min-width:0}main{padding:1.5rem 1rem 4rem}h1{font-size:1.6rem}.stage summary{grid-template-columns:minmax(0,1fr)}.stage summary code{display:none}}
@media print{main{max-width:none;padding:0}nav{display:none}section,.claim,figure{break-inside:avoid}}
`.trim();
