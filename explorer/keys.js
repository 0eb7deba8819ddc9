"use strict";
/* The keyboard: what each key does, on the whole page, and which keys a control keeps for itself. */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TYPED_IN = "input[type=search], input[type=text], input[type=number], textarea, select";
const MOVED_BY_ARROWS = "input[type=range], input[type=radio]";
const PRESSED = "button, summary, a[href], input";

/** Whether a control itself uses a key. */
function keepsKey(control, key) {
  if (!control || !control.matches) return false;
  if (control.matches(TYPED_IN)) return key !== "Escape";
  if (key in ARROWS) return control.matches(MOVED_BY_ARROWS);
  return (key === " " || key === "Enter") && control.matches(PRESSED);
}

/** deeds: {walk(dx, dy), key -> function}; `code:KeyQ` for a key by its place on the keyboard. */
function wireKeys(deeds) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (keepsKey(event.target, key)) return;
    const deed = ARROWS[key] ? () => deeds.walk(...ARROWS[key]) : deeds[key] || deeds[`code:${event.code}`];
    if (!deed || (event.repeat && !ARROWS[key])) return;
    event.preventDefault();
    deed(event);
  });
}
