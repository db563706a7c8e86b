/** The style of the report: light and dark, on a screen and on paper. Nothing is fetched. */
export const reportStyle = `
:root { color-scheme: light dark; --text: #1c2330; --dim: #5b6575; --ground: #ffffff; --panel: #f5f7fa; --line: #d9dfe7;
  --critical: #a1123a; --high: #c2341d; --medium: #a15c00; --low: #6b6300; --info: #2463a8; --held: #1b7344; }
@media (prefers-color-scheme: dark) { :root { --text: #e6eaf0; --dim: #9aa6b6; --ground: #12161d; --panel: #1b212b; --line: #303947;
  --critical: #ff7d9c; --high: #ff8f78; --medium: #f2b155; --low: #d8cc5a; --info: #79b2f2; --held: #62c98f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 0; }
code, .mono { font-family: ui-monospace, monospace; font-size: .9em; }
.dim { color: var(--dim); }
.counts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0; padding: 0; list-style: none; }
.counts li { flex: 1 1 9rem; background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem 1rem; }
.counts strong { display: block; font-size: 1.7rem; line-height: 1.2; }
.remark { background: var(--panel); border-left: .3rem solid var(--medium); padding: .6rem 1rem; margin: .75rem 0; border-radius: .3rem; }
article { border: 1px solid var(--line); border-left: .35rem solid var(--mark); border-radius: .6rem; padding: 1rem 1.25rem; margin: 1rem 0; break-inside: avoid; }
article p { margin: .6rem 0 0; }
.badge { display: inline-block; color: var(--mark); border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; font-size: .8rem; font-weight: 600; margin-right: .4rem; }
.critical { --mark: var(--critical); } .high { --mark: var(--high); } .medium { --mark: var(--medium); } .low { --mark: var(--low); }
.info { --mark: var(--info); } .held { --mark: var(--held); } .inconclusive { --mark: var(--medium); } .not-applicable { --mark: var(--dim); }
.scroll { overflow-x: auto; margin-top: .75rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--dim); }
tr.wrong td { font-weight: 600; }
details { margin-top: 1rem; } summary { cursor: pointer; font-weight: 600; }
@media print { :root { color-scheme: light; } body { font-size: 11pt; } main { max-width: none; padding: 0; } details > * { display: block; } }
`
