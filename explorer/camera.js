"use strict";
/* The view: from the units of a layout to pixels of the screen, and back. */

const CLOSEST = 640; // px: the largest width of a cell; beyond it nothing more is seen
const FIT_MARGIN = 0.97; // of the screen, when the whole layout is shown

/** The point of a layout in the middle of the screen, and the CSS pixels per cell width. */
class Camera {
  constructor() {
    [this.x, this.y, this.scale] = [0, 0, 1];
    [this.width, this.height] = [1, 1];
  }

  fitted(layout) { return FIT_MARGIN * Math.min(this.width / layout.width, this.height / layout.height); }

  fit(layout) {
    [this.x, this.y, this.scale] = [layout.width / 2, layout.height / 2, this.fitted(layout)];
  }

  toScreen(x, y) { return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2]; }

  toLayout(px, py) { return [(px - this.width / 2) / this.scale + this.x, (py - this.height / 2) / this.scale + this.y]; }

  move(dx, dy, layout) {
    this.x = Math.min(Math.max(this.x - dx / this.scale, 0), layout.width);
    this.y = Math.min(Math.max(this.y - dy / this.scale, 0), layout.height);
  }

  /** Zoom by a factor; the point at (px, py) on the screen stays where it is. */
  zoom(factor, px, py, layout) {
    const [x, y] = this.toLayout(px, py);
    const least = Math.min(this.fitted(layout) / 2, CLOSEST);
    this.scale = Math.min(Math.max(this.scale * factor, least), CLOSEST);
    const [nx, ny] = this.toLayout(px, py);
    this.x += x - nx;
    this.y += y - ny;
    this.move(0, 0, layout);
  }

  /** Move so that a box lies within the screen, if it does not. */
  reveal(x, y, width, height, layout) {
    const [left, top] = this.toScreen(x, y);
    const [right, bottom] = this.toScreen(x + width, y + height);
    const push = (low, high, size) => (low < 0 ? -low : high > size ? size - high : 0);
    this.move(push(left, right, this.width), push(top, bottom, this.height), layout);
  }
}
