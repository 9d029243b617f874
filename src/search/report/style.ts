/** The style sheet of a report. Plots are drawn for a white background, and keep it in dark mode. */
export const STYLE = `
:root {
  color-scheme: light dark; --ground: #f4f6f8; --paper: #fff; --line: #dde2e8; --head: #eef1f4; --text: #1f2933; --dim: #52606d; --code: #334155;
  font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground);
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #14181d; --paper: #1d232a; --line: #343c46; --head: #262d35; --text: #e4e9ef; --dim: #a3afbc; --code: #c3ceda; }
}
body { margin: 0; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { margin: 0; font-size: 26px; }
h2 { margin: 36px 0 12px; font-size: 18px; }
h3 { margin: 0; font-size: 17px; }
p { margin: 4px 0; color: var(--dim); }
.facts { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0 0; }
.facts div { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 8px 14px; }
dt { color: var(--dim); font-size: 13px; }
dd { margin: 0; font-size: 18px; font-weight: 600; }
figure { margin: 0; background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 10px; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; display: block; margin: 0 auto; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 14px; }
.networks { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); gap: 14px; }
article { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; min-width: 0; }
.drawing { overflow-x: auto; margin: 8px 0; }
.drawing svg { font: 11px system-ui, sans-serif; max-width: 100%; height: auto; }
.how { font-size: 13px; }
.mark { background: #d1fae5; color: #065f46; border-radius: 999px; padding: 1px 9px; font-size: 12px; font-weight: 500; }
code { font-size: 12px; overflow-wrap: anywhere; color: var(--code); }
.scroll { overflow-x: auto; margin-bottom: 14px; }
table { border-collapse: collapse; background: var(--paper); width: 100%; }
th, td { text-align: left; padding: 5px 10px; border: 1px solid var(--line); font-variant-numeric: tabular-nums; }
th { background: var(--head); font-weight: 600; }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 12px; overflow-x: auto; font-size: 12px; }
summary { margin-top: 30px; cursor: pointer; }
.narrow { display: none; }
@media (max-width: 600px) {
  .wide { display: none; }
  .narrow { display: block; }
  .drawing svg { max-width: none; }
  td:last-child { min-width: 140px; }
}
`;
