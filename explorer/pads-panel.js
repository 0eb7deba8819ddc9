"use strict";
/* The panel's part for pads: sixteen buttons, what is put on them, MIDI, and the step sequencer over them. */

const PATTERN = "pattern"; // key of the sequencer among what plays

class PadsPanel {
  constructor(page) {
    this.page = page;
    this.pads = new Pads();
    this.pattern = new Pattern();
    this.pending = null; // what the next pad that is pressed gets: {row}, {path}, {clear}, {learn}
    this.learning = -1; // pad that waits for a MIDI note
    this.chosen = 0; // pad whose steps are shown
    this.struck = []; // the latest pads, whatever struck them
    this.midi = new Midi((note, velocity) => this.note(note, velocity), () => this.showMidi());
    this.buttons = PAD_CODES.map((code, pad) => {
      const button = make("button", { type: "button", className: "pad" });
      // With the press, not with the release: an instrument answers at once.
      button.addEventListener("pointerdown", (event) => { if (event.button === 0) this.press(pad); });
      // A click without a pointer: by the keyboard.
      button.addEventListener("click", (event) => { if (event.detail === 0) this.press(pad); });
      return button;
    });
    byId("pads").append(...this.buttons);
    this.steps = Array.from({ length: STEPS_OF_PATTERN }, (_, step) => {
      const button = make("button", { type: "button", className: "step" });
      button.addEventListener("click", () => { this.pattern.toggle(this.chosen, step); this.changed(); });
      return button;
    });
    byId("steps").append(...this.steps);
    this.wire();
    this.show();
  }

  wire() {
    const { page, pattern } = this;
    byId("pad-sample").addEventListener("click", () => {
      if (page.state.current >= 0) this.assign({ row: page.state.current });
      else page.say("Choose a sample first: move over the map, or walk with the arrow keys");
    });
    byId("pad-clear").addEventListener("click", () => this.assign({ clear: true }));
    byId("pad-fill").addEventListener("click", () => this.fill());
    byId("midi").addEventListener("click", () => this.connect());
    byId("midi-learn").addEventListener("click", () => this.assign({ learn: true }));
    byId("beat-play").addEventListener("click", () => this.playPattern());
    byId("beat-clear").addEventListener("click", () => { pattern.clear(); this.changed(); });
    byId("beat-metronome").addEventListener("change", () => { pattern.metronome = byId("beat-metronome").checked; this.changed(); });
    byId("beat-bpm").addEventListener("change", () => { pattern.timing.bpm = bounded(byId("beat-bpm").value, 20, MOST_BPM, 120); this.changed(); });
    byId("beat-swing").addEventListener("input", () => { pattern.timing.swing = byId("beat-swing").value / 100; page.linkSoon(); });
  }

  /** What the next pad that is pressed gets. */
  assign(what) {
    this.pending = what;
    const said = what.clear ? "Press the pad to clear" : what.learn ? "Press the pad that is to learn a note" : "Press the pad that is to play it";
    this.page.say(said);
    byId("pads-section").open = true;
    this.show();
  }

  /** Put the selected samples, or those of the trail, on the pads. */
  fill() {
    const { state } = this.page;
    const rows = state.selected.size ? [...state.selected].sort((a, b) => a - b) : [...new Set(state.trail)];
    if (!rows.length) {
      this.page.say("Select samples, or move over some: they go to the pads");
      return;
    }
    this.pads.held = this.pads.held.map((_, pad) => (pad < rows.length ? { row: rows[pad] } : null));
    this.page.say(`On the pads: ${counted(Math.min(rows.length, PADS), "sample")}`);
    this.changed();
  }

  press(pad) {
    this.chosen = pad;
    const { pending } = this;
    this.pending = null;
    if (!pending) {
      this.strike(pad);
      this.show();
      return;
    }
    if (pending.learn) {
      this.learning = pad;
      this.page.say(`Pad ${pad + 1} waits for a MIDI note`);
    } else {
      this.pads.held[pad] = pending.clear ? null : pending;
    }
    this.changed();
  }

  note(note, velocity) {
    if (this.learning >= 0) {
      this.pads.learn(this.learning, note);
      this.page.say(`Pad ${this.learning + 1} plays on MIDI note ${note}`);
      this.learning = -1;
      this.changed();
      return;
    }
    const pad = this.pads.padOf(note);
    if (pad >= 0) this.strike(pad, velocity);
  }

  /** Play what is on a pad: a sample at once, a path from its beginning (struck again, it stops). */
  strike(pad, velocity = 1) {
    const what = this.pads.held[pad];
    this.struck = [...this.struck, pad].slice(-LATEST);
    if (!what) return;
    this.buttons[pad].classList.add("struck");
    setTimeout(() => this.buttons[pad].classList.remove("struck"), 120);
    if (what.path) {
      this.page.playPath(what.path);
      return;
    }
    this.page.show(what.row);
    this.page.sound.strike(what.row, velocity);
  }

  playPattern() {
    const { transport, sound } = this.page;
    if (transport.has(PATTERN)) {
      transport.stop(PATTERN);
      return;
    }
    if (this.pattern.empty && !this.pattern.metronome) {
      this.page.say("The pattern is empty: choose a pad, then its steps");
      return;
    }
    transport.start(PATTERN, patternSteps(this.pattern, PADS), {
      rows: () => this.pads.held.filter((what) => what && what.path === undefined).map(({ row }) => row),
      play: ({ pad, click }, time, part) => {
        const what = pad === undefined ? null : this.pads.held[pad];
        if (click) sound.click(time, click === "loud");
        else if (what && what.path) part.timers.push(setTimeout(() => this.page.startPath(what.path), 1000 * Math.max(time - sound.now - LEAD_TIME, 0)));
        else if (what) sound.playAt(what.row, time, part, 1);
      },
      reached: ({ place }) => this.steps.forEach((button, step) => button.classList.toggle("now", step === place)),
      ended: () => {},
    });
  }

  async connect() {
    try {
      await this.midi.connect();
    } catch (error) {
      this.page.say(error.message);
    }
    this.showMidi();
  }

  showMidi() {
    const { names, access } = this.midi;
    byId("midi-names").textContent = names.length ? names.join(", ") : access ? "Nothing is plugged in" : "";
    byId("midi-learn").disabled = !access;
  }

  changed() {
    this.show();
    if (this.page.sound.awake) for (const what of this.pads.held) if (what && !what.path) this.page.sound.tracks.get(this.page.samples.heard(what.row).track);
    this.page.linkSoon();
  }

  show() {
    const { pads, pattern, chosen, page } = this;
    this.buttons.forEach((button, pad) => {
      const what = pads.held[pad];
      const key = PAD_CODES[pad].slice(-1);
      const said = !what ? "empty" : what.path ? what.path.name : page.panel.shortWords(what.row);
      button.replaceChildren(make("kbd", { textContent: key }), make("span", { textContent: what ? said : "" }));
      button.setAttribute("aria-label", `Pad ${pad + 1}, key ${key}: ${said}`);
      button.classList.toggle("chosen", pad === chosen);
      button.classList.toggle("waits", this.pending !== null || this.learning === pad);
    });
    byId("steps-title").textContent = `Steps of pad ${chosen + 1}`;
    this.steps.forEach((button, step) => {
      const on = pattern.on(chosen, step);
      button.setAttribute("aria-pressed", String(on));
      button.setAttribute("aria-label", `Step ${step + 1}`);
      button.classList.toggle("beat", step % pattern.perBeat === 0);
    });
    byId("beat-metronome").checked = pattern.metronome;
    byId("beat-bpm").value = String(pattern.timing.bpm);
    byId("beat-swing").value = String(Math.round(100 * pattern.timing.swing));
    byId("beat-play").textContent = page.transport.has(PATTERN) ? "Stop" : "Play";
    this.showMidi();
  }
}
