"use strict";
/* The panel's part for the recorder. */

const METER_EVERY = 100; // ms

class RecordPanel {
  constructor(page) {
    this.page = page;
    this.recorder = new Recorder(page.sound);
    page.sound.noted = (kind, what) => this.recorder.noted(kind, what);
    byId("record").addEventListener("click", () => this.toggle());
    byId("record-wav").addEventListener("click", () => this.saveWav());
    byId("record-table").addEventListener("click", () => save(this.name("csv"), [this.recorder.table()], "text/csv"));
    this.show();
  }

  name(ending) { return `${safeWord(this.page.samples.about.title) || "explorer"}_performance.${ending}`; }

  async toggle() {
    const { recorder, page } = this;
    if (recorder.recording) {
      recorder.stop();
      page.say(`Recorded ${shortNumber(recorder.seconds)} s: ${counted(recorder.played().length, "sound")}`);
    } else {
      if (!page.sound.awake) await page.sound.wake();
      if (!page.sound.awake) return;
      recorder.start();
      page.say("Recording: what you play now, however you play it");
    }
    this.show();
  }

  async saveWav() {
    this.page.say("Rendering the recording");
    try {
      const values = await this.recorder.render();
      save(this.name("wav"), [wavBytes(values, this.page.samples.about.rate, 24)], "audio/wav");
      this.page.say("The recording is written");
    } catch (error) {
      this.page.say(error.message);
    }
  }

  show() {
    const { recorder } = this;
    byId("record").textContent = recorder.recording ? "Stop recording" : "Record";
    byId("record").setAttribute("aria-pressed", String(recorder.recording));
    const empty = recorder.from === null || recorder.recording || !recorder.played().length;
    byId("record-wav").disabled = byId("record-table").disabled = empty;
    clearInterval(this.timer);
    const tell = () => {
      byId("record-time").textContent = recorder.from === null ? "" : `${recorder.seconds.toFixed(1)} s`;
      byId("meter").value = Math.min(this.page.sound.latest().reduce((most, value) => Math.max(most, Math.abs(value)), 0), 1);
    };
    tell();
    if (recorder.recording) this.timer = setInterval(tell, METER_EVERY);
  }
}
