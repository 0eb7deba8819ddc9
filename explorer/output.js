"use strict";
/* The way of all voices to the ear, or to a recording: volume, a limiter, and a curve that nothing passes above full scale. */

const LIMIT_DB = -3; // from here on what many voices add up to is held back
const LIMIT_RATIO = 20;
const SOFT_FROM = 0.8; // amplitude up to which the last curve changes nothing
const CEILING = 0.99;
const CURVE_POINTS = 4097;
const VOLUME_TIME = 0.02; // s: time constant of a change of volume

/** What the last stage makes of an amplitude: unchanged up to SOFT_FROM, then ever flatter, never above CEILING. */
function softly(amplitude) {
  const size = Math.abs(amplitude);
  if (size <= SOFT_FROM) return amplitude;
  const room = CEILING - SOFT_FROM;
  return Math.sign(amplitude) * (SOFT_FROM + room * Math.tanh((size - SOFT_FROM) / room));
}

/** The gain that a DynamicsCompressorNode adds (Web Audio specification, "makeup gain"), for a hard knee. */
function makeupGain(thresholdDb, ratio) {
  const whole = 10 ** ((thresholdDb - thresholdDb / ratio) / 20); // full scale, compressed
  return (1 / whole) ** 0.6;
}

class Output {
  /** context: one that plays, or one that renders a recording. */
  constructor(context, volume) {
    this.context = context;
    this.master = new GainNode(context, { gain: volume });
    const limiter = new DynamicsCompressorNode(context, { threshold: LIMIT_DB, knee: 0, ratio: LIMIT_RATIO, attack: 0.001, release: 0.1 });
    const even = new GainNode(context, { gain: 1 / makeupGain(LIMIT_DB, LIMIT_RATIO) });
    const curve = Float32Array.from({ length: CURVE_POINTS }, (_, n) => softly((2 * n) / (CURVE_POINTS - 1) - 1));
    this.end = new WaveShaperNode(context, { curve });
    // Firefox rests a limiter that nothing comes to: what it looks ahead by is lost then, and it wakes up softly.
    const silence = new ConstantSourceNode(context, { offset: 0 });
    silence.connect(limiter);
    silence.start();
    this.master.connect(limiter).connect(even).connect(this.end).connect(context.destination);
  }

  /** The place where voices come in. */
  get entry() { return this.master; }

  setVolume(volume, time) { this.master.gain.setTargetAtTime(volume, time, VOLUME_TIME); }
}
