"use strict";
/* The panel beside the map: the sample that is looked at, the filters, the colours, the selection. */

const FACTS = [["start", "Start", "ms"], ["dur", "Duration", "ms"], ["power", "Power", ""], ["hz", "Pitch", "Hz"], ["note", "Note", ""], ["clarity", "Clarity", ""]];

/** A new element with properties and children. Text goes in as text, never as markup. */
function make(kind, properties, ...children) {
  const element = Object.assign(document.createElement(kind), properties);
  element.append(...children);
  return element;
}

const byId = (id) => document.getElementById(id);

class Panel {
  /** told: {filtered(), coloured(column)}, called when the user has changed something. */
  constructor(samples, pictures, filters, told) {
    Object.assign(this, { samples, pictures, filters, told });
    this.row = -1;
    this.buildFile();
    this.buildSliders();
    this.buildColour();
  }

  buildFile() {
    const { samples, filters } = this;
    byId("file").append(make("option", { value: "", textContent: "all" }));
    this.files = samples.values("filename");
    this.files.forEach((name, place) => byId("file").append(make("option", { value: String(place), textContent: name })));
    byId("file").addEventListener("change", (event) => {
      filters.file = event.target.value === "" ? null : this.files[Number(event.target.value)];
      this.told.filtered();
    });
    byId("search").addEventListener("input", (event) => {
      filters.search = event.target.value;
      this.told.filtered();
    });
    byId("clear-filters").addEventListener("click", () => {
      filters.clear();
      this.showFilters();
      this.told.filtered();
    });
  }

  buildSliders() {
    const { samples, filters } = this;
    this.inputs = new Map();
    this.outputs = new Map();
    for (const [name, label] of filters.checked) {
      const boxes = samples.values(name).map((value) => {
        const box = make("input", { type: "checkbox", checked: true, value });
        box.addEventListener("change", () => {
          if (box.checked) filters.off.get(name).delete(value);
          else filters.off.get(name).add(value);
          this.told.filtered();
        });
        return box;
      });
      this.inputs.set(name, boxes);
      const labels = boxes.map((box) => make("label", { className: "chip" }, box, make("span", { textContent: box.value || "none" })));
      const none = make("button", { type: "button", className: "chip-none", textContent: "none" });
      none.addEventListener("click", () => this.checkAll(name, false));
      const all = make("button", { type: "button", className: "chip-all", textContent: "all" });
      all.addEventListener("click", () => this.checkAll(name, true));
      byId("sliders").append(make("fieldset", { id: `filter-${name}` }, make("legend", { textContent: label }), ...labels, all, none));
    }
    for (const [name, label] of filters.sliders) {
      const ends = [0, 1].map((end) => {
        const slider = make("input", { type: "range", min: "0", max: String(STEPS), value: String(end * STEPS), id: `filter-${name}-${end ? "high" : "low"}` });
        slider.setAttribute("aria-label", `${label}: ${end ? "at most" : "at least"}`);
        slider.addEventListener("input", () => {
          const range = filters.ranges.get(name);
          range[end] = Number(slider.value);
          if (range[0] > range[1]) range[1 - end] = range[end];
          this.showFilters();
          this.told.filtered();
        });
        return slider;
      });
      this.inputs.set(name, ends);
      this.outputs.set(name, make("output", {}));
      byId("sliders").append(make("fieldset", {}, make("legend", { textContent: `${label} ` }, this.outputs.get(name)), ...ends));
    }
    this.showFilters();
  }

  checkAll(name, on) {
    this.filters.off.set(name, new Set(on ? [] : this.samples.values(name)));
    this.showFilters();
    this.told.filtered();
  }

  /** Set the controls to what the filters are. */
  showFilters() {
    const { filters } = this;
    byId("search").value = filters.search;
    byId("file").value = filters.file === null ? "" : String(this.files.indexOf(filters.file));
    for (const [name, off] of filters.off) for (const box of this.inputs.get(name)) box.checked = !off.has(box.value);
    for (const [name, range] of filters.ranges) {
      this.inputs.get(name).forEach((slider, end) => {
        slider.value = String(range[end]);
        slider.setAttribute("aria-valuetext", shortNumber(filters.value(name, range[end])));
      });
      this.outputs.get(name).textContent = range.map((place) => shortNumber(filters.value(name, place))).join(" to ");
    }
  }

  buildColour() {
    const select = byId("colour");
    select.append(make("option", { value: "", textContent: "pictures only" }));
    this.samples.columns.forEach((name, place) => select.append(make("option", { value: String(place), textContent: name })));
    select.addEventListener("change", () => this.told.coloured(select.value === "" ? "" : this.samples.columns[Number(select.value)]));
  }

  showColours(colours) {
    byId("colour").value = colours.column ? String(this.samples.columns.indexOf(colours.column)) : "";
    byId("legend").replaceChildren(...colours.legend.map(({ colour, text }) => {
      const spot = make("span", { className: "spot" });
      spot.style.backgroundColor = colour || "transparent";
      return make("span", { className: "entry" }, spot, text);
    }));
  }

  showCount(bright) {
    const count = bright.reduce((sum, one) => sum + one, 0);
    byId("count").textContent = `${count} of ${this.samples.rows} pass`;
  }

  showSelection(selected) {
    byId("selected").textContent = selected.size
      ? `${selected.size} selected.`
      : "Nothing selected: draw around samples (Dragging selects, or Shift and drag). What passes the filters is downloaded.";
    byId("deselect").disabled = !selected.size;
  }

  /** What there is to say of a row in one line. */
  inWords(row) {
    const { samples } = this;
    const seconds = samples.numbers("start")[row] / 1000;
    const note = samples.cell(row, "note") && samples.cell(row, "note") !== "-" ? `, ${samples.cell(row, "note")}${samples.cell(row, "octave")}` : "";
    return `${samples.cell(row, "filename")}, at ${shortNumber(seconds)} s, ${samples.cell(row, "dur")} ms${note}`;
  }

  /** Show a row (-1: none), and which one is pinned. */
  show(row, pinned) {
    const isPinned = row >= 0 && row === pinned;
    byId("pin").setAttribute("aria-pressed", String(isPinned));
    byId("pin").textContent = isPinned ? "Unpin" : "Pin";
    byId("pin").disabled = byId("play").disabled = row < 0;
    byId("show-pinned").hidden = pinned < 0 || isPinned;
    if (row === this.row) return;
    this.row = row;
    if (row < 0) return;
    const { samples } = this;
    byId("sample-name").textContent = samples.cell(row, "filename");
    const facts = FACTS.filter(([name]) => samples.has(name) && samples.cell(row, name) !== "").map(([name, label, unit]) => {
      const octave = name === "note" && samples.cell(row, "octave") !== "-1" ? samples.cell(row, "octave") : "";
      return make("div", {}, make("dt", { textContent: label }), make("dd", { textContent: `${samples.cell(row, name)}${octave} ${unit}`.trim() }));
    });
    const said = { 0: "its file could not be read", 1: "", 2: "" }[samples.shown(row)] || (samples.heard(row).length ? "" : "it has no sound");
    byId("facts").replaceChildren(...facts, ...(said ? [make("div", {}, make("dt", { textContent: "Note well" }), make("dd", { textContent: said }))] : []));
    byId("picture").setAttribute("aria-label", `Picture of ${this.inWords(row)}`);
    this.drawPicture();
  }

  drawPicture() {
    if (this.row < 0) return;
    const canvas = byId("picture");
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, canvas.width, canvas.height);
    this.pictures.draw(context, this.row, 0, 0, canvas.width, canvas.height, true);
  }
}
