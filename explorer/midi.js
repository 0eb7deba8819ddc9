"use strict";
/* MIDI: notes of whatever is plugged in. */

const NOTE_ON = 0x90;
const KIND_OF_MESSAGE = 0xf0;

class Midi {
  /** noted(note, velocity): a key was struck, velocity 0 to 1; changed(): an instrument came or went. */
  constructor(noted, changed) {
    Object.assign(this, { noted, changed });
    this.access = null;
  }

  /** Ask the browser for its MIDI inputs; an Error says why there are none. */
  async connect() {
    if (!navigator.requestMIDIAccess) throw new Error("this browser has no MIDI: Chromium and Firefox have");
    try {
      this.access = await navigator.requestMIDIAccess();
    } catch {
      throw new Error("the browser does not allow MIDI for this page: allow it in its settings of the page");
    }
    this.access.onstatechange = () => this.listen();
    this.listen();
  }

  listen() {
    for (const input of this.access.inputs.values()) input.onmidimessage = (event) => this.heard(event.data);
    this.changed();
  }

  heard([status, note, velocity]) {
    if ((status & KIND_OF_MESSAGE) === NOTE_ON && velocity) this.noted(note, velocity / 127);
  }

  get names() { return this.access ? [...this.access.inputs.values()].map((input) => input.name || "an instrument") : []; }
}
