"use strict";
/* Tracks: the sounds of a few neighbours each. What is wanted now is loaded first, then what is near; what was left behind is not loaded. */

const FIRST_LETTER = 0x4000; // see lib/explorer/packing.py
const LETTER_BITS = 15;
const LOADS_AT_ONCE = 3; // of those that somebody waits for
const SOUND_FIRST = 150; // ms for which all else may wait for a sound
const SHOWN = 33; // ms after which it may wait again: two frames are drawn meanwhile
const MOST_BYTES = 64 * 2 ** 20; // of decoded tracks in memory

/** The bytes that lib/explorer/packing.py made a text of. */
function unpack(text, length) {
  const bytes = new Uint8Array(length);
  let held = 0;
  let bits = 0;
  let end = 0;
  for (let n = 0; n < text.length && end < length; n++) {
    held = (held << LETTER_BITS) | (text.charCodeAt(n) - FIRST_LETTER);
    bits += LETTER_BITS;
    while (bits >= 8 && end < length) {
      bits -= 8;
      bytes[end++] = (held >> bits) & 255;
    }
    held &= (1 << bits) - 1;
  }
  return bytes;
}

const waitingTracks = new Map();

/** Called by the scripts in data/: the bytes of a track, packed. */
function explorerSound(id, length, text) {
  const waiting = waitingTracks.get(id);
  if (waiting) waiting(unpack(text, length));
}

/** Load a script in data/ that passes what it holds to the one who waits under this id. */
function loadPacked(waiting, id, address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const done = () => { waiting.delete(id); script.remove(); };
    waiting.set(id, (found) => { done(); resolve(found); });
    script.onerror = () => { done(); reject(new Error(`${address} cannot be loaded: is it beside the page?`)); };
    script.src = address;
    document.head.append(script);
  });
}

class Tracks {
  constructor(samples) {
    this.samples = samples;
    this.ready = new Map(); // id -> {buffer, shift}, the one used last at the end
    this.jobs = new Map(); // id -> job, whether it is in the queue or on its way
    this.queue = []; // jobs that have not begun, the first one next
    this.wishes = new Set(); // ids to load ahead
    this.used = new Set(); // ids that were asked for, not only loaded ahead
    this.running = new Set(); // jobs that have begun
    this.dropped = 0; // loads that were left behind before they began, or before they were decoded
    this.bytes = 0;
    this.decoder = null;
    this.until = 0; // ms: all else waits up to this time,
    this.again = 0; // and may wait again from this time on
  }

  /** Whether somebody waits for a track. */
  get awaited() { return [...this.jobs.values()].some((job) => this.waits(job)); }

  /** Whether somebody waits for a track since a moment ago: what is seen, and what is only near, can wait as well. On a machine that
   * is busy, drawing and decoding these would be most of the time to the sound. */
  get first() { return performance.now() < this.until && this.awaited; }

  waits(job) { return job.stills.some((still) => still()); }

  /** A track, before all others: resolves to {buffer, shift}, shift (s) being how much later things are than written; to null if
   * `still()` says no before it is decoded: nobody waits for it any more. */
  get(id, still = () => true) {
    this.used.add(id);
    const found = this.touch(id);
    if (found) return Promise.resolve(found);
    const now = performance.now();
    if (now >= this.again) [this.until, this.again] = [now + SOUND_FIRST, now + SOUND_FIRST + SHOWN];
    const job = this.jobs.get(id) || this.add(id);
    job.stills.push(still);
    const place = this.queue.indexOf(job);
    if (place > 0) this.queue.unshift(...this.queue.splice(place, 1));
    this.next();
    return job.promise;
  }

  /** Load these ahead, in this order, in place of what was to be loaded ahead before. */
  want(ids) {
    this.wishes = new Set(ids);
    const waiting = this.queue.filter((job) => this.waits(job));
    const others = new Set(this.queue.filter((job) => !waiting.includes(job)));
    this.queue = waiting;
    for (const id of this.wishes) {
      const job = this.jobs.get(id);
      if (others.delete(job)) this.queue.push(job);
      else if (!job && !this.touch(id)) this.add(id);
    }
    this.queue.push(...others); // `next` drops them
    this.next();
  }

  add(id) {
    const job = { id, stills: [] };
    job.promise = new Promise((resolve, reject) => { Object.assign(job, { resolve, reject }); });
    job.promise.catch(() => {}); // who asked is told; who only wished need not be
    this.jobs.set(id, job);
    this.queue.push(job);
    return job;
  }

  touch(id) {
    const found = this.ready.get(id);
    if (!found) return null;
    this.ready.delete(id);
    this.ready.set(id, found);
    return found;
  }

  get busy() { return this.running.size; }

  wanted(job) { return this.wishes.has(job.id) || this.waits(job); }

  /** Begin the next loads: those that somebody waits for, whatever is loaded ahead; else what is only wished for, one at a time, so
   * that little is on its way when somebody waits again. */
  next() {
    const begins = (job) => {
      const awaited = [...this.running].filter((other) => this.waits(other)).length;
      return this.waits(job) ? awaited < LOADS_AT_ONCE : !this.busy;
    };
    while (this.queue.length && begins(this.queue[0])) {
      const job = this.queue.shift();
      if (this.wanted(job)) this.run(job);
      else this.drop(job);
    }
  }

  drop(job) {
    this.jobs.delete(job.id);
    this.used.delete(job.id);
    this.dropped += 1;
    job.resolve(null);
  }

  async run(job) {
    this.running.add(job);
    try {
      const bytes = await loadPacked(waitingTracks, job.id, this.samples.trackAddress(job.id));
      while (this.wanted(job) && !this.waits(job) && this.first) await new Promise((done) => { setTimeout(done, SHOWN / 3); });
      if (this.wanted(job)) {
        const found = await this.decode(bytes);
        if (this.waits(job)) this.again = Math.min(this.again, performance.now() + SHOWN);
        this.keep(job.id, found);
        this.jobs.delete(job.id);
        job.resolve(found);
      } else {
        this.drop(job);
      }
    } catch (error) {
      this.jobs.delete(job.id);
      job.reject(error);
    } finally {
      this.running.delete(job);
      this.next();
    }
  }

  async decode(bytes) {
    const { rate, mark } = this.samples.about;
    this.decoder = this.decoder || new OfflineAudioContext(1, 1, rate);
    const buffer = await this.decoder.decodeAudioData(bytes.buffer);
    // The mark is the loudest of the first 2 * mark samples; where it is says what the decoder did with the delay.
    const head = buffer.getChannelData(0).subarray(0, 2 * mark);
    let peak = 0;
    for (let n = 1; n < head.length; n++) if (Math.abs(head[n]) > Math.abs(head[peak])) peak = n;
    return { buffer, shift: (peak - mark) / rate };
  }

  /** Keep a decoded track. If all are more than MOST_BYTES, first those go that were loaded ahead for a place that was left, then
   * those used least. */
  keep(id, found) {
    this.ready.set(id, found);
    this.bytes += 4 * found.buffer.length;
    const left = [...this.ready.keys()].filter((old) => !this.used.has(old) && !this.wishes.has(old));
    for (const old of new Set([...left, ...this.ready.keys()])) {
      if (this.bytes <= MOST_BYTES) break;
      if (old === id) continue;
      this.bytes -= 4 * this.ready.get(old).buffer.length;
      this.ready.delete(old);
      this.used.delete(old);
    }
  }
}
