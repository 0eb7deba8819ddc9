"use strict";
/* Loops: what a film shows while a sample sounds, forwards and backwards. The first frame of each is its large picture. */

const LOOP_CODEC = "vp09.00.10.08";
const LOOP_COLOURS = { primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false };
const LOOP_BYTES = 64 * 2 ** 20; // of decoded loops in memory
const STILL_BYTES = 32 * 2 ** 20; // of first frames alone
const LOOP_FILES = 48; // as they were loaded: some 100 kB each
const LOOPS_AT_ONCE = 2;
const LINGER = 1200; // ms that a film moves on when its sample has ended
const LOOP_FRAMES = 12; // of one loop at most

const waitingLoops = new Map();

/** Called by the scripts in data/: the loops of a track's samples, as the sizes of their frames, and all of these packed. */
function explorerLoops(id, sizes, length, text) {
  const waiting = waitingLoops.get(id);
  if (waiting) waiting({ sizes, bytes: unpack(text, length) });
}

/** Which of `count` frames is shown after a number of steps, forwards and backwards in turn. */
function frameOf(step, count) {
  if (count < 2) return 0;
  const place = step % (2 * count - 2);
  return place < count ? place : 2 * count - 2 - place;
}

class Loops {
  constructor(samples) {
    this.samples = samples;
    this.files = new Map(); // track -> promise of {sizes, bytes}, the one used last at the end
    this.whole = new Map(); // row -> ImageBitmaps, the same
    this.first = new Map(); // row -> ImageBitmap, the same
    this.asked = new Set(); // rows that are on their way, or cannot be had
    this.wishes = { whole: [], first: [] };
    this.moves = new Map(); // row -> {since, until}, in ms
    this.busy = 0;
    this.bytes = 0; // of `whole`
    this.arrived = () => {}; // (row)
    this.turn = Promise.resolve(); // ends when no loop is being decoded
    this.taker = {}; // who is told of frames and failures of the decoder
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
  }

  has(row) { return Boolean(this.samples.about.loop) && this.samples.shown(row) === 1 && typeof VideoDecoder === "function"; }

  /** Whether first frames are larger than the pictures of the sheets, which are sharper at the same size. */
  get larger() {
    const { loop, cell } = this.samples.about;
    return Boolean(loop) && loop.width > cell[0];
  }

  get frameBytes() { return 4 * this.samples.about.loop.width * this.samples.about.loop.height; }

  /** Ask for loops ("whole") or for their first frames, those that matter most first, in place of what was asked for before. */
  want(kind, rows) {
    const able = rows.filter((row) => row >= 0 && this.has(row));
    this.wishes[kind] = able.slice(0, able.length ? Math.floor((kind === "first" ? STILL_BYTES : LOOP_BYTES / LOOP_FRAMES) / this.frameBytes) : 0);
    this.next();
  }

  next() {
    while (this.busy < LOOPS_AT_ONCE) {
      const row = this.wishes.whole.find((one) => !this.whole.has(one) && !this.asked.has(one));
      const still = this.wishes.first.find((one) => !this.first.has(one) && !this.whole.has(one) && !this.asked.has(one));
      const found = row === undefined ? still : row;
      if (found === undefined) return;
      this.asked.add(found);
      this.busy += 1;
      this.load(found, row !== undefined).finally(() => {
        this.busy -= 1;
        this.next();
      });
    }
  }

  /** Load one loop; what cannot be loaded or decoded stays a still picture, and is not asked for again. */
  async load(row, whole) {
    try {
      const chunks = await this.chunks(row);
      const frames = await this.decode(whole ? chunks : chunks.slice(0, 1));
      if (!frames.length) return;
      this.keep(row, frames, whole);
      this.asked.delete(row);
      this.arrived(row);
    } catch {
      this.files.delete(this.samples.heard(row).track);
    }
  }

  /** The file of a track's loops. */
  file(track) {
    const found = this.files.get(track) || loadPacked(waitingLoops, track, this.samples.loopsAddress(track));
    this.files.delete(track);
    this.files.set(track, found);
    found.catch(() => {}); // who only loads ahead need not be told
    for (const old of this.files.keys()) {
      if (this.files.size <= LOOP_FILES) break;
      this.files.delete(old);
    }
    return found;
  }

  /** The encoded frames of a row. */
  async chunks(row) {
    const { sizes, bytes } = await this.file(this.samples.heard(row).track);
    const place = this.samples.placeInTrack(row);
    let at = sizes.slice(0, place).flat().reduce((sum, size) => sum + size, 0);
    return sizes[place].map((size) => {
      at += size;
      return bytes.subarray(at - size, at);
    });
  }

  /** The pictures of a loop: one loop after the other, by one decoder, which takes much memory. */
  decode(chunks) {
    const found = this.turn.then(() => this.decodeNow(chunks));
    this.turn = found.catch(() => {});
    return found;
  }

  async decodeNow(chunks) {
    const { step } = this.samples.about.loop;
    const frames = [];
    await new Promise((resolve, reject) => {
      Object.assign(this.taker, { take: (frame) => frames.push(createImageBitmap(frame).finally(() => frame.close())), fail: reject });
      const decoder = this.openDecoder();
      chunks.forEach((data, n) => decoder.decode(new EncodedVideoChunk({ type: n ? "delta" : "key", timestamp: 1000 * step * n, data })));
      decoder.flush().then(resolve, reject);
    });
    return Promise.all(frames);
  }

  /** The decoder; another one if it has failed, or the browser has closed it. */
  openDecoder() {
    if (!this.decoder || this.decoder.state === "closed") {
      const { width, height } = this.samples.about.loop;
      this.decoder = new VideoDecoder({ output: (frame) => this.taker.take(frame), error: (error) => this.taker.fail(error) });
      this.decoder.configure({ codec: LOOP_CODEC, codedWidth: width, codedHeight: height, colorSpace: LOOP_COLOURS, optimizeForLatency: true });
    }
    return this.decoder;
  }

  /** Keep decoded frames; those used least go if all are more than there is room for. */
  keep(row, frames, whole) {
    if (whole) {
      this.whole.set(row, frames);
      this.bytes += this.frameBytes * frames.length;
      for (const [old, bitmaps] of this.whole) {
        if (this.bytes <= LOOP_BYTES || old === row) break;
        this.whole.delete(old);
        this.bytes -= this.frameBytes * bitmaps.length;
        bitmaps.forEach((bitmap) => bitmap.close());
      }
    } else {
      this.first.set(row, frames[0]);
      for (const [old, bitmap] of this.first) {
        if (this.first.size * this.frameBytes <= STILL_BYTES || old === row) break;
        this.first.delete(old);
        bitmap.close();
      }
    }
  }

  /** These rows sound at a time (ms): they move, and those that have ended move on for a while. */
  sound(rows, now) {
    for (const row of this.calm.matches ? [] : rows) {
      if (!this.has(row)) continue;
      const { since } = this.moves.get(row) || { since: now };
      this.moves.set(row, { since, until: now + LINGER });
    }
    for (const [row, { until }] of this.moves) if (until < now) this.moves.delete(row);
  }

  /** Draw a row's frame of a time (ms) into a box: of what moves, or (still) the first one, where that is larger than a sheet's picture; false if it is not there. */
  draw(context, row, x, y, width, height, still, now) {
    const frames = this.whole.get(row);
    const move = frames && this.moves.get(row);
    const { step } = this.samples.about.loop || {};
    const frame = move ? frames[frameOf(Math.floor((now - move.since) / step), frames.length)] : still && this.larger && ((frames && frames[0]) || this.first.get(row));
    if (!frame) return false;
    context.drawImage(frame, x, y, width, height);
    return true;
  }
}
