"use strict";
/* When things play: the steps of a path and of the sequencer, one after the other, as generators. Nothing here sounds. */

// Unless it has a tempo, a path plays as features_to_audio.py plays a table: each begins this number of seconds after the one
// before, or half its length.
const STEP = 0.128;
const STEP_PART = 0.5;
const SHORTEST_STEP = 0.01; // s: also for rows without sound, so that a loop of them does not spin
const PACES = { overlap: "overlapping", own: "as long as each lasts", tempo: "at a tempo", at: "at the times of the table" };
const DIRECTIONS = { forward: "forward", backward: "backward", pendulum: "there and back", random: "at random" };

/** The places of a path's rows in one round, in the order of playing; random: a function that returns 0 to 1. */
function roundOf(count, direction, random = Math.random) {
  const places = Array.from({ length: count }, (_, place) => place);
  if (direction === "backward") return places.reverse();
  if (direction === "pendulum") return [...places, ...places.slice(1, -1).reverse()];
  if (direction === "random") {
    for (let n = count - 1; n > 0; n--) {
      const other = Math.floor(random() * (n + 1));
      [places[n], places[other]] = [places[other], places[n]];
    }
  }
  return places;
}

/** Seconds from a step to the next. swing: 0 to 0.75, what even steps are longer by, and odd ones shorter, as a part of a step. */
function stepSeconds({ pace, bpm, perBeat, swing }, step, length) {
  if (pace === "own") return Math.max(length, SHORTEST_STEP);
  if (pace === "tempo") return (60 / bpm / perBeat) * (step % 2 ? 1 - swing : 1 + swing);
  return Math.max(Math.min(STEP, STEP_PART * length), SHORTEST_STEP);
}

/** The steps of a path: {hits: [{row, volume}], place, after}, `after` being the seconds to the next one. What is changed in the
 * path while it plays is heard from the next step on. lengthOf(row), timeOf(row): in s. */
function* pathSteps(path, lengthOf, timeOf = () => NaN, random = Math.random) {
  let step = 0;
  do {
    const round = roundOf(path.rows.length, path.direction, random);
    for (const [n, place] of round.entries()) {
      const row = path.rows[place];
      if (row === undefined) continue; // taken out while it plays
      const length = lengthOf(row);
      const apart = path.pace === "at" ? Math.abs(timeOf(path.rows[round[n + 1]]) - timeOf(row)) : NaN;
      const after = Number.isFinite(apart) ? apart : stepSeconds(path, step, length);
      yield { hits: length ? [{ row, volume: path.volume }] : [], place, row, after };
      step += 1;
    }
  } while (path.loop && path.rows.length);
}

/** The steps of a pattern (see pads.js), round and round: hits are pads, and clicks of the metronome. */
function* patternSteps(pattern, lines) {
  for (let step = 0; ; step = (step + 1) % pattern.steps) {
    const hits = [];
    for (let line = 0; line < lines; line++) if (pattern.on(line, step)) hits.push({ pad: line });
    if (pattern.metronome && step % pattern.perBeat === 0) hits.push({ click: step === 0 ? "loud" : "soft" });
    yield { hits, place: step, row: -1, after: stepSeconds({ ...pattern.timing, pace: "tempo" }, step, 0) };
  }
}
