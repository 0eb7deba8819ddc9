"use strict";
/* The explorer: what the parts tell each other. It begins when data/table.js hands over the table. */

const LONGEST_PATH = 64;
const ZOOM_STEP = 1.5;
const LINK_AFTER = 400; // ms: the link is written when the pointer rests
const FEW_TRACKS = 4; // tracks of what is on the screen are loaded ahead if there are no more than this
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Explorer {
  constructor(about) {
    this.samples = new Samples(about);
    this.sound = new Sound(this.samples);
    this.pictures = new Pictures(this.samples);
    this.filters = new Filters(this.samples);
    this.layouts = about.ways.map((way) => new Layout(this.samples, way));
    this.state = {
      layout: this.layouts[0], camera: new Camera(), bright: new Uint8Array(about.rows).fill(1), selected: new Set(),
      colours: new Colours(this.samples, ""), current: -1, pinned: -1, path: [], lasso: [],
      voices: () => (this.sound.context ? this.sound.sounding().map((voice) => voice.row) : []),
    };
    this.mode = "move";
    this.map = new MapView(byId("map"), this.samples, this.pictures, this.state);
    const arrived = this.pictures.arrived;
    this.pictures.arrived = (group, kind) => {
      arrived(group, kind);
      if (this.panel.row >= 0 && this.samples.group(this.panel.row) === group) this.panel.drawPicture();
    };
    this.panel = new Panel(this.samples, this.pictures, this.filters, {
      filtered: () => this.filtered(),
      coloured: (column) => this.coloured(column),
    });
    this.sound.changed = () => this.soundChanged();
    document.title = byId("title").textContent = about.title;
    this.wireTools();
    this.wireMap();
    this.wireKeys();
    new ResizeObserver(() => this.resized()).observe(byId("stage"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.map.refresh());
    window.addEventListener("hashchange", () => { if (location.hash.slice(1) !== this.link) this.followLink(); });
    this.map.resize();
    this.followLink();
    byId("loading").remove();
    byId("map").setAttribute("aria-label", `Map of ${about.rows} samples`);
  }

  wireTools() {
    const { samples } = this;
    samples.about.ways.forEach((way, place) => byId("way").append(make("option", { value: String(place), textContent: `${way.x}, ${way.y}` })));
    byId("way").addEventListener("change", () => this.lookAt(Number(byId("way").value), null));
    document.getElementsByName("mode").forEach((radio) => radio.addEventListener("change", () => this.setMode(radio.value)));
    byId("closer").addEventListener("click", () => this.zoomMiddle(ZOOM_STEP));
    byId("farther").addEventListener("click", () => this.zoomMiddle(1 / ZOOM_STEP));
    byId("fit").addEventListener("click", () => this.fit());
    byId("volume").addEventListener("input", () => this.sound.setVolume((byId("volume").value / 100) ** 2));
    byId("play").addEventListener("click", () => this.hear(this.panel.row));
    byId("pin").addEventListener("click", () => this.pin(this.state.pinned >= 0 ? -1 : this.panel.row));
    byId("take-bright").addEventListener("click", () => this.select(this.brightRows(), false));
    byId("deselect").addEventListener("click", () => this.select([], false));
    byId("download").addEventListener("click", () => this.download());
    byId("copy-link").addEventListener("click", () => this.copyLink());
    byId("panel-switch").addEventListener("click", () => {
      const shown = document.body.classList.toggle("no-panel");
      byId("panel-switch").setAttribute("aria-expanded", String(!shown));
    });
  }

  wireMap() {
    const { state, map } = this;
    this.pointerInput = new PointerInput(byId("map"), {
      mode: () => this.mode,
      moved: (dx, dy) => { state.camera.move(dx, dy, state.layout); this.viewChanged(); },
      zoomed: (factor, x, y) => { state.camera.zoom(factor, x, y, state.layout); this.viewChanged(); },
      over: (x, y) => this.over(this.rowAt(x, y)),
      left: () => this.over(-1),
      clicked: (x, y) => {
        const row = this.rowAt(x, y);
        if (row >= 0) this.hear(row);
        this.pin(row === state.pinned ? -1 : row);
      },
      lassoed: (points, done, adds) => {
        state.lasso = done ? [] : points.map((point) => state.camera.toLayout(...point));
        if (done) this.select(state.layout.inside(points.map((point) => state.camera.toLayout(...point))).filter((row) => state.bright[row]), adds);
        map.ask();
      },
    });
  }

  wireKeys() {
    // The first thing that the user does is what lets the sound start.
    for (const kind of ["pointerdown", "pointerup", "keydown"]) {
      document.addEventListener(kind, () => { if (!this.sound.awake) this.sound.wake(); }, { capture: true });
    }
    document.addEventListener("keydown", (event) => {
      const typing = event.target.matches("input[type=search], input[type=range], select");
      if (event.key === "/" && !typing) {
        event.preventDefault();
        document.body.classList.remove("no-panel");
        byId("search").focus();
      } else if (event.key === "Escape") {
        this.undo();
      }
    });
    byId("map").addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const deed = ARROWS[key] ? () => this.walk(...ARROWS[key]) : {
        Enter: () => { this.hear(state.current); this.pin(state.current === state.pinned ? -1 : state.current); },
        " ": () => this.playPath(),
        "+": () => this.zoomMiddle(ZOOM_STEP), "=": () => this.zoomMiddle(ZOOM_STEP), "-": () => this.zoomMiddle(1 / ZOOM_STEP),
        0: () => this.fit(), m: () => this.setMode("move"), p: () => this.setMode("listen"), s: () => this.setMode("lasso"),
      }[key];
      const { state } = this;
      if (!deed) return;
      event.preventDefault();
      deed();
    });
  }

  rowAt(x, y) { return this.state.layout.at(...this.state.camera.toLayout(x, y)); }

  brightRows() {
    const rows = [];
    this.state.bright.forEach((one, row) => { if (one) rows.push(row); });
    return rows;
  }

  say(text) { byId("status").textContent = text; }

  setMode(mode) {
    this.mode = mode;
    document.getElementsByName("mode").forEach((radio) => { radio.checked = radio.value === mode; });
    byId("map").dataset.mode = mode;
  }

  /** The pointer is over a row, or over none (-1). Rows that the filters dim are silent. */
  over(row) {
    const { state } = this;
    const heard = row >= 0 && state.bright[row] ? row : -1;
    if (heard === this.hovered) return;
    if (this.hovered >= 0 && !this.sound.playingLine) this.sound.leave(this.hovered);
    this.hovered = heard;
    if (heard < 0) return;
    if (this.mode !== "lasso" && !this.sound.playingLine) this.sound.play(heard, false).catch((error) => this.say(error.message));
    if (!this.sound.playingLine) state.path = [...state.path, heard].slice(-LONGEST_PATH);
    this.show(heard);
  }

  show(row) {
    this.state.current = row;
    this.panel.show(this.state.pinned >= 0 ? this.state.pinned : row, this.state.pinned >= 0);
    if (this.panel.row >= 0) this.loadLarge();
    this.map.ask();
  }

  /** See to it that the panel's picture is there in its full size. */
  loadLarge() {
    const group = this.samples.group(this.panel.row);
    const close = this.map.close || [];
    if (!this.pictures.large.has(group)) this.pictures.want("pictures", [group, ...close.filter((other) => other !== group)].slice(0, MOST_SHEETS));
  }

  async hear(row) {
    if (row < 0) return;
    try {
      if (!this.sound.awake) await this.sound.wake();
      await this.sound.play(row, true);
    } catch (error) {
      this.say(error.message);
    }
  }

  pin(row) {
    this.state.pinned = row;
    if (row >= 0) this.state.current = row;
    this.show(this.state.current);
    if (row >= 0) this.say(`Pinned: ${this.panel.inWords(row)}`);
    this.linkSoon();
  }

  walk(dx, dy) {
    const { state } = this;
    const { layout, camera } = state;
    const [x, y] = [camera.x - 0.5, camera.y - CELL_HEIGHT / 2];
    const distance = (row) => Math.hypot(layout.x[row] - x, layout.y[row] - y);
    const next = state.current >= 0 && !Number.isNaN(layout.x[state.current])
      ? layout.neighbour(state.current, dx, dy)
      : layout.placed.reduce((best, row) => (distance(row) < distance(best) ? row : best));
    if (next === state.current) return;
    this.sound.stopLine();
    state.path = [...state.path, next].slice(-LONGEST_PATH);
    state.pinned = -1;
    camera.reveal(layout.x[next], layout.y[next], 1, CELL_HEIGHT, layout);
    this.show(next);
    this.hear(next);
    this.say(this.panel.inWords(next));
    this.viewChanged();
  }

  playPath() {
    const { state, sound } = this;
    if (sound.playingLine) {
      sound.stopLine();
      this.say("Stopped");
      return;
    }
    const rows = state.path.length ? state.path : state.current >= 0 ? [state.current] : [];
    if (!rows.length) return;
    this.say(`Playing a path of ${rows.length} samples`);
    sound.playLine(rows, (row) => {
      if (row >= 0) this.show(row);
      else this.map.ask();
    }).catch((error) => this.say(error.message));
  }

  undo() {
    const { state } = this;
    if (this.sound.playingLine) this.sound.stopLine();
    else if (state.path.length > 1) state.path = [];
    else if (state.pinned >= 0) this.pin(-1);
    else if (state.selected.size) this.select([], false);
    this.map.ask();
  }

  zoomMiddle(factor) {
    const { camera, layout } = this.state;
    camera.zoom(factor, camera.width / 2, camera.height / 2, layout);
    this.viewChanged();
  }

  fit() {
    this.state.camera.fit(this.state.layout);
    this.viewChanged();
  }

  resized() {
    const { camera, layout } = this.state;
    const part = camera.scale / camera.fitted(layout);
    if (!this.map.resize()) return;
    camera.scale = part * camera.fitted(layout);
    this.map.draw(); // at once: a canvas is empty when its size has changed
  }

  viewChanged() {
    this.map.moved();
    this.linkSoon();
    clearTimeout(this.ahead);
    this.ahead = setTimeout(() => {
      const groups = this.map.close || [];
      if (groups.length <= FEW_TRACKS) for (const group of groups) this.sound.track(group).catch((error) => this.say(error.message));
    }, LINK_AFTER);
  }

  /** Look at one of the layouts; view: [x, y, zoom], or null for all of it. */
  lookAt(place, view) {
    const { state } = this;
    state.layout = this.layouts[place];
    state.path = [];
    byId("way").value = String(place);
    state.camera.fit(state.layout);
    if (view) {
      [state.camera.x, state.camera.y] = view;
      state.camera.scale *= view[2];
      state.camera.zoom(1, 0, 0, state.layout); // within bounds
    }
    this.map.refresh();
    this.viewChanged();
  }

  filtered() {
    this.state.bright = this.filters.apply();
    this.panel.showCount(this.state.bright);
    this.map.refresh();
    this.linkSoon();
  }

  coloured(column) {
    this.state.colours = new Colours(this.samples, column);
    this.panel.showColours(this.state.colours);
    this.map.refresh();
    this.linkSoon();
  }

  /** Select rows, in place of those that are selected or (adds) as well as them. */
  select(rows, adds) {
    this.state.selected = new Set(adds ? [...this.state.selected, ...rows] : rows);
    this.panel.showSelection(this.state.selected);
    this.say(`${this.state.selected.size} samples selected`);
    this.map.refresh();
    this.linkSoon();
  }

  /** PointerInput over the selection, or what passes the filters, as a CSV file, in the table's order. */
  download() {
    const rows = this.state.selected.size ? [...this.state.selected].sort((a, b) => a - b) : this.brightRows();
    const address = URL.createObjectURL(new Blob([this.samples.csvBytes(rows)], { type: "text/csv" }));
    const link = make("a", { href: address, download: `${this.samples.about.title.replace(/[^\w.-]+/g, "_")}_selection.csv` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    this.say(`${rows.length} samples written`);
  }

  async copyLink() {
    this.writeLink();
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("The link is on the clipboard");
    } catch {
      this.say("The link is in the address bar");
    }
  }

  linkSoon() {
    clearTimeout(this.linkTimer);
    this.linkTimer = setTimeout(() => this.writeLink(), LINK_AFTER);
  }

  writeLink() {
    clearTimeout(this.linkTimer);
    const link = writeLink(this.samples, this.state, this.filters);
    if (link === this.link) return;
    this.link = link;
    history.replaceState(null, "", `#${link}`);
  }

  followLink() {
    const found = readLink(location.hash.slice(1), this.samples, this.filters);
    const place = this.samples.about.ways.findIndex((way) => `${way.x},${way.y}` === found.props);
    this.panel.showFilters();
    this.lookAt(Math.max(place, 0), found.view);
    this.filtered();
    this.coloured(found.colour);
    this.state.selected = new Set(found.selected);
    this.panel.showSelection(this.state.selected);
    if (found.pinned >= 0) this.pin(found.pinned);
  }

  soundChanged() {
    byId("wake").hidden = this.sound.awake;
    this.map.ask();
  }

  /** What the page does at the moment, to look at only: copies, nothing that could be changed through them. */
  report() {
    const { state, sound, samples, pictures, map } = this;
    const { x, y, scale, width, height } = state.camera;
    const told = ({ row, group, offset, length, begun }) => ({ row, group, offset, length, begun });
    return Object.freeze({
      rows: samples.rows, way: `${state.layout.way.x},${state.layout.way.y}`, mode: this.mode,
      view: { x, y, scale, width, height }, near: scale * map.ratio >= NEAR, frames: map.drawn,
      current: state.current, pinned: state.pinned, path: [...state.path], panel: this.panel.row,
      bright: this.brightRows(), selected: [...state.selected].sort((a, b) => a - b), colour: state.colours.column,
      sound: sound.context ? sound.context.state : "off", playingPath: sound.playingLine,
      voices: sound.voices.map(told), started: sound.started.map(told),
      tracks: [...sound.tracks.keys()], small: pictures.small.size, large: [...pictures.large.keys()],
    });
  }

  /** Where a row's cell is on the map, in px: its middle. */
  placeOf(row) { return this.state.camera.toScreen(...this.state.layout.centre(row)); }

  /** What is heard of a row: the part of its decoded track that a voice plays, as plain numbers. */
  async heard(row) {
    const { at, length, group } = this.samples.heard(row);
    const { buffer, shift } = await this.sound.track(group);
    const [first, count] = [at + shift, length].map((seconds) => Math.round(seconds * buffer.sampleRate));
    return { rate: buffer.sampleRate, shift, values: Array.from(buffer.getChannelData(0).subarray(first, first + count)) };
  }
}

/** Called by data/table.js. */
function explorerTable(about) {
  const page = new Explorer(about);
  window.explorer = Object.freeze({
    get state() { return page.report(); },
    placeOf: (row) => page.placeOf(row),
    heard: (row) => page.heard(row),
  });
}
