"use strict";
/* The map as a picture: SVG, whose cells are parts of the sheets beside the page, or PNG where the browser lets a page read them. */

const SHEETS_WAIT = 8000; // ms for the large sheets
const MOST_SIDE = 16384; // px of a canvas

/** The rows that are on the screen, in the order of drawing. */
function rowsOnScreen({ camera, layout }) {
  return layout.within(...camera.toLayout(0, 0), ...camera.toLayout(camera.width, camera.height));
}

/** The view of a page as SVG of a width in px; paths, marks and names are lines and words in it. */
function mapSvg(page, width) {
  const { samples, state, map } = page;
  const { camera, layout } = state;
  const [cellWidth, cellHeight] = samples.about.cell;
  const folder = new URL("data/", location.href).href;
  const escape = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const round = (value) => Number(value.toFixed(2));
  const gap = Math.min(GAP * camera.scale, 4);
  const [w, h] = [round(camera.scale - gap), round(camera.scale * CELL_HEIGHT - gap)];
  const cells = rowsOnScreen(state).filter((row) => samples.shown(row)).map((row) => {
    const [x, y] = camera.toScreen(layout.x[row], layout.y[row]).map(round);
    const { column, line } = samples.spot(row);
    const group = samples.group(row);
    const lines = Math.ceil(samples.rowsOf(group).length / samples.about.across);
    const sheet = `<image href="${escape(folder)}pictures_${String(group).padStart(4, "0")}.webp" width="${samples.about.across * cellWidth}" height="${lines * cellHeight}"/>`;
    const colour = state.colours.of(row);
    const tint = colour ? `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${colour}" fill-opacity="${TINT}"/>` : "";
    const view = `viewBox="${column * cellWidth} ${line * cellHeight} ${cellWidth} ${cellHeight}" preserveAspectRatio="none"`;
    return `<g${state.bright[row] ? "" : ` opacity="${DIMMED}"`}><svg x="${x}" y="${y}" width="${w}" height="${h}" ${view}>${sheet}</svg>${tint}<title>${escape(page.panel.inWords(row))}</title></g>`;
  });
  const lines = state.paths.map((path) => {
    const points = path.rows.map((row) => layout.centre(row)).filter(([x]) => !Number.isNaN(x)).map(([x, y]) => camera.toScreen(x, y).map(round).join(","));
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${path.colour}" stroke-width="3"><title>${escape(path.name)}</title></polyline>`;
  });
  const names = map.labelsShown().map(({ text, px, py }) =>
    `<text x="${round(px)}" y="${round(py)}" font-size="${LABEL_PX}" text-anchor="middle" fill="${map.theme.strong}" stroke="${map.theme.back}" stroke-width="4" paint-order="stroke">${escape(text)}</text>`);
  const size = `width="${width}" height="${Math.round((width * camera.height) / camera.width)}" viewBox="0 0 ${camera.width} ${camera.height}"`;
  const ground = `<rect width="${camera.width}" height="${camera.height}" fill="${map.theme.back}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif" ${size}>${[ground, ...cells, ...lines, ...names].join("\n")}</svg>\n`;
}

/** The view of a page as PNG of a width in px. An Error says why there is none. */
async function mapPng(page, width) {
  const { state, map, samples, pictures } = page;
  const { camera, layout } = state;
  const factor = width / camera.width;
  const canvas = make("canvas", { width, height: Math.round(camera.height * factor) });
  if (Math.max(canvas.width, canvas.height) > MOST_SIDE) throw new Error(`a picture has ${MOST_SIDE} px a side at most`);
  const rows = rowsOnScreen(state);
  const groups = map.groupsOf(rows).slice(0, MOST_SHEETS);
  pictures.want("pictures", groups);
  const since = performance.now();
  while (groups.some((group) => !pictures.large.has(group)) && performance.now() - since < SHEETS_WAIT) await new Promise((done) => { setTimeout(done, 30); });
  // The map's own ways of drawing, on another canvas.
  const view = Object.assign(Object.create(MapView.prototype), { canvas, samples, pictures, loops: map.loops, state, theme: map.theme, ratio: factor, labels: map.labels });
  view.context = canvas.getContext("2d", { alpha: false });
  view.context.fillStyle = map.theme.back;
  view.context.fillRect(0, 0, canvas.width, canvas.height);
  view.context.setTransform(factor, 0, 0, factor, 0, 0);
  view.context.imageSmoothingQuality = "high";
  view.drawCells(view.context, rows, (row) => camera.toScreen(layout.x[row], layout.y[row]), camera.scale, true);
  view.drawMarks();
  view.drawLabels();
  try {
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser cannot make a picture of that size"))), "image/png");
    });
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
    throw new Error("a page on the disk may not save its pictures as PNG: save SVG, or use samples_to_explorer.py -picture");
  }
}
