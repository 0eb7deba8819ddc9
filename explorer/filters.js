"use strict";
/* Filters: which rows are bright. What they are set to is plain data, so that a link can hold it. */

const SLIDERS = [["power", "Power"], ["clarity", "Clarity"], ["dur", "Duration (ms)"]];
const CHECKED = [["note", "Note"], ["octave", "Octave"]];
const MOST_VALUES = 64; // of a column with a box for each
const STEPS = 1000; // of a slider; each is the same number of samples

class Filters {
  constructor(samples) {
    this.samples = samples;
    this.sliders = SLIDERS.filter(([name]) => samples.has(name) && samples.isNumeric(name));
    this.checked = CHECKED.filter(([name]) => samples.has(name) && samples.values(name).length <= MOST_VALUES);
    this.sorted = new Map(this.sliders.map(([name]) =>
      [name, samples.numbers(name).filter((value) => !Number.isNaN(value)).sort()]));
    this.lowered = samples.text("filename").map((name) => name.toLowerCase());
    this.clear();
  }

  clear() {
    this.search = "";
    this.file = null; // a file name, or null for all
    this.off = new Map(this.checked.map(([name]) => [name, new Set()])); // the values that are unchecked
    this.ranges = new Map(this.sliders.map(([name]) => [name, [0, STEPS]]));
  }

  /** The value of a column at a place of its slider: in thousandths of the samples below it. */
  value(name, place) {
    const sorted = this.sorted.get(name);
    return sorted[Math.round((place / STEPS) * (sorted.length - 1))];
  }

  /** Which rows pass: Uint8Array of 0 and 1. */
  apply() {
    const { samples } = this;
    const passes = new Uint8Array(samples.rows).fill(1);
    const drop = (test) => { for (let row = 0; row < passes.length; row++) if (passes[row] && test(row)) passes[row] = 0; };
    const wanted = this.search.trim().toLowerCase();
    if (wanted) drop((row) => !this.lowered[row].includes(wanted));
    if (this.file !== null) {
      const names = samples.text("filename");
      drop((row) => names[row] !== this.file);
    }
    for (const [name, off] of this.off) {
      const cells = samples.text(name);
      if (off.size) drop((row) => off.has(cells[row]));
    }
    for (const [name, [low, high]] of this.ranges) {
      if (low === 0 && high === STEPS) continue;
      const values = samples.numbers(name);
      const [least, most] = [this.value(name, low), this.value(name, high)];
      drop((row) => !(values[row] >= least && values[row] <= most));
    }
    return passes;
  }
}
