"use strict";
/* Positions of the samples, in units of a cell's width. */

const CELL_HEIGHT = 0.75;
// Width of a cloud, as a multiple of the square root of the number of its samples: room enough to see most of them.
const CLOUD_ROOM = 1.7;
const MOST_EMPTY = 8; // bins to a row

/** One way to lay the samples out. */
class Layout {
  constructor(samples, way) {
    this.way = way;
    const [x, y] = [samples.numbers(way.x), samples.numbers(way.y)];
    this.placed = [];
    this.without = []; // rows that have no place
    for (let row = 0; row < samples.rows; row++) (Number.isNaN(x[row] + y[row]) ? this.without : this.placed).push(row);
    const least = (values) => this.placed.reduce((low, row) => Math.min(low, values[row]), Infinity);
    const most = (values) => this.placed.reduce((high, row) => Math.max(high, values[row]), -Infinity);
    const [left, top] = [least(x), least(y)];
    const [wide, high] = [most(x) - left, most(y) - top];
    const scale = way.grid ? 1 : CLOUD_ROOM * Math.sqrt(this.placed.length) / (Math.max(wide, high) || 1);
    this.x = new Float64Array(samples.rows).fill(NaN);
    this.y = new Float64Array(samples.rows).fill(NaN);
    for (const row of this.placed) {
      this.x[row] = (x[row] - left) * scale;
      this.y[row] = (y[row] - top) * scale * (way.grid ? CELL_HEIGHT : 1);
    }
    this.width = wide * scale + 1;
    this.height = high * scale * (way.grid ? CELL_HEIGHT : 1) + CELL_HEIGHT;
    this.fileInBins();
  }

  /** Put the rows in bins of a cell's shape by their upper left corner: of its size, or larger if most would be empty. */
  fileInBins() {
    const bins = (this.width * this.height) / CELL_HEIGHT;
    this.bin = Math.max(1, Math.sqrt(bins / (MOST_EMPTY * (this.placed.length + 1))));
    this.across = Math.ceil(this.width / this.bin) + 1;
    this.down = Math.ceil(this.height / CELL_HEIGHT / this.bin) + 1;
    const step = (value) => Math.floor(value / this.bin + 1e-9);
    const bin = (row) => step(this.y[row] / CELL_HEIGHT) * this.across + step(this.x[row]);
    this.begin = new Int32Array(this.across * this.down + 1);
    for (const row of this.placed) this.begin[bin(row) + 1] += 1;
    for (let n = 1; n < this.begin.length; n++) this.begin[n] += this.begin[n - 1];
    const next = this.begin.slice();
    this.filed = new Int32Array(this.placed.length);
    for (const row of this.placed) this.filed[next[bin(row)]++] = row;
  }

  /** The rows whose cells may reach into a box, in the order of drawing. */
  within(left, top, right, bottom) {
    const found = [];
    const c0 = Math.max(Math.floor(left / this.bin) - 1, 0);
    const c1 = Math.min(Math.floor(right / this.bin), this.across - 1);
    const l0 = Math.max(Math.floor(top / CELL_HEIGHT / this.bin) - 1, 0);
    const l1 = Math.min(Math.floor(bottom / CELL_HEIGHT / this.bin), this.down - 1);
    for (let line = l0; line <= l1; line++) {
      if (c1 < c0) break;
      const [first, last] = [this.begin[line * this.across + c0], this.begin[line * this.across + c1 + 1]];
      for (let n = first; n < last; n++) found.push(this.filed[n]);
    }
    return found;
  }

  /** The row whose cell is on top at a point, or -1. */
  at(x, y) {
    const rows = this.within(x, y, x, y);
    for (let n = rows.length - 1; n >= 0; n--) {
      const row = rows[n];
      if (x >= this.x[row] && x < this.x[row] + 1 && y >= this.y[row] && y < this.y[row] + CELL_HEIGHT) return row;
    }
    return -1;
  }

  centre(row) { return [this.x[row] + 0.5, this.y[row] + CELL_HEIGHT / 2]; }

  /** The nearest row in a direction (dx, dy: -1, 0 or 1), or the same row: what is off to the side counts double. */
  neighbour(row, dx, dy) {
    let best = row;
    let least = Infinity;
    for (const other of this.placed) {
      const along = (this.x[other] - this.x[row]) * dx + ((this.y[other] - this.y[row]) / CELL_HEIGHT) * dy;
      const aside = Math.abs((this.x[other] - this.x[row]) * dy) + Math.abs(((this.y[other] - this.y[row]) / CELL_HEIGHT) * dx);
      if (along <= 1e-9 || aside > along) continue;
      const cost = along + 2 * aside;
      if (cost < least) [least, best] = [cost, other];
    }
    return best;
  }

  /** The rows whose centres are inside a polygon of [x, y] points (even-odd rule). */
  inside(points) {
    return this.placed.filter((row) => {
      const [x, y] = this.centre(row);
      let odd = false;
      for (let n = 0, m = points.length - 1; n < points.length; m = n++) {
        const [[ax, ay], [bx, by]] = [points[n], points[m]];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
      }
      return odd;
    });
  }
}
