"use strict";
/* Names of groups on the map, where its cells are small. */

const NAMED_BY = ["clusterName", "class"]; // columns of names: of clusters, of classes
const LABEL_PX = 14;
const FEWEST_IN_GROUP = 3;
const MOST_LABELS = 60;
const LABELLED = 64; // px: the pictures of wider cells say more than names
const LABEL_MARGIN = 6; // px, from the edge of the screen

/** The groups of a layout: [{text, x, y, count}], the largest first; x, y: the median of its samples, in cells. */
function groupLabels(samples, layout) {
  const column = NAMED_BY.find((name) => samples.has(name));
  if (!column) return [];
  const cells = samples.text(column);
  const groups = new Map();
  for (const row of layout.placed) {
    const text = cells[row].trim();
    if (!text || text === "-") continue;
    if (!groups.has(text)) groups.set(text, []);
    groups.get(text).push(row);
  }
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  return [...groups].filter(([, rows]) => rows.length >= FEWEST_IN_GROUP).map(([text, rows]) => ({
    text, count: rows.length, x: median(rows.map((row) => layout.centre(row)[0])), y: median(rows.map((row) => layout.centre(row)[1])),
  })).sort((a, b) => b.count - a.count).slice(0, MOST_LABELS);
}

/** Those of the labels that do not touch a larger one, with their places on the screen. width(text): in px.
 * A label whose group is on the screen is moved so far that it can be read whole. */
function apart(labels, camera, width) {
  const boxes = [];
  return labels.map((label) => {
    const [middle, y] = camera.toScreen(label.x, label.y);
    const half = width(label.text) / 2;
    const least = half + LABEL_MARGIN;
    const x = middle < 0 || middle > camera.width ? middle : Math.max(Math.min(middle, camera.width - least), least);
    return { ...label, left: x - half, right: x + half, top: y - LABEL_PX, bottom: y + LABEL_PX / 2, px: x, py: y };
  }).filter((box) => {
    const free = boxes.every((other) => box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom);
    if (free) boxes.push(box);
    return free;
  });
}
