"use strict";
/* Pointers on the map (mouse, pen, fingers) as moves, zooms, samples under the pointer, clicks and lassos. */

const DRAG_FROM = 5; // px: what moves less is a click
const WHEEL = 0.0015; // zoom per px of the wheel

class PointerInput {
  /** told: {mode(), moved(dx, dy), zoomed(factor, x, y), over(x, y), left(), clicked(x, y), doubled(x, y), lassoed(points, done, adds),
   * drawn(from, to): a path is drawn on, drawnAll(): it is done}. */
  constructor(canvas, told) {
    Object.assign(this, { canvas, told });
    this.pointers = new Map();
    this.doing = "";
    const on = (kind, handler, options) => canvas.addEventListener(kind, handler, options);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.cancel(event));
    on("dblclick", (event) => told.doubled(...this.place(event)));
    on("pointerleave", (event) => { if (!this.pointers.size && event.pointerType === "mouse") told.left(); });
    on("wheel", (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
      told.zoomed(Math.exp(-event.deltaY * lines * WHEEL * (event.ctrlKey ? 4 : 1)), ...this.place(event));
    }, { passive: false });
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    if (event.button > 0) return;
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    if (this.pointers.size === 2) {
      if (this.doing === "lasso") this.told.lassoed([], false, false);
      if (this.doing === "path") this.told.drawnAll();
      this.doing = "pinch";
      this.told.left();
      return;
    }
    if (this.pointers.size > 2) return;
    this.begun = this.place(event);
    this.adds = event.shiftKey;
    this.doing = "click";
    this.action = event.shiftKey ? "lasso" : this.told.mode();
    this.points = [this.begun];
    if (this.action === "listen") this.told.over(...this.begun);
  }

  move(event) {
    const here = this.place(event);
    if (!this.pointers.has(event.pointerId)) {
      if (event.pointerType !== "touch") this.told.over(...here);
      return;
    }
    const before = this.pointers.get(event.pointerId);
    if (this.doing === "pinch") {
      this.pinch(event.pointerId, here);
      return;
    }
    this.pointers.set(event.pointerId, here);
    if (this.doing === "click" && Math.hypot(here[0] - this.begun[0], here[1] - this.begun[1]) >= DRAG_FROM) {
      this.doing = this.action;
      if (this.doing === "path") this.told.drawn(this.begun, before);
      if (this.doing === "move") this.told.moved(before[0] - this.begun[0], before[1] - this.begun[1]);
    }
    if (this.doing === "move") this.told.moved(here[0] - before[0], here[1] - before[1]);
    if (this.doing === "listen") this.told.over(...here);
    if (this.doing === "path") this.told.drawn(before, here);
    if (this.doing === "lasso") {
      this.points.push(here);
      this.told.lassoed(this.points, false, this.adds);
    }
  }

  pinch(id, here) {
    const [a, b] = [...this.pointers.keys()];
    if (b === undefined || (id !== a && id !== b)) { // one is lifted, or there are three
      this.pointers.set(id, here);
      return;
    }
    const spread = () => {
      const [[ax, ay], [bx, by]] = [this.pointers.get(a), this.pointers.get(b)];
      return [Math.hypot(ax - bx, ay - by) || 1, (ax + bx) / 2, (ay + by) / 2];
    };
    const [wide, x, y] = spread();
    this.pointers.set(id, here);
    const [now, nx, ny] = spread();
    this.told.moved(nx - x, ny - y);
    this.told.zoomed(now / wide, nx, ny);
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.doing === "pinch") {
      if (!this.pointers.size) this.doing = "";
      return;
    }
    if (this.doing === "click") this.told.clicked(...this.place(event));
    if (this.doing === "lasso") this.told.lassoed(this.points, true, this.adds);
    if (this.doing === "path") this.told.drawnAll();
    if (this.doing === "listen" && event.pointerType === "touch") this.told.left();
    this.doing = "";
  }

  cancel(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.doing === "lasso") this.told.lassoed([], false, false);
    if (this.doing === "path") this.told.drawnAll();
    if (!this.pointers.size) this.doing = "";
    this.told.left();
  }
}
