"use strict";
/* The transport: what plays by itself, step by step, ahead of the audio clock, several parts at once. */

const LOOK_AHEAD = 0.25; // s that steps are given to the audio clock before they sound
const LOOK_EVERY = 60; // ms
const LEAD_TIME = 0.05; // s between asking for a part and its first sound
const KEPT_READY = 24; // steps whose tracks are there before a part begins, and are loaded ahead of it

class Transport {
  constructor(sound) {
    this.sound = sound;
    this.parts = new Map(); // key -> part
    this.timer = 0;
    this.changed = () => {};
  }

  has(key) { return this.parts.has(key); }

  get playing() { return this.parts.size > 0; }

  /** Play the steps of a generator under a key, from the beginning.
   * how: {play(hit, time, part), reached(step), ended(), rows(): those to have ready}. */
  async start(key, steps, how) {
    this.stop(key);
    if (!this.sound.awake) await this.sound.wake();
    if (!this.sound.awake) return;
    const part = { key, steps, how, timers: [], time: 0, over: false };
    this.parts.set(key, part);
    this.changed();
    await this.prepare(part);
    if (this.parts.get(key) !== part) return;
    part.time = this.sound.now + LEAD_TIME;
    this.look();
    if (!this.timer && this.parts.size) this.timer = setInterval(() => this.look(), LOOK_EVERY);
  }

  async prepare(part) {
    const tracks = new Set();
    for (const row of part.how.rows().slice(0, KEPT_READY)) {
      const { track, length } = this.sound.samples.heard(row);
      if (length) tracks.add(track);
    }
    // One that cannot be loaded is silent; the others play.
    await Promise.allSettled([...tracks].map((track) => this.sound.tracks.get(track, () => this.parts.get(part.key) === part)));
  }

  look() {
    for (const part of [...this.parts.values()]) {
      if (!part.time) continue; // it is being prepared
      while (!part.over && part.time <= this.sound.now + LOOK_AHEAD) this.step(part);
    }
  }

  step(part) {
    const { value, done } = part.steps.next();
    const wait = 1000 * Math.max(part.time - this.sound.now, 0);
    if (done) {
      part.over = true;
      part.timers.push(setTimeout(() => { this.forget(part); part.how.ended(); }, wait));
      return;
    }
    // Late by more than it looks ahead (the page was asleep): go on from now, do not catch up.
    if (part.time < this.sound.now - LOOK_AHEAD) part.time = this.sound.now;
    for (const hit of value.hits) part.how.play(hit, part.time, part);
    part.timers.push(setTimeout(() => part.how.reached(value), wait));
    if (part.timers.length > 2 * KEPT_READY) part.timers.splice(0, KEPT_READY);
    part.time += value.after;
  }

  forget(part) {
    if (this.parts.get(part.key) === part) this.parts.delete(part.key);
    if (!this.parts.size) {
      clearInterval(this.timer);
      this.timer = 0;
    }
    this.changed();
  }

  stop(key) {
    const part = this.parts.get(key);
    if (!part) return;
    part.timers.forEach(clearTimeout);
    this.sound.stopPart(part);
    this.forget(part);
  }

  stopAll() { for (const key of [...this.parts.keys()]) this.stop(key); }
}
