"use strict";
/* The map on its canvas: from afar one picture that was drawn before, from near the cells that are on the screen. */

const NEAR = 30; // px of the screen: from this width on, cells are drawn one by one, from the large sheets
const MOST_OVERVIEW = 4096; // px: the longer side of the picture from afar; what phones' canvases can hold
const GAP = 0.04; // between cells, as a part of their width
const REST = 150; // ms after which a view that does not move any more is at rest
const FRAME = 16; // ms
const GATHER = 100; // ms in which what arrives is drawn together
const DIMMED = 0.13;
const TINT = 0.62;
const HALO = 1.5; // px about marks, in the colour of the ground

class MapView {
  /** state: {layout, camera, bright (Uint8Array), selected (Set), colours, current, pinned, trail, lasso, voices(), paths, chosen (of them, or
   * null), drawing (rows of a path that is being drawn)}. */
  constructor(canvas, samples, pictures, loops, state) {
    Object.assign(this, { canvas, samples, pictures, loops, state });
    this.context = canvas.getContext("2d", { alpha: false });
    this.overview = document.createElement("canvas");
    this.asked = false;
    this.whole = true; // whether more than the films that move is to be drawn
    this.films = []; // rows that moved when it was drawn last
    this.heard = ""; // rows that sounded then
    this.gathering = 0; // timer: not 0 while what arrives is gathered
    this.dirty = "all"; // groups to redraw in the overview: a Set, or all
    this.drawn = 0;
    this.moving = 0; // timer: not 0 while the view moves
    this.ticking = 0; // timer of the next frame of films that move
    this.ticked = () => {}; // films that move have been drawn
    this.waits = () => false; // whether pictures can wait a moment, for a sound
    pictures.arrived = (group, kind) => {
      if (kind === "small" && this.dirty !== "all") this.dirty.add(group);
      this.ask();
    };
  }

  /** Take the canvas' size from the page; true if it has changed. */
  resize() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const size = [Math.max(Math.round(width * ratio), 1), Math.max(Math.round(height * ratio), 1)];
    this.ratio = ratio;
    [this.state.camera.width, this.state.camera.height] = [Math.max(width, 1), Math.max(height, 1)];
    if (size[0] === this.canvas.width && size[1] === this.canvas.height) return false;
    [this.canvas.width, this.canvas.height] = size;
    this.ask();
    return true;
  }

  /** Draw at the next frame; where nothing moves, at one after it if that can wait. */
  ask() {
    this.whole = true;
    this.askFrame();
  }

  askFrame() {
    if (this.asked) return;
    this.asked = true;
    const frame = () => {
      if (this.waits() && !this.moving) {
        setTimeout(() => requestAnimationFrame(frame), FRAME);
        return;
      }
      this.asked = false;
      this.draw(this.whole);
    };
    requestAnimationFrame(frame);
  }

  /** Draw soon, with what arrives until then: to draw all cells for each of their pictures would take longer than to load them. */
  askSoon() {
    this.gathering = this.gathering || setTimeout(() => {
      this.gathering = 0;
      this.ask();
    }, GATHER);
  }

  /** The view has moved. */
  moved() {
    clearTimeout(this.moving);
    this.moving = setTimeout(() => {
      this.moving = 0;
      this.ask();
    }, REST);
    this.ask();
  }

  /** All cells look different now: another layout, filter, colour or selection. */
  refresh() {
    const { layout } = this.state;
    const { cell, small } = this.samples.about;
    const scale = Math.min(cell[0] / small, MOST_OVERVIEW / Math.max(layout.width, layout.height));
    this.overviewScale = scale;
    const size = [Math.ceil(layout.width * scale), Math.ceil(layout.height * scale)];
    if (this.overview.width !== size[0] || this.overview.height !== size[1]) [this.overview.width, this.overview.height] = size;
    this.dirty = "all";
    this.ask();
  }

  colour(name) { return getComputedStyle(this.canvas).getPropertyValue(name).trim(); }

  /** Draw all, or only the films that move, where nothing else has changed. */
  draw(whole = true) {
    const { camera } = this.state;
    const context = this.context;
    const voices = this.state.voices();
    this.now = performance.now();
    this.loops.sound(voices, this.now);
    context.save();
    this.theme = { back: this.colour("--back"), plain: this.colour("--plain"), mark: this.colour("--mark"), strong: this.colour("--strong") };
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (!whole && String(voices) === this.heard) this.keepTo([...this.films, ...this.loops.moves.keys()]);
    [this.whole, this.heard] = [false, String(voices)];
    context.fillStyle = this.theme.back;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const near = camera.scale * this.ratio >= NEAR;
    // Hundreds of pictures a frame are scaled the quick way while they move, and well when they have come to rest.
    context.imageSmoothingQuality = near && this.moving ? "low" : "medium";
    if (!near) this.drawFar();
    else this.drawNear();
    this.drawMoving();
    this.drawMarks();
    this.drawLabels();
    context.restore();
    this.drawn += 1;
  }

  /** Draw nothing beyond the cells of rows, to whole pixels of the screen. */
  keepTo(rows) {
    const { camera, layout } = this.state;
    const [width, height] = [1, CELL_HEIGHT].map((part) => Math.ceil(part * camera.scale * this.ratio) + 1);
    this.context.beginPath();
    for (const row of rows) {
      const corner = camera.toScreen(layout.x[row], layout.y[row]).map((px) => Math.floor(px * this.ratio));
      if (!Number.isNaN(corner[0])) this.context.rect(...corner, width, height);
    }
    this.context.clip();
  }

  drawFar() {
    this.updateOverview();
    const { camera, layout } = this.state;
    const [x, y] = camera.toScreen(0, 0);
    const { width, height } = this.overview;
    const part = camera.scale / this.overviewScale;
    this.context.drawImage(this.overview, 0, 0, width, height, x, y, width * part, height * part);
    this.pictures.want("small", this.nearestFirst(layout));
    this.loops.want("first", []);
    this.close = [];
  }

  /** Films that move, above all other cells, until they have come to rest. */
  drawMoving() {
    const { camera, layout } = this.state;
    const rows = [...this.loops.moves.keys()];
    this.drawCells(this.context, rows, (row) => camera.toScreen(layout.x[row], layout.y[row]), camera.scale, true);
    this.films = rows;
    clearTimeout(this.ticking);
    if (!rows.length) return;
    this.ticked();
    this.ticking = setTimeout(() => this.askFrame(), this.samples.about.loop.step / 2);
  }

  updateOverview() {
    if (this.dirty !== "all" && !this.dirty.size) return;
    const context = this.overview.getContext("2d");
    const scale = this.overviewScale;
    // In a cloud cells lie above each other: their order holds only if all are drawn.
    const all = this.dirty === "all" || !this.state.layout.way.grid;
    const rows = all ? this.state.layout.filed : [...this.dirty].flatMap((group) => this.samples.rowsOf(group));
    if (all) context.clearRect(0, 0, this.overview.width, this.overview.height);
    this.drawCells(context, rows, (row) => [this.state.layout.x[row] * scale, this.state.layout.y[row] * scale], scale, false);
    this.dirty = new Set();
  }

  drawNear() {
    const { camera, layout } = this.state;
    const [left, top] = camera.toLayout(0, 0);
    const [right, bottom] = camera.toLayout(camera.width, camera.height);
    const rows = layout.within(left, top, right, bottom);
    this.close = this.groupsOf(rows);
    this.pictures.touch([...this.close].reverse());
    this.pictures.want("pictures", this.close.slice(0, MOST_SHEETS));
    this.pictures.want("small", this.close);
    // Larger than in the sheets: the first frames of loops, of the middle of the screen first.
    this.large = this.loops.larger && camera.scale * this.ratio > this.samples.about.cell[0];
    if (!this.large) this.loops.want("first", []);
    else if (!this.moving) this.loops.want("first", this.fromTheMiddle(rows));
    this.drawCells(this.context, rows, (row) => camera.toScreen(layout.x[row], layout.y[row]), camera.scale, true);
  }

  fromTheMiddle(rows) {
    const { camera, layout } = this.state;
    const distance = (row) => Math.hypot(layout.x[row] + 0.5 - camera.x, layout.y[row] + CELL_HEIGHT / 2 - camera.y);
    return [...rows].sort((a, b) => distance(a) - distance(b));
  }

  /** The groups of rows, those with most of them first. */
  groupsOf(rows) {
    const counts = new Map();
    for (const row of rows) counts.set(this.samples.group(row), (counts.get(this.samples.group(row)) || 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]).map(([group]) => group);
  }

  /** All groups, that of the middle of the screen first. */
  nearestFirst(layout) {
    const { camera } = this.state;
    const distance = (group) => {
      const row = this.samples.about.order[group * this.samples.about.group];
      return Number.isNaN(layout.x[row]) ? Infinity : Math.hypot(layout.x[row] - camera.x, layout.y[row] - camera.y);
    };
    const missing = [];
    for (let group = 0; group < this.samples.groups(); group++) if (!this.pictures.small.has(group)) missing.push([group, distance(group)]);
    return missing.sort((a, b) => a[1] - b[1]).map(([group]) => group);
  }

  drawCells(context, rows, place, scale, close) {
    const { bright, selected, colours } = this.state;
    const gap = Math.min(GAP * scale, 4);
    const [width, height] = [scale - gap, scale * CELL_HEIGHT - gap];
    for (const row of rows) {
      const [x, y] = place(row);
      if (Number.isNaN(x)) continue;
      context.globalAlpha = bright[row] ? 1 : DIMMED;
      const drawn = (close && this.loops.draw(context, row, x, y, width, height, this.large, this.now))
        || this.pictures.draw(context, row, x, y, width, height, close);
      if (!drawn) {
        context.fillStyle = this.theme.plain;
        context.fillRect(x, y, width, height);
      }
      const colour = colours.of(row);
      if (colour) {
        context.globalAlpha *= TINT;
        context.fillStyle = colour;
        context.fillRect(x, y, width, height);
      }
      if (selected.has(row)) {
        context.globalAlpha = 1;
        this.frame(context, x, y, width, height, this.theme.mark, Math.max(scale * 0.06, 1));
      }
    }
    context.globalAlpha = 1;
  }

  frame(context, x, y, width, height, colour, thick) {
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.strokeRect(x + thick / 2, y + thick / 2, width - thick, height - thick);
  }

  /** What is not part of the cells: what plays, the sample of the panel, the pin, the trail, the lasso. */
  drawMarks() {
    const { camera, layout, current, pinned, trail, lasso, voices, paths, chosen, drawing } = this.state;
    const box = (row, colour, thick, outside) => {
      if (row < 0 || Number.isNaN(layout.x[row])) return;
      const [x, y] = camera.toScreen(layout.x[row] - outside / camera.scale, layout.y[row] - outside / camera.scale);
      const size = 2 * outside - Math.min(GAP * camera.scale, 4);
      const [wide, high] = [camera.scale + size, camera.scale * CELL_HEIGHT + size];
      this.frame(this.context, x - HALO, y - HALO, wide + 2 * HALO, high + 2 * HALO, this.theme.back, thick + 2 * HALO);
      this.frame(this.context, x, y, wide, high, colour, thick);
    };
    const centres = (rows) => rows.map((row) => layout.centre(row)).filter(([x]) => !Number.isNaN(x));
    this.line(centres(trail), false, this.theme.strong);
    for (const path of paths) this.line(centres(path.rows), false, path.colour, path === chosen ? 4 : 2.5);
    this.line(centres(drawing), false, this.theme.mark, 4);
    for (const row of voices()) box(row, this.theme.mark, 3, 3);
    box(pinned, this.theme.strong, 4, 4);
    box(current, this.theme.strong, 2, 2);
    this.line(lasso, true, this.theme.mark);
  }

  /** The names of groups that there is room for: none where cells are wide. */
  labelsShown() {
    if (this.state.camera.scale >= LABELLED) return [];
    if (this.labelled !== this.state.layout) [this.labelled, this.labels] = [this.state.layout, groupLabels(this.samples, this.state.layout)];
    this.context.font = `600 ${LABEL_PX}px system-ui, sans-serif`;
    return apart(this.labels, this.state.camera, (text) => this.context.measureText(text).width);
  }

  drawLabels() {
    const context = this.context;
    context.textAlign = "center";
    context.lineJoin = "round";
    for (const { text, px, py } of this.labelsShown()) {
      context.strokeStyle = this.theme.back;
      context.lineWidth = 4;
      context.strokeText(text, px, py);
      context.fillStyle = this.theme.strong;
      context.fillText(text, px, py);
    }
  }

  line(points, closed, colour, thick = 1.5) {
    if (points.length < 2) return;
    const context = this.context;
    context.beginPath();
    points.forEach(([x, y]) => context.lineTo(...this.state.camera.toScreen(x, y)));
    if (closed) {
      context.closePath();
      context.globalAlpha = 0.18;
      context.fillStyle = colour;
      context.fill();
    }
    context.lineJoin = "round";
    context.globalAlpha = 0.9;
    // A halo in the ground's colour: the line is seen on any picture.
    for (const [shade, width] of [[this.theme.back, thick + 2 * HALO], [colour, thick]]) {
      context.strokeStyle = shade;
      context.lineWidth = width;
      context.stroke();
    }
    context.globalAlpha = 1;
  }
}
