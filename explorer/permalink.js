"use strict";
/* The link: view, filters, colour, pin, selection, paths and pads in the part of the address behind the #. */

const INSTRUMENT = ["pads", "notes", "beat"];

/** Rows as text: runs as first-last in base 36, between dots. */
function packRows(rows) {
  const runs = [];
  for (const row of rows) {
    const last = runs[runs.length - 1];
    if (last && last[1] === row - 1) last[1] = row;
    else runs.push([row, row]);
  }
  return runs.map(([first, last]) => first.toString(36) + (last > first ? `-${last.toString(36)}` : "")).join(".");
}

/** The rows that such a text means, those below `count`. */
function unpackRows(text, count) {
  const rows = [];
  for (const run of text.split(".")) {
    const match = /^([0-9a-z]{1,8})(?:-([0-9a-z]{1,8}))?$/.exec(run);
    if (!match) continue;
    const first = parseInt(match[1], 36);
    const last = Math.min(match[2] ? parseInt(match[2], 36) : first, count - 1);
    for (let row = first; row <= last; row++) rows.push(row);
  }
  return rows;
}

/** What is to be kept of the state, as the text behind the #. */
function writeLink(samples, state, filters) {
  const { layout, camera } = state;
  const link = new URLSearchParams();
  link.set("table", samples.signature());
  link.set("props", `${layout.way.x},${layout.way.y}`);
  link.set("view", [camera.x, camera.y, camera.scale / camera.fitted(layout)].map((value) => Number(value.toFixed(4))).join(","));
  if (filters.search) link.set("search", filters.search);
  if (filters.file !== null) link.set("file", filters.file);
  for (const [name, off] of filters.off) if (off.size) link.set(`not-${name}`, JSON.stringify([...off]));
  for (const [name, word] of filters.words) if (word) link.set(`has-${name}`, word);
  if (filters.only.size) link.set("only", [...filters.only].sort((a, b) => a - b).join("."));
  for (const [name, [low, high]] of filters.ranges) if (low > 0 || high < STEPS) link.set(name, `${low},${high}`);
  if (state.colours.column) link.set("colour", state.colours.column);
  if (!state.even) link.set("even", "0");
  if (state.pinned >= 0) link.set("pin", state.pinned.toString(36));
  if (state.selected.size) link.set("selected", packRows([...state.selected].sort((a, b) => a - b)));
  for (const path of state.paths) link.append("path", path.text());
  for (const [name, text] of Object.entries(state.instrument)) if (text) link.set(name, text);
  return link.toString();
}

/** Read a link: {props, view, colour, pinned, selected, even, paths, instrument}, what it says of filters set in `filters`. Bad parts are left out. */
function readLink(text, samples, filters) {
  const link = new URLSearchParams(text);
  const found = { props: link.get("props") || "", view: null, colour: "", pinned: -1, selected: [], even: link.get("even") !== "0", paths: [], instrument: Object.fromEntries(INSTRUMENT.map((name) => [name, ""])) };
  const numbers = (words) => (words || "").split(",").map((word) => NUMBER.test(word) ? Number(word) : NaN);
  const view = numbers(link.get("view"));
  if (view.length === 3 && view.every(Number.isFinite) && view[2] > 0) found.view = view;
  filters.clear();
  filters.search = link.get("search") || "";
  const file = link.get("file");
  if (file !== null && samples.text("filename").includes(file)) filters.file = file;
  for (const name of filters.off.keys()) {
    try {
      const off = JSON.parse(link.get(`not-${name}`) || "[]");
      if (Array.isArray(off)) filters.off.set(name, new Set(off.filter((value) => typeof value === "string")));
    } catch {
      continue; // not written by this page
    }
  }
  for (const name of filters.words.keys()) filters.words.set(name, link.get(`has-${name}`) || "");
  filters.only = new Set((link.get("only") || "").split(".").filter((word) => /^\d+$/.test(word)).map(Number));
  for (const name of filters.ranges.keys()) {
    const range = numbers(link.get(name));
    if (range.length === 2 && 0 <= range[0] && range[0] <= range[1] && range[1] <= STEPS) filters.ranges.set(name, range);
  }
  if (samples.has(link.get("colour"))) found.colour = link.get("colour");
  if (link.get("table") === samples.signature()) { // rows of another table would be other samples
    const pin = unpackRows(link.get("pin") || "", samples.rows);
    found.pinned = pin.length === 1 ? pin[0] : -1;
    found.selected = unpackRows(link.get("selected") || "", samples.rows);
    found.paths = link.getAll("path").map((path) => Path.of(path, samples.rows)).filter(Boolean);
    for (const name of INSTRUMENT) found.instrument[name] = link.get(name) || "";
  }
  return found;
}
