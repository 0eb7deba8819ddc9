"use strict";
/* The explorer: what the parts tell each other. It begins when data/table.js hands over the table. */

const LONGEST_TRAIL = 64; // samples behind the pointer
const ZOOM_STEP = 1.5;
const LINK_AFTER = 400; // ms: the link is written when the pointer rests
const TRAIL = "trail"; // key of the trail among what plays

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
    this.sound.failed = (error) => this.say(error.message);
    this.pathsPanel = new PathsPanel(this);
    this.padsPanel = new PadsPanel(this);
    this.recordPanel = new RecordPanel(this);
    this.sound.changed = this.transport.changed = () => this.soundChanged();
    document.title = byId("title").textContent = about.title;
    this.wireTools();
    this.wireMap();
    this.wireKeyboard();
    new ResizeObserver(() => this.resized()).observe(byId("stage"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.map.refresh());
    window.addEventListener("hashchange", () => { if (location.hash.slice(1) !== this.link) this.followLink(); });
    this.map.resize();
    this.followLink();
    this.addPiece();
    byId("loading").remove();
    if (matchMedia("(pointer: coarse)").matches) {
      byId("wake").textContent = "Sound is off: tap to turn it on";
      byId("sample-name").textContent = "Tap a sample; let dragging play, and draw over the map.";
    }
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
      over: (x, y) => { this.nears(x, y); this.over(this.rowAt(x, y)); },
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

  /** The pointer is at a place of the map (px): load what it nears. */
  nears(x, y) {
    const { layout, camera } = this.state;
    this.heading.add(x, y, performance.now());
    if (!this.sound.awake) return;
    const points = [camera.toLayout(...this.heading.after(AHEAD)), camera.toLayout(x, y)];
    this.sound.tracks.want(tracksNear(layout, this.samples, points));
  }

  /** The pointer is over a row, or over none (-1). Rows that the filters dim are silent. */
  over(row) {
    const { state } = this;
    const heard = row >= 0 && state.bright[row] ? row : -1;
    if (heard === this.hovered) return;
    if (this.hovered >= 0) this.sound.leave(this.hovered);
    this.hovered = heard;
    if (heard < 0) return;
    if (this.mode !== "lasso") this.sound.play(heard, false).catch((error) => this.say(error.message));
    if (!this.transport.playing) state.trail = [...state.trail, heard].slice(-LONGEST_TRAIL);
    this.show(heard);
  }

  /** The pointer has left the map: the panel is the pinned sample's again. */
  left() {
    this.over(-1);
    if (this.state.pinned >= 0) this.show(this.state.pinned);
  }

  show(row) {
    this.state.current = row;
    this.panel.show(row, this.state.pinned);
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

  /** Pin a row, which then stays marked; of the pinned one or of none (-1), take the pin away. */
  togglePin(row) {
    const { state } = this;
    state.pinned = row === state.pinned ? -1 : row;
    this.show(row >= 0 ? row : state.current);
    this.say(state.pinned >= 0 ? `Pinned: ${this.panel.inWords(state.pinned)}` : "Nothing is pinned");
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
    state.trail = [...state.trail, next].slice(-LONGEST_TRAIL);
    camera.reveal(layout.x[next], layout.y[next], 1, CELL_HEIGHT, layout);
    this.show(next);
    this.hear(next);
    this.sound.tracks.want(tracksNear(layout, this.samples, [layout.centre(next)]));
    this.say(this.panel.inWords(next));
    this.viewChanged();
  }

  /** Play the chosen path, or the trail behind the pointer; or stop all that plays by itself. */
  playChosen() {
    const { state, transport } = this;
    if (transport.playing) {
      transport.stopAll();
      this.say("Stopped");
      return;
    }
    if (state.chosen) {
      this.playPath(state.chosen);
      return;
    }
    const rows = state.trail.length ? [...state.trail] : state.current >= 0 ? [state.current] : [];
    if (!rows.length) {
      this.say("There is nothing to play: move over the map, or walk with the arrow keys");
      return;
    }
    this.say(`Playing the trail of ${rows.length} samples`);
    this.playRows(TRAIL, new Path(TRAIL, rows, ""));
  }

  get paths() { return this.state.paths; }

  get chosenPath() { return this.state.chosen; }

  addPath(rows) {
    const { state } = this;
    const number = 1 + state.paths.reduce((most, { name }) => Math.max(most, Number((/^Path (\d+)$/.exec(name) || [0, 0])[1])), 0);
    state.paths = [...state.paths, new Path(`Path ${number}`, rows, PATH_COLOURS[(number - 1) % PATH_COLOURS.length])];
    this.choosePath(state.paths[state.paths.length - 1]);
    this.say(`Path ${number}: ${rows.length} samples`);
  }

  /** A table with times, such as a mosaic's, is a piece: a path that plays it. */
  addPiece() {
    const { samples } = this;
    if (!samples.columns.includes("at") || !samples.isNumeric("at") || this.paths.length || samples.rows > LONGEST_PATH) return;
    const rows = inOrderOf(samples, Array.from({ length: samples.rows }, (_, row) => row), "at");
    const path = new Path("The piece", rows, PATH_COLOURS[0]);
    path.pace = "at";
    this.state.paths = [path];
    this.choosePath(path);
  }

  choosePath(path) {
    this.state.chosen = path === this.state.chosen ? null : path;
    this.pathsPanel.changed(true);
  }

  removePath(path) {
    const { state } = this;
    this.transport.stop(path);
    state.paths = state.paths.filter((other) => other !== path);
    if (state.chosen === path) state.chosen = null;
    this.padsPanel.pads.forget(path);
    this.padsPanel.show();
    this.pathsPanel.changed(true);
  }

  /** Play a path from its beginning, or stop it. */
  playPath(path) {
    if (this.transport.has(path)) this.transport.stop(path);
    else this.startPath(path);
  }

  startPath(path) { return this.playRows(path, path).catch((error) => this.say(error.message)); }

  /** A path is being drawn, from one place (px) to another. */
  drawn(from, to) {
    const { state } = this;
    const { camera, layout } = state;
    for (const row of rowsUnder(layout, camera.toLayout(...from), camera.toLayout(...to))) {
      if (!state.bright[row] || row === state.drawing[state.drawing.length - 1]) continue;
      state.drawing.push(row);
      this.nears(...to);
      this.over(row);
    }
    this.map.ask();
  }

  drawnAll() {
    const rows = this.state.drawing.filter((row) => this.samples.heard(row).length);
    this.state.drawing = [];
    if (rows.length) this.addPath(rows.slice(0, LONGEST_PATH));
    this.map.ask();
  }

  /** Let the transport play a path under a key. */
  playRows(key, path) {
    const lengthOf = (row) => this.samples.heard(row).length;
    return this.transport.start(key, pathSteps(path, lengthOf, (row) => (this.samples.has("at") ? this.samples.numbers("at")[row] / 1000 : NaN)), {
      rows: () => path.rows,
      play: ({ row, volume }, time, part) => this.sound.playAt(row, time, part, volume),
      reached: ({ row }) => this.show(row),
      ended: () => this.map.ask(),
    });
  }

  undo() {
    const { state } = this;
    if (this.transport.playing) this.transport.stopAll();
    else if (state.trail.length > 1) state.trail = [];
    else if (state.pinned >= 0) this.togglePin(state.pinned);
    else if (state.selected.size) this.select([], false);
    byId("map").focus({ preventScroll: true });
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
    byId("unplaced-count").textContent = `${without.length} ${without.length === 1 ? "sample has" : "samples have"} no place on this map`;
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

  /** Select rows, in place of those that are selected or (adds) as well as them. */
  select(rows, adds) {
    this.state.selected = new Set(adds ? [...this.state.selected, ...rows] : rows);
    this.panel.showSelection(this.state.selected);
    this.say(`${this.state.selected.size} samples selected`);
    this.map.refresh();
    this.linkSoon();
  }

  /** The selection, or what passes the filters, in the table's order. */
  chosenRows() { return this.state.selected.size ? [...this.state.selected].sort((a, b) => a - b) : this.brightRows(); }

  /** Hand over the chosen rows as a CSV file. */
  download() {
    const rows = this.chosenRows();
    save(`${this.samples.about.title.replace(/[^\w.-]+/g, "_")}_selection.csv`, [this.samples.csvBytes(rows)], "text/csv");
    this.say(`${rows.length} samples written`);
  }

  /** Hand over rows as a ZIP file of sounds. */
  async downloadSounds(rows, name) {
    if (!rows.length || rows.length > MOST_SOUNDS) {
      this.say(rows.length ? `${rows.length} samples are too many for one download (${MOST_SOUNDS}): select fewer, or use samples_to_files.py` : "There is nothing to download");
      return;
    }
    try {
      const files = await soundFiles(this.sound, rows, (done) => this.say(`Sound ${done} of ${rows.length}`));
      save(`${safeWord(this.samples.about.title) || "explorer"}_${safeWord(name)}.zip`, zipParts(files), "application/zip");
      this.say(`${files.length - 2} sounds written, with their table and sources`);
    } catch (error) {
      this.say(error.message);
    }
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
    const link = writeLink(this.samples, { ...this.state, even: this.sound.even, instrument: this.instrument() }, this.filters);
    if (link === this.link) return;
    this.link = link;
    history.replaceState(null, "", `#${link}`);
  }

  /** Pads, their notes and the pattern, for the link. */
  instrument() {
    const { pads, pattern } = this.padsPanel;
    const used = !pattern.empty || pattern.metronome || pattern.timing.bpm !== 120 || pattern.timing.swing;
    return { pads: pads.text(this.paths), notes: pads.notesText(), beat: used ? pattern.text() : "" };
  }

  followLink() {
    const found = readLink(location.hash.slice(1), this.samples, this.filters);
    const place = this.samples.about.ways.findIndex((way) => `${way.x},${way.y}` === found.props);
    this.panel.showFilters();
    this.lookAt(Math.max(place, 0), found.view);
    this.coloured(found.colour);
    this.state.selected = new Set(found.selected);
    this.panel.showSelection(this.state.selected);
    this.setEven(found.even);
    this.transport.stopAll();
    [this.state.paths, this.state.chosen] = [found.paths, null];
    this.padsPanel.pads.read(found.instrument.pads, found.instrument.notes, this.paths, this.samples.rows);
    this.padsPanel.pattern.read(found.instrument.beat);
    this.padsPanel.show();
    this.pathsPanel.show();
    if (found.pinned >= 0 && found.pinned !== this.state.pinned) this.togglePin(found.pinned);
  }

  soundChanged() {
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
    const { state, sound, samples, pictures, map } = this;
    const { x, y, scale, width, height } = state.camera;
    const told = ({ row, track, offset, length, begun, level }) => ({ row, track, offset, length, begun, level });
    return Object.freeze({
      rows: samples.rows, way: `${state.layout.way.x},${state.layout.way.y}`, mode: this.mode,
      view: { x, y, scale, width, height }, near: scale * map.ratio >= NEAR, frames: map.drawn,
      current: state.current, pinned: state.pinned, trail: [...state.trail], panel: this.panel.row,
      bright: this.brightRows(), selected: [...state.selected].sort((a, b) => a - b), colour: state.colours.column,
      sound: sound.context ? sound.context.state : "off", even: sound.even, playing: [...this.transport.parts.keys()].map((key) => key.name || key), clicks: sound.clicks,
      paths: this.paths.map((path) => ({ ...path })), chosen: this.paths.indexOf(state.chosen),
      pads: this.padsPanel.pads.text(this.paths), notes: [...this.padsPanel.pads.notes], beat: this.padsPanel.pattern.text(), struck: [...this.padsPanel.struck],
      recording: this.recordPanel.recorder.recording,
      voices: sound.voices.map(told), started: sound.started.map(told),
      tracks: [...sound.tracks.ready.keys()], trackBytes: sound.tracks.bytes, loading: sound.tracks.jobs.size, dropped: sound.tracks.dropped, small: pictures.small.size, large: [...pictures.large.keys()],
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
