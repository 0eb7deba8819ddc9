"use strict";
/* Colours of cells by a column: numbers along a ramp, words each their own. */

// Five stops of viridis (S. van der Walt, N. Smith, 2015): even steps to the eye, also to one that is colour-blind.
const RAMP = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
// The ends of the ramp are these parts of the values, so that a few far out do not take all the colours.
const TAIL = 0.02;
const GOLDEN = 137.508; // degrees: hues of neighbours in the list are far apart
const MOST_WORDS = 12; // in the legend

function rampColour(part) {
  const place = Math.min(Math.max(part, 0), 1) * (RAMP.length - 1);
  const below = Math.min(Math.floor(place), RAMP.length - 2);
  const mixed = RAMP[below].map((value, n) => Math.round(value + (RAMP[below + 1][n] - value) * (place - below)));
  return `rgb(${mixed.join(",")})`;
}

/** The colour of a word; of a note, that of its pitch class, as in the spectrograms: A is red. */
function wordColour(word, place, areNotes) {
  if (areNotes) return NOTES.includes(word) ? `hsl(${((NOTES.indexOf(word) + 3) % 12) * 30} 90% 55%)` : "";
  return `hsl(${(place * GOLDEN) % 360} 75% 55%)`;
}

class Colours {
  /** column: the one to colour by, "": none. */
  constructor(samples, column) {
    this.column = column;
    this.legend = [];
    this.of = () => "";
    if (!column) return;
    if (samples.isNumeric(column)) this.alongRamp(samples.numbers(column));
    else this.byWord(samples.text(column), samples.values(column));
  }

  alongRamp(values) {
    const known = values.filter((value) => !Number.isNaN(value)).sort();
    const low = known[Math.floor(TAIL * (known.length - 1))];
    const high = known[Math.ceil((1 - TAIL) * (known.length - 1))];
    const colours = Array.from(values, (value) =>
      Number.isNaN(value) ? "" : rampColour(high > low ? (value - low) / (high - low) : 0.5));
    this.of = (row) => colours[row];
    this.legend = RAMP.map((_, n) => {
      const part = n / (RAMP.length - 1);
      return { colour: rampColour(part), text: shortNumber(low + (high - low) * part) };
    });
  }

  byWord(cells, words) {
    const areNotes = words.every((word) => NOTES.includes(word) || word === "-" || word === "");
    const colours = new Map(words.map((word, place) => [word, wordColour(word, place, areNotes)]));
    this.of = (row) => colours.get(cells[row]);
    this.legend = words.slice(0, MOST_WORDS).map((word) => ({ colour: colours.get(word), text: word || "(empty)" }));
    if (words.length > MOST_WORDS) this.legend.push({ colour: "", text: `and ${words.length - MOST_WORDS} more` });
  }
}

/** A number in few digits. */
function shortNumber(value) {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
