"use strict";
/* Filters: which rows are bright. What they are set to is plain data, so that a link can hold it. */

const STEPS = 1000; // of a slider; each is the same number of samples

class Filters {
  constructor(samples) {
    this.samples = samples;
    const kinds = samples.allColumns.filter((name) => name !== "filename").map((name) => [name, filterKind(samples, name)]);
    const rank = (name) => (FIRST_FILTERS.includes(name) ? FIRST_FILTERS.indexOf(name) : FIRST_FILTERS.length);
    this.kinds = new Map(kinds.filter(([, kind]) => kind).sort((a, b) => rank(a[0]) - rank(b[0])));
    const of = (...wanted) => [...this.kinds].filter(([, kind]) => wanted.includes(kind)).map(([name]) => name);
    [this.sliders, this.checked, this.typed] = [of("range", "date"), of("boxes"), of("text")];
    this.kept = new Map();
    this.clear();
  }

  clear() {
    this.search = "";
    this.file = null; // a file name, or null for all
    this.off = new Map(this.checked.map((name) => [name, new Set()])); // the values that are unchecked
    this.ranges = new Map(this.sliders.map((name) => [name, [0, STEPS]]));
    this.words = new Map(this.typed.map((name) => [name, ""])); // what cells must contain
    this.only = new Set(); // entries of the legend that alone are bright; none: all are
  }

  /** Something worked out once for all. */
  once(key, make) {
    if (!this.kept.has(key)) this.kept.set(key, make());
    return this.kept.get(key);
  }

  numbers(name) { return this.once(`n${name}`, () => slidable(this.samples, name)); }

  sorted(name) { return this.once(`s${name}`, () => this.numbers(name).filter((value) => !Number.isNaN(value)).sort()); }

  lowered(name) { return this.once(`l${name}`, () => this.samples.text(name).map((cell) => cell.toLowerCase())); }

  /** The value of a column at a place of its slider: in thousandths of the samples below it. */
  value(name, place) {
    const sorted = this.sorted(name);
    return sorted[Math.round((place / STEPS) * (sorted.length - 1))];
  }

  /** The same in words. */
  shown(name, place) {
    const value = this.value(name, place);
    return this.kinds.get(name) === "date" ? new Date(value * 86400000).toISOString().slice(0, 10) : shortNumber(value);
  }

  /** Which rows pass: Uint8Array of 0 and 1. entryOf(row): its entry in the legend. */
  apply(entryOf = () => -1) {
    const { samples } = this;
    const passes = new Uint8Array(samples.rows).fill(1);
    const drop = (test) => { for (let row = 0; row < passes.length; row++) if (passes[row] && test(row)) passes[row] = 0; };
    const wanted = this.search.trim().toLowerCase();
    if (wanted) {
      const columns = samples.allColumns.map((name) => this.lowered(name));
      drop((row) => !columns.some((cells) => cells[row].includes(wanted)));
    }
    if (this.file !== null) {
      const names = samples.text("filename");
      drop((row) => names[row] !== this.file);
    }
    for (const [name, off] of this.off) {
      const cells = samples.text(name);
      if (off.size) drop((row) => off.has(cells[row]));
    }
    for (const [name, word] of this.words) {
      const cells = this.lowered(name);
      const part = word.trim().toLowerCase();
      if (part) drop((row) => !cells[row].includes(part));
    }
    for (const [name, [low, high]] of this.ranges) {
      if (low === 0 && high === STEPS) continue;
      const values = this.numbers(name);
      const [least, most] = [this.value(name, low), this.value(name, high)];
      drop((row) => !(values[row] >= least && values[row] <= most));
    }
    if (this.only.size) drop((row) => !this.only.has(entryOf(row)));
    return passes;
  }
}
