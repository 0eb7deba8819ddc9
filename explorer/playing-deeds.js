"use strict";
/* What plays by itself: the trail, paths, samples in their file. Part of the explorer: see main.js. */

const playing = {
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
    this.say(`Playing the trail of ${counted(rows.length, "sample")}`);
    this.playRows(TRAIL, new Path(TRAIL, rows, ""));
  },

  get paths() { return this.state.paths; },

  get chosenPath() { return this.state.chosen; },

  addPath(rows) {
    const { state } = this;
    const number = 1 + state.paths.reduce((most, { name }) => Math.max(most, Number((/^Path (\d+)$/.exec(name) || [0, 0])[1])), 0);
    state.paths = [...state.paths, new Path(`Path ${number}`, rows, PATH_COLOURS[(number - 1) % PATH_COLOURS.length])];
    this.choosePath(state.paths[state.paths.length - 1]);
    this.say(`Path ${number}: ${counted(rows.length, "sample")}`);
  },

  /** A table with times, such as a mosaic's, is a piece: a path that plays it. */
  addPiece() {
    const { samples } = this;
    if (!samples.columns.includes("at") || !samples.isNumeric("at") || this.paths.length || samples.rows > LONGEST_PATH) return;
    const rows = inOrderOf(samples, Array.from({ length: samples.rows }, (_, row) => row), "at");
    const path = new Path("The piece", rows, PATH_COLOURS[0]);
    path.pace = "at";
    this.state.paths = [path];
    this.choosePath(path);
  },

  choosePath(path) {
    this.state.chosen = path === this.state.chosen ? null : path;
    this.pathsPanel.changed(true);
  },

  removePath(path) {
    const { state } = this;
    this.transport.stop(path);
    state.paths = state.paths.filter((other) => other !== path);
    if (state.chosen === path) state.chosen = null;
    this.padsPanel.pads.forget(path);
    this.padsPanel.show();
    this.pathsPanel.changed(true);
  },

  /** Play a path from its beginning, or stop it. */
  playPath(path) {
    if (this.transport.has(path)) this.transport.stop(path);
    else this.startPath(path);
  },

  startPath(path) { return this.playRows(path, path).catch((error) => this.say(error.message)); },

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
  },

  drawnAll() {
    const rows = this.state.drawing.filter((row) => this.samples.heard(row).length);
    this.state.drawing = [];
    if (rows.length) this.addPath(rows.slice(0, LONGEST_PATH));
    this.map.ask();
  },

  /** Play some rows of a file at the times that they have there, or stop. */
  playInContext(rows) {
    if (this.transport.has(CONTEXT_KEY)) {
      this.transport.stop(CONTEXT_KEY);
      return;
    }
    if (!rows.length) return;
    const path = new Path("in its file", rows, "");
    path.pace = "at";
    this.playRows(CONTEXT_KEY, path, this.samples.numbers("start")).catch((error) => this.say(error.message));
  },

  /** Let the transport play a path under a key; times: in ms, for a path at its own times. */
  playRows(key, path, times = this.samples.has("at") ? this.samples.numbers("at") : null) {
    const lengthOf = (row) => this.samples.heard(row).length;
    return this.transport.start(key, pathSteps(path, lengthOf, (row) => (times ? times[row] / 1000 : NaN)), {
      rows: () => path.rows,
      play: ({ row, volume }, time, part) => this.sound.playAt(row, time, part, volume),
      reached: ({ row }) => this.show(row),
      ended: () => this.map.ask(),
    });
  },
};
