"""What controls, pointers and keys do: in Node, on a page whose elements only hold what was set."""

import json

import pytest

from tests.support.node import NODE, evaluate

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")

# 4 x 3 cells of 100 px about the middle of a canvas of 800 x 600: the middle of row 0 is at 250, 225.
GRID = """
    const page = opened(aboutOf(gridTable(4, 3)));
    const { state, sound } = page;
    const { camera } = state;
    Object.assign(camera, { x: 2, y: 1.125, scale: 100 });
    const middle = (row) => camera.toScreen(...state.layout.centre(row));
    const text = (id) => byId(id).textContent;
    const over = (row) => pointer("move", ...middle(row));
"""


def test_places_of_the_map_and_of_the_screen():
    code = """
        const camera = Object.assign(new Camera(), { width: 800, height: 600 });
        const layout = { width: 10, height: 30 };
        camera.fit(layout);
        const found = [[camera.x, camera.y, camera.scale]];
        const say = () => found.push([camera.x, camera.y, camera.scale].map((value) => Number(value.toFixed(6))));
        Object.assign(camera, { x: 4, y: 9, scale: 20 });
        found.push(camera.toScreen(5, 7), camera.toLayout(420, 260));
        camera.move(10, -20, layout); say();
        camera.move(1000, 1000, layout); say();
        camera.move(-1000, -1000, layout); say();
        Object.assign(camera, { x: 4, y: 9, scale: 20 });
        camera.zoom(2, 420, 260, layout); say();
        camera.zoom(1e9, 420, 260, layout); say();
        Object.assign(camera, { x: 4, y: 9, scale: 20 });
        camera.zoom(1e-9, 400, 300, layout); say();
        const tiny = { width: 0.5, height: 0.1 };
        camera.zoom(1e-9, 400, 300, tiny); say();
        for (const box of [[3, 8, 1, 1], [-25, 8, 1, 1], [30, 8, 1, 1], [3, -12, 1, 1], [3, 40, 1, 1], [-16, 8, 1,
          1], [23, 8, 1, 1]]) {
          Object.assign(camera, { x: 4, y: 9, scale: 20 });
          camera.reveal(...box, { width: 100, height: 100 }); say();
        }
        return found;"""
    fitted, to, back, moved, least, most, zoomed, closest, farthest, tiny, *revealed = evaluate(code)
    # 97 % of the smaller of 800 / 10 and 600 / 30.
    assert fitted == [5, 15, pytest.approx(19.4)]
    assert to == [420, 260]
    assert back == [5, 7]
    assert moved == [3.5, 10, 20]
    assert least == [0, 0, 20]
    assert most == [10, 30, 20]
    # The point 5, 7 stays at 420, 260: at 40 px it is half of a cell from the middle.
    assert zoomed == [4.5, 8, 40]
    assert closest == [pytest.approx(5 - 20 / 640), pytest.approx(7 + 40 / 640), 640]
    assert farthest[2] == pytest.approx(9.7)  # half of what fits
    assert tiny[2] == 640  # cells are never wider
    # The screen is from x = -16 to 24 and from y = -6 to 24.
    assert revealed == [
        [4, 9, 20], [0, 9, 20], [11, 9, 20], [4, 3, 20], [4, 26, 20], [4, 9, 20], [4, 9, 20],
    ]  # fmt: skip


def test_cells_lie_in_rows_or_in_a_cloud():
    code = """
        const about = aboutOf({ x: [-2, 1, 4, "", 1], y: [10, 20, 10, 5, 16] });
        const samples = new Samples(about);
        const grid = new Layout(samples, { x: "x", y: "y", grid: true });
        const cloud = new Layout(samples, { x: "x", y: "y", grid: false });
        const one = new Layout(new Samples(aboutOf({ x: [7], y: [7] })), { x: "x", y: "y", grid: false });
        const said = ({ placed, without, x, y, width, height }) => [placed, without, [...x].filter((v) => v === v),
          [...y].filter((v) => v === v), width, height];
        return [said(grid), said(cloud), said(one), grid.centre(1)];"""
    grid, cloud, one, centre = evaluate(code, page=True)
    assert grid == [[0, 1, 2, 4], [3], [0, 3, 6, 3], [0, 7.5, 0, 4.5], 7, 8.25]
    # 1.7 times the root of 4 cells for the longer side, which is 10.
    scale = 0.34
    assert cloud[2] == pytest.approx([0, 3 * scale, 6 * scale, 3 * scale])
    assert cloud[3] == pytest.approx([0, 10 * scale, 0, 6 * scale])
    assert cloud[4:] == pytest.approx([6 * scale + 1, 10 * scale + 0.75])
    assert one == [[0], [], [0], [0], 1, 0.75]
    assert centre == [3.5, 7.875]


def test_what_is_at_a_place_and_about_it():
    """In a cloud the last of the table is on top, a cell is 1 x 0.75."""
    code = """
        const about = aboutOf({ x: [0, 0.5, 5, 5.2, 9], y: [0, 0.3, 5, 5, 9] });
        const layout = new Layout(new Samples(about), { x: "x", y: "y", grid: false });
        const at = (row, dx, dy) => layout.at(layout.x[row] + dx, layout.y[row] + dy);
        const grid = new Layout(new Samples(aboutOf(gridTable(5, 4))), { x: "gridX", y: "gridY", grid: true });
        const every = Array.from({ length: 400 }, (_, n) => [(n % 20) / 4 - 0.2, Math.floor(n / 20) / 6 - 0.2]);
        const found = every.map(([x, y]) => grid.at(x, y));
        const near = (x, y) => grid.within(x, y, x, y).sort((a, b) => a - b);
        return [[at(4, 0, 0), at(4, 0.999, 0.749), at(4, 1, 0), at(4, 0, 0.75), at(4, -0.001, 0), at(4, 0, -0.001)],
          found.map((row, n) => [every[n], row]), near(2.5, 1), grid.within(-9, -9, 99, 99).length, grid.within(7, 0,
            9, 1), grid.bin,
          [[0, 1, 0], [0, -1, 0], [0, 0, 1], [7, 1, 0], [7, -1, 0], [7, 0, 1], [7, 0, -1], [19, 1, 0]].map(([row, dx,
            dy]) => grid.neighbour(row, dx, dy)),
          layout.neighbour(0, 1, 0), layout.neighbour(4, 0, -1)];"""
    corners, found, near, all_, beyond, bin_, neighbours, east, north = evaluate(code, page=True)
    assert corners == [4, 4, -1, -1, -1, -1]
    for (x, y), row in found:
        inside = 0 <= x < 5 and 0 <= y < 3
        assert row == (int(y / 0.75) * 5 + int(x) if inside else -1)
    assert near == [1, 2, 6, 7]  # cells that may reach to a place begin up to a cell before it
    assert (all_, beyond, bin_) == (20, [], 1)
    assert neighbours == [1, 0, 5, 8, 6, 12, 2, 19]
    assert (east, north) == (1, 3)


def test_places_far_apart_are_found_in_bins_of_many_cells():
    code = """
        const place = (n, step) => (n * step) % 400;
        const rows = Array.from({ length: 40 }, (_, n) => n);
        const columns = { x: rows.map((n) => place(n, 37)), y: rows.map((n) => place(n, 151)) };
        const layout = new Layout(new Samples(aboutOf(columns)), { x: "x", y: "y", grid: true });
        const at = (dx, dy) => rows.map((row) => layout.at(layout.x[row] + dx, layout.y[row] + dy));
        const about = rows.every((row) => layout.within(layout.x[row] - 20, layout.y[row] - 20, layout.x[row] + 20,
          layout.y[row] + 20).includes(row));
        return [layout.bin > 4, at(0.5, 0.4), at(0.99, 0.74), at(1.01, 0.4), about];"""
    large, middles, corners, beside, about = evaluate(code, page=True)
    assert large is True
    assert middles == corners == list(range(40))
    assert beside == [-1] * 40
    assert about is True


def test_a_neighbour_is_ahead_more_than_aside():
    """Straight on at three cells costs 3; one on and half aside 1 + 2 / 2; what is more aside than ahead is none."""
    code = """
        const neighbour = (...places) => {
          const [x, y] = [0, 1].map((k) => [0, ...places.map((place) => place[k])]);
          return new Layout(new Samples(aboutOf({ x, y })), { x: "x", y: "y", grid: true }).neighbour(0, 1, 0);
        };
        return [neighbour([3, 0], [1, 0.5]), neighbour([2, 0], [1.5, 0.5]), neighbour([1, 1]), neighbour([1, 1.1]),
          neighbour([-1, 0]), neighbour([0, 0]),
          neighbour([1, -0.9], [2.7, 0]), neighbour([2, 0], [2, 0])];"""
    # 1.5 and 2 * 0.5 are 2.5: more than 2. 1 and 2 * 0.9 are 2.8. Of two at one place the first is meant.
    assert evaluate(code, page=True) == [2, 1, 1, 0, 0, 0, 2, 1]


def test_what_is_inside_a_line_that_is_drawn():
    code = """
        const layout = new Layout(new Samples(aboutOf(gridTable(4, 4))), { x: "gridX", y: "gridY", grid: true });
        return [layout.inside([[0, 0], [4, 0], [0, 3]]), layout.inside([[0.6, 0], [3.4, 0], [3.4, 9], [0.6, 9]]),
          layout.inside([[1, 0.1], [3, 0.1], [2, 2.9]]), layout.inside([[0, 0], [4, 0], [4, 3], [0, 3], [0, 0], [1,
            0.75], [3, 0.75], [3, 2.25], [1, 2.25], [1, 0.75]]),
          layout.inside([])];"""
    corner, middle, triangle, ring, nothing = evaluate(code, page=True)
    # Middles are at 0.5, 1.5 ... and 0.375, 1.125 ...; below the line from 4, 0 to 0, 3.
    assert corner == [row for row in range(16) if (row % 4 + 0.5) / 4 + (row // 4 + 0.5) / 4 < 1]
    assert middle == [row for row in range(16) if row % 4 in (1, 2)]
    assert triangle == [row for row in range(16) if row % 4 in (1, 2) and (2.9 - (row // 4 + 0.5) * 0.75) / 2.8 > 0.5]
    assert ring == [row for row in range(16) if not (row % 4 in (1, 2) and row // 4 in (1, 2))]
    assert nothing == []


POINTER = """
    const canvas = new Element("canvas");
    const log = [];
    let mode = "move";
    const input = new PointerInput(canvas, Object.fromEntries(["moved", "zoomed", "over", "left", "clicked",
      "doubled", "lassoed", "drawn", "drawnAll"]
      .map((name) => [name, (...values) => log.push([name, ...values.map((value) => (Array.isArray(
        value) ? [...value] : value))])]).concat([["mode", () => mode]])));
    const on = (kind, x, y, more = {}) => canvas.dispatchEvent(told(kind.startsWith("wheel") ||
      kind === "dblclick" ? kind : `pointer${kind}`,
      { clientX: x + 10, clientY: y + 20, pointerType: "mouse", pointerId: 1, button: 0, shiftKey: false, ...more }));
    const since = () => log.splice(0);
"""


def test_a_click_is_what_moves_less_than_five_pixels():
    code = """
        on("down", 100, 100); on("move", 103, 103.9); on("up", 103, 103);
        const found = [since(), document.activeElement === canvas];
        on("down", 100, 100); on("move", 103, 104); on("move", 110, 104); on("up", 110, 104);
        found.push(since());
        on("down", 100, 100, { button: 1 }); on("move", 150, 100); on("up", 150, 100);
        found.push(since());
        on("dblclick", 5, 6);
        on("leave", 1, 1); on("leave", 1, 1, { pointerType: "touch" });
        on("down", 1, 1); on("leave", 1, 1); on("up", 1, 1);
        return [...found, since()];"""
    click, focus, drag, middle, others = evaluate(POINTER + code, page=True)
    assert click == [["clicked", 103, 103]]
    assert focus is True
    # All of the way, that of the first pixels too.
    assert drag == [["moved", 0, 0], ["moved", 3, 4], ["moved", 7, 0]]
    assert middle == [["over", 150, 100]]
    assert others == [["doubled", 5, 6], ["left"], ["clicked", 1, 1]]


def test_a_drag_that_began_with_small_steps_moves_by_all_of_them():
    code = """
        on("down", 100, 100); on("move", 102, 100); on("move", 104, 100); on("move", 109, 101); on("up", 109, 101);
        return since();"""
    assert evaluate(POINTER + code, page=True) == [["moved", 4, 0], ["moved", 5, 1]]


def test_the_wheel_zooms():
    code = """
        on("wheel", 30, 40, { deltaY: -100, deltaMode: 0 });
        on("wheel", 30, 40, { deltaY: 3, deltaMode: 1 });
        on("wheel", 30, 40, { deltaY: 1, deltaMode: 2 });
        on("wheel", 30, 40, { deltaY: 100, deltaMode: 0, ctrlKey: true });
        const event = told("wheel", { deltaY: 1, deltaMode: 0, clientX: 0, clientY: 0 });
        canvas.dispatchEvent(event);
        return [since(), event.defaultPrevented];"""
    wheels, prevented = evaluate(POINTER + code, page=True)
    # e to the power of 0.0015 per px; a line is 16 px, a page 400; pinches of a touchpad count four times.
    powers = [0.15, -0.072, -0.6, -0.6, -0.0015]
    assert [wheel[1] for wheel in wheels] == pytest.approx([2.718281828**power for power in powers])
    assert all(wheel[2:] == [30, 40] for wheel in wheels[:4])
    assert prevented is True


def test_dragging_plays_selects_or_draws():
    code = """
        const found = [];
        for (mode of ["listen", "lasso", "path"]) {
          on("down", 10, 10); on("move", 12, 10); on("move", 20, 10); on("move", 20, 30); on("up", 20, 30);
          found.push(since());
        }
        mode = "move";
        on("down", 10, 10, { shiftKey: true }); on("move", 20, 10); on("cancel", 20, 10);
        found.push(since());
        mode = "path";
        on("down", 10, 10); on("move", 20, 10); on("cancel", 20, 10); on("move", 30, 10);
        found.push(since());
        mode = "listen";
        on("down", 10, 10, { pointerType: "touch" }); on("move", 20, 10, { pointerType: "touch" }); on("up", 20, 10,
          { pointerType: "touch" });
        on("move", 50, 50, { pointerType: "touch" });
        on("up", 9, 9, { pointerId: 7 }); on("cancel", 9, 9, { pointerId: 7 });
        return [...found, since()];"""
    listen, lasso, path, shift, path_cancelled, touch = evaluate(POINTER + code, page=True)
    assert listen == [["over", 10, 10], ["over", 20, 10], ["over", 20, 30]]
    points = [[10, 10], [20, 10], [20, 30]]
    assert lasso == [
        ["lassoed", points[:2], False, False],
        ["lassoed", points, False, False],
        ["lassoed", points, True, False],
    ]
    assert path == [
        ["drawn", [10, 10], [12, 10]],
        ["drawn", [12, 10], [20, 10]],
        ["drawn", [20, 10], [20, 30]],
        ["drawnAll"],
    ]
    assert shift == [["lassoed", points[:2], False, True], ["lassoed", [], False, False], ["left"]]
    assert path_cancelled == [
        ["drawn", [10, 10], [10, 10]],
        ["drawn", [10, 10], [20, 10]],
        ["drawnAll"],
        ["left"],
        ["over", 30, 10],
    ]
    assert touch == [["over", 10, 10], ["over", 20, 10], ["left"]]


def test_two_fingers_move_and_zoom():
    code = """
        const finger = (kind, id, x, y) => on(kind, x, y, { pointerId: id, pointerType: "touch" });
        finger("down", 1, 100, 100); finger("down", 2, 200, 100);
        const found = [since()];
        finger("move", 2, 300, 100);
        finger("move", 1, 100, 140);
        finger("down", 3, 500, 500); finger("move", 3, 600, 600); finger("up", 3, 600, 600);
        found.push(since());
        finger("up", 1, 100, 140); finger("move", 2, 310, 100); finger("up", 2, 310, 100);
        found.push(since());
        finger("down", 1, 50, 50); finger("up", 1, 50, 50);
        found.push(since());
        for (mode of ["lasso", "path"]) {
          finger("down", 1, 0, 0); finger("move", 1, 50, 50); finger("down", 2, 90, 90);
          found.push(since().slice(-2));
          finger("up", 1, 0, 0); finger("up", 2, 0, 0);
          since();
        }
        finger("down", 1, 7, 7); finger("down", 2, 7, 7); finger("move", 2, 8, 7);
        return [...found, since().slice(-1)];"""
    begun, pinch, rest, click, lasso, path, together = evaluate(POINTER + code, page=True)
    assert begun == [["left"]]
    wide = (200**2 + 40**2) ** 0.5
    assert pinch == [
        ["moved", 50, 0], ["zoomed", 2, 200, 100], ["moved", 0, 20], ["zoomed", pytest.approx(wide / 200), 200, 120],
    ]  # fmt: skip
    assert rest == []  # one that stays moves nothing until it is lifted
    assert click == [["clicked", 50, 50]]
    assert lasso == [["lassoed", [], False, False], ["left"]]
    assert path == [["drawnAll"], ["left"]]
    assert together == [["zoomed", 1, 7.5, 7]]


def test_the_pointer_plays_shows_and_leaves_a_trail():
    code = """
        return sound.wake().then(async () => {
          over(0); over(0); over(1);
          const found = [[...state.trail], state.current, page.panel.row, page.hovered];
          await clock.pass(10);
          found.push(page.panel.row, text("sample-name"), sound.started.map(({ row, fade }) => [row, fade ?? null]),
            sound.tracks.wishes.size > 0);
          pointer("leave", 5, 5);
          found.push(page.hovered, page.panel.row, sound.wanted, sound.started.at(-1).fade);
          state.bright[2] = 0;
          over(2);
          found.push(page.hovered, state.trail.length);
          over(3);
          page.togglePin(3);
          page.setMode("lasso");
          const count = sound.started.length;
          over(5);
          await clock.pass(10);
          found.push(sound.started.length - count, page.panel.row, text("status"));
          pointer("leave", 5, 5);
          found.push(page.panel.row);
          for (let n = 0; n < 70; n++) over(n % 2 ? 0 : 1);
          return [...found, state.trail.length];
        });"""
    trail, current, before, hovered, panel, name, started, wishes, *found = evaluate(GRID + code, page=True)
    none, shown, wanted, fade, dim, count, silent, other, said, pinned, most = found
    # The panel waits for the sound.
    assert (trail, current, before, hovered, panel, name) == ([0, 1], 1, -1, 1, 1, "a.wav")
    assert started == [[1, None]]  # the first was left before its sound was there
    assert wishes is True
    assert (none, shown, wanted, fade) == (-1, 1, -1, 0.5)
    assert (dim, count) == (-1, 2)
    assert (silent, other) == (0, 5)
    assert said == "Pinned: a.wav, at 0.6 s, 200 ms"
    assert pinned == 3
    assert most == 64


def test_the_waveform_of_what_the_pointer_is_over_is_drawn_when_its_sound_is_there():
    code = """
        const bars = () => drawnBy(byId("timeline"), "fillRect").map(([, [, , width]]) => width);
        return sound.wake().then(async () => {
          over(5);
          const first = bars();
          await clock.settle();
          const found = [first.includes(1), bars().includes(1), bars().length];
          over(6);
          bars();
          over(7); // its sound is that of another row when it comes
          const draw = page.timeline.draw.bind(page.timeline);
          let drawn = 0;
          page.timeline.draw = () => { drawn += 1; draw(); };
          page.heardHere(6);
          found.push(drawn);
          page.heardHere(7);
          return [...found, drawn];
        });"""
    assert evaluate(GRID + code, page=True) == [False, True, 0, 0, 1]


def test_what_is_seen_waits_for_a_sound_150_ms_at_most():
    code = """
        const seen = () => [page.panel.row, page.map.drawn];
        const pass = async (ms) => { for (; ms > 0; ms -= 11) { await clock.pass(Math.min(ms, 11)); clock.frame(); } };
        return sound.wake().then(async () => {
          await pass(500);
          sound.tracks.ready.clear();
          sound.tracks.want([]);
          served.wait = 1000;
          const { drawn } = page.map;
          over(5);
          page.map.ask(); // as films do that move
          const found = [state.current, ...seen()];
          await pass(149);
          found.push(...seen());
          await pass(22);
          found.push(...seen());
          // Who goes on to another at once does not wait again, so that something is seen of a sweep.
          over(6);
          await pass(11);
          found.push(...seen());
          await pass(1);
          over(7);
          found.push(...seen());
          await pass(2000);
          sound.tracks.ready.clear();
          // A view that moves is drawn as it moves.
          const still = page.map.drawn;
          over(8);
          page.viewChanged();
          await pass(11);
          return [found, drawn, page.panel.row, page.map.drawn > still];
        });"""
    found, drawn, panel, moves = evaluate(GRID + code, page=True)
    assert found[:5] == [5, -1, drawn, -1, drawn]
    assert found[5] == 5
    assert found[6] > drawn
    assert found[7] == 6
    assert found[8] > found[6]
    assert found[9:] == [6, found[8]]
    assert panel == 7
    assert moves is True


def test_what_is_clicked_or_walked_to_is_shown_at_once():
    """What follows, such as Play, is about the panel's sample."""
    code = """
        return sound.wake().then(async () => {
          await clock.pass(500);
          sound.tracks.ready.clear();
          sound.tracks.want([]);
          served.wait = 1000;
          over(5);
          const found = [page.panel.row];
          page.show(6);
          found.push(page.panel.row);
          page.walk(1, 0);
          found.push(page.panel.row === state.current, page.panel.row !== 6);
          over(7);
          await clock.pass(2000);
          return [...found, page.panel.row];
        });"""
    assert evaluate(GRID + code, page=True) == [-1, 6, True, True, 7]


def test_pictures_and_loops_are_asked_for_when_the_sound_is_there():
    code = """
        return sound.wake().then(async () => {
          await clock.pass(500);
          sound.tracks.ready.clear();
          let wanted = 0;
          page.loops.want = () => { wanted += 1; };
          let large = 0;
          page.loadLarge = () => { large += 1; };
          served.wait = 90;
          over(5);
          const found = [];
          for (const ms of [89, 61]) {
            await clock.pass(ms);
            found.push([sound.started.length, large, wanted]);
          }
          return found;
        });"""
    assert evaluate(GRID + code, page=True) == [[0, 0, 0], [1, 1, 1]]


def test_the_first_row_is_heard_and_pinned_as_any_other():
    code = """
        const started = () => sound.started.map(({ row }) => row);
        return page.hear(-1).then(async () => {
          const none = [started(), sound.awake];
          await page.hear(0);
          const found = [...none, started()];
          for (const pin of ["0", "3", "", "0"]) {
            page.followLink(`table=${page.samples.signature()}&pin=${pin}`);
            found.push(state.pinned);
          }
          return found;
        });"""
    # A link without a pin leaves the one that is there.
    assert evaluate(GRID + code, page=True) == [[], False, [0], 0, 3, 3, 0]


def test_the_first_row_and_the_first_pad_are_as_good_as_any():
    code = """
        const found = {};
        const left = [];
        const leave = sound.leave.bind(sound);
        sound.leave = (row) => { left.push(row); leave(row); };
        return sound.wake().then(async () => {
          over(0);
          await clock.pass(60);
          found.shown = [state.current, page.panel.row, byId("play").disabled, byId("in-context").disabled];
          found.heard = sound.started.map(({ row }) => row);
          found.context = page.timeline.context(0);
          found.bars = drawnBy(byId("timeline"), "fillRect").length > 2;
          drawnBy(byId("picture"));
          page.pictures.arrived(0, "pictures");
          found.drawn = drawnBy(byId("picture"), "drawImage").length;
          over(5);
          found.left = left;
          page.togglePin(0);
          found.pinned = [state.pinned, text("status").slice(0, 7), byId("show-pinned").disabled];
          page.show(5);
          found.away = byId("show-pinned").disabled;
          page.left();
          found.back = page.panel.row;
          state.trail = [];
          page.undo();
          found.undone = [state.pinned, page.panel.row];
          page.show(0);
          put("path-source", "line");
          byId("path-make").click();
          found.line = page.paths.map(({ rows }) => rows);
          byId("pad-sample").click();
          page.padsPanel.press(0);
          found.pad = page.padsPanel.pads.held[0];
          sound.stop();
          page.padsPanel.note(36, 100);
          await clock.settle();
          found.struck = sound.started.at(-1).row;
          page.padsPanel.learning = 0;
          page.padsPanel.note(50, 100);
          found.learnt = page.padsPanel.pads.notes[0];
          Object.assign(state, { trail: [], paths: [], chosen: null });
          const count = sound.started.length;
          page.playChosen();
          await clock.pass(500);
          found.played = [sound.started.slice(count).map(({ row }) => row), text("status")];
          return found;
        });"""
    assert evaluate(GRID + code, page=True) == {
        "shown": [0, 0, False, False], "heard": [0], "context": [0, 1, 2], "bars": True, "drawn": 1, "left": [0, 5],
        "pinned": [0, "Pinned:", True], "away": False, "back": 0, "undone": [-1, 0], "line": [[0, 1, 2, 3]],
        "pad": {"row": 0}, "struck": 0, "learnt": 50, "played": [[0], "Playing the trail of 1 sample"],
    }  # fmt: skip


def test_the_meter_and_the_time_of_a_recording():
    """Ten times a second while it records: the largest value of the latest sound, 1 at most."""
    code = """
        let latest = [];
        sound.latest = () => Float32Array.from(latest);
        const told = () => [byId("meter").value, text("record-time"), byId("record").getAttribute("aria-pressed")];
        const found = [];
        const look = async (values, ms) => { latest = values; await clock.pass(ms); found.push(told()); };
        return sound.wake().then(async () => {
          await look([], 0);
          page.recordPanel.toggle();
          await look([0.25, -0.5, 0], 100);
          await look([2, 0], METER_EVERY);
          await look([0.125], METER_EVERY - 1);
          await look([0.125], 1);
          page.recordPanel.toggle();
          await look([1], 1000);
          return [...found, METER_EVERY];
        });"""
    before, low, loud, same, soft, after, every = evaluate(GRID + code, page=True)
    assert before[1] == ""
    assert (low[0], loud[0], same[0], soft[0]) == (0.5, 1, 1, 0.125)
    assert (low[2], after[2]) == ("true", "false")
    assert after[:2] == [0.125, "0.3 s"]
    assert every == 100


def test_light_and_dark_are_drawn_at_once():
    """When the system changes: the map and the line of time, whose colours are drawn."""
    code = """
        const changes = [];
        const { matchMedia } = globalThis;
        globalThis.matchMedia = (query) => Object.assign(matchMedia(query), {
          addEventListener: (kind, run) => { if (kind === "change" && /dark/.test(query)) changes.push(run); } });
        const page = opened(aboutOf(gridTable(4, 3)));
        page.show(5);
        page.map.updateOverview = () => {};
        clock.frame();
        drawnBy(byId("timeline"));
        page.map.dirty = new Set();
        changes[0]();
        return [changes.length, page.map.dirty, drawnBy(byId("timeline"), "fillRect").length > 2];"""
    assert evaluate(code, page=True) == [1, "all", True]


def test_the_pin_is_put_and_taken_away():
    code = """
        const said = () => [state.pinned, text("status"), text("pin"), byId("pin").getAttribute("aria-pressed"), byId(
          "pin").disabled, byId("show-pinned").disabled];
        const found = [said()];
        page.togglePin(-1);
        over(0); found.push(said());
        byId("pin").click(); found.push(said());
        over(1); found.push(said());
        byId("show-pinned").click(); found.push([page.panel.row]);
        byId("pin").click(); found.push(said());
        document.getElementById("map").dispatchEvent(told("dblclick", { clientX: middle(5)[0] + 10, clientY: middle(
          5)[1] + 20 }));
        found.push(said());
        pressKey("Escape"); pressKey("Escape"); found.push(said()); // the trail goes first
        over(0); pressKey("p"); found.push(state.pinned);
        pressKey("p"); found.push(state.pinned);
        return found;"""
    first, over, pinned, other, shown, free, double, escaped, zero, gone = evaluate(GRID + code, page=True)
    assert first[:2] == [-1, ""]
    assert over == [-1, "Nothing is pinned", "Pin", "false", False, True]
    assert pinned == [0, "Pinned: a.wav, at 0 s, 200 ms", "Unpin", "true", False, True]
    assert other == [0, pinned[1], "Pin", "false", False, False]
    assert shown == [0]
    assert free[:2] == [-1, "Nothing is pinned"]
    assert double[0] == 5
    assert escaped[0] == -1
    assert (zero, gone) == (0, -1)


def test_arrow_keys_walk_and_move_the_view_along():
    code = """
        state.camera.x = 1.2;
        pressKey("ArrowRight");
        const found = [state.current];
        for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowUp"]) { pressKey(key); found.push(
          state.current); }
        Object.assign(camera, { x: 0.5, y: 0.4, scale: 400 });
        pressKey("ArrowRight");
        const { x, y } = camera;
        pressKey("ArrowLeft", { repeat: true });
        const again = state.current;
        for (const more of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }]) pressKey("ArrowLeft", more);
        state.trail = [];
        for (let n = 0; n < 70; n++) pressKey(n % 2 ? "ArrowLeft" : "ArrowRight");
        return clock.pass(500).then(() => [found, x, y, again, state.current, text("status"), state.trail.length,
          location.hash.includes("view=")]);"""
    found, x, y, again, current, said, trail, linked = evaluate(GRID + code, page=True)
    assert found == [4 + 1, 6, 10, 9, 5, 1]  # the first is the one in the middle of the view
    # On a screen of 2 x 1.5 cells about 0.5, 0.4, row 2 ends at 3: it moves by 1.5.
    assert (x, y) == (2, pytest.approx(0.4))
    assert again == current == 1
    assert said == "a.wav, at 0.2 s, 200 ms"
    assert trail == 64
    assert linked is True


def test_a_walk_from_nowhere_or_from_what_has_no_place():
    code = """
        const table = gridTable(3, 1, { gridX: [0, 1, ""] });
        const page = opened(aboutOf(table));
        page.state.current = 2;
        page.state.camera.x = 1.6;
        page.walk(1, 0);
        const found = [page.state.current];
        page.state.current = 0;
        page.walk(-1, 0); // there is none
        return [...found, page.state.current, page.state.trail];"""
    assert evaluate(code, page=True) == [1, 0, [1]]


def test_escape_takes_back_one_thing_after_the_other():
    code = """
        return sound.wake().then(async () => {
          over(0); over(1);
          page.togglePin(5);
          page.select([3, 4], false);
          pressKey(" ");
          await clock.settle();
          const now = () => [page.transport.playing, state.trail.length, state.pinned, state.selected.size];
          const found = [now()];
          for (let n = 0; n < 4; n++) { pressKey("Escape"); found.push(now()); }
          state.trail = [2];
          pressKey("Escape");
          return [...found, state.trail, document.activeElement.id];
        });"""
    assert evaluate(GRID + code, page=True) == [
        [True, 2, 5, 2], [False, 2, 5, 2], [False, 0, 5, 2], [False, 0, -1, 2], [False, 0, -1, 0], [2], "map",
    ]  # fmt: skip


def test_keys_of_the_whole_page():
    code = """
        const before = camera.scale;
        const found = [];
        for (const key of ["+", "=", "-"]) { pressKey(key); found.push(camera.scale / before); }
        pressKey("0");
        found.push(camera.scale === camera.fitted(state.layout), camera.x);
        for (const key of ["l", "G", "n", "m"]) { pressKey(key); found.push([page.mode, byId("map").dataset.mode,
          elements.get("lasso").checked]); }
        pressKey("+", { repeat: true });
        found.push(camera.scale === camera.fitted(state.layout));
        document.body.classList.add("no-panel");
        pressKey("/");
        found.push(document.body.classList.contains("no-panel"), document.activeElement.id);
        over(6);
        pressKey("p");
        found.push(state.pinned);
        return sound.wake().then(async () => {
          pressKey("Enter");
          await clock.settle();
          found.push(sound.started.at(-1).row);
          pressKey("t"); found.push(page.recordPanel.recorder.recording);
          pressKey("k"); found.push(text("status"));
          page.padsPanel.pads.held[4] = { row: 9 };
          pressKey("q", { code: "KeyQ" });
          await clock.settle();
          found.push(sound.started.at(-1).row, state.current);
          return found;
        });"""
    *found, pinned, heard, records, said, pad, shown = evaluate(GRID + code, page=True)
    *zooms, fits, x, play, select, path, move, same, hidden, focus = found
    assert zooms == pytest.approx([1.5, 2.25, 1.5])
    assert (fits, x) == (True, 2)
    assert [play, select, path, move] == [
        ["listen", "listen", False], ["lasso", "lasso", True], ["path", "path", False], ["move", "move", False],
    ]  # fmt: skip
    assert same is True
    assert (hidden, focus, pinned, heard, records) == (False, "search", 6, 6, True)
    assert said == "The pattern is empty: choose a pad, then its steps"
    assert (pad, shown) == (9, 9)


def test_the_view_keeps_what_it_shows_when_the_window_changes():
    code = """
        page.fit();
        camera.scale *= 2;
        Object.assign(byId("map"), { clientWidth: 400, clientHeight: 600 });
        const before = page.map.drawn;
        page.resized();
        const part = camera.scale / camera.fitted(state.layout);
        const drawn = page.map.drawn - before;
        page.resized();
        return [part, drawn, page.map.drawn - before, camera.width];"""
    assert evaluate(GRID + code, page=True) == [pytest.approx(2), 1, 1, 400]


def test_a_view_at_rest_is_linked_and_its_sounds_are_loaded():
    code = """
        const page = opened(aboutOf(gridTable(40, 3)));
        const { sound, state: { camera } } = page;
        return sound.wake().then(async () => {
          await clock.pass(1000);
          const { hash } = location;
          asked.length = 0;
          Object.assign(camera, { x: 3.5, y: 0.375 });
          page.viewChanged();
          await clock.pass(200);
          page.viewChanged();
          await clock.pass(399);
          const early = [asked.filter((address) => address.includes("sound")).length, location.hash === hash];
          await clock.pass(1);
          await clock.settle();
          return [early, asked.filter((address) => address.includes("sound"))[0], location.hash.includes(
            "view=3.5%2C0.375%2C")];
        });"""
    early, first, linked = evaluate(code, page=True)
    assert early == [0, True]
    assert first == "data/sound_0000_01.js"  # of row 3
    assert linked is True


def test_a_link_comes_back_whole():
    code = """
        page.select([1, 2, 3, 7], false);
        over(4);
        page.togglePin(6);
        page.setEven(false);
        put("search", "a.w", "input");
        page.state.paths = [new Path("One ~ &", [3, 1, 2], "#123456")];
        page.padsPanel.pads.held[2] = { row: 11 };
        page.padsPanel.pads.held[3] = { path: page.state.paths[0] };
        page.padsPanel.pads.learn(0, 40);
        page.padsPanel.pattern.toggle(2, 5);
        page.filters.ranges.set("start", [100, 900]);
        page.filters.only.add(2); page.filters.only.add(0);
        page.coloured("start");
        state.pinned = 0;
        page.writeLink();
        const first = new URLSearchParams(location.hash.slice(1)).get("pin");
        state.pinned = 6;
        page.writeLink();
        const link = location.hash.slice(1);
        const other = opened(page.samples.about);
        other.followLink(link);
        const said = ({ state, sound, filters, padsPanel }) => [[...state.selected], state.pinned, sound.even,
          filters.search, state.paths, padsPanel.pads.text(state.paths),
          padsPanel.pads.notes, padsPanel.pattern.text(), [...filters.ranges], state.colours.column,
            [...filters.only].sort(), [...state.bright], Math.round(state.camera.scale), state.chosen];
        return [said(page).map((value) => JSON.stringify(value)), said(other).map((value) => JSON.stringify(value)),
          [...new URLSearchParams(link)], first];"""
    before, after, link, first = evaluate(GRID + code, page=True)
    assert after == before
    assert first == "0"
    found = dict(link)
    assert (found["selected"], found["pin"], found["even"], found["start"], found["only"]) == (
        "1-3.7",
        "6",
        "0",
        "100,900",
        "0.2",
    )
    assert found["pads"] == "2rb.3p0"
    assert found["notes"].startswith("40.37.38.39.-1.41")
    assert found["beat"] == "120.0.0.220"
    assert found["path"] == "3.1-2~overlap~120~4~0~forward~0~1~123456~One ~ &"


@pytest.mark.parametrize(
    "link",
    ["", "%", "view=a,b,c&selected=..-&pin=zzzzzzzzz&start=5,1&not-filename={", "view=1e999,0,-1&props=x&colour=<b>",
     "table=wrong&selected=0-9&pin=1&path=1~own~1~1~0~forward~0~1~000000~a"],
)  # fmt: skip
def test_links_that_mean_nothing_are_harmless(link):
    code = """
        page.followLink(link);
        return [state.selected.size, state.pinned, page.brightRows().length, camera.scale === camera.fitted(
          state.layout),
          state.paths.length, state.colours.column, state.layout.way.x];"""
    assert evaluate(f"{GRID} const link = {json.dumps(link)}; {code}", page=True) == [0, -1, 12, True, 0, "", "gridX"]


def test_a_view_in_a_link_is_kept_within_bounds():
    code = """
        const views = ["99,-5,2", "1,1,1e9", "2,1,0.5"].map((view) => { page.followLink(`view=${view}`);
          return [camera.x, camera.y, camera.scale / camera.fitted(state.layout)]; });
        const found = [...views, camera.scale];
        page.followLink("view=1,1,1e9");
        return [...found, camera.scale];"""
    outside, _, half, _, closest = evaluate(GRID + code, page=True)
    assert outside == [4, 0, pytest.approx(2)]
    assert half == [2, 1, pytest.approx(0.5)]
    assert closest == 640


def test_what_passes_is_selected_written_and_counted():
    code = """
        put("search", "zzz", "input");
        const found = [text("count"), page.chosenRows(), text("selected"), byId("deselect").disabled];
        put("search", "", "input");
        page.filters.ranges.set("start", [500, 1000]);
        page.filtered();
        byId("take-bright").click();
        found.push(text("count"), page.chosenRows(), text("selected"), byId("deselect").disabled, text("status"));
        page.select([0], true);
        byId("download").click();
        found.push(text("status"), saved[0][0]);
        return saved[0][1].text().then((csv) => [...found, csv]);"""
    none, no_rows, nothing, disabled, count, rows, some, enabled, said, written, name, csv = evaluate(
        GRID + code, page=True
    )
    assert (none, no_rows, disabled) == ("0 of 12 pass", [], True)
    assert nothing.startswith("Nothing selected")
    # Half of twelve: from the sixth or seventh value on (5.5 is 6).
    assert (count, rows) == ("6 of 12 pass", [6, 7, 8, 9, 10, 11])
    assert (some, enabled, said) == ("6 selected.", False, "6 samples selected")
    assert (written, name) == ("7 samples written", "samples_selection.csv")
    assert csv.splitlines()[:2] == ["filename,start,dur,gridX,gridY", "a.wav,0,200,0,0"]
    assert len(csv.splitlines()) == 8


def test_sounds_are_downloaded_unless_there_are_none_or_too_many():
    code = """
        const tell = async (rows) => { await page.downloadSounds(rows, "sel 1"); return text("status"); };
        return tell([]).then(async (none) => {
          const found = [none, await tell(Array(2001).fill(0)), await tell([2, 0]), saved.map(([name]) => name)];
          missing.add("data/sound_0002_01.js");
          return [...found, await tell([10])];
        });"""
    none, many, two, names, lost = evaluate(GRID + code, page=True)
    assert none == "There is nothing to download"
    assert many.startswith("2001 samples are too many for one download (2000)")
    assert two == "2 sounds written, with their table and sources"
    assert names == ["samples_sel-1.zip"]
    assert lost == "data/sound_0002_01.js cannot be loaded: is it beside the page?"


def test_sources_are_listed_once_with_what_the_manifest_says():
    code = """
        const about = aboutOf({ filename: ["a.wav", "b.wav", "a.wav", "c.wav"], start: [0, 1, 2, 3] }, {
          length: [48000, 0, 4800, 9600], level: [0, 0, 0, 0],
          sources: { columns: ["filename", "title", "licence"], files: { "a.wav": ["a.wav", "A  \\n film", "CC0"],
            "b.wav": ["b.wav", "", ""] } } });
        const samples = new Samples(about);
        const plain = new Samples({ ...about, sources: {} });
        const sound = { samples, tracks: { get: async () => ({ buffer: { sampleRate: 48000, getChannelData: (
          ) => new Float32Array(99999) }, shift: 0 }) } };
        const counts = [];
        return soundFiles(sound, [2, 1, 3], (done) => counts.push(done)).then((files) => [creditsText(samples, [0, 2,
          1]), creditsText(plain, [1]).includes("nothing of licences"),
          samples.allColumns, samples.text("title"), samples.cell(3, "title"), samples.cell(0, "none"), files.map(({
            name, bytes }) => [name, bytes.length]), counts]);"""
    credits, lacking, columns, titles, empty, none, files, counts = evaluate(code, page=True)
    assert credits == "# Sources\n\n- a.wav: 2 samples\n  - title: A film\n  - licence: CC0\n- b.wav: 1 sample\n"
    assert lacking is True
    assert columns == ["filename", "start", "title", "licence"]
    assert titles == ["A  \n film", "", "A  \n film", ""]
    assert (empty, none) == ("", "")
    # Those without sound are left out, and the numbers are those of the table.
    assert [name for name, _ in files] == ["0001_a_100ms.wav", "0003_c_200ms.wav", "samples.csv", "CREDITS.md"]
    assert [size for _, size in files[:2]] == [44 + 2 * 4800, 44 + 2 * 9600]
    assert counts == [1, 2]


def test_groups_tracks_and_sheets_of_a_row():
    code = """
        const order = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7];
        const about = aboutOf({ a: order }, { order, group: 4, across: 3, track: [0, 0, 1, 1, 0, 1, 1, 1, 0, 0] });
        const samples = new Samples(about);
        const rows = [3, 0, 2, 8, 7];
        return [rows.map((row) => samples.group(row)), samples.groups(), samples.rowsOf(1), samples.rowsOf(2),
          rows.map((row) => samples.heard(row)),
          rows.map((row) => samples.placeInTrack(row)), rows.map((row) => samples.spot(row)), samples.trackAddress(
            4 * 12345 + 3), samples.loopsAddress(6),
          samples.evenGain(0), new Samples({ ...about, level: Array(10).fill(-80) }).evenGain(0),
            samples.trackAddress(samples.heard(9).track)];"""
    groups, count, rows, last, heard, places, spots, track, loops, gain, most, address = evaluate(code, page=True)
    # Row 3 is the first of all, row 0 the fourth, row 2 the seventh, row 8 the ninth.
    assert groups == [0, 0, 1, 2, 2]
    assert (count, rows, last) == (3, [5, 9, 2, 6], [8, 7])
    assert heard[1] == {"track": 1, "at": (2400 + 12000) / 48_000, "length": 0.2}
    assert heard[2]["track"] == 4 * 1 + 1
    assert places == [0, 1, 1, 0, 1]
    assert spots == [{"column": n % 4 % 3, "line": n % 4 // 3} for n in (0, 3, 6, 8, 9)]
    assert (track, loops) == ("data/sound_12345_03.js", "data/loops_0001_02.js")
    assert gain == pytest.approx(10 ** (6 / 20))
    assert most == pytest.approx(10 ** (40 / 20))
    assert address == "data/sound_0001_01.js"


def test_columns_in_order_and_the_name_of_a_table():
    code = """
        const samples = new Samples(aboutOf({ filename: ["b", "a"], start: ["1", "2"], dur: ["3", "4"], note: ["A",
          "C"], n: ["10", "9"], w: ["é", "z"] }));
        const other = new Samples(aboutOf({ filename: ["b", "a"], start: ["1", "2"], dur: ["3", "5"] }));
        const kept = new Samples({ ...aboutOf({ a: [0, 0, 0] }), cells: [{ index: [1, 0, 1], values: ["x", "y"] }] });
        return [samples.values("note"), samples.values("n"), samples.values("w"), samples.signature(),
          other.signature(), kept.text("a"), [...samples.numbers("n")]];"""
    notes, numbers, words, name, other, kept, values = evaluate(code, page=True)
    assert (notes, numbers, words, kept, values) == (["C", "A"], ["9", "10"], ["é", "z"], ["y", "x", "y"], [10, 9])

    def fnv(*columns):
        """FNV-1a, of the cells with a line feed after each."""
        value = 0x811C9DC5
        for letter in "".join(f"{cell}\n" for column in columns for cell in column):
            value = (value ^ ord(letter)) * 0x01000193 % 2**32
        return value

    assert int(name, 36) == fnv("ba", "12", "34")
    assert int(other, 36) == fnv("ba", "12", "35")


def test_kinds_of_filters():
    code = """
        const many = (make) => Array.from({ length: 70 }, (_, n) => make(n));
        const about = aboutOf({ filename: many(() => "a"), same: many(() => "x"), hz: many((n) => n), octave: many((
          n) => n % 8), cluster: many((n) => n % 65),
          few: many((n) => `w${n % 64}`), text: many((n) => `w${n % 65}`), when: many((n) => (
            n < 63 ? "1968-04" : "x")), never: many((n) => (n < 62 ? "1968-04" : n)),
          dates: many((n) => (n % 2 ? "1970-01-02" : " 1970-01-03T12:00:00Z ")) });
        const samples = new Samples(about);
        const filters = new Filters(samples);
        return [[...filters.kinds], samples.allColumns.map((name) => filterKind(samples, name)), [...slidable(
          samples, "dates")].slice(0, 2),
          filters.value("hz", 0), filters.value("hz", 500), filters.value("hz", 1000), filters.shown("hz", 1000),
            filters.shown("dates", 1000), filters.shown("dates", 0),
          ["https://a.b/c?d", "ftp://a", "x", " http://a "].map(webAddress), [titleOf("hz"), titleOf("few"), titleOf(
            "dur")]];"""
    kinds, all_, dates, low, half, high, words, day, first, addresses, titles = evaluate(code, page=True)
    # Those that are open at first come first.
    assert [name for name, _ in kinds] == ["octave", "hz", "few", "text", "when", "never", "dates"]
    assert dict(zip(["filename", "same", "hz", "octave", "cluster", "few", "text", "when", "never", "dates"],
      all_, strict=True)) == {
        "filename": "", "same": "", "hz": "range", "octave": "boxes", "cluster": "", "few": "boxes", "text": "text",
          "when": "date",
        "never": "boxes", "dates": "date",
    }  # fmt: skip
    assert dates == [2.5, 1]
    assert (low, half, high, words) == (0, 35, 69, "69")  # 34.5 is 35
    assert (day, first) == ("1970-01-03", "1970-01-02")
    assert addresses == ["https://a.b/c?d", "", "", "http://a/"]
    assert titles == ["Pitch (Hz)", "few", "Duration (ms)"]


def test_filters_join():
    code = """
        const about = aboutOf({ filename: ["a.wav", "B.wav", "a.wav", "a.wav", "B.wav"], hz: [100, 200, 300, "",
          500], note: ["C", "D", "C", "E", "D"], said: ["x1", "x2", "x3", "y4", "x5"] });
        const samples = new Samples(about);
        const pass = (change, entryOf) => { const filters = new Filters(samples); change(filters);
          return [...filters.apply(entryOf)].flatMap((one, row) => (one ? [row] : [])); };
        return [pass(() => {}), pass((f) => { f.search = " b.WAV "; }), pass((f) => { f.file = "a.wav"; }), pass((
          f) => { f.file = ""; }), pass((f) => f.off.get("note").add("C")),
          pass((f) => f.ranges.set("hz", [0, 999])), pass((f) => f.ranges.set("hz", [1, 1000])), pass((
            f) => f.ranges.set("hz", [334, 667])), pass((f) => f.only.add(1), (row) => row % 2),
          pass((f) => { f.file = "a.wav"; f.off.get("note").add("E"); f.only.add(0); }, (row) => row % 2)];"""
    assert evaluate(code, page=True) == [
        [0, 1, 2, 3, 4], [1, 4], [0, 2, 3], [], [1, 3, 4],
        # 999 of 1,000 is the fourth of four values still; a row without a number passes no range.
        [0, 1, 2, 4], [0, 1, 2, 4], [1, 2], [1, 3], [0, 2],
    ]  # fmt: skip


def test_colours_of_words_and_of_numbers():
    code = """
        const colours = (column, cells) => { const found = new Colours(new Samples(aboutOf({ [column]: cells })),
          column); return [found.legend, cells.map((_, row) => found.of(row)), cells.map((_, row) => found.entryOf(
            row))]; };
        const many = [];
        for (let n = 0; n < 13; n++) for (let k = 0; k <= n; k++) many.push(`w${String(n).padStart(2, "0")}`);
        const values = Array.from({ length: 101 }, (_, n) => (n === 100 ? 10000 : n));
        return [colours("note", ["A", "-", "C", ""]), colours("w", ["b", "a", ""]), colours("m", many)[0].map(({
          text }) => text), colours("m", many)[2].slice(0, 4),
          colours("hz", values)[0], colours("hz", values)[1].slice(-1), [-1, 0, 0.125, 0.25, 1, 2].map(rampColour),
            new Colours(null, "").of(0), shortNumber(1234.5678), shortNumber(5)];"""
    notes, words, many, places, ramp, last, mixed, none, short, whole = evaluate(code, page=True)
    assert [entry["text"] for entry in notes[0]] == ["-", "(empty)", "C", "A"]
    # A is red, C three semitones on.
    assert notes[1] == ["hsl(0 90% 55%)", "", "hsl(90 90% 55%)", ""]
    assert [entry["text"] for entry in words[0]] == ["(empty)", "a", "b"]
    assert words[1] == ["#4363d8", "#3cb44b", "#e6194b"]
    # The eleven most frequent of thirteen, and the others together.
    assert many == [f"w{n:02d}" for n in range(2, 13)] + ["2 others"]
    assert places == [11, 11, 11, 0]
    # Two in a hundred on either side do not count: from 2 to 98 or so.
    assert [entry["text"] for entry in ramp] == ["2 Hz", "26 Hz", "50 Hz", "74 Hz", "98 Hz"]
    assert [entry["colour"] for entry in ramp] == [
        "rgb(68,1,84)",
        "rgb(59,82,139)",
        "rgb(33,145,140)",
        "rgb(94,201,98)",
        "rgb(253,231,37)",
    ]
    assert last == ["rgb(253,231,37)"]
    assert mixed == [
        "rgb(68,1,84)",
        "rgb(68,1,84)",
        "rgb(64,42,112)",
        "rgb(59,82,139)",
        "rgb(253,231,37)",
        "rgb(253,231,37)",
    ]
    assert (none, short, whole) == ("", "1235", "5")


def test_twelve_words_have_a_colour_each_in_their_order():
    """The first is the rarest: of thirteen, it would be among the others."""
    code = """
        const cells = Array.from({ length: 12 }, (_, n) => Array(n + 1).fill(`w${n + 10}`)).flat();
        const { legend } = new Colours(new Samples(aboutOf({ w: cells })), "w");
        return [legend.map(({ text }) => text), new Set(legend.map(({ colour }) => colour)).size];"""
    assert evaluate(code, page=True) == [[f"w{n}" for n in range(10, 22)], 12]


def test_twelve_integers_are_named_and_thirteen_are_a_range():
    code = """
        const octaves = (count) => Array.from({ length: 40 }, (_, n) => n % count);
        const shown = (count) => new Colours(new Samples(aboutOf({ octave: octaves(count) })), "octave")
          .legend.map(({ text }) => text);
        return [shown(12), shown(13).length];"""
    assert evaluate(code, page=True) == [[str(n) for n in range(12)], 5]


def test_orders_lines_and_runs_of_paths():
    code = """
        const samples = new Samples(aboutOf({ filename: ["a", "a", "a", "a", "a"], hz: [30, "", 10, 30, 20],
          note: ["A", "C", "", "B", "C"], x: [3, 1, 2, 0, ""], y: [0, 0, 0.2, 1, 0] }));
        const layout = new Layout(samples, { x: "x", y: "y", grid: true });
        const grid = new Layout(new Samples(aboutOf(gridTable(4, 3))), { x: "gridX", y: "gridY", grid: true });
        return [inOrderOf(samples, [4, 3, 2, 1, 0], "hz"), inOrderOf(samples, [0, 1, 2, 3, 4], "note"), lineOf(
          layout, 0), lineOf(layout, 3), lineOf(layout, 4),
          rowsUnder(grid, [0.5, 0.3], [3.5, 0.3]), rowsUnder(grid, [0.5, 0.3], [0.5, 2]), rowsUnder(grid, [2.5, 1],
            [2.5, 1]), rowsUnder(grid, [-3, 1], [1.5, 1]),
          roundOf(4, "random", () => 0.99), roundOf(4, "random", () => 0), roundOf(1, "pendulum"), packRows([3, 4, 5,
            9, 8, 36, 37]), unpackRows("3-5.9.8.10-11.-.x!", 37)];"""
    hz, note, line, other, none, across, down, point, from_outside, same, turned, one, packed, unpacked = evaluate(
        code, page=True
    )
    assert hz == [2, 4, 0, 3, 1]
    assert note == [1, 4, 0, 3, 2]
    # Half a cell's height is 0.375: 0.2 of one is on the same line.
    assert (line, other, none) == ([1, 2, 0], [3], [])
    assert (across, down, point, from_outside) == ([0, 1, 2, 3], [0, 4, 8], [6], [4, 5])
    assert same == [0, 1, 2, 3]
    assert turned == [1, 2, 3, 0]
    assert one == [0]
    assert packed == "3-5.9.8.10-11"
    assert unpacked == [3, 4, 5, 9, 8, 36]


def test_pads_keep_samples_paths_and_notes():
    code = """
        const paths = [new Path("a", [1], "#000000"), new Path("b", [2], "#000000")];
        const pads = new Pads();
        pads.read("0r5.fp1.3rzz.4p9.5x1.gr1.1r", "", paths, 100);
        const text = pads.text(paths);
        pads.forget(paths[1]);
        const rest = [text, pads.text(paths), pads.notesText(), pads.padOf(36), pads.padOf(51), pads.padOf(7)];
        const notes = (...values) => { const one = new Pads(); one.read("", values.join("."), [], 1);
          return one.notes[0]; };
        const all = (first) => [first, ...Array.from({ length: 15 }, (_, n) => n + 60)];
        pads.learn(2, 51);
        pads.held[15] = { row: 3 };
        return [...rest, notes(...all(0)), notes(...all(-1)), notes(...all(127)), notes(...all(128)), notes(...all(
          -2)), notes(...all(1.5)), notes(1, 2), pads.notes.slice(-1), pads.notes[2],
          pads.notesText().split(".").length, pads.text(paths)];"""
    assert evaluate(code, page=True) == [
        "0r5.fp1", "0r5", "", 0, 15, -1, 0, -1, 127, 36, 36, 36, 36, [-1], 51, 16, "0r5.fr3",
    ]  # fmt: skip


PADS = """
    const { padsPanel } = page;
    const { pads, pattern, buttons } = padsPanel;
    const press = (pad) => buttons[pad].dispatchEvent(told("pointerdown", { button: 0 }));
    const word = (pad) => buttons[pad].getAttribute("aria-label");
"""


def test_pads_are_filled_struck_and_cleared():
    code = """
        byId("pad-fill").click();
        const found = [text("status")];
        byId("pad-sample").click();
        found.push(text("status"));
        return sound.wake().then(async () => {
          page.select([5, 2, 9], false);
          byId("pad-fill").click();
          found.push(text("status"), pads.text([]), word(0), word(3), buttons[0].classList.contains("chosen"));
          await clock.settle();
          found.push(asked.filter((address) => address.includes("sound")).length);
          press(1);
          buttons[1].dispatchEvent(told("pointerdown", { button: 2 }));
          await clock.settle();
          found.push(sound.started.map(({ row }) => row), state.current, padsPanel.struck,
            buttons[1].classList.contains("struck"), text("steps-title"));
          await clock.pass(119);
          found.push(buttons[1].classList.contains("struck"));
          await clock.pass(1);
          found.push(buttons[1].classList.contains("struck"));
          buttons[2].dispatchEvent(told("click", { detail: 0 }));
          buttons[0].dispatchEvent(told("click", { detail: 1 }));
          await clock.settle();
          found.push(padsPanel.struck);
          byId("pad-clear").click();
          found.push(text("status"), buttons[7].classList.contains("waits"));
          press(0);
          found.push(pads.text([]), buttons[7].classList.contains("waits"));
          over(7);
          byId("pad-sample").click();
          press(15);
          page.state.selected.clear();
          state.trail = [3, 4, 3];
          found.push(pads.text([]));
          byId("pad-fill").click();
          return [...found, pads.text([]), text("status")];
        });"""
    found = evaluate(GRID + PADS + code, page=True)
    assert found[:2] == [
        "Select samples, or move over some: they go to the pads",
        "Choose a sample first: move over the map, or walk with the arrow keys",
    ]
    assert found[2:8] == [
        "On the pads: 3 samples",
        "0r2.1r5.2r9",
        "Pad 1, key 1: a 0.4 s",
        "Pad 4, key 4: empty",
        True,
        3,
    ]
    assert found[8:13] == [[5], 5, [1], True, "Steps of pad 2"]
    assert found[13:16] == [True, False, [1, 2]]
    assert found[16:20] == ["Press the pad to clear", True, "1r5.2r9", False]
    assert found[20:] == ["1r5.2r9.fr7", "0r3.1r4", "On the pads: 2 samples"]


def test_a_path_on_a_pad_begins_and_stops():
    code = """
        page.addPath([1, 2]);
        const path = state.chosen;
        byId("path-pad").click();
        press(0);
        return sound.wake().then(async () => {
          press(0); await clock.settle();
          const found = [page.transport.has(path), word(0)];
          press(0); await clock.settle();
          return [...found, page.transport.has(path)];
        });"""
    assert evaluate(GRID + PADS + code, page=True) == [True, "Pad 1, key 1: Path 1", False]


def test_midi_notes_strike_and_are_learnt():
    code = """
        const input = { name: "Keys" };
        const access = { inputs: new Map([[1, input], [2, {}]]) };
        pads.held[3] = { row: 6 };
        byId("midi").click();
        return clock.settle().then(async () => {
          const found = [text("status"), byId("midi-learn").disabled];
          navigator.requestMIDIAccess = async () => { throw new Error(); };
          byId("midi").click();
          await clock.settle();
          found.push(text("status"));
          navigator.requestMIDIAccess = async () => access;
          byId("midi").click();
          await sound.wake();
          await clock.settle();
          found.push(text("midi-names"), byId("midi-learn").disabled);
          const send = async (...data) => { input.onmidimessage({ data }); await clock.settle(); };
          await send(0x95, 39, 127); await send(0x95, 39, 0); await send(0x85, 39, 99); await send(0x95, 99, 99);
          found.push(padsPanel.struck, sound.started.length);
          await send(0x90, 39, 1);
          found.push(sound.started[1].level / sound.started[0].level * 127);
          byId("midi-learn").click();
          found.push(text("status"));
          press(5);
          found.push(text("status"), buttons[5].classList.contains("waits"));
          await send(0x90, 60, 9);
          found.push(text("status"), pads.padOf(60), padsPanel.learning, padsPanel.struck.length);
          access.inputs.clear();
          access.onstatechange();
          return [...found, text("midi-names")];
        });"""
    assert evaluate(GRID + PADS + code, page=True) == [
        "this browser has no MIDI: Chromium and Firefox have", True,
        "the browser does not allow MIDI for this page: allow it in its settings of the page", "Keys, an instrument",
          False, [3], 1,
          pytest.approx(1),
        "Press the pad that is to learn a note", "Pad 6 waits for a MIDI note", True, "Pad 6 plays on MIDI note 60",
          5, -1, 2,
        "Nothing is plugged in",
    ]  # fmt: skip


def test_the_tempo_of_the_steps_is_kept_within_bounds():
    code = """
        return ["20", "19", "25", "400", "401", "", "x"].map((bpm) => { put("beat-bpm", bpm);
          return pattern.timing.bpm; });"""
    assert evaluate(GRID + PADS + code, page=True) == [20, 20, 25, 400, 400, 120, 120]


def test_steps_play_pads_paths_and_clicks():
    code = """
        const path = new Path("a", [1, 2], "#000000");
        pads.held[0] = { row: 4 };
        pads.held[1] = { path };
        padsPanel.steps[0].click(); padsPanel.steps[2].click();
        press(1); await0 = 0;
        padsPanel.steps[1].click();
        const found = [padsPanel.steps[1].getAttribute("aria-pressed"), padsPanel.steps[0].getAttribute(
          "aria-pressed"), padsPanel.steps[4].classList.contains("beat"), padsPanel.steps[5].classList.contains(
            "beat")];
        put("beat-bpm", "150"); put("beat-swing", "0", "input"); put("beat-metronome", true);
        return sound.wake().then(async () => {
          page.transport.stopAll();
          sound.stop();
          await clock.pass(1000);
          const from = sound.started.length;
          byId("beat-play").click();
          await clock.settle();
          found.push(text("beat-play"), sound.clicks);
          await clock.pass(60);
          found.push(padsPanel.steps.map((step) => step.classList.contains("now")).indexOf(true), page.transport.has(
            path));
          await clock.pass(100);
          found.push(page.transport.has(path));
          await clock.pass(300);
          byId("beat-play").click();
          const clicks = sound.clicks;
          const times = sound.started.slice(from).map(({ row, begun }) => [row, Math.round(1000 * (
            begun - sound.started[from].begun))]);
          found.push(times, clicks, text("beat-play"), pattern.timing.bpm);
          byId("beat-clear").click();
          put("beat-metronome", false);
          byId("beat-play").click();
          return [...found, pattern.empty, text("status")];
        });""".replace(" await0 = 0;", "")
    pressed, off, beat, other, word, click, now, early, path, times, clicks, stopped, bpm, empty, said = evaluate(
        GRID + PADS + code, page=True
    )
    assert (pressed, off, beat, other) == ("true", "false", True, False)
    # At 150 beats a minute a step is 100 ms; the path of the second step begins then.
    assert (word, click, now) == ("Stop", 1, 0)
    assert (early, path) == (False, True)
    assert [4, 0] in times
    assert [4, 200] in times
    assert [1, 100] in times
    assert (clicks, stopped, bpm) == (2, "Play", 150)
    assert (empty, said) == (True, "The pattern is empty: choose a pad, then its steps")


PATHS = """
    const make_path = (source, order = "") => { put("path-source", source); put("path-order", order); byId(
      "path-make").click(); return state.paths.at(-1); };
    const rows = () => state.chosen.rows;
"""


def test_paths_are_made_set_and_changed():
    code = """
        page.select([7, 3, 5], false);
        const path = make_path("selection");
        const found = [[...path.rows], path.name, path.colour, text("status"), state.chosen === path, byId(
          "path-chosen").hidden, byId("path-tempo").hidden];
        put("path-name", ""); found.push(path.name);
        put("path-name", "x".repeat(99)); found.push(path.name.length);
        put("path-pace", "tempo"); found.push(path.pace, byId("path-tempo").hidden);
        put("path-bpm", "1000"); found.push(path.bpm);
        put("path-bpm", "x"); found.push(path.bpm);
        put("path-per-beat", "3"); put("path-swing", "25", "input"); put("path-volume", "150", "input"); put(
          "path-colour", "#abcdef", "input"); put("path-loop", true);
        found.push([path.perBeat, path.swing, path.volume, path.colour, path.loop], byId("path-swing").value);
        byId("path-rows").selectedIndex = 2;
        byId("path-rows").dispatchEvent(new Event("change"));
        found.push(state.current);
        byId("path-later").click(); found.push([...rows()], byId("path-rows").selectedIndex);
        byId("path-earlier").click(); found.push([...rows()], byId("path-rows").selectedIndex);
        byId("path-reverse").click(); found.push([...rows()]);
        byId("path-out").click(); found.push([...rows()], byId("path-rows").selectedIndex);
        state.current = 0; byId("path-add").click(); found.push([...rows()]);
        byId("path-select").click(); found.push([...state.selected]);
        state.current = -1; byId("path-add").click(); found.push(rows().length);
        make_path("trail"); found.push(text("status").slice(0, 40));
        state.trail = [1, 1]; found.push([...make_path("trail").rows], state.paths.length);
        byId("path-rows").selectedIndex = 0; byId("path-out").click(); byId("path-out").click();
        found.push(state.paths.length, byId("path-chosen").hidden);
        byId("path-out").click(); byId("path-delete").click(); byId("path-later").click(); byId("path-play").click();
        return [...found, state.paths.length, text("path-play")];"""
    found = evaluate(GRID + PATHS + code, page=True)
    assert found[:7] == [[3, 5, 7], "Path 1", "#e8590c", "Path 1: 3 samples", True, False, True]
    assert found[7:13] == ["Path", 80, "tempo", False, 400, 120]
    assert found[13:15] == [[3, 0.25, 1.5, "#abcdef", True], "25"]
    assert found[15] == 7
    assert found[16:18] == [[3, 5, 7], 2]
    assert found[18:20] == [[3, 7, 5], 1]
    assert found[20] == [5, 7, 3]
    assert found[21:23] == [[5, 3], 1]
    assert found[23] == [5, 3, 0]
    assert found[24] == [5, 3, 0]
    assert found[25] == 3
    assert found[26] == "There are no samples for a path there: m"
    assert found[27:29] == [[1, 1], 2]
    assert found[29:] == [1, True, 1, "Play"]


def test_paths_are_of_lines_filters_and_orders():
    code = """
        over(5);
        const found = [[...make_path("line").rows], [...make_path("filters", "dur").rows].length, state.paths.map(({
          name }) => name), new Set(state.paths.map(({ colour }) => colour)).size];
        state.current = -1;
        make_path("line");
        found.push(state.paths.length);
        page.samples.about.length.fill(0);
        make_path("filters");
        found.push(state.paths.length);
        page.removePath(state.paths[0]);
        page.addPath([1]);
        found.push(state.paths.at(-1).name);
        const many = opened(aboutOf(gridTable(5001, 1)));
        many.pathsPanel.makePath();
        found.push(text("status"), many.state.paths.length);
        many.state.bright[0] = 0;
        many.pathsPanel.makePath();
        return [...found, many.state.paths[0].rows.length];"""
    found = evaluate(GRID + PATHS + code, page=True)
    assert found[:4] == [[4, 5, 6, 7], 12, ["Path 1", "Path 2"], 2]
    assert found[4:7] == [2, 2, "Path 3"]
    assert found[7:] == ["A path has 5000 samples at most, and these are 5001: select fewer", 0, 5000]


def test_a_path_is_drawn_over_what_passes_and_sounds():
    code = """
        page.samples.about.length[2] = 0;
        state.bright[1] = 0;
        page.setMode("path");
        pointer("down", ...middle(0)); pointer("move", ...middle(3)); pointer("move", ...middle(7)); pointer("up",
          ...middle(7));
        const found = [state.paths.map((path) => path.rows), state.drawing];
        pointer("down", 1, 1); pointer("move", 60, 1); pointer("up", 60, 1);
        return [...found, state.paths.length];"""
    assert evaluate(GRID + code, page=True) == [[[0, 3, 7]], [], 1]


def test_space_plays_the_chosen_path_or_the_trail_or_stops():
    code = """
        pressKey(" ");
        const found = [text("status")];
        return sound.wake().then(async () => {
          const played = async () => {
            const from = sound.started.length;
            pressKey(" ");
            await clock.pass(1000);
            return sound.started.slice(from).map(({ row, begun }) => [row, Math.round(1000 * (
              begun - sound.started[from].begun))]);
          };
          state.current = 4;
          found.push(await played());
          state.trail = [1, 2, 3];
          found.push(await played(), state.current);
          page.addPath([6, 7]);
          state.chosen.loop = true;
          found.push((await played()).slice(0, 3), text("play-all"), page.report().playing);
          pressKey(" ");
          found.push(text("status"), text("play-all"), page.transport.playing);
          byId("path-play").click(); await clock.settle(); found.push(text("path-play"));
          byId("path-delete").click();
          found.push(page.transport.playing, state.chosen);
          return found;
        });"""
    found = evaluate(GRID + code, page=True)
    assert found[0] == "There is nothing to play: move over the map, or walk with the arrow keys"
    assert found[1] == [[4, 0]]
    # Half of 200 ms is sooner than 128 ms.
    assert found[2] == [[1, 0], [2, 100], [3, 200]]
    assert found[3] == 3
    assert found[4:7] == [[[6, 0], [7, 100], [6, 200]], "Stop", ["Path 1"]]
    assert found[7:10] == ["Stopped", "Play", False]
    assert found[10:] == ["Stop", False, None]


def test_two_loops_play_at_once_until_they_are_stopped():
    code = """
        return sound.wake().then(async () => {
          for (const rows of [[1, 2], [5, 6]]) { page.addPath(rows); state.chosen.loop = true; }
          const plays = () => byId("paths").children.map(({ children: [, , button] }) => button);
          const said = () => plays().map((button) => [button.textContent, button.getAttribute("aria-label")]);
          const found = [said()];
          for (const button of plays()) { button.click(); await clock.settle(); }
          await clock.pass(3000);
          found.push(said(), page.report().playing, new Set(sound.started.map(({ row }) => row)).size,
            sound.started.length > 50);
          plays()[0].click();
          found.push(said(), page.report().playing);
          byId("paths").children[0].children[1].click();
          found.push(state.chosen.name, byId("paths").children[0].children[1].getAttribute("aria-pressed"));
          byId("paths").children[0].children[1].click();
          return [...found, state.chosen];
        });"""
    first, both, playing, rows, many, one, rest, name, pressed, none = evaluate(GRID + code, page=True)
    assert first == [["Play", "Play Path 1"], ["Play", "Play Path 2"]]
    assert both == [["Stop", "Stop Path 1"], ["Stop", "Stop Path 2"]]
    assert (playing, rows, many) == (["Path 1", "Path 2"], 4, True)
    assert one == [["Play", "Play Path 1"], ["Stop", "Stop Path 2"]]
    assert rest == ["Path 2"]
    assert (name, pressed, none) == ("Path 1", "true", None)


def test_a_sample_plays_in_its_context():
    code = """
        return sound.wake().then(async () => {
          over(5);
          await clock.settle(); // its sound is there, and then the panel
          byId("in-context").click();
          await clock.pass(1500);
          const found = [sound.started.slice(-5).map(({ row, begun }) => [row, Math.round(1000 * (
            begun - sound.started.at(-5).begun))])];
          byId("in-context").click(); await clock.settle();
          found.push(page.transport.has("context"));
          byId("in-context").click();
          page.playInContext([]);
          return [...found, page.transport.playing];
        });"""
    times, begun, still = evaluate(GRID + code, page=True)
    assert times == [[3, 0], [4, 200], [5, 400], [6, 600], [7, 800]]
    assert (begun, still) == (True, False)


def test_a_table_with_times_is_a_piece():
    code = """
        const about = (at, count = 3) => aboutOf(gridTable(count, 1, { at }));
        const said = ({ state }) => state.paths.map(({ name, rows, pace }) => [name, rows, pace]);
        location.hash = "";
        return [said(opened(about([30, 10, 20]))), said(opened(about(["x", "y", "z"]))), said(opened(about(Array(
          5001).fill(1), 5001))), said(opened(about(Array(5000).fill(1), 5000)))[0][1].length];"""
    piece, words, many, most = evaluate(code, page=True)
    assert piece == [["The piece", [1, 2, 0], "at"]]
    assert words == many == []
    assert most == 5000


def test_samples_without_a_place_are_a_path():
    code = """
        const lost = (gridX) => { const page = opened(aboutOf(gridTable(3, 1, { gridX }))); return [byId(
          "unplaced").hidden, byId("unplaced-count").textContent, byId("see-unplaced").textContent, page]; };
        const none = lost([0, 1, 2])[0];
        const one = lost([0, "", 2]).slice(0, 3);
        const [hidden, count, see, page] = lost(["", 1, ""]);
        byId("see-unplaced").click();
        return [none, one, [hidden, count, see], page.state.paths.map(({ rows }) => rows), [...page.state.selected]];"""
    none, one, two, paths, selected = evaluate(code, page=True)
    assert none is True
    assert one == [False, "1 sample has no place on this map", "See it as a path"]
    assert two == [False, "2 samples have no place on this map", "See them as a path"]
    assert paths == [[0, 2]]
    assert selected == [0, 2]


def test_the_panel_shows_what_is_there():
    code = """
        const page = opened(aboutOf({ filename: ["d/a.b.wav", "c.wav", "e.wav"], start: [1500, 0, 1], dur: [100, 50,
          1], note: ["C#", "-", ""], octave: ["4", "-1", ""], empty: ["", "", ""], home: ["https://x.y/", "", ""],
            hz: [440, "", ""],
          gridX: [0, 1, 2], gridY: [0, 0, 0] }, { shown: [2, 0, 2], length: [4800, 4800, 0] }));
        const facts = (row) => { page.panel.show(row, -1); return byId("facts").children.map(({ children: [name,
          value] }) => [name.textContent, value.textContent]); };
        const found = [facts(0), byId("facts").children.flatMap(({ children: [, value] }) => value.children).filter((
          child) => child.href).map(({ href, target, rel }) => [href, target, rel]),
          facts(1).at(-1), facts(2).at(-1), [0, 1, 2].map((row) => page.panel.inWords(row)), [0, 1].map((
            row) => page.panel.shortWords(row))];
        page.panel.show(-1, -1);
        return [...found, byId("play").disabled, page.panel.row];"""
    facts, links, lost, silent, words, short, disabled, row = evaluate(code, page=True)
    assert facts == [
        ["Start", "1500 ms"], ["Duration", "100 ms"], ["Pitch", "440 Hz"], ["Note", "C#4"], ["home", "https://x.y/"],
          ["gridX", "0"], ["gridY", "0"],
    ]  # fmt: skip
    assert links == [["https://x.y/", "_blank", "noopener noreferrer"]]
    assert lost == ["Note well", "its file could not be read"]
    assert silent == ["Note well", "it has no sound"]
    assert words == ["d/a.b.wav, at 1.5 s, 100 ms, C#4", "c.wav, at 0 s, 50 ms", "e.wav, at 0.001 s, 1 ms"]
    assert short == ["C#4", "c 0 s"]
    assert (disabled, row) == (True, -1)


def test_long_values_have_a_line_of_their_own():
    code = """
        const more = { a: ["12345678901234"], b: ["123456789012345"], hz: [12345678901] };
        const page = opened(aboutOf(gridTable(1, 1, more)));
        page.show(0);
        return byId("facts").children.map(({ className, children: [name] }) => [name.textContent, className]);"""
    assert evaluate(code, page=True) == [
        ["Start", ""], ["Duration", ""], ["Pitch", ""], ["gridX", ""], ["gridY", ""], ["a", ""], ["b", "wide"],
    ]  # fmt: skip


def test_the_panel_has_the_largest_picture_that_is_there():
    """The first frame of a film's loop, else the large picture, else the small one: from edge to edge."""
    code = """
        const page = opened(aboutOf(gridTable(2, 1), { loop: { width: 288, height: 216, step: 80 }, shown: [1, 1] }));
        const { panel, pictures, loops } = page;
        const found = [];
        const look = (then = () => {}) => {
          then();
          panel.drawPicture();
          found.push(drawnBy(byId("picture"), "clearRect", "drawImage").map(([word, [first, ...rest]]) =>
            [word, first.name || first, ...rest.slice(-4)]));
        };
        look(); // of no sample
        panel.show(1, -1);
        drawnBy(byId("picture"));
        look(() => pictures.small.set(0, { name: "small" }));
        look(() => pictures.large.set(0, { name: "large" }));
        look(() => loops.first.set(1, { name: "first" }));
        look(() => { page.samples.about.loop.width = 96; }); // the sheet's is as large, and sharper
        look(() => { page.samples.about.loop = null; });
        return found;"""
    whole = [0, 0, 300, 150]
    names = ("small", "large", "first", "large", "large")
    pictures = [[["clearRect", *whole], ["drawImage", name, *whole]] for name in names]
    assert evaluate(code, page=True) == [[], *pictures]


def test_filters_of_the_panel_are_what_their_controls_say():
    code = """
        const many = (make) => Array.from({ length: 66 }, (_, n) => make(n));
        const page = opened(aboutOf({ filename: many((n) => `f${n % 2}`), hz: many((n) => n), note: many((n) => ["C",
          "D", "E"][n % 3]), said: many((n) => `s ${n}`), start: many(() => 0), dur: many(() => 9), gridX: many((
            n) => n), gridY: many(() => 0) }));
        const { panel, filters, state } = page;
        const count = () => [...state.bright].filter(Boolean).length;
        const [low, high] = panel.inputs.get("hz");
        const drag = (slider, value) => { slider.value = String(value); slider.dispatchEvent(new Event("input"));
          return [count(), low.value, high.value, panel.outputs.get("hz").textContent, low.getAttribute(
            "aria-valuetext")]; };
        const found = [drag(low, 500), drag(high, 250), drag(low, 800)];
        byId("clear-filters").click();
        const [c] = panel.inputs.get("note");
        c.checked = false; c.dispatchEvent(new Event("change")); found.push(count());
        c.checked = true; c.dispatchEvent(new Event("change")); found.push(count());
        const field = byId("sliders").children.find(({ id }) => id === "filter-note");
        field.children.at(-1).click(); found.push(count(), panel.inputs.get("note").map((box) => box.checked));
        field.children.at(-2).click(); found.push(count());
        const [typed] = panel.inputs.get("said");
        typed.value = " S 6"; typed.dispatchEvent(new Event("input")); found.push(count());
        byId("clear-filters").click(); found.push(typed.value);
        put("file", "1"); found.push(count(), byId("file").children.length);
        put("file", ""); found.push(count());
        put("colour", String(page.samples.allColumns.indexOf("note")));
        const entries = byId("legend").children;
        entries[0].click(); found.push(count(), entries[0].getAttribute("aria-pressed"), byId(
          "legend-title").textContent);
        entries[0].click(); found.push(count(), entries[0].getAttribute("aria-pressed"));
        entries[1].click(); put("colour", ""); found.push(count(), byId("legend").children.length, byId(
          "more-filters").hidden);
        return found;"""
    found = evaluate(code, page=True)
    # Of 66 values, 0 to 65: half of 65 is 32.5, so 33.
    assert found[0] == [33, "500", "1000", "33 to 65", "33"]
    assert found[1] == [1, "250", "250", "16 to 16", "16"]
    assert found[2] == [1, "800", "800", "52 to 52", "52"]
    assert found[3:8] == [44, 66, 0, [False] * 3, 66]
    assert found[8:10] == [7, ""]  # s 6, s 60 to s 65
    assert found[10:13] == [33, 3, 66]
    assert found[13:18] == [22, "true", "Note: press entries to see them alone", 66, "false"]
    assert found[18:] == [66, 0, False]


def test_the_volume_the_levels_and_the_panel_switch():
    code = """
        put("volume", "50", "input");
        put("even", false);
        const found = [sound.volume, sound.even];
        byId("panel-switch").click();
        found.push(document.body.classList.contains("no-panel"), byId("panel-switch").getAttribute("aria-expanded"));
        byId("panel-switch").click();
        found.push(document.body.classList.contains("no-panel"), byId("panel-switch").getAttribute("aria-expanded"));
        byId("closer").click(); byId("closer").click(); byId("farther").click();
        found.push(camera.scale);
        byId("fit").click();
        found.push(camera.scale === camera.fitted(state.layout), byId("wake").hidden);
        document.dispatchEvent(new Event("pointerdown"));
        return clock.settle().then(async () => {
          found.push(sound.awake, byId("wake").hidden);
          byId("copy-link").click();
          await clock.settle();
          found.push(text("status"), location.copied);
          navigator.clipboard.writeText = async () => { throw new Error(); };
          byId("copy-link").click();
          await clock.settle();
          return [...found, text("status"), document.title, byId("map").getAttribute("aria-label")];
        });"""
    assert evaluate(GRID + code, page=True) == [
        0.25, False, True, "false", False, "true", pytest.approx(150), True, False, True, True,
          "The link is on the clipboard",
        "file:///page/index.html", "The link is in the address bar", "samples", "Map of 12 samples",
    ]  # fmt: skip


def test_the_page_says_what_it_needs_to_a_finger():
    code = """
        const words = () => byId("wake").textContent;
        opened(aboutOf(gridTable(2, 1)));
        const plain = words();
        media["(pointer: coarse)"] = true;
        opened(aboutOf(gridTable(2, 1)));
        return [plain, words()];"""
    assert evaluate(code, page=True) == ["", "Sound is off: tap to turn it on"]


def test_a_drawn_line_selects_what_passes_inside_it():
    code = """
        state.bright[1] = 0;
        const around = (first, last, more = {}) => {
          const [[x0, y0], [x1, y1]] = [middle(first), middle(last)];
          pointer("down", x0 - 40, y0 - 30, { shiftKey: true, ...more });
          for (const [x, y] of [[x1 + 40, y0 - 30], [x1 + 40, y1 + 30], [x0 - 40, y1 + 30]]) pointer("move", x, y);
          const seen = state.lasso.length;
          pointer("up", x0 - 40, y1 + 30);
          return [seen, state.lasso.length, [...state.selected]];
        };
        const found = [around(0, 5), around(10, 11)];
        page.setMode("lasso");
        return [...found, around(2, 2, { shiftKey: false }), camera.x];"""
    assert evaluate(GRID + code, page=True) == [[4, 0, [0, 4, 5]], [4, 0, [0, 4, 5, 10, 11]], [4, 0, [2]], 2]


def test_loops_are_wanted_of_what_sounds_and_of_the_panel():
    code = """
        globalThis.VideoDecoder = function () {};
        const page = opened(aboutOf(gridTable(4, 3), { shown: Array(12).fill(1), loop: { width: 96, height: 72,
          step: 80 } }));
        const wanted = [];
        page.loops.want = (kind, rows) => { if (kind === "whole") wanted.push(rows); };
        page.state.voices = () => [3, 7];
        page.show(5);
        page.show(6);
        return clock.pass(59).then(async () => { const early = wanted.length; await clock.pass(1); return [early,
          wanted]; });"""
    assert evaluate(code, page=True) == [0, [[7, 3, 6]]]


def test_the_map_is_a_picture_of_what_is_on_the_screen():
    code = """
        Object.assign(camera, { x: 1.5, y: 0.75, scale: 200 });
        page.about = 0;
        state.bright[1] = 0;
        state.colours.of = (row) => (row === 0 ? "red" : "");
        state.paths = [new Path("<p>", [0, 1], "#123456")];
        put("picture-width", "1600");
        page.map.draw();
        byId("map-svg").click();
        return clock.settle().then(async () => [saved[0][0], await saved[0][1].text(), text("status")]);"""
    name, svg, said = evaluate(GRID + code, page=True)
    assert name == "samples_map.svg"
    assert said == "samples_map.svg is written"
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert 'width="1600" height="1200" viewBox="0 0 800 600">' in svg
    # Row 0 begins at 1.5 cells, 300 px, left of the middle; 4 px are between cells.
    assert '<svg x="100" y="150" width="196" height="146" viewBox="0 0 96 72" preserveAspectRatio="none">' in svg
    assert '<image href="file:///page/data/pictures_0000.webp" width="192" height="144"/>' in svg
    assert '<rect x="100" y="150" width="196" height="146" fill="red" fill-opacity="0.62"/>' in svg
    assert '<g opacity="0.13"><svg x="300" y="150"' in svg
    assert svg.count('opacity="0.13"') == 1
    assert '<polyline points="200,225 400,225" fill="none" stroke="#123456" stroke-width="3">' in svg
    assert "<title>&#60;p&#62;</title></polyline>" in svg
    assert "<title>a.wav, at 0 s, 200 ms</title>" in svg


def test_the_map_as_png_is_drawn_anew_at_its_size():
    """800 x 600 px of the screen become 1600 x 1200: cells from the large sheets, with marks and names."""
    code = """
        const table = gridTable(4, 3, { class: Array(12).fill("kick") });
        const page = opened(aboutOf(table, { group: 6, shown: Array(12).fill(1) }));
        Object.assign(page.state.camera, { x: 2, y: 1.125, scale: 50 });
        Object.assign(page.state, { current: 5 });
        Element.prototype.toBlob = function toBlob(done, kind) { done(this.unable ? null : { canvas: this, kind }); };
        page.map.draw();
        const png = (width) => mapPng(page, width).catch((error) => error.message);
        return clock.settle().then(async () => {
          for (const kept of [page.pictures.large, page.pictures.asked]) kept.clear(); // as seen from afar
          const early = png(1600);
          await clock.pass(100);
          const { canvas, kind } = await early;
          const calls = canvas.getContext().calls.map(([word, values, look]) => [word, ...values, look]);
          const of = (word) => calls.filter(([one]) => one === word).map(([, ...values]) => values);
          const found = [kind, canvas.width, canvas.height, of("setTransform")[0].slice(0, 6),
            of("fillRect")[0].slice(0, 4), of("fillRect")[0].at(-1).fillStyle,
            of("drawImage").map(([{ name }, ...values]) => [name, ...values.slice(0, 8)]),
            of("strokeRect").map((values) => values.slice(0, 4)), of("fillText").map(([text]) => text),
            calls.findIndex(([word]) => word === "fillRect") < calls.findIndex(([word]) => word === "setTransform")];
          found.push(typeof (await png(16384)), await png(16385));
          Element.prototype.toBlob = (done) => done(null);
          found.push(await png(64));
          Element.prototype.toBlob = () => { throw Object.assign(new Error("no"), { name: "SecurityError" }); };
          found.push(await png(64));
          Element.prototype.toBlob = () => { throw new Error("another"); };
          found.push(await png(64));
          delete Element.prototype.toBlob;
          return found;
        });"""
    kind, *found, largest, larger, unable, secure, other = evaluate(code, page=True)
    size, transform, ground, back, cells, marks, names, in_order = (found[:2], *found[2:])
    assert (kind, size) == ("image/png", [1600, 1200])
    assert transform == [2, 0, 0, 2, 0, 0]
    assert (ground, back, in_order) == ([0, 0, 1600, 1200], "--back", True)
    # Row 0 begins two cells left of the middle and 1.125 above; the sheets have two pictures across.
    assert cells[0] == ["data/pictures_0000.webp", 0.5, 0.5, 95, 71, 300, 243.75, 48, 35.5]
    assert cells[7] == ["data/pictures_0001.webp", 96.5, 0.5, 95, 71, 450, 281.25, 48, 35.5]
    assert [name for name, *_ in cells] == ["data/pictures_0000.webp"] * 6 + ["data/pictures_0001.webp"] * 6
    assert len(marks) == 2  # of row 5, with its halo
    assert names == ["kick"]
    assert (largest, larger) == ("object", "a picture has 16384 px a side at most")
    assert unable == "the browser cannot make a picture of that size"
    assert "use samples_to_explorer.py -picture" in secure
    assert other == "another"


def test_the_map_as_png_waits_for_its_sheets_but_not_for_ever():
    code = """
        Element.prototype.toBlob = (done) => done({});
        missing.add("data/pictures_0001.webp");
        page.map.draw();
        const times = [];
        clock.now = 500;
        mapPng(page, 800).then(() => times.push(clock.now - 500));
        return clock.pass(7990).then(() => { times.push(0); return clock.pass(60); }).then(() => {
          page.pictures.large.set(1, {}).set(2, {});
          const since = clock.now;
          mapPng(page, 800).then(() => times.push(clock.now - since));
          return clock.pass(100);
        }).then(() => {
          page.pictures.large.delete(1);
          const since = clock.now;
          mapPng(page, 800).then(() => times.push(clock.now - since));
          return clock.pass(10).then(() => { page.pictures.large.set(1, {}); return clock.pass(100); });
        }).then(() => times);"""
    # It looks every 30 ms.
    assert evaluate(GRID + code, page=True) == [0, 8010, 0, 30]


def test_keys_belong_to_the_control_that_uses_them():
    selectors = {
        "search": "input[type=search]", "slider": "input[type=range]", "radio": "input[type=radio]", "button": "button",
        "link": "a[href]", "box": "input", "select": "select", "canvas": "canvas",
    }  # fmt: skip
    code = """
        const control = (kind) => ({ matches: (selectors) => selectors.split(", ").includes(kind) });
        return Object.values(JSON.parse(arguments0)).map((kind) => ["x", " ", "Enter", "ArrowLeft", "Escape"].filter((
          key) => keepsKey(control(kind), key)))
          .concat([keepsKey(null, "x"), keepsKey({}, "x")]);""".replace("arguments0", repr(json.dumps(selectors)))
    assert evaluate(code, page=True) == [
        ["x", " ", "Enter", "ArrowLeft"], ["ArrowLeft"], ["ArrowLeft"], [" ", "Enter"], [" ", "Enter"], [" ", "Enter"],
        ["x", " ", "Enter", "ArrowLeft"], [], False, False,
    ]  # fmt: skip


def test_pictures_that_arrive_are_drawn_together_and_those_that_move_at_once():
    code = """
        const found = [], say = () => found.push([clock.frames.length, page.report().gathers]);
        const { loops } = page;
        return clock.settle().then(async () => {
          for (let n = 0; n < 4; n++) { clock.frame(); await clock.pass(1000); }
          say();
          loops.arrived(1); say();
          await clock.pass(99);
          loops.arrived(2); say();
          await clock.pass(1); say();
          clock.frame(); say();
          await clock.pass(200); say();
          loops.moves.set(3, { since: 0, until: 1e9 });
          loops.arrived(3); say();
          return found;
        });"""
    none, asked, drawn = [0, False], [1, False], [0, False]
    assert evaluate(GRID + code, page=True) == [none, [0, True], [0, True], asked, drawn, none, asked]
