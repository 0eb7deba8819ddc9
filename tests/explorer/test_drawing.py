"""What the page draws: map, marks, sheets of pictures, the line of time. In Node, on canvases that note their calls."""

import pytest

from tests.support.node import NODE, evaluate

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")

# Three by two cells, 100 px wide, about the middle of a canvas of 800 x 600: that of row 0 begins at 250, 225. Between
# cells are 4 px: they are 96 x 71.
GRID = """
    const page = opened(aboutOf(gridTable(3, 2)));
    const { state, map } = page;
    const view = (values) => Object.assign(state.camera, values);
    view({ x: 1.5, y: 0.75, scale: 100 });
    const look = (...words) => { drawnBy(map.canvas); map.draw(); return drawnBy(map.canvas, ...words); };
    const boxes = (calls) => calls.map(([, values, { lineWidth, strokeStyle }]) => [...values, lineWidth, strokeStyle]);
"""


def test_cells_are_parts_of_their_sheets():
    code = """
        const plain = look("fillRect");
        return clock.pass(200).then(() => {
          state.bright[4] = 0;
          state.selected.add(0);
          state.colours.of = (row) => (row === 4 ? "red" : "");
          const calls = look("drawImage", "fillRect", "strokeRect");
          view({ scale: 200 });
          plain.push(look("drawImage")[0][1].slice(-2));
          return [plain.map((call) => (call.length === 2 ? call : [...call[1], call[2].fillStyle])),
            calls.map(([word, [sheet, ...values], { fillStyle, globalAlpha, lineWidth, strokeStyle }]) =>
              (word === "drawImage" ? [sheet.name, ...values, globalAlpha] : [sheet, ...values,
                word === "fillRect" ? fillStyle : strokeStyle, word === "fillRect" ? globalAlpha : lineWidth]))];
        });"""
    plain, (ground, first, frame, *rest) = evaluate(GRID + code, page=True)
    assert plain[0] == [0, 0, 800, 600, "--back"]
    # Without pictures each is a plain box.
    assert plain.pop() == [196, 146]  # 4 px between cells at most
    assert plain[1:] == [[250 + 100 * n, 225 + 75 * m, 96, 71, "--plain"] for m in range(2) for n in range(3)]
    assert ground == [0, 0, 800, 600, "--back", 1]
    # Half a pixel less of the sheet on each side; two pictures across, four to a sheet.
    assert first == ["data/pictures_0000.webp", 0.5, 0.5, 95, 71, 250, 225, 96, 71, 1]
    assert frame == [253, 228, 90, 65, "--mark", 6]
    second, third, fourth, fifth, tint, last = rest
    assert second == ["data/pictures_0000.webp", 96.5, 0.5, 95, 71, 350, 225, 96, 71, 1]
    assert third == ["data/pictures_0000.webp", 0.5, 72.5, 95, 71, 450, 225, 96, 71, 1]
    assert fourth == ["data/pictures_0000.webp", 96.5, 72.5, 95, 71, 250, 300, 96, 71, 1]
    assert fifth == ["data/pictures_0001.webp", 0.5, 0.5, 95, 71, 350, 300, 96, 71, 0.13]
    assert tint == [350, 300, 96, 71, "red", pytest.approx(0.13 * 0.62)]
    assert last[:3] == ["data/pictures_0001.webp", 96.5, 0.5]


def test_marks_have_their_places_sizes_and_halos():
    code = """
        const found = {};
        const mark = (name, values) => { Object.assign(state, values); found[name] = boxes(look("strokeRect")); };
        mark("none", {});
        mark("current", { current: 0 });
        mark("pinned", { current: -1, pinned: 0 });
        mark("voice", { pinned: -1, voices: () => [0] });
        state.selected.add(0);
        mark("selected", { voices: () => [] });
        view({ scale: 20 });
        state.selected.clear();
        mark("far", { current: 0 });
        view({ scale: 200 });
        mark("close", {});
        return found;"""
    found = evaluate(GRID + code, page=True)
    assert found["none"] == []
    # A frame's middle is half its width inside its box: that of the box, and, 1.5 px wider all around, its halo.
    assert found["current"] == [[249, 224, 98, 73, 5, "--back"], [249, 224, 98, 73, 2, "--strong"]]
    assert found["pinned"] == [[248, 223, 100, 75, 7, "--back"], [248, 223, 100, 75, 4, "--strong"]]
    assert found["voice"] == [[248.5, 223.5, 99, 74, 6, "--back"], [248.5, 223.5, 99, 74, 3, "--mark"]]
    assert found["selected"] == [[253, 228, 90, 65, 6, "--mark"]]
    # 20 px wide: 0.8 px between cells. Row 0 begins at 370, 285.
    assert found["close"][1][:4] == [99, 149, 198, 148]
    assert found["far"][1] == [pytest.approx(value) for value in (369, 284, 21.2, 16.2, 2)] + ["--strong"]


def test_lines_join_the_middles_of_cells():
    code = """
        const lines = () => look("lineTo", "fill", "closePath", "stroke").map(([word, values, look]) =>
          [word, ...values, ...(word === "stroke" ? [look.lineWidth, look.strokeStyle, look.globalAlpha] : []),
            ...(word === "fill" ? [look.fillStyle, look.globalAlpha] : [])]);
        const one = new Path("a", [0, 5], "red");
        const other = new Path("b", [3, 1], "blue");
        const found = [];
        state.trail = [2];
        found.push(lines());
        state.trail = [0, 1, 5];
        found.push(lines());
        Object.assign(state, { trail: [], paths: [one, other], chosen: other });
        found.push(lines());
        Object.assign(state, { paths: [], drawing: [4, 3] });
        found.push(lines());
        Object.assign(state, { drawing: [], lasso: [[0, 0], [1, 0], [1, 1]] });
        found.push(lines());
        const { globalAlpha } = map.canvas.getContext();
        return [...found, globalAlpha];"""
    alone, trail, paths, drawing, lasso, alpha = evaluate(GRID + code, page=True)
    assert alone == []
    middles = {0: (300, 262.5), 1: (400, 262.5), 3: (300, 337.5), 4: (400, 337.5), 5: (500, 337.5)}

    def joined(rows, thick, colour):
        to = [["lineTo", *middles[row]] for row in rows]
        return [*to, ["stroke", thick + 3, "--back", 0.9], ["stroke", thick, colour, 0.9]]

    assert trail == joined([0, 1, 5], 1.5, "--strong")
    assert paths == joined([0, 5], 2.5, "red") + joined([3, 1], 4, "blue")
    assert drawing == joined([4, 3], 4, "--mark")
    assert lasso == [
        ["lineTo", 250, 225], ["lineTo", 350, 225], ["lineTo", 350, 325], ["closePath"], ["fill", "--mark", 0.18],
        ["stroke", 4.5, "--back", 0.9], ["stroke", 1.5, "--mark", 0.9],
    ]  # fmt: skip
    assert alpha == 1


def test_samples_without_a_place_are_not_drawn():
    code = """
        const table = gridTable(3, 2);
        table.gridX[1] = "";
        const page = opened(aboutOf(table));
        Object.assign(page.state, { pinned: 1, trail: [0, 1, 2], current: 1 });
        page.map.draw();
        const [cells, frames, line] = ["fillRect", "strokeRect", "lineTo"].map((word) => 
          page.map.canvas.getContext().calls.filter(([one]) => one === word).length);
        return [cells - 1, frames, line];"""
    assert evaluate(code, page=True) == [5, 0, 2]


def test_from_afar_it_is_one_picture():
    """24 px a cell in it, as in the small sheets; on the screen 12."""
    code = """
        view({ scale: 12 });
        const whole = () => look("drawImage", "fillRect").filter(([word, [first]]) => word === "drawImage" || first)
          .map(([word, [picture, ...values]]) => values);
        const made = () => drawnBy(map.overview, "drawImage", "fillRect", "clearRect").map(([word, values]) =>
          (word === "drawImage" ? [values[0].name, ...values.slice(1)] : [word, ...values]));
        const found = [whole(), made()];
        return clock.pass(1).then(() => {
          page.pictures.large.set(0, { name: "large" }); // not from afar
          found.push(whole(), made(), whole(), made());
          map.refresh();
          whole();
          found.push(made().length, map.large || false, state.camera.scale);
          return found;
        });"""
    screen, plain, again, pictures, still, none, all_new, *_ = evaluate(GRID + code, page=True)
    assert screen == again == still == [[0, 0, 72, 36, 382, 291, 36, 18]]
    assert plain[0] == ["clearRect", 0, 0, 72, 36]
    assert plain[1:3] == [["fillRect", 0, 0, 23.04, 17.04], ["fillRect", 24, 0, 23.04, 17.04]]
    assert plain[5] == ["fillRect", 24, 18, 23.04, 17.04]
    # What has arrived is drawn over what was there: of a grid, nothing else.
    pictures.sort()
    assert pictures[0] == ["data/small_0000.webp", 0.5, 0.5, 23, 17, 0, 0, 23.04, 17.04]
    assert pictures[3] == ["data/small_0000.webp", 24.5, 18.5, 23, 17, 0, 18, 23.04, 17.04]
    assert [call[0] for call in pictures] == ["data/small_0000.webp"] * 4 + ["data/small_0001.webp"] * 2
    assert none == []
    assert all_new == 7


def test_the_picture_from_afar_fits_a_canvas_of_a_phone():
    code = """
        const table = gridTable(2, 1, { gridX: [0, 400] });
        const page = opened(aboutOf(table));
        const { map } = page;
        const tall = opened(aboutOf(gridTable(2, 1, { gridX: [0, 0], gridY: [0, 999] }))).map;
        page.state.selected.add(0);
        page.state.camera.scale = 1;
        map.draw();
        const [[, , { lineWidth }]] = drawnBy(map.overview, "strokeRect"); // a pixel at least
        return [map.overviewScale, map.overview.width, map.overview.height, tall.overviewScale, tall.overview.height,
          lineWidth];"""
    assert evaluate(code, page=True) == [pytest.approx(4096 / 401), 4096, 8, pytest.approx(4096 / 750), 4096, 1]


def test_the_picture_from_afar_has_the_size_of_its_layout():
    code = """
        const table = gridTable(3, 2, { low: [0, 0, 0, 0, 0, 0], wide: [0, 1, 2, 3, 4, 5.1], high: [0, 1, 2, 3, 4,
          5.1] });
        const ways = [["gridX", "gridY"], ["gridX", "low"], ["wide", "low"], ["wide", "high"]].map(([x, y]) => ({ x,
          y, grid: true }));
        const page = opened(aboutOf(table, { ways }));
        return [1, 2, 3, 0].map((place) => { page.lookAt(place, null); return [page.map.overview.width,
          page.map.overview.height]; });"""
    assert evaluate(code, page=True) == [
        [72, 18],
        [147, 18],
        [147, 110],
        [72, 36],
    ]  # 24 x 6.1 is 146.4, 18 x 6.1 is 109.8


def test_it_is_drawn_once_a_frame_in_the_pixels_of_the_screen():
    code = """
        clock.frame();
        const { drawn } = map;
        map.ratio = 2;
        drawnBy(map.canvas);
        map.ask(); map.ask();
        const waits = clock.frames.length;
        clock.frame();
        const transforms = drawnBy(map.canvas, "setTransform").map(([, values]) => values);
        map.ask();
        return [waits, transforms, map.drawn - drawn, clock.frames.length];"""
    assert evaluate(GRID + code, page=True) == [1, [[1, 0, 0, 1, 0, 0], [2, 0, 0, 2, 0, 0]], 1, 1]


def test_as_many_sheets_are_wanted_as_there_is_memory_for():
    code = """
        const page = opened(aboutOf(gridTable(10, 12)));
        const wanted = {};
        page.pictures.want = (kind, groups) => { wanted[kind] = groups.length; };
        Object.assign(page.state.camera, { x: 5, y: 4.5, scale: 40 });
        page.map.draw();
        return wanted;"""
    assert evaluate(code, page=True) == {"pictures": 24, "small": 30}


def test_cells_above_each_other_are_all_drawn_again_when_one_sheet_arrives():
    code = """
        const table = gridTable(3, 2, { tsne: [0, 1, 2, 0, 1, 2], tsne2: [0, 0, 0, 1, 1, 1] });
        const page = opened(aboutOf(table, { ways: [{ x: "tsne", y: "tsne2", grid: false }] }));
        page.state.camera.scale = 12;
        const made = () => { page.map.draw(); return drawnBy(page.map.overview, "clearRect", "fillRect",
          "drawImage").length; };
        missing.add("data/small_0001.webp");
        return clock.pass(1).then(() => { made(); page.map.dirty.add(0); return [made(), made()]; });"""
    assert evaluate(code, page=True) == [7, 0]


def test_what_is_near_the_middle_is_loaded_first():
    code = """
        const { state, map, pictures, loops } = opened(aboutOf(gridTable(4, 8), { shown: Array(32).fill(1), loop: {
          width: 96, height: 72, step: 80 } }));
        const found = [map.nearestFirst(state.layout)];
        Object.assign(state.camera, { x: 2, y: 6, scale: 12 });
        found.push(map.nearestFirst(state.layout));
        Object.assign(state.camera, { x: 1, y: 2.6 });
        found.push(map.nearestFirst(state.layout).slice(0, 3));
        pictures.small.set(3, {});
        found.push(map.nearestFirst(state.layout).includes(3));
        found.push(map.groupsOf([0, 4, 5, 8, 9, 10]), map.groupsOf([0, 1, 4]));
        Object.assign(state.camera, { x: 2.2, y: 0.9 });
        found.push(map.fromTheMiddle([0, 1, 2, 3, 4, 5, 6]));
        return found;"""
    first, low, third, again, most, few, middle = evaluate(code, page=True)
    # Rows of cells are 0.75 high; each is a group here. The page opens in the middle, at x = 2, y = 3.
    assert first == [4, 3, 5, 2, 6, 1, 7, 0]
    assert low == [7, 6, 5, 4, 3, 2, 1, 0]
    assert third == [3, 4, 2]
    assert again is False
    assert most == [2, 1, 0]
    assert few == [0, 1]
    # Middles of cells at 0.5, 1.5 ... across, 0.375 and 1.125 down.
    assert middle == [6, 2, 5, 1, 3, 4, 0]


def test_first_frames_of_loops_are_wanted_where_cells_are_larger_than_in_the_sheets():
    code = """
        globalThis.VideoDecoder = function () {};
        const page = opened(aboutOf(gridTable(3, 2), { shown: Array(6).fill(1), loop: { width: 97, height: 72,
          step: 80 } }));
        const { state, map, loops } = page;
        const asked = [];
        loops.want = (kind, rows) => { if (kind === "first") asked.push(rows); };
        const at = (scale, ratio = 1) => { state.camera.scale = scale; map.ratio = ratio; map.draw();
          return asked.pop() ?? "kept"; };
        return clock.pass(400).then(() => {
          const found = [at(12), at(96), at(97).length, at(60, 2).length];
          page.viewChanged();
          found.push(at(97), map.canvas.getContext().imageSmoothingQuality);
          at(20);
          found.push(map.canvas.getContext().imageSmoothingQuality);
          return clock.pass(149).then(() => { found.push(at(97)); return clock.pass(1); }).then(() =>
            [...found, at(97).length, map.canvas.getContext().imageSmoothingQuality]).then((all) => {
              page.samples.about.loop.width = 96; // no larger than the pictures of the sheets
              return [...all, at(97)];
            });
        });"""
    assert evaluate(code, page=True) == [[], [], 6, 6, "kept", "low", "medium", "kept", 6, "medium", []]


def test_films_that_move_are_drawn_above_the_others_and_again_half_a_frame_later():
    code = """
        globalThis.VideoDecoder = function () {};
        const about = aboutOf(gridTable(3, 2), { shown: Array(6).fill(1), loop: { width: 192, height: 144, step: 80 },
          });
        const page = opened(about);
        const { state, map, loops } = page;
        Object.assign(state.camera, { x: 1.5, y: 0.75, scale: 100 });
        loops.whole.set(1, [{ name: "a" }, { name: "b" }]);
        loops.first.set(4, { name: "still" });
        let ticked = 0;
        map.ticked = () => { ticked += 1; };
        state.voices = () => [1];
        map.draw();
        return clock.pass(200).then(() => {
          clock.frame();
          ticked = 0;
          const pictures = (scale) => {
            state.camera.scale = scale;
            drawnBy(map.canvas);
            map.draw();
            return drawnBy(map.canvas, "drawImage").map(([, [picture]]) => picture.name || "overview");
          };
          const found = [pictures(100), ticked, pictures(12).slice(-1)];
          state.voices = () => [];
          return clock.pass(39).then(() => { found.push(clock.frames.length); return clock.pass(1); }).then(() => {
            found.push(clock.frames.length);
            const still = pictures(100);
            return [...found, still[4], still.at(-1)];
          });
        });"""
    near, ticked, far, early, later, large, moved = evaluate(code, page=True)
    assert (near[-1], near[1]) == ("a", "a")
    assert near[0] == near[2] == "data/pictures_0000.webp"
    assert ticked == 1
    assert far == ["a"]
    assert (early, later) == (0, 1)
    assert large == "still"
    assert moved == "b"  # after 80 ms


def test_where_only_films_move_nothing_else_is_drawn_again():
    code = """
        globalThis.VideoDecoder = function () {};
        const loop = { width: 192, height: 144, step: 80 };
        const { state, map, loops } = opened(aboutOf(gridTable(3, 2), { shown: Array(6).fill(1), loop }));
        Object.assign(state.camera, { x: 1.5, y: 0.75, scale: 100.5 });
        map.ratio = 2;
        for (const row of [1, 5]) loops.whole.set(row, [{ name: "a" }, { name: "b" }]);
        state.voices = () => [1];
        const found = [];
        /** The boxes that are drawn in the next frame: all of it, if there are none. */
        const boxes = async (ms) => {
          await clock.pass(ms);
          drawnBy(map.canvas);
          clock.frame();
          const calls = map.canvas.getContext().calls.splice(0).map(([word, values]) => [word, ...values]);
          const clip = calls.findIndex(([word]) => word === "clip");
          const count = (wanted) => calls.filter(([word]) => word === wanted).length;
          const open = count("save") - count("restore");
          found.push([calls.slice(0, clip + 1).filter(([word]) => word === "rect"), calls.length > 0, open]);
        };
        return clock.pass(2000).then(async () => {
          clock.frame();
          await boxes(1000); // what arrived meanwhile
          await boxes(50);
          state.voices = () => [1, 5];
          await boxes(50);
          await boxes(50);
          map.ask();
          await boxes(50);
          state.voices = () => [];
          await boxes(50);
          await boxes(50);
          await boxes(1300); // when they have come to rest
          await boxes(50);
          return found;
        });"""
    _, one, other, both, asked, silent, on, rest, none = evaluate(code, page=True)
    # The canvas is 800 x 600, a cell 100.5 x 75.375 px; row 1 begins at 349.75, 224.625, row 5 at 450.25, 300.
    first, second = ["rect", 699, 449, 202, 152], ["rect", 900, 600, 202, 152]
    assert one == [[first, first], True, 0]
    assert other == asked == silent == [[], True, 0]
    assert both == on == [[first, second] * 2, True, 0]
    assert rest == [[first, second], True, 0]
    assert none == [[], False, 0]


def test_the_canvas_has_the_pixels_of_the_screen():
    code = """
        const { map, state } = opened(aboutOf(gridTable(3, 2)));
        const sizes = [];
        const resize = (width, height, ratio) => {
          Object.assign(map.canvas, { clientWidth: width, clientHeight: height });
          window.devicePixelRatio = ratio;
          sizes.push([map.resize(), map.canvas.width, map.canvas.height, state.camera.width, state.camera.height,
            map.ratio]);
        };
        resize(800, 600, 1); resize(801, 600, 2); resize(801, 600, 2); resize(801, 500, 2); resize(0, 0, 0); resize(
          10.4, 9.6, 1.5);
        return sizes;"""
    assert evaluate(code, page=True) == [
        [False, 800, 600, 800, 600, 1], [True, 1602, 1200, 801, 600, 2], [False, 1602, 1200, 801, 600, 2],
        [True, 1602, 1000, 801, 500, 2], [True, 1, 1, 1, 1, 1], [True, 16, 14, 10.4, 9.6, 1.5],
    ]  # fmt: skip


def test_names_of_groups_are_written_where_cells_are_small():
    code = """
        const table = gridTable(3, 2, { class: ["kick", "kick", "kick", "hat", "hat", " "] });
        const page = opened(aboutOf(table));
        const names = (scale) => {
          page.state.camera.scale = scale;
          drawnBy(page.map.canvas);
          page.map.draw();
          return drawnBy(page.map.canvas, "strokeText", "fillText").map(([word, values, look]) =>
            [word, ...values, word === "strokeText" ? look.lineWidth : look.fillStyle]);
        };
        return [names(20), names(64), names(63.9).length, page.map.labelsShown().map(({ count }) => count)];"""
    far, near, almost, counts = evaluate(code, page=True)
    # The median of the first row of cells: its middle one.
    assert far == [
        ["strokeText", "kick", 400, pytest.approx(292.5), 4],
        ["fillText", "kick", 400, pytest.approx(292.5), "--strong"],
    ]
    assert near == []
    assert almost == 2
    assert counts == [3]


def test_names_are_of_the_largest_groups():
    code = """
        const cells = ["b", "b", "b", "b", "-", "-", "-", "a", "a", "a", "", "", "", "c", "c"];
        const samples = new Samples(aboutOf({ class: cells, x: cells.map((_, n) => n), y: cells.map((_,
          n) => n * n) }));
        const layout = new Layout(samples, { x: "x", y: "y", grid: true });
        const many = Array.from({ length: 61 * 3 }, (_, n) => `g${Math.floor(n / 3)}`);
        const more = new Samples(aboutOf({ clusterName: many, class: many.map(() => "x"), x: many.map((_, n) => n),
          y: many.map(() => 0) }));
        return [groupLabels(samples, layout), groupLabels(more, new Layout(more, { x: "x", y: "y",
          grid: true })).length,
          groupLabels(new Samples(aboutOf({ x: [1] })), layout)];"""
    assert evaluate(code, page=True) == [
        # The third of four in order, the second of three; 0.75 of a cell's width from row to row.
        [{"text": "b", "count": 4, "x": 2.5, "y": 4 * 0.75 + 0.375}, {"text": "a", "count": 3, "x": 8.5,
          "y": 64 * 0.75 + 0.375}],
        60, [],
    ]  # fmt: skip


def test_labels_need_room_on_all_sides():
    """A label takes 14 px above its line and 7 below, half its width on either side."""
    code = """
        const camera = Object.assign(new Camera(), { x: 500, y: 500, scale: 1, width: 1000, height: 1000 });
        const free = (dx, dy) => apart([{ text: "ab", x: 500, y: 500 }, { text: "ab", x: 500 + dx, y: 500 + dy }],
          camera, () => 20).length;
        const [box] = apart([{ text: "ab", x: 500, y: 500 }], camera, () => 20);
        return [[20, 0], [20.5, 0], [-20, 0], [-20.5, 0], [0, 21], [0, 21.5], [0, -21], [0, -21.5]].map(([dx,
          dy]) => free(dx, dy))
          .concat([box.top, box.bottom]);"""
    assert evaluate(code, page=True) == [1, 2, 1, 2, 1, 2, 1, 2, 486, 507]


def test_sheets_are_loaded_in_order_and_those_used_least_let_go():
    code = """
        const pictures = new Pictures(new Samples(aboutOf(gridTable(3, 2))));
        const came = [];
        pictures.arrived = (group, kind) => came.push(kind + group);
        missing.add("data/pictures_0003.webp");
        pictures.want("pictures", [2, 3, 1]);
        pictures.want("small", [7, 8]);
        pictures.want("pictures", [1, 5, 6]);
        const begun = [...asked];
        const waits = pictures.queue.map(({ kind, group }) => kind + group);
        return clock.settle().then(async () => {
          const found = [begun, waits, came.slice(0, 3), [...pictures.large.keys()].sort(), pictures.room];
          pictures.want("pictures", [3]); // it is not there, and not asked for again
          await clock.settle();
          found.push(asked.filter((address) => address.includes("0003")).length);
          pictures.touch([2, 4, 1]);
          pictures.want("pictures", [10, 11, 12, 13]);
          await clock.settle();
          found.push([...pictures.large.keys()], [...closed], pictures.busy);
          pictures.want("pictures", [20, 21, 22, 23, 24, 25, 26, 27]);
          await clock.settle();
          found.push(pictures.large.size);
          pictures.want("pictures", [10]);
          await clock.settle();
          return [...found, pictures.large.size, pictures.large.has(10)];
        });"""
    begun, waits, came, large, room, tries, kept, closed, busy, many, few, again = evaluate(code, page=True)
    assert begun == [f"data/{name}.webp" for name in ("pictures_0002", "pictures_0003", "pictures_0001", "small_0007")]
    # What waits for its turn and is not wanted any more is not loaded.
    assert waits == ["small8", "pictures5", "pictures6"]
    assert came == ["pictures2", "pictures1", "small7"]
    assert large == [1, 2, 5, 6]
    assert (room, tries) == (6, 1)
    # Six are kept: the two that were touched last are younger than the other two.
    assert kept == [2, 1, 10, 11, 12, 13]
    assert closed == ["data/pictures_0005.webp", "data/pictures_0006.webp"]
    assert busy == 0
    # As many as are wanted at once, if that is more.
    assert (many, few, again) == (8, 6, True)


def test_pictures_are_large_from_near_and_small_else():
    code = """
        const samples = new Samples(aboutOf(gridTable(3, 2), { shown: [2, 1, 2, 0, 2, 2] }));
        const pictures = new Pictures(samples);
        const context = drawing();
        const draw = (row, close) => [pictures.draw(context, row, 1, 2, 3, 4, close), context.calls.splice(0).map(([,
          [sheet]]) => sheet)];
        const found = [draw(0, true)];
        pictures.small.set(0, "small");
        found.push(draw(0, true), draw(0, false));
        pictures.large.set(0, "large");
        return [...found, draw(0, true), draw(0, false), draw(3, true), draw(4, true)];"""
    assert evaluate(code, page=True) == [
        [False, []], [True, ["small"]], [True, ["small"]], [True, ["large"]], [True, ["small"]], [False, []], [False,
          []],
    ]  # fmt: skip


# On a canvas of 320 x 150, 1.5 s before and after a sample of 200 ms, 10 ms take 1 px: row 3 is from 150 to 170.
TIMELINE = """
    const page = opened(aboutOf(gridTable(3, 3, { filename: [..."aaaaaaab"].concat("a").map((name) => `${name}.wav`) }),
      { level: [-22, -60, -90, 0, -30, -22, -22, -22, -22] }));
    const line = byId("timeline");
    Object.assign(line, { width: 320, height: 150, clientWidth: 640 });
    page.show(3);
"""


def test_the_line_of_time_has_a_bar_for_each_neighbour():
    code = """
        page.state.bright[4] = 0;
        drawnBy(line);
        page.timeline.draw();
        const bars = drawnBy(line, "clearRect", "fillRect").map(([word, values, { fillStyle,
          globalAlpha }]) => [...values, fillStyle, globalAlpha]);
        page.panel.row = -1;
        page.timeline.draw();
        return [bars, line.getAttribute("aria-label"), drawnBy(line, "clearRect", "fillRect").map(([word]) => word),
          byId("in-context").disabled];"""
    (clear, *bars), said, none, disabled = evaluate(TIMELINE + code, page=True)
    assert clear[:4] == [0, 0, 320, 150]
    # Of 144 px those that the level is of 60 dB, 0.06 at least; in the middle, a pixel apart. Row 8 begins at 1600 ms.
    high = {0: 144 * (1 - 22 / 60), 1: 144 * 0.06, 2: 144 * 0.06, 4: 72, 5: 144 * (1 - 22 / 60)}
    high |= {6: high[0], 8: high[0], 3: 144}  # the sample itself last, above those that it overlaps
    assert len(bars) == len(high)
    for bar, (row, tall) in zip(bars, high.items(), strict=True):
        assert bar[:4] == pytest.approx([90 + 20 * row, (150 - tall) / 2, 19, tall])
        assert bar[4:] == ["--mark" if row == 3 else "--plain", 0.13 if row == 4 else 1]
    assert said == "In its file: sample 4 of 8"
    assert none == ["clearRect"]
    assert disabled is True


def test_only_what_reaches_into_the_line_of_time_is_on_it():
    """Around row 10 it is from 500 to 3600 ms: row 2 ends, and row 18 begins, just there."""
    code = """
        const page = opened(aboutOf(gridTable(20, 1, { dur: Array(20).fill(100) })));
        const line = byId("timeline");
        const bars = (row, ) => { page.panel.row = row; drawnBy(line); page.timeline.draw(); return drawnBy(line,
          "fillRect").length; };
        const mixed = rowsByFile(new Samples(aboutOf({ filename: ["a", "b", "a", "a", "a"], start: [400, 0, 200, 0,
          200] })));
        return [bars(10), bars(0), byId("in-context").disabled, page.timeline.rowAt(0.5), page.timeline.rowAt(0.001),
          [...mixed]];"""
    assert evaluate(code, page=True) == [15, 8, False, 0, -1, [["a", [3, 2, 4, 0]], ["b", [1]]]]


def test_a_long_sample_has_four_lengths_around_it_and_a_short_one_two_pixels():
    code = """
        const page = opened(aboutOf(gridTable(2, 1, { start: [0, 1000], dur: [1000, 1] })));
        const line = byId("timeline");
        Object.assign(line, { width: 900, height: 150 });
        page.panel.row = 0;
        drawnBy(line);
        page.timeline.draw();
        return [page.timeline.span(0), page.timeline.span(1), drawnBy(line, "fillRect").map(([, [left, ,
          wide]]) => [left, wide])];"""
    assert evaluate(code, page=True) == [[-4000, 5000], [-500, 2501], [[500, 2], [400, 99]]]


def test_the_waveform_of_the_sample_is_in_its_place():
    """Of 9,600 values that rise from 0 to half of full scale, in 21.6 px: 21 columns."""
    code = """
        const values = new Float32Array(48000);
        const first = 2400 + 12000 * 1 + 48; // row 3 is the second of its track; all is a millisecond late
        for (let n = 0; n < 9600; n++) values[first + n] = -n / 9600 / 2;
        page.sound.tracks.ready.set(1, { buffer: { sampleRate: 48000, getChannelData: () => values }, shift: 0.001 });
        drawnBy(line);
        line.width = 345;
        page.timeline.draw();
        const columns = drawnBy(line, "fillRect").filter(([, , { fillStyle }]) => fillStyle === "--mark").map(([,
          box]) => box);
        page.sound.tracks.ready.clear();
        return columns;"""
    columns = evaluate(TIMELINE + code, page=True)
    assert len(columns) == 21
    for n, column in enumerate(columns):
        tall = 144 * ((n + 1) * 9600 // 21 - 1) / 9599
        assert column == pytest.approx([150 / 320 * 345 + n, (150 - tall) / 2, 1, tall], rel=1e-5)


def test_a_place_on_the_line_of_time_is_the_sample_there():
    code = """
        const at = (ms) => page.timeline.rowAt((ms + 900) / 3200);
        const found = [at(-100), at(0), at(199), at(200.01), at(650), at(1450), at(1700), at(2100)];
        page.samples.numbers("dur")[2] = 500; // over that of row 3
        found.push(at(450), at(650), at(850));
        line.dispatchEvent(told("click", { offsetX: (2 * (300 + 900)) / 10 }));
        found.push(page.panel.row);
        line.dispatchEvent(told("click", { offsetX: 2 }));
        found.push(page.panel.row);
        line.dispatchEvent(told("click", { offsetX: 640 * (10 - page.timeline.span(1)[0]) / 3200 }));
        return [...found, page.panel.row, [0, 3, 6, 8, -1].map((row) => page.timeline.context(row)),
          (() => { page.panel.row = -1; return page.timeline.rowAt(0.5); })()];"""
    *rows, context, none = evaluate(TIMELINE + code, page=True)
    # Row 7 is of the other file; where two are, the one that is shown is meant, else the last one.
    assert rows == [-1, 0, 0, 1, 3, -1, 8, -1, 2, 3, 4, 1, 1, 0]
    assert context == [[0, 1, 2], [1, 2, 3, 4, 5], [4, 5, 6, 8], [5, 6, 8], []]
    assert none == -1
