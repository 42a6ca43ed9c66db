/** Plumbline's own look: blueprint blue, chalk and a little signal yellow. */
export const style = `
:root{color-scheme:light;--blue:#17365c;--blue-2:#0f2744;--sky:#e8eef5;--chalk:#f7f5ef;--card:#fff;--ink:#1d2733;--ink-2:#536070;--line:#dcd8cc;--signal:#f2c14e;--brick:#b4482d;--moss:#3d6b3f;
--font:"Avenir Next","Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
*,::before,::after{box-sizing:border-box}
body{margin:0;background:var(--chalk);color:var(--ink);font:15px/1.5 var(--font);-webkit-font-smoothing:antialiased}
h1,h2,p,ol,ul{margin:0;padding:0}ol,ul{list-style:none}
a{color:inherit}
:focus-visible{outline:3px solid var(--signal);outline-offset:2px}
header{display:flex;align-items:center;gap:28px;padding:0 32px;min-height:64px;background:var(--blue);color:#fff;border-bottom:4px solid var(--signal)}
.brand{display:flex;align-items:center;gap:10px;font-size:19px;font-weight:700;letter-spacing:.01em;text-decoration:none}
header nav{display:flex;gap:4px;flex:1;overflow-x:auto}
header nav a{padding:8px 12px;border-radius:6px;color:#cfdceb;text-decoration:none;white-space:nowrap}
header nav a:hover{color:#fff;background:#ffffff14}
header nav a[aria-current]{color:#fff;background:var(--blue-2);font-weight:600}
.me{display:flex;flex-direction:column;line-height:1.25;text-align:right;white-space:nowrap}.me small{color:#b9c9dc}
main{max-width:1240px;margin:0 auto;padding:28px 32px 40px}
.columns{display:grid;grid-template-columns:minmax(0,1fr) 460px;gap:40px;align-items:start}
.site{color:var(--ink-2);font-weight:600}
h1{font-size:32px;line-height:1.2;letter-spacing:-.015em;color:var(--blue);text-wrap:balance}
h2{font-size:16px;line-height:1.3;color:var(--blue)}
.diary ol{margin-top:20px;border-left:2px solid var(--line)}
.diary li{display:grid;grid-template-columns:64px 1fr;gap:4px;padding:14px 0 14px 18px;position:relative}
.diary li::before{content:"";position:absolute;left:-8px;top:19px;width:14px;height:14px;border-radius:50%;background:var(--chalk);border:2px solid var(--blue)}
.diary time{color:var(--ink-2);font-variant-numeric:tabular-nums;padding-top:1px}
.diary li p{max-width:56ch}
.who{font-weight:600;display:flex;align-items:center;gap:10px;flex-wrap:wrap}
.trade{font-size:12px;font-weight:600;padding:1px 8px;border-radius:4px;background:var(--sky);color:var(--blue)}
.t-safety{background:#f9ecc8;color:#6b4c00}.t-steel{background:#f6e2db;color:#8a3219}.t-electrical{background:#e3eddf;color:#2f5731}
.chips{display:flex;gap:8px;flex-wrap:wrap}
.chip{display:inline-flex;align-items:center;gap:8px;margin-top:8px;padding:3px 12px 3px 4px;min-height:30px;border:1px solid var(--line);border-radius:15px;background:var(--card);font-size:13px;text-decoration:none}
a.chip:hover{border-color:var(--blue)}
.dot{display:grid;place-items:center;width:22px;height:22px;border-radius:50%;background:var(--brick);color:#fff;font-style:normal;font-weight:700;font-size:12px}
.voice{padding-left:10px;color:var(--blue);font-variant-numeric:tabular-nums}
.voice b{font-size:11px}.wave{display:inline-flex;align-items:center;gap:2px;height:18px}.wave i{width:2px;background:var(--blue);border-radius:1px}
aside{display:grid;gap:16px}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px}
.card-head{display:flex;justify-content:space-between;align-items:center;gap:12px;min-height:36px}
.sheet{position:relative;margin-top:12px;background:var(--sky);border-radius:6px;overflow:hidden}
.sheet svg{display:block;width:100%}
.sheet text{font:600 9px var(--font);fill:var(--ink-2);text-anchor:middle}.sheet text:last-of-type{text-anchor:start;fill:var(--blue)}
.wall{fill:#fff;stroke:var(--blue);stroke-width:4}.thin{stroke-width:2;fill:none}.core{fill:#d3deeb;stroke:var(--blue);stroke-width:2}.hair{stroke:#7c93ad;stroke-width:.75;fill:none}.pour{fill:#f2c14e66;stroke:none}.column{fill:var(--blue)}
.sheet .slot{position:absolute;inset:0}.sheet .slot-inner{position:static;height:100%}
.pin{position:absolute;transform:translate(-50%,-100%);display:flex;flex-direction:column;align-items:center}
.pin b{position:relative;isolation:isolate;display:grid;place-items:center;width:28px;height:28px;color:#fff;font-size:13px;order:2}
.pin b::before{content:"";position:absolute;inset:0;z-index:-1;border-radius:50% 50% 50% 0;transform:rotate(-45deg);background:var(--brick);box-shadow:0 2px 6px #0f274455}
.pin span{order:1;margin-bottom:4px;padding:1px 7px;border-radius:4px;background:#ffffffee;font-size:11px;font-weight:600;white-space:nowrap}
.pin:target b::before{background:var(--blue)}
.button{display:inline-flex;align-items:center;min-height:36px;padding:0 14px;border-radius:6px;background:var(--blue);color:#fff;font-weight:600;text-decoration:none;white-space:nowrap}
.button:hover{background:var(--blue-2)}
table{width:100%;border-collapse:collapse;margin-top:10px;font-size:14px;font-variant-numeric:tabular-nums}
th{text-align:left;font-size:12px;font-weight:600;color:var(--ink-2);padding:4px 8px 4px 0}td{padding:9px 8px 9px 0;border-top:1px solid var(--line)}
.amount{text-align:right;padding-right:0;white-space:nowrap}.late{color:var(--brick);font-weight:600}.paid{color:var(--moss)}
.weather{display:flex;align-items:center;gap:28px;background:var(--blue-2);color:#fff;border-radius:10px;padding:14px 22px;margin-bottom:28px}
.weather ul{display:flex;gap:24px 56px;flex:1;font-variant-numeric:tabular-nums}
.weather li{display:grid;grid-template-columns:auto auto;column-gap:12px;align-items:baseline;font-size:13px;color:#c9d6e6}
.weather b{font-size:22px;line-height:1.2;color:#fff;grid-row:1/3;grid-column:1}.weather li>span:first-child{grid-column:2}.weather li>span:nth-child(3){grid-column:2}
.weather .rain{grid-column:1/3;display:flex;align-items:center;gap:6px;margin-top:4px}.rain i{width:64px;height:4px;border-radius:2px;background:linear-gradient(90deg,#8fc1ee var(--rain),#ffffff2b var(--rain))}
.weather .gust>span:nth-child(3){color:var(--signal);font-weight:700}
.weather p{max-width:26ch;font-weight:600}
.report p{margin-top:4px;color:var(--ink-2)}
.early-access{max-width:760px;margin:0 auto}.early-note{color:var(--ink-2);margin-top:6px;max-width:60ch}
.early{margin-top:18px}.early li{display:flex;gap:20px;align-items:center;justify-content:space-between;padding:16px 0;border-top:1px solid var(--line)}
.early p{color:var(--ink-2)}.early .taken h2::after,.early .everybody h2::after{content:"On";margin-left:10px;padding:1px 8px;border-radius:4px;background:#e3eddf;color:#2f5731;font-size:12px}
button.button{border:0;font:inherit;font-weight:600;cursor:pointer}.button.quiet{background:none;color:var(--blue);box-shadow:inset 0 0 0 1px var(--blue)}.button.quiet:hover{background:var(--sky)}
footer{padding:0 32px 32px;text-align:center;color:var(--ink-2);font-size:13px}
.slot{display:grid;grid-template-rows:1fr;opacity:1}.slot-inner{min-height:0}
.slot.gone{grid-template-rows:0fr;opacity:0;pointer-events:none}.slot.gone>.slot-inner{overflow:hidden}
.alive .slot{transition:grid-template-rows .4s cubic-bezier(.2,.7,.2,1),opacity .3s}
.sheet .slot,.sheet .slot.gone{grid-template-rows:1fr}
.chips .slot.gone,.card-head .slot.gone{max-width:0}
aside .slot.gone{margin-top:-16px}.card-head .slot.gone{margin-top:0}.sheet .slot.gone{margin-top:0}
@media (max-width:1080px){.columns{grid-template-columns:1fr;gap:28px}}
@media (max-width:640px){
header{flex-wrap:wrap;gap:4px 12px;padding:12px 16px 8px}header nav{order:3;flex-basis:100%;margin:0 -8px}header nav a{padding:12px 10px}.me{margin-left:auto}
main{padding:20px 16px 32px}h1{font-size:26px}
.weather{flex-direction:column;align-items:stretch;gap:12px;padding:14px 16px}.weather ul{display:grid;grid-template-columns:1fr 1fr;gap:12px 20px}.weather p{max-width:none}
.diary li{grid-template-columns:1fr;padding-left:16px}.diary time{font-size:13px}
.card{padding:16px}td:nth-child(1),th:nth-child(1){display:none}
.early li{flex-direction:column;align-items:stretch;gap:12px}.early .button{width:100%;justify-content:center}
.button,.chip{min-height:44px}.chip{border-radius:22px}
}
@media (prefers-reduced-motion:reduce){.alive .slot{transition:none}}
`;
