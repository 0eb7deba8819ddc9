"use strict";
/* What is kept and taken away: selections, downloads, pictures, the link. Part of the explorer: see main.js. */

const keeping = {
  /** Select rows, in place of those that are selected or (adds) as well as them. */
  select(rows, adds) {
    this.state.selected = new Set(adds ? [...this.state.selected, ...rows] : rows);
    this.panel.showSelection(this.state.selected);
    this.say(`${counted(this.state.selected.size, "sample")} selected`);
    this.map.refresh();
    this.linkSoon();
  },

  /** The selection, or what passes the filters, in the table's order. */
  chosenRows() { return this.state.selected.size ? [...this.state.selected].sort((a, b) => a - b) : this.brightRows(); },

  /** Hand over the chosen rows as a CSV file. */
  download() {
    const rows = this.chosenRows();
    save(`${this.samples.about.title.replace(/[^\w.-]+/g, "_")}_selection.csv`, [this.samples.csvBytes(rows)], "text/csv");
    this.say(`${counted(rows.length, "sample")} written`);
  },

  /** Hand over rows as a ZIP file of sounds. */
  async downloadSounds(rows, name) {
    if (!rows.length || rows.length > MOST_SOUNDS) {
      this.say(rows.length ? `${rows.length} samples are too many for one download (${MOST_SOUNDS}): select fewer, or use samples_to_files.py` : "There is nothing to download");
      return;
    }
    try {
      const files = await soundFiles(this.sound, rows, (done) => this.say(`Sound ${done} of ${rows.length}`));
      save(`${safeWord(this.samples.about.title) || "explorer"}_${safeWord(name)}.zip`, zipParts(files), "application/zip");
      this.say(`${counted(files.length - 2, "sound")} written, with their table and sources`);
    } catch (error) {
      this.say(error.message);
    }
  },

  /** Save what is on the screen as a picture. */
  async savePicture(kind) {
    const width = bounded(byId("picture-width").value, 64, MOST_SIDE, 3840);
    const name = `${safeWord(this.samples.about.title) || "explorer"}_map.${kind}`;
    try {
      if (kind === "svg") save(name, [mapSvg(this, width)], "image/svg+xml");
      else save(name, [await mapPng(this, width)], "image/png");
      this.say(`${name} is written`);
    } catch (error) {
      this.say(error.message);
    }
  },

  async copyLink() {
    this.writeLink();
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("The link is on the clipboard");
    } catch {
      this.say("The link is in the address bar");
    }
  },

  linkSoon() {
    clearTimeout(this.linkTimer);
    this.linkTimer = setTimeout(() => this.writeLink(), LINK_AFTER);
  },

  writeLink() {
    clearTimeout(this.linkTimer);
    const link = writeLink(this.samples, { ...this.state, even: this.sound.even, instrument: this.instrument() }, this.filters);
    if (link === this.link) return;
    this.link = link;
    history.replaceState(null, "", `#${link}`);
  },

  /** Pads, their notes and the pattern, for the link. */
  instrument() {
    const { pads, pattern } = this.padsPanel;
    const used = !pattern.empty || pattern.metronome || pattern.timing.bpm !== 120 || pattern.timing.swing;
    return { pads: pads.text(this.paths), notes: pads.notesText(), beat: used ? pattern.text() : "" };
  },

  followLink(link) {
    const found = readLink(link, this.samples, this.filters);
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
  },
};
