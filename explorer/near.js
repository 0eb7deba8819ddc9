"use strict";
/* What the pointer nears: the tracks to load ahead. */

const AHEAD = 0.12; // s that the pointer's way is drawn out
const AROUND = 3; // cells about that place
const MOST_AHEAD = 12; // tracks
const SPEED_TIME = 80; // ms over which the speed is taken

/** The pointer's place and speed on the map, in px. */
class Heading {
  constructor() { this.places = []; }

  /** The pointer is here (px) at a time (ms). */
  add(x, y, time) { this.places = [...this.places.filter((place) => time - place[2] <= SPEED_TIME), [x, y, time]]; }

  /** Where it will be after a time (s), at its speed of now. */
  after(seconds) {
    const [[x0, y0, t0], [x1, y1, t1]] = [this.places[0], this.places[this.places.length - 1]];
    const part = t1 > t0 ? (1000 * seconds) / (t1 - t0) : 0;
    return [x1 + (x1 - x0) * part, y1 + (y1 - y0) * part];
  }
}

/** The tracks of the rows about some points of a layout, those of the nearest rows first; points: [x, y], the first counts most. */
function tracksNear(layout, samples, points, most = MOST_AHEAD) {
  const found = new Map();
  for (const [place, [x, y]] of points.entries()) {
    const high = AROUND * CELL_HEIGHT;
    for (const row of layout.within(x - AROUND, y - high, x + AROUND, y + high)) {
      const { track, length } = samples.heard(row);
      if (!length) continue;
      const [cx, cy] = layout.centre(row);
      const distance = Math.hypot(cx - x, (cy - y) / CELL_HEIGHT) + place;
      if (!(found.get(track) <= distance)) found.set(track, distance);
    }
  }
  return [...found].sort((a, b) => a[1] - b[1]).slice(0, most).map(([track]) => track);
}
