"use strict";
/* The table: its cells as they were read, views of them as numbers, and rows out again as CSV. */

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;
const NOTES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
// A column is numeric if this share of its filled cells is.
const MOSTLY = 0.9;

class Samples {
  /** about: what data/table.js hands over; see lib/explorer/page.py. */
  constructor(about) {
    this.about = about;
    this.rows = about.rows;
    this.columns = about.columns;
    this.kept = new Map();
    // The place of each row in the files: rank in groups of `about.group`.
    this.rank = new Int32Array(about.rows);
    about.order.forEach((row, rank) => { this.rank[row] = rank; });
  }

  has(name) { return this.columns.includes(name); }

  /** A column's cells as text. */
  text(name) {
    const key = "t" + name;
    if (!this.kept.has(key)) {
      const column = this.about.cells[this.columns.indexOf(name)];
      this.kept.set(key, column.all || column.index.map((place) => column.values[place]));
    }
    return this.kept.get(key);
  }

  /** A column as numbers: NaN where a cell is none. */
  numbers(name) {
    const key = "n" + name;
    if (!this.kept.has(key)) {
      this.kept.set(key, Float64Array.from(this.text(name), (cell) => NUMBER.test(cell) ? Number(cell) : NaN));
    }
    return this.kept.get(key);
  }

  isNumeric(name) {
    const filled = this.text(name).reduce((count, cell) => count + (cell.trim() ? 1 : 0), 0);
    const found = this.numbers(name).reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
    return found > 0 && found >= MOSTLY * filled;
  }

  /** The different cells of a column, in order: notes and numbers as one expects, other text by the alphabet. */
  values(name) {
    const found = [...new Set(this.text(name))];
    if (found.every((cell) => NOTES.includes(cell) || cell === "-" || cell === "")) {
      return found.sort((a, b) => NOTES.indexOf(a) - NOTES.indexOf(b));
    }
    return found.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  }

  cell(row, name) { return this.has(name) ? this.text(name)[row] : ""; }

  group(row) { return Math.floor(this.rank[row] / this.about.group); }

  groups() { return Math.ceil(this.rows / this.about.group); }

  rowsOf(group) { return this.about.order.slice(group * this.about.group, (group + 1) * this.about.group); }

  /** What shows a row: 0 nothing (its file could not be read), 1 its film, 2 its sound. */
  shown(row) { return this.about.shown[this.rank[row]]; }

  /** Where a row is heard: its track, where in it (s, as it was written), and for how long (s; 0: it is silent). */
  heard(row) {
    const rank = this.rank[row];
    const { at, length, rate } = this.about;
    return { group: this.group(row), at: at[rank] / rate, length: length[rank] / rate };
  }

  /** Where in its sheet a row's picture is. */
  spot(row) {
    const place = this.rank[row] % this.about.group;
    return { column: place % this.about.across, line: Math.floor(place / this.about.across) };
  }

  /** The rows as a CSV file: every cell as it was, quotes where they are needed, line ends as the table had them. */
  csv(rows) {
    const quote = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    const columns = this.columns.map((name) => this.text(name));
    const alone = columns.length === 1;
    const line = (cells) => (alone && cells[0] === "" ? '""' : cells.map(quote).join(","));
    const lines = [line(this.columns), ...rows.map((row) => line(columns.map((column) => column[row])))];
    const end = this.about.crlf ? "\r\n" : "\n";
    return (this.about.bom ? "\ufeff" : "") + lines.join(end) + end;
  }

  /** A short text that tells this table from another: of its rows' files and times (FNV-1a, 32 bits). */
  signature() {
    let hash = 0x811c9dc5;
    for (const name of ["filename", "start", "dur"]) {
      for (const cell of this.text(name)) {
        for (let n = 0; n < cell.length; n++) hash = Math.imul(hash ^ cell.charCodeAt(n), 0x01000193);
        hash = Math.imul(hash ^ 10, 0x01000193);
      }
    }
    return (hash >>> 0).toString(36);
  }
}
