"use strict";
/* Colours of cells by a column: numbers along a ramp, few whole ones each with an entry; words each their own, the rarer ones together. */

// Five stops of viridis (S. van der Walt, N. Smith, 2015): even steps to the eye, also to one that is colour-blind.
const RAMP = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
// The ends of the ramp are these parts of the values, so that a few far out do not take all the colours.
const TAIL = 0.02;
// Twelve that are told apart, light and dark by turns.
const WORD_COLOURS = [
  "#e6194b", "#3cb44b", "#4363d8", "#ffe119", "#911eb4", "#42d4f4", "#f58231", "#469990", "#f032e6", "#9a6324", "#bfef45", "#000075",
];
const OTHERS = "#8d949c";

function rampColour(part) {
  const place = Math.min(Math.max(part, 0), 1) * (RAMP.length - 1);
  const below = Math.min(Math.floor(place), RAMP.length - 2);
  const mixed = RAMP[below].map((value, n) => Math.round(value + (RAMP[below + 1][n] - value) * (place - below)));
  return `rgb(${mixed.join(",")})`;
}

/** The colour of a note: that of its pitch class, as in the spectrograms: A is red. */
function noteColour(word) { return NOTES.includes(word) ? `hsl(${((NOTES.indexOf(word) + 3) % 12) * 30} 90% 55%)` : ""; }

/** Words with their entries in a legend: [[entry, words]], at most as many as there are colours; the rarest share the last one. */
function entriesOf(cells, words) {
  if (words.length <= WORD_COLOURS.length) return words.map((word) => [word]);
  const counts = new Map();
  for (const cell of cells) counts.set(cell, (counts.get(cell) || 0) + 1);
  const common = [...words].sort((a, b) => counts.get(b) - counts.get(a)).slice(0, WORD_COLOURS.length - 1);
  const rare = words.filter((word) => !common.includes(word));
  return [...words.filter((word) => common.includes(word)).map((word) => [word]), rare];
}

class Colours {
  /** column: the one to colour by, "": none. `legend`: [{colour, text}], `entryOf(row)`: the place in it, -1 for none. */
  constructor(samples, column) {
    this.column = column;
    this.legend = [];
    this.of = () => "";
    this.entryOf = () => -1;
    if (!column) return;
    if (samples.isNumeric(column)) this.alongRamp(samples.numbers(column), UNITS[column] || "");
    else this.byWord(samples.text(column), samples.values(column));
  }

  alongRamp(values, unit) {
    const known = values.filter((value) => !Number.isNaN(value)).sort();
    const different = [...new Set(known)];
    const few = different.length <= WORD_COLOURS.length && different.every(Number.isInteger); // numbers of clusters, octaves
    const tail = few ? 0 : TAIL;
    const low = known[Math.floor(tail * (known.length - 1))];
    const high = known[Math.ceil((1 - tail) * (known.length - 1))];
    const part = (value) => (high > low ? (value - low) / (high - low) : 0.5);
    const colours = Array.from(values, (value) => (Number.isNaN(value) ? "" : rampColour(part(value))));
    this.of = (row) => colours[row];
    const last = RAMP.length - 1;
    const steps = few ? different : RAMP.map((_, n) => low + ((high - low) * n) / last);
    const entry = few ? (value) => different.indexOf(value) : (value) => Math.min(Math.max(Math.round(part(value) * last), 0), last);
    this.entryOf = (row) => (Number.isNaN(values[row]) ? -1 : entry(values[row]));
    this.legend = steps.map((step, n) => ({ colour: rampColour(few ? part(step) : n / last), text: `${shortNumber(step)} ${unit}`.trim() }));
  }

  byWord(cells, words) {
    const areNotes = words.every((word) => NOTES.includes(word) || word === "-" || word === "");
    const entries = areNotes ? words.map((word) => [word]) : entriesOf(cells, words);
    const places = new Map(entries.flatMap((members, place) => members.map((word) => [word, place])));
    const colourOf = (members, place) => (areNotes ? noteColour(members[0]) : members.length > 1 ? OTHERS : WORD_COLOURS[place]);
    this.legend = entries.map((members, place) => ({
      colour: colourOf(members, place),
      text: members.length > 1 ? `${members.length} others` : members[0] || "(empty)",
    }));
    this.entryOf = (row) => places.get(cells[row]);
    this.of = (row) => this.legend[this.entryOf(row)].colour;
  }
}

/** A number in few digits. */
function shortNumber(value) {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
