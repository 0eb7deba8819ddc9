"use strict";
/* The table: its cells as they were read, views of them as numbers, and rows out again as CSV. */

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;
const NOTES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
// A column is numeric if this share of its filled cells is.
const MOSTLY = 0.9;
const EVEN_LEVEL = -16; // dBFS (RMS), as features_to_audio.py's -mdb
const MOST_GAIN = 40; // dB: what is softer still is noise

class Samples {
  /** about: what data/table.js hands over; see lib/explorer/page.py. */
  constructor(about) {
    this.about = about;
    this.rows = about.rows;
    this.columns = about.columns;
    this.kept = new Map();
    // What a manifest says of the files, as further columns, where the table has none of that name.
    const { columns: told = [], files = {} } = about.sources || {};
    this.files = files;
    this.told = Object.keys(files).length ? told.filter((name) => !about.columns.includes(name)) : [];
    this.allColumns = [...about.columns, ...this.told];
    // The place of each row in the files: rank in groups of `about.group`.
    this.rank = new Int32Array(about.rows);
    about.order.forEach((row, rank) => { this.rank[row] = rank; });
  }

  has(name) { return this.allColumns.includes(name); }

  /** A column's cells as text. */
  text(name) {
    const key = "t" + name;
    if (!this.kept.has(key) && this.told.includes(name)) {
      const place = this.about.sources.columns.indexOf(name);
      this.kept.set(key, this.text("filename").map((file) => (this.files[file] || [])[place] || ""));
    }
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
    const { track, at, length, rate, group } = this.about;
    return { track: this.group(row) * group + track[rank], at: at[rank] / rate, length: length[rank] / rate };
  }

  /** The file of a track; see lib/explorer/tracks.py. */
  trackAddress(id) { return this.address("sound", id); }

  /** The file of the loops of a track's rows; see lib/explorer/loops.py. */
  loopsAddress(id) { return this.address("loops", id); }

  address(kind, id) {
    const { group } = this.about;
    return `data/${kind}_${String(Math.floor(id / group)).padStart(4, "0")}_${String(id % group).padStart(2, "0")}.js`;
  }

  /** Which of the samples of its track a row is, from 0. */
  placeInTrack(row) {
    const { track, group } = this.about;
    const rank = this.rank[row];
    let first = rank;
    while (first % group && track[first - 1] === track[rank]) first -= 1;
    return rank - first;
  }

  /** A row's level, in dBFS (RMS). */
  level(row) { return this.about.level[this.rank[row]]; }

  /** The gain that brings a row to EVEN_LEVEL. */
  evenGain(row) {
    return 10 ** (Math.min(EVEN_LEVEL - this.level(row), MOST_GAIN) / 20);
  }

  /** Where in its sheet a row's picture is. */
  spot(row) {
    const place = this.rank[row] % this.about.group;
    return { column: place % this.about.across, line: Math.floor(place / this.about.across) };
  }

  /** The rows as the text of a CSV file, in the dialect of the table: every cell as it was, quotes where they are needed. */
  csv(rows) {
    const { separator, ending, mark, named, trailing } = this.about.dialect;
    const end = separator.repeat(trailing);
    const quoted = (cell) => `"${cell.replaceAll('"', '""')}"`;
    const quote = (cell) => (/["\r\n]/.test(cell) || cell.includes(separator) ? quoted(cell) : cell);
    // In the header, whatever could be taken for a separator stands in quotes.
    const header = this.columns.map((name) => (/[",;\t\r\n]/.test(name) ? quoted(name) : quote(name)));
    const columns = this.withCommas(rows);
    const alone = columns.length === 1 && trailing === 0;
    const line = (cells) => (alone && cells[0] === "" ? '""' : cells.join(separator) + end);
    const lines = [line(header), ...rows.map((row, n) => line(columns.map((column) => quote(column[n]))))];
    const first = (mark ? "\ufeff" : "") + (named ? `sep=${separator}${ending}` : "");
    return first + lines.join(ending) + ending;
  }

  /** The cells of these rows, column by column, numbers with a comma where the table had them: 12,3450 if 12,345 alone could be thousands. */
  withCommas(rows) {
    const columns = this.columns.map((name) => { const cells = this.text(name); return rows.map((row) => cells[row]); });
    const number = /^\s*[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?\s*$/;
    const either = /^(\s*[+-]?[1-9]\d{0,2}\.\d{3})(\s*)$/;
    const places = this.about.decimals.map((name) => this.columns.indexOf(name));
    const evident = places.some((place) => columns[place].some((cell) => number.test(cell) && !either.test(cell)));
    for (const place of places) {
      columns[place] = columns[place].map((cell) => {
        if (!number.test(cell)) return cell;
        return (evident ? cell : cell.replace(either, "$10$2")).replace(".", ",");
      });
    }
    return columns;
  }

  /** The rows as the bytes of a CSV file, in the encoding of the table. */
  csvBytes(rows) {
    const { encoding } = this.about.dialect;
    const text = this.csv(rows);
    if (encoding === "utf-8") return new TextEncoder().encode(text);
    const view = new DataView(new ArrayBuffer(2 * text.length));
    for (let n = 0; n < text.length; n++) view.setUint16(2 * n, text.charCodeAt(n), encoding === "utf-16-le");
    return new Uint8Array(view.buffer);
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
