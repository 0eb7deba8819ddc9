"use strict";
/* Sound: tracks of a few hundred samples each, loaded when they are needed, and the voices that play from them. */

const FIRST_LETTER = 0x4000; // see lib/explorer/packing.py
const LETTER_BITS = 15;
const FADE_IN = 0.003; // s; the samples have fades of their own
const FADE_OUT = 0.03;
const LEAVE_OUT = 0.5; // a sample that the pointer has left dies away
const MOST_VOICES = 24;
const LATEST = 64; // voices that are remembered
const MOST_BYTES = 256 * 2 ** 20; // of decoded tracks in memory
const STILL_WANTED = 600; // ms: a sample that comes later than this after the pointer does not sound any more
// A path is played as features_to_audio.py plays a table: each begins this number of seconds after the one before, or half its length.
const STEP = 0.128;
const STEP_PART = 0.5;
const LEAD_TIME = 0.03; // s between asking for a path and its first sound: all of it is scheduled by then

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
function explorerSound(number, length, text) {
  const waiting = waitingTracks.get(number);
  if (waiting) waiting(unpack(text, length));
}

class Sound {
  constructor(samples) {
    this.samples = samples;
    this.context = null;
    this.tracks = new Map(); // number -> {buffer, shift}, the one used last at the end
    this.coming = new Map(); // number -> promise of the same
    this.voices = [];
    this.started = []; // the latest, whether they still sound or not
    this.volume = 0.8;
    this.changed = () => {};
    this.line = []; // timers of a path that plays
  }

  get awake() { return this.context !== null && this.context.state === "running"; }

  /** Start the sound: browsers allow it only in answer to a click, a tap that has ended, or a key; else nothing happens. */
  async wake() {
    if (navigator.userActivation && !navigator.userActivation.isActive) return;
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      // Many voices at once are louder than one: held below full scale.
      this.limiter = this.context.createDynamicsCompressor();
      this.limiter.threshold.value = -12;
      this.limiter.ratio.value = 12;
      this.limiter.attack.value = 0.002;
      this.limiter.release.value = 0.15;
      this.master = this.context.createGain();
      this.master.gain.value = this.volume;
      this.master.connect(this.limiter).connect(this.context.destination);
      this.context.addEventListener("statechange", () => this.changed());
    }
    if (this.context.state !== "running") await this.context.resume();
    this.changed();
  }

  setVolume(volume) {
    this.volume = volume;
    if (this.master) this.master.gain.setTargetAtTime(volume, this.context.currentTime, 0.02);
  }

  /** Load and decode a track (once); resolves to {buffer, shift}: shift is how much later things are than written. */
  track(number) {
    if (this.tracks.has(number)) {
      const found = this.tracks.get(number);
      this.tracks.delete(number);
      this.tracks.set(number, found);
      return Promise.resolve(found);
    }
    if (!this.coming.has(number)) {
      const promise = this.fetch(number).then((bytes) => this.decode(bytes)).then((found) => {
        this.tracks.set(number, found);
        this.forget();
        return found;
      }).finally(() => this.coming.delete(number));
      this.coming.set(number, promise);
    }
    return this.coming.get(number);
  }

  fetch(number) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const done = () => { waitingTracks.delete(number); script.remove(); };
      waitingTracks.set(number, (bytes) => { done(); resolve(bytes); });
      script.onerror = () => { done(); reject(new Error(`the sound of group ${number} cannot be loaded`)); };
      script.src = `data/sound_${String(number).padStart(4, "0")}.js`;
      document.head.append(script);
    });
  }

  async decode(bytes) {
    const { rate, mark } = this.samples.about;
    const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes.buffer);
    // The mark is the loudest of the first 2 * mark samples; where it is says what the decoder did with the delay.
    const head = buffer.getChannelData(0).subarray(0, 2 * mark);
    let peak = 0;
    for (let n = 1; n < head.length; n++) if (Math.abs(head[n]) > Math.abs(head[peak])) peak = n;
    return { buffer, shift: (peak - mark) / rate };
  }

  forget() {
    let bytes = 0;
    for (const { buffer } of this.tracks.values()) bytes += 4 * buffer.length;
    for (const [number, { buffer }] of this.tracks) {
      if (bytes <= MOST_BYTES || this.tracks.size === 1) break;
      this.tracks.delete(number);
      bytes -= 4 * buffer.length;
    }
  }

  /** Play a row as soon as its track is there, unless something else is wanted by then (or, if it is not `asked` for but
   * only passed, it is too late). Resolves to the voice or null. */
  async play(row, asked) {
    const since = performance.now();
    this.wanted = row;
    const { group, length } = this.samples.heard(row);
    if (!this.awake || !length) return null;
    const found = await this.track(group);
    const late = this.wanted !== row || (!asked && performance.now() - since > STILL_WANTED);
    return late ? null : this.start(row, found, this.context.currentTime);
  }

  /** Let a row sound at a time of the context's clock (s). */
  start(row, { buffer, shift }, begun) {
    const { group, at, length } = this.samples.heard(row);
    const source = this.context.createBufferSource();
    const gain = this.context.createGain();
    source.buffer = buffer;
    source.connect(gain).connect(this.master);
    gain.gain.setValueAtTime(0, begun);
    gain.gain.linearRampToValueAtTime(1, begun + FADE_IN);
    const voice = { row, group, offset: at + shift, length, begun, source, gain };
    source.onended = () => {
      this.voices = this.voices.filter((other) => other !== voice);
      gain.disconnect();
      this.changed();
    };
    source.start(begun, voice.offset, length);
    this.voices.push(voice);
    this.started = [...this.started, voice].slice(-LATEST);
    const sounding = this.sounding();
    if (sounding.length > MOST_VOICES) this.fade(sounding[0], FADE_OUT);
    this.changed();
    return voice;
  }

  /** The voices that have begun. */
  sounding() { return this.voices.filter((voice) => voice.begun <= this.context.currentTime); }

  fade(voice, seconds) {
    if (voice.fading) return;
    voice.fading = true;
    const now = this.context.currentTime;
    if (voice.begun > now) {
      voice.source.stop();
      return;
    }
    voice.gain.gain.cancelScheduledValues(now);
    voice.gain.gain.setValueAtTime(Math.min((now - voice.begun) / FADE_IN, 1), now);
    voice.gain.gain.linearRampToValueAtTime(0, now + seconds);
    voice.source.stop(now + seconds);
  }

  /** The pointer has left a row: what sounds of it dies away. */
  leave(row) {
    if (this.wanted === row) this.wanted = -1;
    for (const voice of this.voices) if (voice.row === row) this.fade(voice, LEAVE_OUT);
  }

  get playingLine() { return this.line.length > 0; }

  /** Play rows one after the other, overlapping; `reached(row)` as each begins, `reached(-1)` at the end. */
  async playLine(rows, reached) {
    this.stopLine();
    if (!this.awake) return;
    const token = this.line = [0];
    const found = new Map();
    for (const row of rows) {
      const { group } = this.samples.heard(row);
      if (!found.has(group)) found.set(group, await this.track(group));
    }
    if (this.line !== token) return;
    const begin = this.context.currentTime + LEAD_TIME;
    let time = 0;
    this.line = rows.map((row) => {
      const { group, length } = this.samples.heard(row);
      if (length) this.start(row, found.get(group), begin + time);
      const timer = setTimeout(() => reached(row), 1000 * (LEAD_TIME + time));
      time += Math.min(STEP, STEP_PART * length);
      return timer;
    });
    this.line.push(setTimeout(() => { this.line = []; reached(-1); }, 1000 * (LEAD_TIME + time)));
  }

  stopLine() {
    this.line.forEach(clearTimeout);
    this.line = [];
    for (const voice of this.voices) this.fade(voice, FADE_OUT);
  }
}
