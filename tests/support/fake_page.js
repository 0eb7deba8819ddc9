"use strict";
/* The page without a browser, for tests in Node: elements that hold what was set, canvases that note what is drawn, files that
 * arrive when they are asked for, and one clock, of timers, pictures and sound alike, that a test moves on. */

const real = { setTimeout, clearTimeout };

const clock = {
  now: 0, // ms
  timers: new Map(), // id -> {time, every, run}
  frames: [], // to be drawn
  count: 0,
  add(run, ms, every = 0) {
    this.timers.set(++this.count, { time: this.now + ms, every, run });
    return this.count;
  },
  /** Let all promises that can go on do so. */
  async settle() { for (let n = 0; n < 30; n++) await null; },
  /** Let some time (ms) pass: timers run at their times, in order. */
  async pass(ms) {
    const end = this.now + ms;
    for (;;) {
      await this.settle();
      const due = [...this.timers].filter(([, { time }]) => time <= end).sort((a, b) => a[1].time - b[1].time || a[0] - b[0])[0];
      if (!due) break;
      const [id, timer] = due;
      this.now = Math.max(this.now, timer.time);
      if (timer.every) timer.time += timer.every;
      else this.timers.delete(id);
      timer.run();
    }
    this.now = end;
  },
  /** Draw what was asked for. */
  frame() { for (const run of this.frames.splice(0)) run(this.now); },
};

/** A canvas' context that notes what is drawn: [word, values, {fillStyle, lineWidth ...} as they are then]. */
function drawing() {
  const look = { globalAlpha: 1, fillStyle: "", strokeStyle: "", lineWidth: 1 };
  const calls = [];
  return new Proxy(look, {
    get: (_, word) => {
      if (word === "calls") return calls;
      if (word in look) return look[word];
      return (...values) => { calls.push([word, values, { ...look }]); return word === "measureText" ? { width: 8 * values[0].length } : undefined; };
    },
  });
}

class Words {
  constructor() { this.all = new Set(); }
  add(word) { this.all.add(word); }
  remove(word) { this.all.delete(word); }
  contains(word) { return this.all.has(word); }
  toggle(word, on = !this.all.has(word)) { this.all[on ? "add" : "delete"](word); return on; }
}

class Element extends EventTarget {
  constructor(kind) {
    super();
    Object.assign(this, { kind, children: [], attributes: {}, style: {}, dataset: {}, classList: new Words(), hidden: false, value: "", selectedIndex: -1, width: 300, height: 150, clientWidth: 800, clientHeight: 600, text: "" });
  }
  get textContent() { return this.text + this.children.map((child) => (typeof child === "string" ? child : child.textContent)).join(""); }
  set textContent(text) { [this.text, this.children] = [text, []]; }
  get options() { return this.children; }
  append(...children) { this.children.push(...children); if (this.kind === "head") served(children[0]); }
  replaceChildren(...children) { this.children = children; }
  setAttribute(name, value) { this.attributes[name] = value; }
  getAttribute(name) { return this.attributes[name]; }
  remove() {}
  focus() { document.activeElement = this; }
  matches() { return false; }
  setPointerCapture() {}
  getContext() { return (this.context = this.context || drawing()); }
  getBoundingClientRect() { return { left: 10, top: 20, width: this.clientWidth, height: this.clientHeight }; }
  click() { if (this.kind === "a") saved.push([this.download, this.href]); this.dispatchEvent(new Event("click")); }
}

const asked = []; // addresses of files that were asked for
const missing = new Set(); // of those that are not there
const saved = []; // [name, address] of downloads
const closed = []; // pictures that were let go
const media = {}; // query -> whether it matches

/** A script in data/ arrives, after `served.wait` ms: the sound of a track, or its loops. */
function served(script) {
  asked.push(script.src);
  const [, kind, group, track] = /data\/(sound|loops)_(\d+)_(\d+)\.js/.exec(script.src);
  const soon = served.wait ? (run) => clock.add(run, served.wait) : queueMicrotask;
  soon(() => {
    if (missing.has(script.src)) script.onerror();
    else if (kind === "sound") explorerSound(Number(group) * served.group + Number(track), 0, "");
    else explorerLoops(Number(group) * served.group + Number(track), served.sizes || [], 0, "");
  });
}

class Param {
  constructor(value) { Object.assign(this, { value, events: [] }); }
}
for (const word of ["setValueAtTime", "linearRampToValueAtTime", "exponentialRampToValueAtTime", "setTargetAtTime", "cancelScheduledValues"]) {
  Param.prototype[word] = function (...values) { this.events.push([word, ...values]); };
}

/** Nodes of sound: what they are connected to, and when they play. */
class Node extends EventTarget {
  constructor(context, options = {}) {
    super();
    Object.assign(this, { context, kind: this.constructor.name, to: [], ...options });
    for (const name of ["gain", "frequency", "offset"]) if (name in options) this[name] = new Param(options[name]);
    context.nodes.push(this);
  }
  connect(other) { this.to.push(other); return other; }
  disconnect() { this.to = []; }
  start(when = 0, offset = 0, length = Infinity) {
    this.played = { when, offset, length };
    this.ends(when + length);
  }
  stop(when = 0) {
    this.stopped = when;
    this.ends(when);
  }
  ends(when) {
    clock.timers.delete(this.timer);
    if (when < Infinity) this.timer = clock.add(() => this.dispatchEvent(new Event("ended")), Math.max(1000 * (when - this.context.currentTime), 0));
  }
  getFloatTimeDomainData(values) { values.fill(0); }
}
const nodes = ["AudioBufferSourceNode", "GainNode", "AnalyserNode", "OscillatorNode", "DynamicsCompressorNode", "WaveShaperNode",
  "ConstantSourceNode"];
for (const name of nodes) globalThis[name] = { [name]: class extends Node {} }[name];

class AudioContext extends EventTarget {
  constructor() { super(); Object.assign(this, { nodes: [], state: "suspended", begun: clock.now, destination: {} }); contexts.push(this); }
  get currentTime() { return (clock.now - this.begun) / 1000; }
  async resume() { this.state = "running"; }
}
const contexts = [];

class AudioBuffer {
  constructor(options) { Object.assign(this, options); }
  copyToChannel(values, channel) { this.values = channel < this.numberOfChannels && values.length <= this.length ? values : null; }
}

/** Decodes to a second and a half whose mark is 3 samples late. */
class OfflineAudioContext extends AudioContext {
  constructor(channels, length, rate) { super(); Object.assign(this, { channels, length, rate }); }
  async decodeAudioData() {
    const values = Float32Array.from({ length: 72000 }, (_, n) => (n === 2403 ? -0.9 : Math.sin(n / 9) / 4));
    return { length: values.length, sampleRate: 48000, getChannelData: (channel) => [values][channel] };
  }
  async startRendering() { return { getChannelData: (channel) => [new Float32Array(this.length)][channel] }; }
}

class Image {
  set src(address) {
    asked.push(address);
    queueMicrotask(() => (missing.has(address) ? this.onerror() : this.onload()));
    this.address = address;
  }
}

const elements = new Map();
const body = new Element("body");
const document = Object.assign(new EventTarget(), {
  body, head: new Element("head"), documentElement: body, activeElement: body, title: "",
  createElement: (kind) => new Element(kind),
  getElementById: (id) => {
    if (!elements.has(id)) elements.set(id, Object.assign(new Element(id === "map" || id === "picture" ? "canvas" : "div"), { id }));
    return elements.get(id);
  },
  getElementsByName: () => ["move", "listen", "lasso", "path"].map((value) => {
    if (!elements.has(value)) elements.set(value, Object.assign(new Element("radio"), { value, checked: value === "move" }));
    return elements.get(value);
  }),
});
const window = Object.assign(new EventTarget(), { devicePixelRatio: 1 });
const location = { hash: "", href: "file:///page/index.html" };
for (const [name, value] of Object.entries({
  performance: { now: () => clock.now },
  navigator: { clipboard: { writeText: async (text) => { location.copied = text; } } },
  setTimeout: (run, ms = 0) => clock.add(run, ms),
  setInterval: (run, ms) => clock.add(run, ms, ms),
  clearTimeout: (id) => clock.timers.delete(id),
  clearInterval: (id) => clock.timers.delete(id),
  requestAnimationFrame: (run) => clock.frames.push(run),
  matchMedia: (query) => Object.assign(new EventTarget(), { get matches() { return Boolean(media[query]); } }),
  getComputedStyle: () => ({ getPropertyValue: (name) => ` ${name} ` }),
  createImageBitmap: async (image) => ({ name: image.address, close() { closed.push(image.address); } }),
  history: { replaceState: (_, __, address) => { location.hash = address; } },
  ResizeObserver: class { observe() {} },
})) Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
Object.assign(URL, { createObjectURL: (blob) => blob, revokeObjectURL() {} });

/** What data/table.js hands over, for a table of columns; two samples to a track, `group` to a sheet. */
function aboutOf(columns, more = {}) {
  const names = Object.keys(columns);
  const rows = columns[names[0]].length;
  const all = (make) => Array.from({ length: rows }, (_, n) => make(n));
  const group = more.group || 4;
  served.group = group;
  return {
    title: "samples", rows, columns: names, cells: names.map((name) => ({ all: columns[name].map(String) })), order: all((n) => n), group, across: 2,
    track: all((n) => Math.floor((n % group) / 2)), at: all((n) => 2400 + 12000 * (n % 2)), length: all(() => 9600), level: all(() => -22),
    shown: all(() => 2), rate: 48000, mark: 2400, cell: [96, 72], small: 4, ways: [{ x: "gridX", y: "gridY", grid: true }],
    decimals: [], dialect: { separator: ",", ending: "\n", mark: false, named: false, trailing: 0, encoding: "utf-8" }, ...more,
  };
}

/** A table of samples on a grid, each of 200 ms, one after the other in one file. */
function gridTable(across, down, more = {}) {
  const all = (make) => Array.from({ length: across * down }, (_, n) => make(n));
  return { filename: all(() => "a.wav"), start: all((n) => 200 * n), dur: all(() => 200), gridX: all((n) => n % across), gridY: all((n) => Math.floor(n / across)), ...more };
}

/** The page of a table, opened. */
function opened(about) { return new Explorer(about); }

/** An event with values, such as a pointer's. */
function told(kind, values = {}) { return Object.assign(new Event(kind, { cancelable: true }), values); }

/** What a canvas was told to do since it was last looked at: the calls of these words. */
function drawnBy(canvas, ...words) { return canvas.getContext().calls.splice(0).filter(([word]) => words.includes(word)); }

/** The pointer on the map, at a place in px of it. */
function pointer(kind, x, y, more = {}) {
  byId("map").dispatchEvent(told(`pointer${kind}`, { clientX: x + 10, clientY: y + 20, pointerType: "mouse", pointerId: 1, button: 0, ...more }));
}

/** Set a control, as a user does. */
function put(id, value, kind = "change") {
  byId(id)[typeof value === "boolean" ? "checked" : "value"] = value;
  byId(id).dispatchEvent(told(kind, {}));
}

function pressKey(key, more = {}) { document.dispatchEvent(told("keydown", { key, ...more })); }
