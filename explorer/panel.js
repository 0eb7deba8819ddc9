"use strict";
/* The panel beside the map: the sample that is looked at, the filters, the colours, the selection. */

const FACTS = ["start", "dur", "power", "hz", "note", "clarity"]; // those that come first
const MOST_NARROW = 14; // letters of a value beside others

/** A new element with properties and children. Text goes in as text, never as markup. */
function make(kind, properties, ...children) {
  const element = Object.assign(document.createElement(kind), properties);
  element.append(...children);
  return element;
}

/** A count with its noun: 1 sample, 2 samples. */
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

const byId = (id) => document.getElementById(id);

class Panel {
  /** told: {filtered(), coloured(column)}, called when the user has changed something. */
  constructor(samples, pictures, loops, filters, told) {
    Object.assign(this, { samples, pictures, loops, filters, told });
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
    this.inputs = new Map();
    this.outputs = new Map();
    for (const [name, kind] of this.filters.kinds) {
      const place = byId(FIRST_FILTERS.includes(name) ? "sliders" : "more-sliders");
      place.append(kind === "boxes" ? this.boxes(name) : kind === "text" ? this.typed(name) : this.slider(name));
    }
    byId("more-filters").hidden = !byId("more-sliders").children.length;
    this.showFilters();
  }

  boxes(name) {
    const { samples, filters } = this;
    const boxes = samples.values(name).map((value) => {
      const box = make("input", { type: "checkbox", value });
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
    return make("fieldset", { id: `filter-${name}` }, make("legend", { textContent: titleOf(name) }), ...labels, all, none);
  }

  /** A field for a column with many different texts, which offers them as one types. */
  typed(name) {
    const { samples, filters } = this;
    const list = make("datalist", { id: `values-${name}` }, ...samples.values(name).slice(0, MOST_LISTED).map((value) => make("option", { value })));
    const input = make("input", { type: "search", id: `filter-${name}`, autocomplete: "off" });
    input.setAttribute("list", list.id);
    input.addEventListener("input", () => {
      filters.words.set(name, input.value);
      this.told.filtered();
    });
    this.inputs.set(name, [input]);
    return make("label", { className: "line" }, `${titleOf(name)} `, input, list);
  }

  slider(name) {
    const { filters } = this;
    const ends = [0, 1].map((end) => {
      const slider = make("input", { type: "range", min: "0", max: String(STEPS), value: String(end * STEPS), id: `filter-${name}-${end ? "high" : "low"}` });
      slider.setAttribute("aria-label", `${titleOf(name)}: ${end ? "at most" : "at least"}`);
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
    return make("fieldset", {}, make("legend", { textContent: `${titleOf(name)} ` }, this.outputs.get(name)), ...ends);
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
    for (const [name, word] of filters.words) this.inputs.get(name)[0].value = word;
    for (const [name, range] of filters.ranges) {
      this.inputs.get(name).forEach((slider, end) => {
        slider.value = String(range[end]);
        slider.setAttribute("aria-valuetext", filters.shown(name, range[end]));
      });
      this.outputs.get(name).textContent = range.map((place) => filters.shown(name, place)).join(" to ");
    }
  }

  buildColour() {
    const select = byId("colour");
    select.append(make("option", { value: "", textContent: "pictures only" }));
    const { allColumns } = this.samples;
    allColumns.forEach((name, place) => select.append(make("option", { value: String(place), textContent: name })));
    select.addEventListener("change", () => {
      this.filters.only.clear();
      this.told.coloured(select.value === "" ? "" : allColumns[Number(select.value)]);
    });
  }

  showColours(colours) {
    const { only } = this.filters;
    byId("colour").value = colours.column ? String(this.samples.allColumns.indexOf(colours.column)) : "";
    byId("legend-title").textContent = colours.column ? `${titleOf(colours.column)}: press entries to see them alone` : "";
    byId("legend").replaceChildren(...colours.legend.map(({ colour, text }, place) => {
      const spot = make("span", { className: "spot" });
      spot.style.backgroundColor = colour || "transparent";
      const entry = make("button", { type: "button", className: "entry" }, spot, text);
      entry.setAttribute("aria-pressed", String(only.has(place)));
      entry.addEventListener("click", () => {
        if (!only.delete(place)) only.add(place);
        entry.setAttribute("aria-pressed", String(only.has(place)));
        this.told.filtered();
      });
      return entry;
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

  /** What a pad says of a row: its note, or its file and time. */
  shortWords(row) {
    const { samples } = this;
    const note = samples.cell(row, "note");
    if (note && note !== "-") return `${note}${samples.cell(row, "octave")}`;
    return `${samples.cell(row, "filename").replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "").slice(0, 12)} ${shortNumber(samples.numbers("start")[row] / 1000)} s`;
  }

  /** Show a row (-1: none), and which one is pinned. */
  show(row, pinned) {
    const isPinned = row >= 0 && row === pinned;
    byId("pin").setAttribute("aria-pressed", String(isPinned));
    byId("pin").textContent = isPinned ? "Unpin" : "Pin";
    byId("pin").disabled = byId("play").disabled = row < 0;
    byId("show-pinned").disabled = pinned < 0 || isPinned;
    if (row === this.row) return;
    this.row = row;
    if (row < 0) return;
    const { samples } = this;
    byId("sample-name").textContent = samples.cell(row, "filename");
    const others = samples.allColumns.filter((name) => !FACTS.includes(name) && name !== "filename" && name !== "octave");
    const names = [...FACTS, ...others].filter((name) => samples.has(name) && samples.cell(row, name) !== "");
    const facts = names.map((name) => {
      const cell = samples.cell(row, name);
      const octave = name === "note" && samples.cell(row, "octave") !== "-1" ? samples.cell(row, "octave") : "";
      const address = webAddress(cell);
      const words = `${cell}${octave} ${UNITS[name] || ""}`.trim();
      const value = address ? make("a", { href: address, target: "_blank", rel: "noopener noreferrer", textContent: cell }) : words;
      return make("div", { className: words.length > MOST_NARROW ? "wide" : "" }, make("dt", { textContent: labelOf(name) }), make("dd", {}, value));
    });
    const unheard = samples.heard(row).length ? "" : "it has no sound";
    const said = samples.shown(row) ? unheard : "its file could not be read";
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
    const box = [0, 0, canvas.width, canvas.height];
    if (!this.loops.draw(context, this.row, ...box, true, performance.now())) this.pictures.draw(context, this.row, ...box, true);
  }
}
