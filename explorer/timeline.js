"use strict";
/* The sample in its file: what comes before and after it, on a line of time, and how it sounds there. */

const TIME_AROUND = 1500; // ms on the line before and after a sample, at least
const LENGTHS_AROUND = 4; // of the sample, if that is more
const CONTEXT = 2; // samples before and after it that "in context" plays
const SOFTEST_DB = -60; // level of a bar without height

/** The rows of each file in order of time: filename -> rows. */
function rowsByFile(samples) {
  const files = new Map();
  samples.text("filename").forEach((name, row) => {
    if (!files.has(name)) files.set(name, []);
    files.get(name).push(row);
  });
  const start = samples.numbers("start");
  for (const rows of files.values()) rows.sort((a, b) => start[a] - start[b] || a - b);
  return files;
}

class Timeline {
  /** page: the explorer. */
  constructor(page) {
    this.page = page;
    this.canvas = byId("timeline");
    this.files = rowsByFile(page.samples);
    this.canvas.addEventListener("click", (event) => {
      const row = this.rowAt(event.offsetX / this.canvas.clientWidth);
      if (row < 0) return;
      page.show(row);
      page.hear(row);
    });
    byId("in-context").addEventListener("click", () => page.playInContext(this.context(page.panel.row)));
  }

  rowsOf(row) { return this.files.get(this.page.samples.cell(row, "filename")); }

  /** The row with its neighbours in time, as many as are played with it. */
  context(row) {
    if (row < 0) return [];
    const rows = this.rowsOf(row);
    const place = rows.indexOf(row);
    return rows.slice(Math.max(place - CONTEXT, 0), place + CONTEXT + 1);
  }

  /** The time at both ends of the line, in ms. */
  span(row) {
    const { samples } = this.page;
    const [start, dur] = [samples.numbers("start")[row], samples.numbers("dur")[row]];
    const around = Math.max(TIME_AROUND, LENGTHS_AROUND * dur);
    return [start - around, start + dur + around];
  }

  /** The row at a part (0 to 1) of the line's width, or -1. */
  rowAt(part) {
    const { row } = this.page.panel;
    if (row < 0) return -1;
    const { samples } = this.page;
    const [from, to] = this.span(row);
    const time = from + part * (to - from);
    const [start, dur] = [samples.numbers("start"), samples.numbers("dur")];
    const found = this.rowsOf(row).filter((other) => start[other] <= time && time < start[other] + dur[other]);
    return found.includes(row) ? row : found.length ? found[found.length - 1] : -1;
  }

  draw() {
    const { page, canvas } = this;
    const { samples, state } = page;
    const { row } = page.panel;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    byId("in-context").disabled = row < 0;
    if (row < 0) return;
    const [from, to] = this.span(row);
    const x = (time) => ((time - from) / (to - from)) * canvas.width;
    const [start, dur] = [samples.numbers("start"), samples.numbers("dur")];
    const near = this.rowsOf(row).filter((other) => other !== row && start[other] < to && start[other] + dur[other] > from);
    for (const other of [...near, row]) { // itself above those that it overlaps
      const level = Math.max(1 - samples.level(other) / SOFTEST_DB, 0.06);
      const high = level * (canvas.height - 6);
      context.globalAlpha = state.bright[other] ? 1 : DIMMED;
      context.fillStyle = other === row ? page.map.colour("--mark") : page.map.colour("--plain");
      if (other !== row || !this.wave(context, row, x(start[row]), x(start[row] + dur[row]))) {
        context.fillRect(x(start[other]), (canvas.height - high) / 2, Math.max(x(start[other] + dur[other]) - x(start[other]) - 1, 2), high);
      }
    }
    context.globalAlpha = 1;
    const place = this.rowsOf(row).indexOf(row) + 1;
    canvas.setAttribute("aria-label", `In its file: sample ${place} of ${this.rowsOf(row).length}`);
  }

  /** Draw the waveform of a row, if its track is there; else false. */
  wave(context, row, left, right) {
    const { samples, sound } = this.page;
    const { track, at, length } = samples.heard(row);
    const found = sound.tracks.ready.get(track);
    if (!found || !length) return false;
    const first = Math.round((at + found.shift) * found.buffer.sampleRate);
    const values = found.buffer.getChannelData(0).subarray(first, first + Math.round(length * found.buffer.sampleRate));
    const peak = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    const columns = Math.max(Math.floor(right - left), 2);
    for (let n = 0; n < columns; n++) {
      const part = values.subarray(Math.floor((n * values.length) / columns), Math.floor(((n + 1) * values.length) / columns));
      const high = Math.max((part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / peak) * (this.canvas.height - 6), 1);
      context.fillRect(left + n, (this.canvas.height - high) / 2, 1, high);
    }
    return true;
  }
}
