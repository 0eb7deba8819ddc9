"use strict";
/* Pictures: sheets of all samples of a group, small ones for the whole map, large ones for what is looked at closely. */

const MOST_SHEETS = 24; // large sheets in memory: 7 MB each at the usual size
const FEWEST_SHEETS = 6; // of them that are kept, though fewer are wanted
const AT_ONCE = 4;

class Pictures {
  constructor(samples) {
    this.samples = samples;
    this.small = new Map(); // group -> ImageBitmap
    this.large = new Map(); // the same, the one used last at the end
    this.asked = new Set();
    this.queue = [];
    this.busy = 0;
    this.room = FEWEST_SHEETS; // for large sheets
    this.arrived = () => {}; // called with (group, "small" or "pictures")
  }

  /** Ask for sheets, those that matter most first; what was asked for before and has not begun is forgotten. */
  want(kind, groups) {
    this.queue = this.queue.filter((job) => job.kind !== kind);
    const there = kind === "small" ? this.small : this.large;
    if (kind === "pictures") this.room = Math.max(groups.length, FEWEST_SHEETS);
    for (const group of groups) {
      if (!there.has(group) && !this.asked.has(kind + group)) this.queue.push({ kind, group });
    }
    this.next();
  }

  next() {
    while (this.busy < AT_ONCE && this.queue.length) {
      const job = this.queue.shift();
      this.asked.add(job.kind + job.group);
      this.busy += 1;
      this.load(job).finally(() => {
        this.busy -= 1;
        this.next();
      });
    }
  }

  async load({ kind, group }) {
    const image = new Image();
    // Not `decode`: it makes a second copy of the pixels, which browsers keep.
    const loaded = new Promise((resolve, reject) => { Object.assign(image, { onload: resolve, onerror: reject }); });
    image.src = `data/${kind}_${String(group).padStart(4, "0")}.webp`;
    let bitmap = null;
    try {
      await loaded;
      bitmap = await createImageBitmap(image);
    } catch {
      return; // a sheet that is not there: its cells stay plain; it is not asked for again
    }
    if (kind === "small") {
      this.small.set(group, bitmap);
    } else {
      this.large.set(group, bitmap);
      this.asked.delete(kind + group);
      for (const [old, sheet] of this.large) {
        if (this.large.size <= this.room) break;
        this.large.delete(old);
        sheet.close();
      }
    }
    this.arrived(group, kind);
  }

  /** Draw a row's picture into a box, large if that is there; false if there is none (yet). */
  draw(context, row, x, y, width, height, close) {
    const group = this.samples.group(row);
    const sheet = (close && this.large.get(group)) || this.small.get(group);
    if (!sheet || !this.samples.shown(row)) return false;
    const { cell, small } = this.samples.about;
    const part = sheet === this.small.get(group) ? small : 1;
    const [w, h] = [cell[0] / part, cell[1] / part];
    const { column, line } = this.samples.spot(row);
    // Half a pixel less on each side: scaling must not let the neighbours in the sheet shine through.
    context.drawImage(sheet, column * w + 0.5, line * h + 0.5, w - 1, h - 1, x, y, width, height);
    return true;
  }

  /** Keep these large sheets longest. */
  touch(groups) {
    for (const group of groups) {
      const sheet = this.large.get(group);
      if (sheet) {
        this.large.delete(group);
        this.large.set(group, sheet);
      }
    }
  }
}
