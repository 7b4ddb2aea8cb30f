#pragma once

namespace shop {

inline constexpr const char* content_security_policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

/// A tent.
inline constexpr const char* icon = R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
<rect width="24" height="24" rx="5" fill="#0b6e5f"/>
<path d="M4 18L12 6l8 12zM12 11l-4 7M12 11l4 7" fill="none" stroke="#fff" stroke-width="1.8" stroke-linejoin="round"/>
</svg>
)svg";

inline constexpr const char* style = R"css(
:root {
    color-scheme: light dark;
    --ground: #f4f5f2; --card: #fff; --text: #1d2522; --soft: #5c6863; --line: #dde2de;
    --accent: #0b6e5f; --on-accent: #fff; --tint: #e3f1ed; --warn: #8a4b00; --warn-tint: #fdf0dc; --bad: #a3262a;
    --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
    :root {
        --ground: #121715; --card: #1b2220; --text: #e6ece9; --soft: #9aa8a2; --line: #303a36;
        --accent: #5cc7b2; --on-accent: #06201b; --tint: #1d3a34; --warn: #f0b76a; --warn-tint: #3a2c17; --bad: #ff8e8e;
    }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
    margin: 0; background: var(--ground); color: var(--text);
    font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
h1, h2, h3, p, dl, dd, ul, ol { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h2 { font-size: 1.15rem; line-height: 1.3; }
h3 { font-size: .95rem; line-height: 1.3; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
code, .mono { font-family: var(--mono); font-size: .8125rem; overflow-wrap: anywhere; }

header { background: var(--card); border-bottom: 1px solid var(--line); }
header > div, main { max-width: 76rem; margin: auto; padding: 1rem 1.25rem; }
header > div { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem 1rem; }
.brand { font-size: 1.25rem; font-weight: 700; letter-spacing: -.01em; margin-right: auto; line-height: 1.2; }
.brand span { display: block; font-size: .8125rem; font-weight: 400; letter-spacing: 0; color: var(--soft); }
main.page { display: grid; gap: 1.25rem; padding-bottom: 3rem; }
@media (min-width: 60rem) { main.page { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); align-items: start; } }
.column { display: grid; gap: 1.25rem; min-width: 0; }
.wide { grid-column: 1 / -1; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; min-width: 0; }
.card > * + * { margin-top: 1rem; }
.head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem; }

form { margin: 0; }
label { display: block; font-size: .875rem; margin-bottom: .25rem; }
input, textarea {
    width: 100%; font: inherit; color: inherit; background: var(--ground);
    border: 1px solid var(--soft); border-radius: .5rem; padding: .5rem .75rem;
}
input[type=checkbox] { width: auto; margin: 0 .35rem 0 0; accent-color: var(--accent); vertical-align: -.1em; }
::placeholder { color: var(--soft); opacity: 1; }
textarea { display: block; min-height: 4.5rem; resize: vertical; }
button {
    font: inherit; font-weight: 600; min-height: 2.75rem; padding: .4rem 1rem; cursor: pointer; white-space: nowrap;
    color: var(--accent); background: transparent; border: 1px solid currentcolor; border-radius: .5rem;
}
button:hover { background: var(--tint); }
button.main { color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
button.main:hover { filter: brightness(1.1); }
button.bad { color: var(--bad); }
button.step { min-width: 2.75rem; padding: 0; }
button.switch { color: inherit; border-color: transparent; padding: 0; font-weight: 400; white-space: normal; text-align: left; }
button.switch:hover { background: none; }
button.switch::before, button.switch::after { content: ""; display: inline-block; vertical-align: middle; border-radius: 1rem; }
button.switch::before { width: 2.6rem; height: 1.5rem; margin-right: .75rem; background: var(--soft); }
button.switch::after { width: 1.1rem; height: 1.1rem; margin: .2rem; background: var(--card); position: absolute; left: 0; top: .625rem; }
button.switch { position: relative; }
button.switch[aria-checked=true]::before { background: var(--accent); }
button.switch[aria-checked=true]::after { left: 1.1rem; }
button:disabled { opacity: .6; cursor: progress; }
button.plain { border-color: transparent; font-weight: 400; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; }
.signin { width: 22rem; max-width: 100%; }
.signin .row { flex-wrap: nowrap; margin-bottom: .35rem; justify-content: space-between; }
.signin label { margin: 0; white-space: nowrap; }
.note > * + * { margin-top: .6rem; }

.products { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(13rem, 45%), 1fr)); gap: .75rem; }
.products form { display: flex; flex-direction: column; height: 100%; border: 1px solid var(--line); border-radius: .6rem; padding: .9rem; }
.products svg { width: 2rem; height: 2rem; margin-bottom: .4rem; fill: none; stroke: var(--accent); stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.products p { margin-bottom: .75rem; }
.products .row { margin-top: auto; justify-content: space-between; }
@media (max-width: 34rem) {
    .products .row { flex-direction: column; align-items: stretch; }
    .note button, .row > form { flex: 1 1 auto; }
    .row > form button { width: 100%; }
}
.lines li { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; padding: .5rem 0; border-top: 1px solid var(--line); }
.lines .title { flex: 1 1 9rem; }
@media (max-width: 34rem) { .lines .price { order: -1; } .lines .title { order: -2; flex-basis: 50%; } }
.lines .count { min-width: 1.6rem; text-align: center; font-variant-numeric: tabular-nums; }
.lines .price { min-width: 4.5rem; margin-left: auto; text-align: right; font-variant-numeric: tabular-nums; }
.total { display: flex; justify-content: space-between; border-top: 2px solid var(--line); padding-top: .75rem; font-weight: 700; }

.flash { background: var(--tint); border-left: 4px solid var(--accent); border-radius: .5rem; padding: .75rem 1rem; overflow-wrap: anywhere; }
.flash.warn { background: var(--warn-tint); border-color: var(--warn); }
.pill { font-size: .8125rem; font-weight: 600; border-radius: 2rem; padding: .15rem .75rem; background: var(--tint); color: var(--accent); }
.pill.new { background: var(--warn-tint); color: var(--warn); }
.facts { display: grid; grid-template-columns: minmax(7rem, auto) 1fr; gap: .35rem 1rem; font-size: .9rem; }
.facts dt { color: var(--soft); }
.facts dd { min-width: 0; overflow-wrap: anywhere; }
@media (max-width: 34rem) { .facts { grid-template-columns: 1fr; gap: 0; } .facts dd + dt { margin-top: .6rem; } }
.try { display: grid; gap: .6rem; padding-left: 1.1rem; list-style: disc; font-size: .9rem; }
.try li::marker { color: var(--accent); }
.clocks { display: grid; gap: .75rem; }
.clocks .head { gap: 0 .75rem; font-size: .9rem; }
.clocks [role=timer] { font-variant-numeric: tabular-nums; font-weight: 600; }
.clocks .over { color: var(--bad); }
progress { display: block; width: 100%; height: .5rem; margin-top: .25rem; appearance: none; border: 0; border-radius: 1rem; overflow: hidden; background: var(--line); }
progress::-webkit-progress-bar { background: var(--line); }
progress::-webkit-progress-value { background: var(--accent); }
progress::-moz-progress-bar { background: var(--accent); }

.sent li { border-top: 1px solid var(--line); padding: .6rem 0; }
.sent li li { border: 0; padding: .35rem 0 0; }
.sent .status { display: inline-block; min-width: 2.6rem; font-weight: 600; }
.value { background: var(--tint); border-radius: .3rem; padding: 0 .35rem; }
.notice { max-width: 40rem; margin: 12vh auto; padding: 0 1.25rem; }
.notice h1 { font-size: 1.35rem; line-height: 1.35; }
.notice .card > a { display: inline-block; }
a { color: var(--accent); }
)css";

} // namespace shop
