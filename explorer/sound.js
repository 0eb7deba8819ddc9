"use strict";
/* Sound: the voices, each a sample that plays, from the moment that the browser allows it. */

const FADE_IN = 0.003; // s; the samples are faded already
const FADE_OUT = 0.03;
const LEAVE_OUT = 0.5; // a sample that the pointer has left dies away
const MOST_VOICES = 48;
const LATEST = 64; // voices that are remembered
const STILL_WANTED = 600; // ms: a sample that comes later than this after the pointer does not sound any more
const METER_POINTS = 4096;
const CLICK_HZ = [1000, 1600]; // of the metronome
const CLICK_LEVEL = 0.25;
const CLICK_TIME = 0.03; // s

/** Connect what plays a part of a track, from a time of the context's clock (s) on; returns its source and gain nodes. */
function connectVoice(context, entry, buffer, voice) {
  const source = new AudioBufferSourceNode(context, { buffer });
  const gain = new GainNode(context, { gain: 0 });
  source.connect(gain).connect(entry);
  gain.gain.setValueAtTime(0, voice.begun);
  gain.gain.linearRampToValueAtTime(voice.level, voice.begun + FADE_IN);
  source.start(voice.begun, voice.offset, voice.length);
  return { source, gain };
}

/** Let a voice die away from a time on. */
function fadeVoice({ source, gain }, voice, from, seconds) {
  gain.gain.cancelScheduledValues(from);
  gain.gain.setValueAtTime(voice.level * Math.min((from - voice.begun) / FADE_IN, 1), from);
  gain.gain.linearRampToValueAtTime(0, from + seconds);
  source.stop(from + seconds);
}

class Sound {
  constructor(samples) {
    this.samples = samples;
    this.context = null;
    this.tracks = new Tracks(samples);
    this.voices = [];
    this.started = []; // the latest, whether they still sound or not
    this.clicks = 0; // of the metronome, so far
    this.volume = 0.64;
    this.even = true; // all samples at one level
    this.changed = () => {};
    this.failed = () => {}; // (error): a track that could not be had
    this.noted = () => {}; // (kind, what): a voice that begins or fades, a change of volume; for a recording
  }

  get awake() { return this.context !== null && this.context.state === "running"; }

  get now() { return this.context.currentTime; }

  /** Start the sound: browsers allow it only in answer to a click, a tap that has ended, or a key; else nothing happens. */
  async wake() {
    if (navigator.userActivation && !navigator.userActivation.isActive) return;
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive", sampleRate: this.samples.about.rate });
      this.output = new Output(this.context, this.volume);
      this.meter = new AnalyserNode(this.context, { fftSize: METER_POINTS });
      this.output.end.connect(this.meter);
      this.context.addEventListener("statechange", () => this.changed());
    }
    if (this.context.state !== "running") await this.context.resume();
    this.changed();
  }

  setVolume(volume) {
    this.volume = volume;
    if (!this.output) return;
    this.output.setVolume(volume, this.now);
    this.noted("volume", { time: this.now, volume });
  }

  /** The gain of a row's voice: to the common level, if levels are even. */
  levelOf(row) { return this.even ? this.samples.evenGain(row) : 1; }

  /** The last 85 ms of what is heard, as it leaves the page. */
  latest() {
    const values = new Float32Array(METER_POINTS);
    if (this.meter) this.meter.getFloatTimeDomainData(values);
    return values;
  }

  /** Play a row as soon as its track is there, unless something else is wanted by then (or, if it is not `asked` for but
   * only passed, it is too late). Resolves to the voice or null. */
  async play(row, asked) {
    const since = performance.now();
    this.wanted = row;
    const { track, length } = this.samples.heard(row);
    if (!this.awake || !length) return null;
    const still = () => this.wanted === row && (asked || performance.now() - since <= STILL_WANTED);
    const found = await this.tracks.get(track, still);
    return found && still() ? this.start(row, found, this.now) : null;
  }

  /** Let a row sound at once, or as soon as its track is there, whatever else plays. */
  async strike(row, volume) {
    const { track, length } = this.samples.heard(row);
    if (!this.awake) await this.wake();
    if (!this.awake || !length) return;
    try {
      const found = this.tracks.touch(track) || (await this.tracks.get(track));
      this.start(row, found, this.now, volume);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Let a row sound as a step of a part of the transport: at its time, or as soon as its track is there, if it can be heard still. */
  async playAt(row, time, part, volume) {
    const { track, length } = this.samples.heard(row);
    const still = () => !part.stopped && this.now < time + length;
    try {
      const found = this.tracks.touch(track) || (await this.tracks.get(track, still));
      if (found && still()) this.start(row, found, Math.max(time, this.now), volume, part);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Let a row sound at a time of the context's clock (s), so loud beside its own level; part: of the transport, if one plays it. */
  start(row, { buffer, shift }, begun, volume = 1, part = null) {
    const { track, at, length } = this.samples.heard(row);
    const voice = { row, track, offset: at + shift, length, begun, level: this.levelOf(row) * volume, volume, part };
    voice.nodes = connectVoice(this.context, this.output.entry, buffer, voice);
    const ended = () => {
      this.voices = this.voices.filter((other) => other !== voice);
      voice.nodes.gain.disconnect();
      voice.nodes = null; // and with it the track
      this.changed();
    };
    // A source that is stopped as it ends says so twice in Chromium.
    voice.nodes.source.addEventListener("ended", ended, { once: true });
    this.voices.push(voice);
    this.started = [...this.started, voice].slice(-LATEST);
    this.noted("voice", voice);
    const sounding = this.sounding();
    if (sounding.length > MOST_VOICES) this.fade(sounding[0], FADE_OUT);
    this.changed();
    return voice;
  }

  /** A click of the metronome, which no recording has; loud: the first of a bar. */
  click(time, loud) {
    const tone = new OscillatorNode(this.context, { frequency: loud ? CLICK_HZ[1] : CLICK_HZ[0] });
    const gain = new GainNode(this.context, { gain: 0 });
    gain.gain.setValueAtTime(CLICK_LEVEL, time);
    gain.gain.exponentialRampToValueAtTime(CLICK_LEVEL / 1000, time + CLICK_TIME);
    tone.connect(gain).connect(this.output.entry);
    tone.start(time);
    tone.stop(time + CLICK_TIME);
    this.clicks += 1;
  }

  /** The voices that have begun. */
  sounding() { return this.voices.filter((voice) => voice.begun <= this.now); }

  fade(voice, seconds) {
    if (voice.fading || !voice.nodes) return;
    voice.fading = true;
    voice.end = Math.max(this.now, voice.begun);
    voice.fade = voice.begun > this.now ? 0 : seconds;
    if (voice.fade) fadeVoice(voice.nodes, voice, voice.end, seconds);
    else voice.nodes.source.stop();
  }

  /** The pointer has left a row: what sounds of it dies away. */
  leave(row) {
    if (this.wanted === row) this.wanted = -1;
    for (const voice of this.voices) if (voice.row === row && !voice.part) this.fade(voice, LEAVE_OUT);
  }

  stopPart(part) {
    part.stopped = true;
    for (const voice of this.voices) if (voice.part === part) this.fade(voice, FADE_OUT);
  }

  stop() {
    this.wanted = -1;
    for (const voice of this.voices) this.fade(voice, FADE_OUT);
  }
}
