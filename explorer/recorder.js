"use strict";
/* The recorder: it notes what is played, and renders it again, sample by sample, through the same way out. Nothing is lost if the
 * machine is busy, and nothing has to run beside the sound. */

const RECORD_TAIL = 0.1; // s after the last sound: the limiter lets go
const WARM_UP = 0.5; // s before a recording's first sound: a limiter begins with its gain down
const VOLUME_POWER = Math.LOG10E; // features_to_audio.py: a volume is a gain of 20 ln(volume) dB

class Recorder {
  constructor(sound) {
    this.sound = sound;
    this.voices = [];
    this.volumes = [];
    this.from = null; // time of the audio clock, while it records
    this.until = null;
  }

  get recording() { return this.from !== null && this.until === null; }

  get seconds() { return this.from === null ? 0 : (this.until ?? this.sound.now) - this.from; }

  start() {
    Object.assign(this, { voices: [], volumes: [], from: this.sound.now, until: null, volume: this.sound.volume });
  }

  stop() {
    this.until = this.sound.now;
    this.voices = this.voices.filter((voice) => voice.begun < this.until);
  }

  noted(kind, what) {
    if (!this.recording) return;
    if (kind === "voice") this.voices.push(what);
    else this.volumes.push(what);
  }

  /** What was played, in the order of its beginning: {row, at, length, end, fade, level, gain}, at and end in s of the recording. */
  played() {
    const heard = this.voices.filter((voice) => voice.begun >= this.from && !(voice.fading && voice.fade === 0));
    return heard.sort((a, b) => a.begun - b.begun).map((voice) => {
      const { row, length, level, fade } = voice;
      const end = voice.fading ? voice.end - this.from : null;
      const master = this.volumes.reduce((now, { time, volume }) => (time <= voice.begun ? volume : now), this.volume);
      return { row, at: voice.begun - this.from, length, level, end, fade, gain: voice.volume * master };
    });
  }

  /** The recording as samples, at the rate of the tracks. */
  async render() {
    const { rate } = this.sound.samples.about;
    const played = this.played();
    const last = played.reduce((most, { at, length, end, fade }) => Math.max(most, end === null ? at + length : Math.min(at + length, end + fade)), this.seconds);
    const context = new OfflineAudioContext(1, Math.ceil((WARM_UP + last + RECORD_TAIL) * rate), rate);
    const output = new Output(context, this.volume);
    for (const { time, volume } of this.volumes) output.setVolume(volume, WARM_UP + time - this.from);
    const slices = new Map();
    for (const { row } of played) if (!slices.has(row)) slices.set(row, await this.slice(row));
    for (const voice of played) {
      // At whole samples, where every browser agrees what a start is.
      const begun = { ...voice, begun: WARM_UP + Math.round(voice.at * rate) / rate, offset: 0 };
      const nodes = connectVoice(context, output.entry, slices.get(voice.row), begun);
      if (voice.end !== null) fadeVoice(nodes, begun, WARM_UP + voice.end, voice.fade);
    }
    return (await context.startRendering()).getChannelData(0).subarray(WARM_UP * rate);
  }

  /** The audible part of a row, as a separate buffer. */
  async slice(row) {
    const values = await heardValues(this.sound, row);
    const buffer = new AudioBuffer({ length: Math.max(values.length, 1), numberOfChannels: 1, sampleRate: this.sound.samples.about.rate });
    buffer.copyToChannel(values, 0);
    return buffer;
  }

  /** The performance as a table (CSV): `at`, in ms, `volume`, `dur` as it was played, and the other columns of each row.
   * features_to_audio.py -order at plays it again. */
  table() {
    const { samples } = this.sound;
    const others = samples.columns.filter((name) => !["at", "volume", "dur"].includes(name));
    const quote = (cell) => (/[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    const ms = (seconds) => String(Number((1000 * seconds).toFixed(3)));
    const lines = [["at", "volume", "dur", ...others].map(quote).join(",")];
    for (const { row, at, length, end, fade, gain } of this.played()) {
      const dur = end === null ? length : Math.min(length, end + fade - at);
      const volume = String(Number((gain ** VOLUME_POWER).toFixed(4)));
      lines.push([ms(at), volume, ms(dur), ...others.map((name) => samples.cell(row, name))].map(quote).join(","));
    }
    return `${lines.join("\n")}\n`;
  }
}

/** What is heard of a row: the samples of its track that a voice plays. */
async function heardValues(sound, row) {
  const { at, length, track } = sound.samples.heard(row);
  if (!length) return new Float32Array(0);
  const { buffer, shift } = await sound.tracks.get(track);
  const [first, count] = [at + shift, length].map((seconds) => Math.round(seconds * buffer.sampleRate));
  return buffer.getChannelData(0).slice(first, first + count);
}
