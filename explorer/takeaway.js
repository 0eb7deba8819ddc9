"use strict";
/* What is taken away: files to download, sounds as WAV files in a ZIP file with a list of their sources. */

const MOST_SOUNDS = 2000; // in one ZIP file; samples_to_files.py writes as many as there are
const MOST_STEM = 40; // letters of a file name taken from the source's
const UNSAFE = /[^\p{L}\p{N}_#+-]+/gu; // in names of files: as lib/pack/names.py
const ABOUT_SOURCE = ["title", "creator", "date", "licence", "licenseurl", "license", "address", "source", "url"];

/** Let the browser save something under a name. */
function save(name, parts, type) {
  const address = URL.createObjectURL(new Blob(parts, { type }));
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** A word that is safe in the name of a file on every system. */
function safeWord(word) { return word.normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFC").replace(UNSAFE, "-").replace(/^[-_]+|[-_]+$/g, ""); }

/** The name of a sample's file: `0042_film_C#4_120ms.wav`, its number being the place in what is downloaded. */
function soundName(samples, row, place) {
  const stem = safeWord(samples.cell(row, "filename").replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "")).slice(0, MOST_STEM);
  const note = samples.cell(row, "note");
  const pitch = note && note !== "-" ? `${note}${samples.cell(row, "octave") === "-1" ? "" : samples.cell(row, "octave")}` : "";
  const group = ["class", "cluster"].map((name) => samples.cell(row, name)).find(Boolean) || "";
  const words = [String(place + 1).padStart(4, "0"), stem, pitch, `${Math.round(1000 * samples.heard(row).length)}ms`, group];
  return `${words.map(safeWord).filter(Boolean).join("_")}.wav`;
}

/** The sources of some rows, as Markdown: each file once, with what the table says of it. */
function creditsText(samples, rows) {
  const counts = new Map();
  for (const row of rows) {
    const name = samples.cell(row, "filename");
    if (!counts.has(name)) counts.set(name, { row, count: 0 });
    counts.get(name).count += 1;
  }
  const said = ABOUT_SOURCE.filter((name) => samples.has(name));
  const line = (text) => text.replace(/\s+/g, " ").trim();
  const entries = [...counts].map(([name, { row, count }]) => {
    const facts = said.map((column) => [column, line(samples.cell(row, column))]).filter(([, cell]) => cell);
    return [`- ${line(name)}: ${counted(count, "sample")}`, ...facts.map(([column, cell]) => `  - ${column}: ${cell}`)].join("\n");
  });
  const missing = said.some((name) => name.startsWith("licen")) ? "" : "\nThe table says nothing of licences: ask at each source before you publish.\n";
  return `# Sources\n\n${entries.join("\n")}\n${missing}`;
}

/** The files of a download: each row's sound, the rows as a table, and their sources; each(done) after each sound. */
async function soundFiles(sound, rows, each = () => {}) {
  const { samples } = sound;
  const files = [];
  for (const [place, row] of rows.entries()) {
    if (!samples.heard(row).length) continue; // without sound
    files.push({ name: soundName(samples, row, place), bytes: wavBytes(await heardValues(sound, row), samples.about.rate) });
    each(files.length);
  }
  files.push({ name: "samples.csv", bytes: samples.csvBytes(rows) });
  files.push({ name: "CREDITS.md", bytes: new TextEncoder().encode(creditsText(samples, rows)) });
  return files;
}
