/** The style sheet of a report. */
export const STYLE = `
:root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; color: #1f2933; background: #f4f6f8; }
body { margin: 0; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { margin: 0; font-size: 26px; }
h2 { margin: 36px 0 12px; font-size: 18px; }
h3 { margin: 0; font-size: 17px; }
p { margin: 4px 0; color: #52606d; }
.facts { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0 0; }
.facts div { background: #fff; border: 1px solid #dde2e8; border-radius: 8px; padding: 8px 14px; }
dt { color: #52606d; font-size: 13px; }
dd { margin: 0; font-size: 18px; font-weight: 600; }
figure { margin: 0; background: #fff; border: 1px solid #dde2e8; border-radius: 8px; padding: 10px; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; display: block; margin: 0 auto; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 14px; }
.networks { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); gap: 14px; }
article { background: #fff; border: 1px solid #dde2e8; border-radius: 8px; padding: 14px 16px; min-width: 0; }
.drawing { overflow-x: auto; margin: 8px 0; }
.drawing svg { font: 11px system-ui, sans-serif; max-width: 100%; height: auto; }
.how { font-size: 13px; }
.mark { background: #d1fae5; color: #065f46; border-radius: 999px; padding: 1px 9px; font-size: 12px; font-weight: 500; }
code { font-size: 12px; overflow-wrap: anywhere; color: #334155; }
.scroll { overflow-x: auto; margin-bottom: 14px; }
table { border-collapse: collapse; background: #fff; width: 100%; }
th, td { text-align: left; padding: 5px 10px; border: 1px solid #dde2e8; font-variant-numeric: tabular-nums; }
th { background: #eef1f4; font-weight: 600; }
pre { background: #fff; border: 1px solid #dde2e8; border-radius: 8px; padding: 12px; overflow-x: auto; font-size: 12px; }
summary { margin-top: 30px; cursor: pointer; }
`;
