"use strict";
/* Names of groups on the map, seen from afar. */

const NAMED_BY = ["clusterName", "class"]; // columns of names: of clusters, of classes
const LABEL_PX = 14;
const FEWEST_IN_GROUP = 3;
const MOST_LABELS = 60;

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

/** Those of the labels that do not touch a larger one; width(text): in px; with their places on the screen. */
function apart(labels, camera, width) {
  const boxes = [];
  return labels.map((label) => {
    const [x, y] = camera.toScreen(label.x, label.y);
    return { ...label, left: x - width(label.text) / 2, right: x + width(label.text) / 2, top: y - LABEL_PX, bottom: y + LABEL_PX / 2, px: x, py: y };
  }).filter((box) => {
    const free = boxes.every((other) => box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom);
    if (free) boxes.push(box);
    return free;
  });
}
