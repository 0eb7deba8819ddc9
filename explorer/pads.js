"use strict";
/* Pads: sixteen places for samples and paths, each with a key and a MIDI note; and the pattern that plays them step by step. */

const PADS = 16;
const STEPS_OF_PATTERN = 16;
const FIRST_NOTE = 36; // what pad controllers send from the factory: C1 and up
const PAD_CODES = ["Digit1", "Digit2", "Digit3", "Digit4", "KeyQ", "KeyW", "KeyE", "KeyR", "KeyA", "KeyS", "KeyD", "KeyF", "KeyZ", "KeyX", "KeyC", "KeyV"];

class Pads {
  constructor() {
    this.held = Array.from({ length: PADS }, () => null); // {row}, {path: Path} or null
    this.notes = Array.from({ length: PADS }, (_, pad) => FIRST_NOTE + pad);
  }

  /** A note is a pad's from now on, and no other's. */
  learn(pad, note) {
    this.notes = this.notes.map((other) => (other === note ? -1 : other));
    this.notes[pad] = note;
  }

  padOf(note) { return this.notes.indexOf(note); }

  /** Take a path off the pads. */
  forget(path) { this.held = this.held.map((what) => (what && what.path === path ? null : what)); }

  /** As text for a link; paths: all there are. */
  text(paths) {
    const said = this.held.map((what, pad) => what && `${pad.toString(36)}${what.path ? `p${paths.indexOf(what.path)}` : `r${what.row.toString(36)}`}`);
    return said.filter(Boolean).join(".");
  }

  notesText() { return this.notes.some((note, pad) => note !== FIRST_NOTE + pad) ? this.notes.join(".") : ""; }

  read(text, notes, paths, count) {
    this.held.fill(null);
    for (const part of text.split(".")) {
      const match = /^([0-9a-f])([pr])([0-9a-z]{1,8})$/.exec(part);
      if (!match) continue;
      const place = parseInt(match[3], match[2] === "p" ? 10 : 36);
      if (match[2] === "p" && paths[place]) this.held[parseInt(match[1], 36)] = { path: paths[place] };
      if (match[2] === "r" && place < count) this.held[parseInt(match[1], 36)] = { row: place };
    }
    const read = notes.split(".").map(Number);
    if (read.length === PADS && read.every((note) => Number.isInteger(note) && note >= -1 && note < 128)) this.notes = read;
  }
}

class Pattern {
  constructor() {
    this.steps = STEPS_OF_PATTERN;
    this.perBeat = 4;
    this.lines = new Uint16Array(PADS); // bit n: step n
    this.metronome = false;
    this.timing = { bpm: 120, perBeat: this.perBeat, swing: 0 };
  }

  on(pad, step) { return Boolean(this.lines[pad] & (1 << step)); }

  toggle(pad, step) { this.lines[pad] ^= 1 << step; }

  clear() { this.lines.fill(0); }

  get empty() { return this.lines.every((line) => !line); }

  text() {
    const { bpm, swing } = this.timing;
    const lines = Array.from(this.lines, (line, pad) => (line ? `${pad.toString(36)}${line.toString(16)}` : "")).filter(Boolean);
    return [Math.round(bpm), Math.round(100 * swing), Number(this.metronome), ...lines].join(".");
  }

  read(text) {
    this.clear();
    if (!text) return;
    const [bpm, swing, metronome, ...lines] = text.split(".");
    this.timing = { bpm: bounded(bpm, 20, MOST_BPM, 120), perBeat: this.perBeat, swing: bounded(swing / 100, 0, MOST_SWING, 0) };
    this.metronome = metronome === "1";
    for (const line of lines) {
      const match = /^([0-9a-f])([0-9a-f]{1,4})$/.exec(line);
      if (match) this.lines[parseInt(match[1], 16)] = parseInt(match[2], 16);
    }
  }
}
