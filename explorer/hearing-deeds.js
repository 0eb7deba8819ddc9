"use strict";
/* What the pointer and the arrow keys do to samples: hear, show, pin, walk. Part of the explorer: see main.js. */

const FILM_DELAY = 60; // ms before pictures and loops are asked for: sounds are loaded first

const hearing = {
  /** The pointer is at a place of the map (px): load what it nears. */
  nears(x, y) {
    const { layout, camera } = this.state;
    this.heading.add(x, y, performance.now());
    if (!this.sound.awake) return;
    const points = [camera.toLayout(...this.heading.after(AHEAD)), camera.toLayout(x, y)];
    this.sound.tracks.want(tracksNear(layout, this.samples, points));
  },

  /** The pointer is over a row, or over none (-1). Rows that the filters dim are silent. */
  over(row) {
    const { state } = this;
    const heard = row >= 0 && state.bright[row] ? row : -1;
    if (heard === this.hovered) return;
    if (this.hovered >= 0) this.sound.leave(this.hovered);
    this.hovered = heard;
    if (heard < 0) return;
    if (this.mode !== "lasso") this.sound.play(heard, false).then(() => this.heardHere(heard), (error) => this.say(error.message));
    if (!this.transport.playing) state.trail = [...state.trail, heard].slice(-LONGEST_TRAIL);
    this.state.current = heard;
    this.showSoon();
  },

  /** The pointer has left the map: the panel is the pinned sample's again. */
  left() {
    this.over(-1);
    if (this.state.pinned >= 0) this.show(this.state.pinned);
  },

  show(row) {
    this.state.current = row;
    this.showCurrent();
  },

  /** Show the current row in the panel, after a sound that is waited for. */
  showSoon() {
    if (!this.sound.tracks.first) {
      this.showCurrent();
      return;
    }
    clearTimeout(this.showTimer);
    this.showTimer = setTimeout(() => this.showSoon(), FRAME);
  },

  showCurrent() {
    clearTimeout(this.showTimer);
    this.showTimer = 0;
    this.panel.show(this.state.current, this.state.pinned);
    this.timeline.draw();
    this.wantFilms();
    this.map.ask();
  },

  /** See to it that the panel's picture is there in its full size. */
  loadLarge() {
    const group = this.samples.group(this.panel.row);
    const close = this.map.close || [];
    if (!this.pictures.large.has(group)) this.pictures.want("pictures", [group, ...close.filter((other) => other !== group)].slice(0, MOST_SHEETS));
  },

  /** Load the panel's picture, and what moves of the samples that sound and of the panel's: soon, after their sounds. */
  wantFilms() {
    if (this.filmTimer) return;
    this.filmTimer = setTimeout(() => {
      this.filmTimer = 0;
      if (this.sound.tracks.first) {
        this.wantFilms();
        return;
      }
      const { row } = this.panel;
      if (row >= 0) this.loadLarge();
      this.loops.want("whole", [...this.state.voices().reverse(), row]);
    }, FILM_DELAY);
  },

  /** The sound of a row is there: the panel can be shown, and its waveform be drawn. */
  heardHere(row) {
    if (this.showTimer) this.showSoon();
    else if (row === this.panel.row) this.timeline.draw();
  },

  async hear(row) {
    if (row < 0) return;
    try {
      if (!this.sound.awake) await this.sound.wake();
      await this.sound.play(row, true);
      this.heardHere(row);
    } catch (error) {
      this.say(error.message);
    }
  },

  /** Pin a row, which then stays marked; of the pinned one or of none (-1), take the pin away. */
  togglePin(row) {
    const { state } = this;
    state.pinned = row === state.pinned ? -1 : row;
    this.show(row >= 0 ? row : state.current);
    this.say(state.pinned >= 0 ? `Pinned: ${this.panel.inWords(state.pinned)}` : "Nothing is pinned");
    this.linkSoon();
  },

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
  },

  undo() {
    const { state } = this;
    if (this.transport.playing) this.transport.stopAll();
    else if (state.trail.length > 1) state.trail = [];
    else if (state.pinned >= 0) this.togglePin(state.pinned);
    else if (state.selected.size) this.select([], false);
    byId("map").focus({ preventScroll: true });
    this.map.ask();
  },
};
