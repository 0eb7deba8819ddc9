"use strict";
/* What is known of columns: units, names for people, what kind of filter fits. */

const UNITS = { start: "ms", dur: "ms", vstart: "ms", vdur: "ms", at: "ms", hz: "Hz", level: "dBFS", shift: "semitones" };
const LABELS = { start: "Start", dur: "Duration", power: "Power", hz: "Pitch", note: "Note", octave: "Octave", clarity: "Clarity", filename: "File" };
const FIRST_FILTERS = ["power", "clarity", "dur", "note", "octave"]; // those that are open at first
const EACH_VALUE = ["note", "octave", "cluster"]; // with a box for each value, though they may be numbers
const MOST_VALUES = 64; // of a column with a box for each
const MOST_LISTED = 500; // of a column's values, offered as one types
const DATE = /^\s*\d{4}-\d\d(-\d\d)?([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?\s*$/;

function labelOf(name) { return LABELS[name] || name; }

/** A column's name with its unit, as in "Duration (ms)". */
function titleOf(name) { return UNITS[name] ? `${labelOf(name)} (${UNITS[name]})` : labelOf(name); }

/** Whether a column holds dates: 1968-04, 1968-04-02, with or without a time of day. */
function isDates(samples, name) {
  const filled = samples.text(name).filter((cell) => cell.trim());
  return filled.length > 0 && filled.filter((cell) => DATE.test(cell)).length >= MOSTLY * filled.length;
}

/** Numbers for the sliders of a column: its own, or, of dates, days since 1970. */
function slidable(samples, name) {
  if (!isDates(samples, name)) return samples.numbers(name);
  return Float64Array.from(samples.text(name), (cell) => (DATE.test(cell) ? Date.parse(cell.trim().replace(" ", "T")) / 86400000 : NaN));
}

/** What kind of filter fits a column: "range", "date", "boxes", "text", or "" if all its cells are alike. */
function filterKind(samples, name) {
  const values = samples.values(name);
  if (values.length < 2) return "";
  if (EACH_VALUE.includes(name)) return values.length <= MOST_VALUES ? "boxes" : "";
  if (isDates(samples, name)) return "date";
  if (samples.isNumeric(name)) return "range";
  return values.length <= MOST_VALUES ? "boxes" : "text";
}

/** A cell as an address of the web, or "". */
function webAddress(cell) {
  try {
    const { protocol, href } = new URL(cell.trim());
    return protocol === "http:" || protocol === "https:" ? href : "";
  } catch {
    return "";
  }
}
