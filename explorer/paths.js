"use strict";
/* Paths: samples in an order, with how they are played. Plain data, so that a link can hold them. */

const PATH_COLOURS = ["#e8590c", "#1c7ed6", "#2f9e44", "#ae3ec9", "#f08c00", "#0c8599", "#e03131", "#5f3dc4"];
const PATH_FIELDS = 9; // of a path in a link, before its name
const MOST_BPM = 400;
const MOST_SWING = 0.75;
const PER_BEAT = [1, 2, 3, 4, 8];

/** A number between two, or `otherwise` if it is none. */
function bounded(value, low, high, otherwise) {
  const typed = String(value).trim();
  const number = typed ? Number(typed) : NaN; // (Number("") is 0)
  return Number.isFinite(number) ? Math.min(Math.max(number, low), high) : otherwise;
}

class Path {
  constructor(name, rows, colour) {
    Object.assign(this, { name, rows, colour });
    Object.assign(this, { pace: "overlap", bpm: 120, perBeat: 4, swing: 0, direction: "forward", loop: false, volume: 1 });
  }

  /** Move what is at a place by some places; returns where it is then. */
  shift(place, by) {
    const to = Math.min(Math.max(place + by, 0), this.rows.length - 1);
    this.rows.splice(to, 0, ...this.rows.splice(place, 1));
    return to;
  }

  text() {
    const { pace, bpm, perBeat, swing, direction, loop, volume, colour } = this;
    const fields = [packRows(this.rows), pace, bpm, perBeat, swing, direction, Number(loop), volume, colour.slice(1)];
    return [...fields, this.name].join("~");
  }

  /** The path that such a text means, or null; count: of the table's rows. */
  static of(text, count) {
    const fields = text.split("~");
    if (fields.length <= PATH_FIELDS) return null;
    const [rows, pace, bpm, perBeat, swing, direction, loop, volume, colour] = fields;
    const path = new Path(fields.slice(PATH_FIELDS).join("~"), unpackRows(rows, count), PATH_COLOURS[0]);
    if (!path.rows.length) return null;
    if (pace in PACES) path.pace = pace;
    if (direction in DIRECTIONS) path.direction = direction;
    if (/^[0-9a-f]{6}$/.test(colour)) path.colour = `#${colour}`;
    if (PER_BEAT.includes(Number(perBeat))) path.perBeat = Number(perBeat);
    path.bpm = bounded(bpm, 20, MOST_BPM, path.bpm);
    path.swing = bounded(swing, 0, MOST_SWING, 0);
    path.volume = bounded(volume, 0, 2, 1);
    path.loop = loop === "1";
    return path;
  }
}

/** The rows in the order of a column: by number, by pitch of notes, by the alphabet; what has no value comes last. */
function inOrderOf(samples, rows, column) {
  const order = new Map(samples.values(column).map((value, place) => [value, place]));
  const cells = samples.text(column);
  const values = samples.isNumeric(column) ? samples.numbers(column) : Float64Array.from(cells, (cell) => (cell.trim() ? order.get(cell) : NaN));
  const value = (row) => (Number.isNaN(values[row]) ? Infinity : values[row]);
  return [...rows].sort((a, b) => (value(a) === value(b) ? a - b : value(a) - value(b)));
}

/** The rows of a layout on the line of one of them, from left to right. */
function lineOf(layout, row) {
  const y = layout.y[row];
  if (Number.isNaN(y)) return [];
  const found = layout.placed.filter((other) => Math.abs(layout.y[other] - y) < CELL_HEIGHT / 2);
  return found.sort((a, b) => layout.x[a] - layout.x[b]);
}

/** The rows under a straight line between two points of a layout, none twice in a row. */
function rowsUnder(layout, [x0, y0], [x1, y1]) {
  const steps = Math.max(Math.ceil(4 * Math.hypot(x1 - x0, y1 - y0)), 1);
  const found = [];
  for (let n = 0; n <= steps; n++) {
    const row = layout.at(x0 + ((x1 - x0) * n) / steps, y0 + ((y1 - y0) * n) / steps);
    if (row >= 0 && row !== found[found.length - 1]) found.push(row);
  }
  return found;
}
