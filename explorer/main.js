"use strict";
/* The explorer: what the parts tell each other. It begins when data/table.js hands over the table. */

const LONGEST_TRAIL = 64; // samples behind the pointer
const ZOOM_STEP = 1.5;
const LINK_AFTER = 400; // ms: the link is written when the pointer rests
const TRAIL = "trail"; // key of the trail among what plays
const CONTEXT_KEY = "context";

class Explorer {
  constructor(about) {
    this.samples = new Samples(about);
    this.sound = new Sound(this.samples);
    this.transport = new Transport(this.sound);
    this.heading = new Heading();
    this.pictures = new Pictures(this.samples);
    this.filters = new Filters(this.samples);
    this.layouts = about.ways.map((way) => new Layout(this.samples, way));
    this.state = {
      layout: this.layouts[0], camera: new Camera(), bright: new Uint8Array(about.rows).fill(1), selected: new Set(),
      colours: new Colours(this.samples, ""), current: -1, pinned: -1, trail: [], lasso: [],
      paths: [], chosen: null, drawing: [],
      voices: () => (this.sound.context ? this.sound.sounding().map((voice) => voice.row) : []),
    };
    this.mode = "move";
    this.loops = new Loops(this.samples);
    this.map = new MapView(byId("map"), this.samples, this.pictures, this.loops, this.state);
    const arrived = this.pictures.arrived;
    this.pictures.arrived = (group, kind) => {
      arrived(group, kind);
      if (this.panel.row >= 0 && this.samples.group(this.panel.row) === group) this.panel.drawPicture();
    };
    this.panel = new Panel(this.samples, this.pictures, this.loops, this.filters, {
      filtered: () => this.filtered(),
      coloured: (column) => this.coloured(column),
    });
    this.map.waits = () => this.sound.tracks.first;
    this.map.ticked = () => { if (this.loops.moves.has(this.panel.row)) this.panel.drawPicture(); };
    this.loops.arrived = (row) => {
      if (row === this.panel.row) this.panel.drawPicture();
      if (this.loops.moves.has(row)) this.map.ask();
      else this.map.askSoon();
    };
    this.sound.failed = (error) => this.say(error.message);
    this.timeline = new Timeline(this);
    this.pathsPanel = new PathsPanel(this);
    this.padsPanel = new PadsPanel(this);
    this.recordPanel = new RecordPanel(this);
    this.sound.changed = this.transport.changed = () => this.soundChanged();
    document.title = byId("title").textContent = about.title;
    this.wireTools();
    this.wireMap();
    this.wireKeyboard();
    new ResizeObserver(() => this.resized()).observe(byId("stage"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.map.refresh(); this.timeline.draw(); });
    window.addEventListener("hashchange", (event) => {
      const link = new URL(event.newURL).hash.slice(1);  // (the address may hold the page's own link again)
      if (link !== this.link) this.followLink(link);
    });
    this.map.resize();
    this.followLink(location.hash.slice(1));
    this.addPiece();
    byId("loading").remove();
    if (matchMedia("(pointer: coarse)").matches) {
      byId("wake").textContent = "Sound is off: tap to turn it on";
      byId("sample-name").textContent = "Tap a sample; or set Dragging to “plays”, and draw over the map.";
    }
    byId("map").setAttribute("aria-label", `Map of ${counted(about.rows, "sample")}`);
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
    byId("even").addEventListener("change", () => this.setEven(byId("even").checked));
    byId("play").addEventListener("click", () => this.hear(this.panel.row));
    byId("play-all").addEventListener("click", () => this.playChosen());
    byId("download-sounds").addEventListener("click", () => this.downloadSounds(this.chosenRows(), "selection"));
    byId("pin").addEventListener("click", () => this.togglePin(this.panel.row));
    byId("show-pinned").addEventListener("click", () => this.show(this.state.pinned));
    byId("wake").addEventListener("click", () => byId("map").focus({ preventScroll: true }));
    byId("take-bright").addEventListener("click", () => this.select(this.brightRows(), false));
    byId("see-unplaced").addEventListener("click", () => {
      this.select(this.state.layout.without, false);
      byId("path-source").value = "selection";
      this.pathsPanel.makePath();
    });
    byId("deselect").addEventListener("click", () => this.select([], false));
    byId("download").addEventListener("click", () => this.download());
    byId("map-svg").addEventListener("click", () => this.savePicture("svg"));
    byId("map-png").addEventListener("click", () => this.savePicture("png"));
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
      over: (x, y) => { this.over(this.rowAt(x, y)); this.nears(x, y); }, // what is heard now is loaded first
      left: () => this.left(),
      clicked: (x, y) => {
        const row = this.rowAt(x, y);
        if (row < 0) return;
        this.show(row);
        this.hear(row);
      },
      doubled: (x, y) => this.togglePin(this.rowAt(x, y)),
      drawn: (from, to) => this.drawn(from, to),
      drawnAll: () => this.drawnAll(),
      lassoed: (points, done, adds) => {
        state.lasso = done ? [] : points.map((point) => state.camera.toLayout(...point));
        if (done) this.select(state.layout.inside(points.map((point) => state.camera.toLayout(...point))).filter((row) => state.bright[row]), adds);
        map.ask();
      },
    });
  }

  wireKeyboard() {
    // The first thing that the user does is what lets the sound start.
    for (const kind of ["pointerdown", "pointerup", "keydown"]) {
      document.addEventListener(kind, () => { if (!this.sound.awake) this.sound.wake(); }, { capture: true });
    }
    const closer = () => this.zoomMiddle(ZOOM_STEP);
    wireKeys({
      walk: (dx, dy) => this.walk(dx, dy),
      Enter: () => this.hear(this.state.current),
      " ": () => this.playChosen(),
      "+": closer, "=": closer, "-": () => this.zoomMiddle(1 / ZOOM_STEP), 0: () => this.fit(),
      m: () => this.setMode("move"), l: () => this.setMode("listen"), g: () => this.setMode("lasso"), n: () => this.setMode("path"),
      t: () => this.recordPanel.toggle(), k: () => this.padsPanel.playPattern(),
      ...Object.fromEntries(PAD_CODES.map((code, pad) => [`code:${code}`, () => this.padsPanel.press(pad)])),
      p: () => this.togglePin(this.state.current),
      "/": () => {
        document.body.classList.remove("no-panel");
        byId("search").focus();
      },
      Escape: () => this.undo(),
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
      const { camera, layout } = this.state;
      if (this.sound.awake) this.sound.tracks.want(tracksNear(layout, this.samples, [[camera.x, camera.y]]));
    }, LINK_AFTER);
  }

  setEven(even) {
    this.sound.even = byId("even").checked = even;
    this.linkSoon();
  }

  /** Look at one of the layouts; view: [x, y, zoom], or null for all of it. */
  lookAt(place, view) {
    const { state } = this;
    state.layout = this.layouts[place];
    state.trail = [];
    byId("way").value = String(place);
    const { without } = state.layout;
    byId("unplaced").hidden = !without.length;
    const one = without.length === 1;
    byId("unplaced-count").textContent = `${without.length} ${one ? "sample has" : "samples have"} no place on this map`;
    byId("see-unplaced").textContent = `See ${one ? "it" : "them"} as a path`;
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
    this.state.bright = this.filters.apply(this.state.colours.entryOf);
    this.panel.showCount(this.state.bright);
    this.map.refresh();
    this.linkSoon();
  }

  coloured(column) {
    this.state.colours = new Colours(this.samples, column);
    this.panel.showColours(this.state.colours);
    this.filtered();
  }

  soundChanged() {
    this.wantFilms();
    byId("wake").hidden = this.sound.awake;
    if (this.transport.playing !== this.wasPlaying) {
      this.wasPlaying = this.transport.playing;
      byId("play-all").textContent = this.wasPlaying ? "Stop" : "Play";
    }
    this.pathsPanel.showPlaying();
    byId("beat-play").textContent = this.transport.has(PATTERN) ? "Stop" : "Play";
    this.map.ask();
  }

  /** What the page does at the moment, to look at only: copies, nothing that could be changed through them. */
  report() {
    const { state, sound, samples, pictures, loops, map } = this;
    const { x, y, scale, width, height } = state.camera;
    const told = ({ row, track, offset, length, begun, level }) => ({ row, track, offset, length, begun, level });
    return Object.freeze({
      rows: samples.rows, way: `${state.layout.way.x},${state.layout.way.y}`, mode: this.mode,
      view: { x, y, scale, width, height }, near: scale * map.ratio >= NEAR, frames: map.drawn, gathers: map.gathering !== 0,
      labels: map.labelsShown().map(({ text }) => text), current: state.current, pinned: state.pinned, trail: [...state.trail], panel: this.panel.row,
      bright: this.brightRows(), selected: [...state.selected].sort((a, b) => a - b), colour: state.colours.column,
      sound: sound.context ? sound.context.state : "off", even: sound.even, playing: [...this.transport.parts.keys()].map((key) => key.name || key), clicks: sound.clicks,
      paths: this.paths.map((path) => ({ ...path })), chosen: this.paths.indexOf(state.chosen),
      pads: this.padsPanel.pads.text(this.paths), notes: [...this.padsPanel.pads.notes], beat: this.padsPanel.pattern.text(), struck: [...this.padsPanel.struck],
      recording: this.recordPanel.recorder.recording,
      voices: sound.voices.map(told), started: sound.started.map(told),
      tracks: [...sound.tracks.ready.keys()], trackBytes: sound.tracks.bytes, loading: sound.tracks.jobs.size, dropped: sound.tracks.dropped, small: pictures.small.size, large: [...pictures.large.keys()],
      moving: [...loops.moves.keys()], loops: [...loops.whole.keys()], loopBytes: loops.bytes, stills: [...loops.first.keys()],
    });
  }

  /** Where a row's cell is on the map, in px: its middle. */
  placeOf(row) { return this.state.camera.toScreen(...this.state.layout.centre(row)); }

  /** What is heard of a row: the part of its decoded track that a voice plays, as plain numbers. */
  async heard(row) {
    const values = Array.from(await heardValues(this.sound, row));
    return { rate: this.samples.about.rate, shift: (await this.sound.tracks.get(this.samples.heard(row).track)).shift, values };
  }
}

for (const deeds of [hearing, playing, keeping]) Object.defineProperties(Explorer.prototype, Object.getOwnPropertyDescriptors(deeds));

/** Called by data/table.js. */
function explorerTable(about) {
  const page = new Explorer(about);
  window.explorer = Object.freeze({
    get state() { return page.report(); },
    placeOf: (row) => page.placeOf(row),
    heard: (row) => page.heard(row),
    trackOf: (row) => page.samples.heard(row).track,
    about: () => about,
    performance: () => page.recordPanel.recorder.played(),
    loudest: () => page.sound.latest().reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  });
}
