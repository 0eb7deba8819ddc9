"use strict";
/* The panel's part for paths: making them, the list of all, and how the chosen one is played. */

const LONGEST_PATH = 5000; // samples: what an address can hold

class PathsPanel {
  /** page: the explorer; its `paths` (an array of Path) and `chosenPath` are what is shown here. */
  constructor(page) {
    this.page = page;
    const { samples } = page;
    samples.columns.forEach((name) => byId("path-order").append(make("option", { value: name, textContent: name })));
    byId("path-make").addEventListener("click", () => this.makePath());
    this.wireChosen();
    this.show();
  }

  get chosen() { return this.page.chosenPath; }

  /** The rows that a new path is made of. */
  sourceRows() {
    const { page } = this;
    const { state } = page;
    const source = byId("path-source").value;
    if (source === "trail") return [...state.trail];
    if (source === "selection") return [...state.selected].sort((a, b) => a - b);
    if (source === "line") return state.current >= 0 ? lineOf(state.layout, state.current) : [];
    return page.brightRows();
  }

  makePath() {
    const { page } = this;
    const column = byId("path-order").value;
    let rows = this.sourceRows().filter((row) => page.samples.heard(row).length);
    if (column) rows = inOrderOf(page.samples, rows, column);
    if (!rows.length) page.say("There are no samples for a path there: move over the map, select, or set filters");
    else if (rows.length > LONGEST_PATH) page.say(`A path has ${LONGEST_PATH} samples at most, and these are ${rows.length}: select fewer`);
    else page.addPath(rows);
  }

  wireChosen() {
    const set = (id, name, read, kind = "change") => byId(id).addEventListener(kind, () => {
      const path = this.chosen;
      if (!path) return;
      path[name] = read(byId(id));
      this.changed(kind === "change");
    });
    for (const [value, text] of Object.entries(PACES)) byId("path-pace").append(make("option", { value, textContent: text }));
    for (const [value, text] of Object.entries(DIRECTIONS)) byId("path-direction").append(make("option", { value, textContent: text }));
    for (const count of PER_BEAT) byId("path-per-beat").append(make("option", { value: String(count), textContent: String(count) }));
    set("path-name", "name", (input) => input.value.slice(0, 80) || "Path");
    set("path-pace", "pace", (input) => input.value);
    set("path-direction", "direction", (input) => input.value);
    set("path-bpm", "bpm", (input) => bounded(input.value, 20, MOST_BPM, 120));
    set("path-per-beat", "perBeat", (input) => Number(input.value));
    set("path-swing", "swing", (input) => Number(input.value) / 100, "input");
    set("path-volume", "volume", (input) => Number(input.value) / 100, "input");
    set("path-colour", "colour", (input) => input.value, "input");
    set("path-loop", "loop", (input) => input.checked);
    byId("path-play").addEventListener("click", () => this.chosen && this.page.playPath(this.chosen));
    byId("path-delete").addEventListener("click", () => this.chosen && this.page.removePath(this.chosen));
    byId("path-sounds").addEventListener("click", () => this.chosen && this.page.downloadSounds(this.chosen.rows, this.chosen.name));
    byId("path-pad").addEventListener("click", () => this.chosen && this.page.padsPanel.assign({ path: this.chosen }));
    byId("path-reverse").addEventListener("click", () => this.reorder((rows) => rows.reverse()));
    byId("path-select").addEventListener("click", () => this.chosen && this.page.select(this.chosen.rows, false));
    byId("path-rows").addEventListener("change", () => this.page.show(this.chosen.rows[this.place]));
    byId("path-earlier").addEventListener("click", () => this.shift(-1));
    byId("path-later").addEventListener("click", () => this.shift(1));
    byId("path-out").addEventListener("click", () => {
      const { place } = this;
      if (!this.chosen || place < 0) return;
      if (this.chosen.rows.length === 1) this.page.removePath(this.chosen);
      else this.reorder((rows) => rows.splice(place, 1));
      byId("path-rows").selectedIndex = this.chosen ? Math.min(place, this.chosen.rows.length - 1) : -1;
    });
    byId("path-add").addEventListener("click", () => {
      const row = this.page.state.current;
      if (row >= 0) this.reorder((rows) => rows.push(row));
    });
  }

  get place() { return byId("path-rows").selectedIndex; }

  reorder(change) {
    if (!this.chosen) return;
    change(this.chosen.rows);
    this.changed(true);
  }

  shift(by) {
    if (!this.chosen || this.place < 0) return;
    const to = this.chosen.shift(this.place, by);
    this.changed(true);
    byId("path-rows").selectedIndex = to;
  }

  changed(whole) {
    if (whole) this.show();
    this.page.map.ask();
    this.page.linkSoon();
  }

  /** Say on the buttons what plays. */
  showPlaying() {
    for (const [path, button] of this.plays || []) {
      const word = this.page.transport.has(path) ? "Stop" : "Play";
      button.textContent = word;
      button.setAttribute("aria-label", `${word} ${path.name}`);
    }
    byId("path-play").textContent = this.chosen && this.page.transport.has(this.chosen) ? "Stop" : "Play";
  }

  show() {
    const { page, chosen } = this;
    this.plays = new Map();
    byId("paths").replaceChildren(...page.paths.map((path) => {
      const play = make("button", { type: "button" });
      this.plays.set(path, play);
      play.addEventListener("click", () => page.playPath(path));
      const choose = make("button", { type: "button", className: "path-name", textContent: `${path.name} (${path.rows.length})` });
      choose.setAttribute("aria-pressed", String(path === chosen));
      choose.addEventListener("click", () => page.choosePath(path));
      const spot = make("span", { className: "spot" });
      spot.style.backgroundColor = path.colour;
      return make("li", {}, spot, choose, play);
    }));
    this.showPlaying();
    byId("path-chosen").hidden = !chosen;
    if (!chosen) return;
    byId("path-name").value = chosen.name;
    byId("path-pace").value = chosen.pace;
    byId("path-direction").value = chosen.direction;
    byId("path-bpm").value = String(chosen.bpm);
    byId("path-per-beat").value = String(chosen.perBeat);
    byId("path-swing").value = String(Math.round(100 * chosen.swing));
    byId("path-volume").value = String(Math.round(100 * chosen.volume));
    byId("path-colour").value = chosen.colour;
    byId("path-loop").checked = chosen.loop;
    byId("path-tempo").hidden = chosen.pace !== "tempo";
    const place = byId("path-rows").selectedIndex;
    byId("path-rows").replaceChildren(...chosen.rows.map((row) => make("option", { textContent: page.panel.inWords(row) })));
    byId("path-rows").selectedIndex = Math.min(place, chosen.rows.length - 1);
  }
}
