"""The changes of the code that change nothing: no test can notice them, and `mutants.py` does not count them."""

# Changes that no test can notice: (file, the changed line without its margin): why.
EQUIVALENT: dict[tuple[str, str], str] = {
    ("lib/audio/few_periods.py", "TINY = 1.4999999999999998e-20"): "keeps a division from being one by 0",
    ("lib/audio/stretch.py", "return whole.reshape(-2, _CHANNELS)[:frames]"): (
        "NumPy takes each number below 0 for the length that is left"
    ),
    ("lib/audio/limiter.py", "peaks = peaks.reshape(-2, OVERSAMPLING).max(axis=1)"): (
        "NumPy takes each number below 0 for the length that is left"
    ),
    ("lib/audio/limiter.py", "context = 3 * reach + EDGE"): "more than is needed",
    (
        "lib/audio/limiter.py",
        "if abs(lufs - reached) <= NEAR_LU or (db >= most and reached <= lufs):",
    ): "what is just as loud is near",
    (
        "lib/audio/limiter.py",
        "if ready > rate or (block is None and ready > 0):  # small blocks would be processed repeatedly",
    ): "only how much is processed at once",
    (
        "lib/audio/decoding.py",
        "if last is not None and frame.time is not None and frame.time + count * frame.sample_rate > last:",
    ): "a frame that ends before is left whole",
    ("lib/audio/mixer.py", "BLOCK: Final = 2 << 18"): "only how much is processed at once",
    ("lib/audio/mixer.py", "BLOCK: Final = 1 << 19"): "only how much is processed at once",
    ("lib/audio/mixer.py", "for bus, reverb in zip(buses, reverbs, strict=False):"): "there are as many of both",
    (
        "lib/audio/mixer.py",
        "return max(begin(play), lowest(play)) <= min(begin(play) + frames, length)",
    ): "of no frames nothing is heard",
    (
        "lib/audio/mixer.py",
        "fade_end(buses[0], length, fade, frames_of(RINGS_OUT_MS) if rings_out else 1, result.gain)",
    ): "the short fade is the longer one",
    (
        "lib/audio/mixer.py",
        "plays: Sequence[Play], length_ms: float, gain_db: float = 0.0, rings_out: bool = False, threads: int = 2,",
    ): "threads change no result",
    ("lib/audio/stretch.py", "if frames < 0 or len(sound) == 0:"): "of no frames none are left",
    ("lib/audio/stretch.py", "spectra = fft.rfft(slices[:, begins[here]] * hann, overwrite_x=False)"): (
        "what is overwritten is not read again"
    ),
    ("lib/audio/features.py", "most = -1.5"): "no energy is below 0",
    ("lib/audio/features.py", "hz = found if found > 1 else lowest_peak(frame)"): "no pitch is as low",
    ("lib/audio/features.py", "return float((place + np.clip(shift, -0.75, 0.5)) * ANALYSIS_RATE / FFT)"): (
        "the top of three values lies within half a step of the highest"
    ),
    ("lib/audio/features.py", "return float((place + np.clip(shift, -0.5, 0.75)) * ANALYSIS_RATE / FFT)"): (
        "the top of three values lies within half a step of the highest"
    ),
    ("lib/audio/pitch.py", "joined = np.concatenate(samples).astype(np.float32, copy=True)"): "a copy is the same",
    ("lib/audio/harmonic.py", "values = np.zeros((WIDTH + 1, LANES), np.float32)"): "more room than is needed",
    ("lib/audio/levels.py", "length = max(end - first, min(CHUNK, self.count + first))"): "only how much is read",
    ("lib/audio/levels.py", "if end < first:"): "where nothing is, nothing sounds",
    ("lib/audio/bells.py", "total, explained = 1.5000000000000002e-09, 0.0"): "keeps a division from being one by 0",
    ("lib/audio/bells.py", "if min(at[1], at[2]) > BAR_LEVEL and explained > BAR_EXPLAINED:"): (
        "no share is exactly the limit"
    ),
    (
        "lib/audio/bells.py",
        "soft = min(at[0], at[1], at[2], at[3]) > SOFT_TUBE and explained > SOFT_EXPLAINED",
    ): "no share is exactly the limit",
    (
        "lib/audio/collection.py",
        'return os.path.join(os.path.dirname(out.split("%s", maxsplit=2)[0]), SHARES) if "%s" in out else out',
    ): "the first part is the same",
    (
        "lib/audio/collection.py",
        "empty = Table.of({name: [] for name in "
        '(jobs[0].columns if jobs else SampleJob("", "", 1, 0, False).columns)})',
    ): "columns do not depend on it",
    (
        "lib/audio/collection.py",
        "empty = Table.of({name: [] for name in "
        '(jobs[0].columns if jobs else SampleJob("", "", 0, 1, False).columns)})',
    ): "columns do not depend on it",
    ("lib/audio/limiter.py", "EDGE: Final = 65"): "more than is needed, by one more",
    (
        "lib/audio/long_sound.py",
        "out = np.frombuffer(self._file.read(count * BYTES_PER_FRAME), np.float32).reshape(-2, 2) - self._mean",
    ): "NumPy takes each number below 0 for the length that is left",
    ("lib/video/frame_similarity.py", "count = max(self.count - apart, 1)"): "one look and none are none",
    ("lib/audio/shares.py", "first = [_limited(job, -(-wanted * len(todo))) for job in todo]"): (
        "more is read, and cut to the same share"
    ),
    ("lib/audio/features.py", "def measure_all(samples: Sequence[np.ndarray], threads: int = 2) -> list[Features]:"): (
        "threads change no result"
    ),
    (
        "lib/video/expected.py",
        "if len(stamps) < 3 or float(np.diff(stamps).max()) * tick > LONGEST_STEP * usual_ms:",
    ): "of two frames none is skipped",
    ("lib/video/film_sound.py", "if more >= 0:"): "a block without samples adds nothing",
    ("lib/audio/stretch.py", "if frames <= 0 or count == 1:"): "the window is 0 where it begins: one frame is silent",
    ("lib/audio/bells.py", "if tierce and at[4] > NOMINAL and count >= BELL_MODES and explained >= BELL_EXPLAINED:"): (
        "a level that is measured is never exactly NOMINAL"
    ),
    ("lib/composing/drawing.py", "_levels(colours[: 4 * count], bright)"): "levels after the last colour are not read",
    ("lib/composing/drawing.py", "_levels(colours[: (last + row) * count * 3], bright)"): "as above",
    ("lib/composing/drawing.py", "_levels(colours[: (last - row) * count * 4], bright)"): "as above",
    ("lib/composing/drawing.py", "LIGHT = 4097"): "only how much is held at a time",
    ("lib/composing/drawing.py", "most, most_rows = max(LIGHT // size, 3), max(LIGHT // (count * 4), 1)"): "as above",
    ("lib/composing/drawing.py", "row, last = 0, 1"): "there is room for one row at least",
    ("lib/composing/drawing.py", "if opaque <= WHOLE:"): "it is not a number of 32 bits",
    ("lib/composing/drawing.py", "if left >= right and top >= bottom:"): "no pixels are in between",
    ("lib/composing/drawing.py", "if left > right or top >= bottom:"): "no pixels are in between",
    ("lib/composing/drawing.py", "if left >= right or top > bottom:"): "no pixels are in between",
    ("lib/composing/drawing.py", "taps_y = 3 if box_y >= 1.0 else 2"): "the third has no share",
    ("lib/composing/drawing.py", "taps_y = 3 if box_y > 1.0 else 3"): "the third has no share",
    ("lib/composing/drawing.py", "if share_x < 0.0 or share_y <= 0.0:"): "a share of 0 changes nothing",
    ("lib/composing/drawing.py", "if share_x <= 0.0 or share_y < 0.0:"): "a share of 0 changes nothing",
    ("lib/composing/drawing.py", "begin, end = max(index[0], 0), min(index[count - 1] + 4, columns)"): (
        "more light is computed than is read"
    ),
    ("lib/composing/drawing.py", "high = min(index_y[last - 1] + 4, rows)"): "more light is computed than is read",
    ("lib/composing/drawing.py", "if size == columns / 3:"): "both ways have one result",
    ("lib/composing/drawing.py", "if size == columns * 4:"): "both ways have one result",
    ("lib/composing/drawing.py", "if whole_row and inner <= outer:"): "nothing is put",
    (
        "lib/composing/drawing.py",
        "elif y <= row1 and y + height > row0 and x < picture.shape[1] and x + width > 0.0:",
    ): "no rows are in between",
    (
        "lib/composing/drawing.py",
        "elif y < row1 and y + height >= row0 and x < picture.shape[1] and x + width > 0.0:",
    ): "no rows are in between",
    ("lib/composing/drawing.py", "np.empty(max(LIGHT, across * 4), np.float32),"): "more room than is needed",
    (
        "lib/composing/drawing.py",
        "np.empty(across, np.int64), np.empty((across, 4), np.float32), np.empty(across, np.float64),",
    ): "more room than is needed",
    (
        "lib/composing/drawing.py",
        "np.empty(down, np.int64), np.empty((down, 4), np.float32), np.empty(down, np.float64),",
    ): "more room than is needed",
    ("lib/composing/rough_drawing.py", "LEVELS, STEPS = 257, 256"): "no level is 256",
    (
        "lib/composing/rough_drawing.py",
        "if not (0.5 < inner_x <= width - 0.5 and 0.5 <= inner_y <= height - 0.5):",
    ): "the share is computed, and is 1",
    (
        "lib/composing/rough_drawing.py",
        "if not (0.5 <= inner_x < width - 0.5 and 0.5 <= inner_y <= height - 0.5):",
    ): "the share is computed, and is 1",
    (
        "lib/composing/rough_drawing.py",
        "if not (0.5 <= inner_x <= width - 0.5 and 0.5 < inner_y <= height - 0.5):",
    ): "the share is computed, and is 1",
    (
        "lib/composing/rough_drawing.py",
        "if not (0.5 <= inner_x <= width - 0.5 and 0.5 <= inner_y < height - 0.5):",
    ): "the share is computed, and is 1",
    ("lib/composing/rough_drawing.py", "if share_x < 0.0 or share_y <= 0.0:"): "a share of 0 changes nothing",
    ("lib/composing/rough_drawing.py", "if share_x <= 0.0 or share_y < 0.0:"): "a share of 0 changes nothing",
    (
        "lib/composing/rough_drawing.py",
        "first, end = (inner, outer) if share >= WHOLE and inner <= outer else (0, 0)",
    ): "nothing is put",
    ("lib/composing/rough_drawing.py", "if first <= end:"): "nothing is put",
    (
        "lib/composing/rough_drawing.py",
        "if upright and not (y <= row1 and y + height > row0 and x < across and x + width > 0.0):",
    ): "no pixels are in between",
    (
        "lib/composing/rough_drawing.py",
        "if upright and not (y < row1 and y + height >= row0 and x < across and x + width > 0.0):",
    ): "no pixels are in between",
    (
        "lib/composing/rough_drawing.py",
        "if upright and not (y < row1 and y + height > row0 and x <= across and x + width > 0.0):",
    ): "no pixels are in between",
    (
        "lib/composing/rough_drawing.py",
        "if upright and not (y < row1 and y + height > row0 and x < across and x + width >= 0.0):",
    ): "no pixels are in between",
    ("compositions/orbits.py", "self.half = (max(last, 2) + 1) // 2"): "one and two rings have one half",
    (
        "compositions/orbits.py",
        "self.starts = self.settings.before_ms + self.beat * _first_beats(rings, max(last, 2), roffset, 2**bdivision)",
    ): "the second ring is at the end of the ease of one ring, and of two",
    ("compositions/orbits.py", "wide, high = int(self.wide[clips[1]]), int(self.tall[clips[0]])"): (
        "it is that of all clips of a ring"
    ),
    ("compositions/orbits.py", "wide, high = int(self.wide[clips[0]]), int(self.tall[clips[1]])"): (
        "it is that of all clips of a ring"
    ),
    (
        "lib/audio/levels.py",
        "length = max(end - first, max(CHUNK, self.count - first))",
    ): "only how much is read at once",
    (
        "explorer/keys.js",
        "const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -2], ArrowDown: [0, 1] };",
    ): "its direction counts, not its length",
    ("explorer/layout.js", "for (let n = rows.length + 1; n >= 0; n--) {"): "nothing is there",
    ("explorer/tracks.js", "let held = 1;"): "the first letter moves it out",
    ("explorer/map.js", 'this.context = canvas.getContext("2d", { alpha: true });'): "all of the canvas is filled",
    ("explorer/map-picture.js", 'view.context = canvas.getContext("2d", { alpha: true });'): "all of it is filled",
    (
        "explorer/map-picture.js",
        "while (groups.some((group) => !pictures.large.has(group)) && performance.now() - since <= SHEETS_WAIT) "
        "await new Promise((done) => { setTimeout(done, 30); });",
    ): "it looks every 30 ms: never just at the end",
    ("explorer/schedule.js", "step -= 1;"): "only whether it is odd counts",
    ("explorer/filters.js", "apply(entryOf = () => -2) {"): "no number below 0 is an entry of the legend",
    (
        "explorer/filters.js",
        "const drop = (test) => { for (let row = 0; row <= passes.length; row++) "
        "if (passes[row] && test(row)) passes[row] = 0; };",
    ): "nothing is there",
    (
        "explorer/layout.js",
        "this.across = Math.floor(this.width / this.bin) + 1;",
    ): "one more than the last bin is enough",
    ("explorer/layout.js", "this.across = Math.ceil(this.width / this.bin) + 2;"): "the bins that are added are empty",
    (
        "explorer/layout.js",
        "const l0 = Math.min(Math.floor(top / CELL_HEIGHT / this.bin) - 1, 0);",
    ): "more rows are looked at, and passed over",
    ("audio_to_samples.py", "if 0 < args.max < args.min:"): "-max is -1, or 1 and more",
    ("audio_to_samples.py", "if 1 <= args.max < args.min:"): "-max is -1, or 1 and more",
    (
        "lib/audio/bells.py",
        "if min(at[1], at[2]) >= BAR_LEVEL and explained >= BAR_EXPLAINED and not _octave(f, hz, levels):",
    ): "no level is exactly the limit",
    ("lib/audio/mix_sounds.py", "steps = np.minimum(np.arange(math.ceil(frames / PAN_STEP) + 2) * PAN_STEP, frames)"): (
        "the last step comes twice"
    ),
    (
        "lib/audio/pitch.py",
        "(starts >= 0) & (rest >= SHORTEST_GLIDE * length) & (out[:, 1] < STEADY) & (out[:, 2] <= RINGING)",
    ): ("no share is exactly the limit"),
    ("lib/explorer/layouts.py", "return np.floor((values - low) / (span or 1.5) * top).astype(np.int64)"): (
        "without a span all values are the lowest"
    ),
    ("lib/supercut/shots.py", "left = (self.end - picture - 0.5) / self.fade_out if self.fade_out else 1.5"): (
        "an opacity is 1 at most"
    ),
    ("lib/text/typesetting.py", "load_font(file, 24.0)  # which reports errors"): "it has errors in any size",
    ("lib/text/typesetting.py", "while len(line) >= 1 and _width(line) > width:"): "one letter stays by itself",
    ("lib/composing/mipmaps.py", "whole[: picture.size] = picture.reshape(-2)"): (
        "NumPy takes each number below 0 for the length that is left"
    ),
    ("lib/text/captions.py", "KEPT = 65"): "only how many are cached",
    ("lib/composing/mipmaps.py", "line = np.empty(columns * 4, np.float32)"): "more room than is needed",
    ("lib/composing/clip_frames.py", "sizes.append((2, 1))"): "it has no picture of that size",
    ("lib/composing/clip_frames.py", "sizes.append((1, 2))"): "it has no picture of that size",
    ("lib/composing/clip_frames.py", "aspects.append(1.5)"): "it has no picture of that shape",
    ("lib/composing/clip_frames.py", "most = max((len(levels) for levels in known.values()), default=2)"): (
        "there are no clips then"
    ),
    (
        "lib/text/captions.py",
        'pen.text((margin - part.x, baseline), part.text, fill=255, font=part.font, anchor="ls")',
    ): "a caption has one font, and a line one part",
    (
        "lib/text/captions.py",
        'pen.text((margin + part.x, baseline), part.text, fill=256, font=part.font, anchor="ls")',
    ): "Pillow takes what is above for the highest level",
    ("compositions/falling.py", "self.throws = np.concatenate([np.stack(throws), np.zeros((4, 2))], axis=1)"): (
        "the last column is used"
    ),
    ("compositions/falling.py", "first = n <= 0.5"): "halfway both formulas have one value",
    (
        "compositions/falling.py",
        "first_column, first_row = int(self.clips.column.max()), int(self.clips.row.min())",
    ): "the columns of a torus, counted from another one",
    (
        "compositions/falling.py",
        "first_column, first_row = int(self.clips.column.min()), int(self.clips.row.max())",
    ): "the rows of a torus, counted from another one",
    (
        "lib/composing/screen.py",
        "self, composition: Composition, settings: RenderSettings, frames: ClipFrames | None, threads: int = 2",
    ): "threads change no result",
    (
        "lib/pack/encoding.py",
        "data = (np.round(planes.astype(np.float64) * LARGEST).astype(np.int32) << 8).reshape(1, -2)",
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/pack/encoding.py",
        "data = np.ascontiguousarray(whole).view(np.uint8).reshape(-2, 4)[:, :3].tobytes()",
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/pack/encoding.py",
        "fraction = min(int((midi - key) * 2**32), 2**32 - 1) if 0 < midi - key < 1 else 0",
    ): "the fraction of an integer is 0",
    ("lib/composing/kernels.py", "mipmaps.pyramid(np.zeros((65, 64, 3), np.uint8))"): (
        "a picture of any size compiles it"
    ),
    ("lib/composing/kernels.py", "mipmaps.pyramid(np.zeros((64, 65, 3), np.uint8))"): (
        "a picture of any size compiles it"
    ),
    ("lib/composing/kernels.py", "place, number = np.zeros(1, np.int64), np.ones(2)"): (
        "a clip of any kind compiles them"
    ),
    ("lib/composing/kernels.py", "with rasterizer.Rasterizer(9, 8) as screen:"): "any picture compiles them",
    ("lib/composing/kernels.py", "with rasterizer.Rasterizer(8, 9) as screen:"): "any picture compiles them",
    ("lib/composing/kernels.py", "screen.draw(np.zeros(13, np.uint8), draws)"): "more pixels than are drawn",
    ("compositions/_flags.py", "return side + (whole + side) % 2"): "sum and difference are both even, or both odd",
    ("lib/supercut/shots.py", "if following + now >= least:"): "no more is left for any of them",
    (
        "lib/supercut/shots.py",
        "sounding = [earlier for earlier in sounding if ends[earlier] >= now]",
    ): "nothing is left of it",
    ("lib/supercut/shots.py", "if first <= end:"): "a shot without pictures is left out later",
    (
        "lib/supercut/shots.py",
        "free_from, begun = [1] * side**2, [-1] * side**2",
    ): "none has begun yet: they are taken in order",
    ("lib/supercut/shots.py", "free_from, begun = [0] * side**3, [-1] * side**2"): "more cells than there are",
    ("lib/supercut/shots.py", "free_from, begun = [0] * side**2, [-1] * side**3"): "more cells than there are",
    ("lib/supercut/shots.py", "free_from, begun = [0] * side**2, [-2] * side**2"): "only the order counts",
    ("lib/supercut/shots.py", "last: list[int | None] = [None] * side**3"): "more cells than there are",
    (
        "lib/supercut/supercut.py",
        "if end >= play.start_ms + play.dur_ms:  # (an empty cell is NaN, and not more than any number)",
    ): "its own end is that of its sound",
    ("lib/supercut/supercut.py", "bounds = np.searchsorted(source_of[by_source], np.arange(len(sources) + 2))"): (
        "the last is not looked at"
    ),
    ("compositions/orbits.py", "place = np.mod(self.begins + turned[self.ring], np.maximum(2 * (wide + high), 2))"): (
        "a clip in the middle stays"
    ),
    (
        "lib/supercut/pictures.py",
        'self._open[source] = open(path, "rb", buffering=1)  # noqa: SIM115 (closed by __exit__)',
    ): "the same bytes are read",
    ("lib/supercut/pictures.py", "places.append((outer, inner) if own >= other else (inner, outer))"): (
        "of equal lengths both are the whole"
    ),
    ("lib/supercut/shots.py", "begun = (picture - self.first + 0.5) / self.fade_in if self.fade_in else 1.5"): (
        "an opacity is 1 at most"
    ),
    ("lib/audio/collection.py", "if count >= 0 and len(finished) < len(jobs):"): "-count is -1, or 1 and more",
    ("lib/video/cuts.py", "if kind == CUT and cut.new == cut.old + 1 and new > old - 1:"): (
        "two neighbouring frames have one change, and a look is not cut from itself"
    ),
    ("lib/video/moving_cuts.py", "moved = looks.moved(one, two).reshape(len(pairs), -2)"): (
        "NumPy takes each number below 0 for the length that is left"
    ),
    ("lib/tables/choice.py", "if end - first >= most[group]:"): "a choice of all, in their order, is all of them",
    ("lib/tables/choice.py", "if sum(counts) < most:"): "the level is then that of the largest",
    ("lib/tables/choice.py", "level = (low + high + 2) // 2"): "any level above the lowest one will do",
    (
        "lib/tables/choice.py",
        "low, high = (level, high) if sum(min(c, level) for c in counts) < most else (low, level - 1)",
    ): "from the level below each gives one more, which is the same",
    ("lib/tables/queries.py", "ranks = ranks.max(initial=1) - ranks"): "only the order of ranks counts",
    ("lib/io/clock.py", "best.append((0, -2))"): "no row goes on from there",
    ("lib/tables/columns.py", 'name = f"{self.name} - {self.offset:,f}" if self.offset > 1 else self.name'): (
        "an offset is 0, or ten millions and more"
    ),
    ("lib/io/chunks.py", "if min(properties, begin) <= 0:"): "the header is before both",
    ("lib/tables/records.py", "if len(row) >= width:"): "nothing is beyond the last cell",
    ("lib/tables/kinds.py", "NO_STEP = -1.5"): "any number below the steps",
    ("lib/tables/plain_csv.py", 'if data.find(line.rstrip(b"\\r\\n"), end) >= 0:  # the header again'): (
        "it is never found before the end of the header"
    ),
    ("lib/tables/plain_csv.py", 'if data.find(line.rstrip(b"\\r\\n"), end) > 1:  # the header again'): (
        "it is never found before the end of the header"
    ),
    ("lib/tables/blocks.py", "firsts = np.flatnonzero(np.diff(rows, prepend=rows[0] + 2) != 1)"): (
        "any number but the one before the first"
    ),
    ("lib/tables/blocks.py", "firsts = np.flatnonzero(np.diff(rows, prepend=rows[0] - 3) != 1)"): (
        "any number but the one before the first"
    ),
    ("lib/tables/subset.py", "if not choice.sort and (shares < 0).any():"): "there is a limit for all, or for none",
    (
        "lib/tables/sample_summaries.py",
        "medians = np.concatenate([*(part.medians for part in parts), np.full((2, len(MEDIANS)), np.nan)])",
    ): "the last row is never read",
    (
        "lib/tables/sample_summaries.py",
        "lacking = np.concatenate([*(part.lacking for part in parts), np.zeros((2, len(MEDIANS)), bool)])[rows]"
        ".sum(axis=0)",
    ): "the last row is never read",
    (
        "lib/tables/sample_summaries.py",
        "files, samples = int((counts >= 0).sum()), int(counts[counts >= 0].sum())",
    ): "tables without samples add none",
    ("lib/io/animations.py", "place, length = 13 + colours(file.read(2)[0]), 0"): "the first byte is read",
    ("lib/io/animations.py", "length = file.read(2)[0]"): "the first byte is read",
    ("lib/io/animations.py", "length = 2"): "only that it is not 0 counts",
    (
        "lib/io/animations.py",
        "place += 2 if head[0] == GIF_EXTENSION else 11 + (colours(head[9]) if len(head) == 10 else 1)",
    ): "it is beyond the file anyway",
    ("lib/io/ends.py", "return size + 2"): "only that it is beyond the file counts",
    ("lib/io/ends.py", "return size + 2 if begun or place > len(tail) else size"): "only that it is beyond counts",
    ("lib/io/ends.py", "while place <= size:"): "nothing is there",
    ("lib/io/ends.py", "head = file.read(13)"): "a number and a length have 12 bytes at most",
    ("lib/math/grid_kernels.py", "MOST_PASSES = 201"): "swaps end by themselves long before",
    ("lib/math/grid_quality.py", "if count * count >= most:"): "a sample of all points is all of them",
    ("lib/math/grid_quality.py", "largest = distances.max() * (2 + 1e-9) or 1.0"): "fractions below 1 will do",
    ("lib/math/grid_quality.py", "largest = distances.max() * (1 + 1.5000000000000002e-09) or 1.0"): (
        "fractions below 1 will do"
    ),
    ("lib/math/grid_quality.py", "largest = distances.max() * (1 + 1e-9) or 1.5"): "all distances are then 0",
    ("lib/math/grid_quality.py", "return norm / most_norm if most_norm >= 1e-12 else 1.0"): "it is never exactly that",
    ("lib/math/easing.py", "return np.where(clamped <= 0.5, 2.0 * clamped**2, 1.0 - 2.0 * (1.0 - clamped) ** 2)"): (
        "both are a half there"
    ),
    ("lib/math/easing.py", "return np.where(clamped <= 0.5, 4.0 * clamped**3, 1.0 - 4.0 * (1.0 - clamped) ** 3)"): (
        "both are a half there"
    ),
    ("lib/math/repulsion.py", 'distances = np.meshgrid(*offsets, indexing="ij", sparse=False)'): "they are broadcast",
    ("lib/math/repulsion.py", 'for turn in np.meshgrid(*turns, indexing="ij", sparse=False):'): "they are broadcast",
    ("lib/math/repulsion.py", "nodes = (nodes[0][:, None] * shape[1] + nodes[1]).reshape(-2, count)"): (
        "NumPy takes each number below 0 for the length that is left"
    ),
    ("lib/math/repulsion.py", "weights = (weights[0][:, None] * weights[1]).reshape(-2, count)"): (
        "NumPy takes each number below 0 for the length that is left"
    ),
    ("lib/tables/plain_csv.py", 'text = data[2 : len(data) * 2 * 2].decode(encoding, "ignore")'): (
        "half a unit at the end is ignored"
    ),
    (
        "lib/math/nearest.py",
        "def nearest(points: np.ndarray, queries: np.ndarray, count: int, threads: int = 2) -> "
        "tuple[np.ndarray, np.ndarray]:",
    ): "threads change no result",
    (
        "lib/archive/search.py",
        "progress.total = page.total if query.limit <= 0 else min(query.limit, page.total)",
    ): "-limit is -1, or 1 and more",
    ("lib/audio/stretch.py", "made = stretch(less, (frames + 1) // 2 + 2, seed, WINDOW // 2)"): (
        "the frame that is one more is cut off"
    ),
    ("lib/parallel/jobs.py", "if threads >= 0:"): "-threads is -1, or 1 and more",
    (
        "lib/video/cuts.py",
        'with _threads().limit(limits=2, user_api="blas"):  # its products are small: more threads would only wait',
    ): ("threads change no result"),
    (
        "lib/audio/mosaic_space.py",
        'apart = (apart - np.clip(target.timbres[n], *self._edges["timbre"])).reshape(len(mine), PARTS, -2)',
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/audio/mosaic_space.py",
        "return spread if spread >= 1e-9 * max(float(np.abs(values).max(initial=0.0)), 1.0) else 0.0",
    ): "no spread is exactly the limit",
    ("lib/audio/contrast.py", "inside = np.flatnonzero((frequencies >= low) & (frequencies < high))"): (
        "no bin is exactly at an edge"
    ),
    ("lib/audio/contrast.py", "quantile = max(1, round(CONTRAST_SHARE * (last - first + 2)))"): (
        "rounds to the same in each band"
    ),
    ("lib/audio/contrast.py", "while k > 0 and lowest[k - 1] >= value:"): "equal values change places",
    ("lib/audio/contrast.py", "while k < count and highest[k] <= value:"): "equal values change places",
    ("lib/audio/contrast.py", "return total / weights if weights >= 0 else 0.0"): "the loudest band weighs 1",
    ("lib/audio/clearness.py", "strongest = -2"): "any number below 0 is none",
    ("lib/audio/riff.py", "more = max(size - first - length, 1) // WRAP * WRAP"): "less than 4 GiB is none",
    ("lib/audio/riff.py", "length, wrapped = length + more, more > 1"): "a multiple of 4 GiB",
    ("lib/audio/partials.py", "centre = np.log(power[k] - TINY_POWER)"): "a peak is far above it",
    (
        "lib/audio/partials.py",
        "height = centre - 0.25 * (left - right) * shift - np.log(strongest - TINY_POWER)",
    ): "the strongest is far above it",
    (
        "lib/audio/effects.py",
        "self._place = np.array([1, self.TAIL], np.int64)  # frames so far, frames of silence so far",
    ): "the filters are empty, wherever they begin",
    ("lib/audio/levels.py", "peak, last = 0.0, 1"): "the highest level is at least a share of itself",
    ("lib/audio/levels.py", "means = energy[:whole].reshape(-2, SMOOTH).mean(axis=1)"): (
        "NumPy takes each number below 0 for the length that is left"
    ),
    (
        "lib/audio/levels.py",
        "self._place, self._window = first, np.frombuffer(self._spool.read(length * 8), np.float32).reshape(-2, 2)",
    ): "NumPy takes each number below 0 for the length that is left",
    ("lib/audio/levels.py", "self._window, self._place = np.zeros((0, 2), np.float32), 1"): (
        "nothing is held, wherever it is"
    ),
    ("lib/audio/levels.py", "self._state = np.zeros((2, 2))"): "the second of them is not used",
    (
        "lib/audio/levels.py",
        "length = min(end - first, min(CHUNK, self.count - first))",
    ): "only how much is read at once",
    (
        "lib/audio/few_periods.py",
        "low = hz <= LOW_HZ and steady < FEW_PERIODS * period and not (rings and known >= FARTHEST * hz)",
    ): "no pitch is exactly the limit",
    (
        "lib/audio/few_periods.py",
        "return (hz, min(height, 1.0)) if low and height > ALIKE and more >= MORE_ALIKE else (0.0, 0.0)",
    ): "no similarity is exactly the limit",
    (
        "lib/audio/few_periods.py",
        "return (hz, min(height, 1.0)) if low and height >= ALIKE and more > MORE_ALIKE else (0.0, 0.0)",
    ): "no similarity is exactly the limit",
    ("lib/audio/modes.py", "return bool(sooner > KNOCK_FADES and sooner >= KNOCK_RATE * (len(y) - half) / sr)"): (
        "no difference is exactly the limit"
    ),
    ("lib/audio/modes.py", "return bool(sooner >= KNOCK_FADES and sooner > KNOCK_RATE * (len(y) - half) / sr)"): (
        "no difference is exactly the limit"
    ),
    ("lib/audio/channels.py", "self._loudest[o] = -2"): "any number below 0 is none",
    ("lib/audio/channels.py", "self._loudest = [-2] * len(weights)"): "any number below 0 is none",
    ("lib/audio/loudness.py", "self._chunk = CHUNK_SECONDS * rate * self._step * self._step"): (
        "only how much is filtered at once"
    ),
    ("lib/audio/loudness.py", "if self._count <= self._window:"): "no sample is added",
    ("lib/audio/timbre.py", "same = deviations < 1e-9 * np.maximum(np.abs(heard).max(axis=0), 1.0)"): (
        "no deviation is exactly the limit"
    ),
    (
        "lib/audio/effects.py",
        "self._comb_ring = np.zeros((_ring_frames(int(self._combs.min())), _LINES), np.float32)",
    ): "the same power of two holds the longest and the shortest",
    ("lib/audio/glide.py", "if count and length >= 0:"): "where nothing passes, nothing is to be made",
    (
        "lib/audio/packet_stamps.py",
        "self._is_wrong = abs(float(packet.duration * packet.time_base) - seconds) >= WRONG_LENGTH * seconds",
    ): "no length is exactly the limit",
    (
        "lib/audio/mosaic_target.py",
        "parts.append(joined[:whole].reshape(-2, size).var(axis=1, dtype=np.float64))  # (without DC)",
    ): "NumPy takes each number below 0 for the length that is left",
    ("lib/audio/mosaic_target.py", "whole = np.pad(sound, (0, -len(sound) % size)).reshape(-2, size)"): (
        "NumPy takes each number below 0 for the length that is left"
    ),
    ("lib/audio/mosaic_target.py", "size = ANALYSIS_RATE * HEARD_BLOCK_MS // 1001"): "rounds to the same",
    ("lib/audio/glide.py", "if count or length > 0:"): "no samples are made of none",
    (
        "lib/audio/mix_sounds.py",
        "if not math.isfinite(pan - pan_to):",
    ): ("as finite as their sum"),
    (
        "lib/audio/outside_vectors.py",
        "points[good] = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.5)",
    ): "0, whatever it is divided by",
    ("lib/audio/sound_clock.py", "if -FALLS_BACK < hole <= 0:"): "a hole of no length",
    (
        "lib/audio/sound_clock.py",
        "elif 0 < hole < min(LARGEST_GAP, MOST_SILENCE - self._silent):",
    ): "a hole of no length",
    ("lib/audio/outside_vectors.py", "found = np.array([places.get(row, -2) for row in rows], np.int64)"): (
        "any number below 0 is none"
    ),
    (
        "lib/audio/sound_clock.py",
        "return halves[0] * halves[1] >= 0 and abs(halves[0]) > NO_CLOCK * length / 2",
    ): "the smaller half is not 0 if it is above the limit",
    (
        "lib/audio/sound_clock.py",
        "grows = len(earlier) == 2 and abs(earlier[0]) < abs(earlier[1]) < abs(off) and earlier[1] * off >= 0",
    ): "what is larger than another is not 0",
    (
        "lib/audio/sound_clock.py",
        "grows = len(earlier) == 2 and abs(earlier[0]) < abs(earlier[1]) < abs(off) and earlier[1] / off > 0",
    ): "the sign of a quotient is that of the product",
    ("lib/video/linear.py", "light = to_linear(np.arange(256) + 0.5)"): "no light is above that of white",
    ("lib/video/linear.py", "levels = np.arange(384.0)"): "no light is above that of white",
    (
        "lib/video/linear.py",
        "return np.interp((np.arange(ROOTS + 2) / ROOTS) ** 2, to_linear(levels), levels).astype(np.float32)",
    ): "the step that is added is not read",
    (
        "lib/video/linear.py",
        "ends, shares = np.empty((width, 3), np.int32), np.empty((width, 3), np.float32)",
    ): "more room than is needed",
    (
        "lib/video/linear.py",
        "ends, shares = np.empty((width, 2), np.int32), np.empty((width, 4), np.float32)",
    ): "more room than is needed",
    (
        "lib/video/linear.py",
        "sums = np.zeros((4, columns // 2 if pairs else columns), np.float32)",
    ): "more room than is needed",
    (
        "lib/video/linear.py",
        "chroma = np.empty((3, (left + columns + 1) // 2 * 2), np.uint8)",
    ): "more room than is needed",
    (
        "lib/video/linear.py",
        "chroma = np.empty((2, (left + columns + 2) // 2 * 2), np.uint8)",
    ): "more room than is needed",
    ("lib/video/linear.py", "sums = np.zeros((columns, 4), np.float32)"): "more room than is needed",
    (
        "lib/video/linear.py",
        "pairs = halved and left % 2 == 0 and columns > PAIRED * width",
    ): "four columns are two whole pairs: both ways have one result",
    (
        "lib/video/linear.py",
        "return levels_of_light()[np.clip(light * STEPS + 0.5, 1, STEPS).astype(np.int32)]",
    ): "the first steps are of one level",
    ("lib/video/frame_similarity.py", "BLOCK = 65"): "only how much is multiplied at once",
    (
        "lib/video/frame_similarity.py",
        "rough = (sums[:, :, 0:wide:2] + sums[:, :, 1:wide:2]).reshape(self.count, -2).astype(np.float32)",
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/video/frame_similarity.py",
        ").reshape(self.count, -2)  # fmt: skip",
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/video/frame_similarity.py",
        "reach = chroma.reshape(self.count, 2, -2)[..., ::2].astype(np.int16) - (128 - CHROMA_REACH)",
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/video/frame_similarity.py",
        "LUMA_BIN * _shares(picture[:, ::2, ::2].reshape(self.count, -2) // LUMA_BIN, 256 // LUMA_BIN),",
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/video/frame_similarity.py",
        "parts.append(steps.reshape(self.count, -2).mean(axis=1, dtype=np.float32)[:, None])",
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/video/frame_similarity.py",
        "levels = last.reshape(len(picture), -2).astype(np.float32)",
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/video/frame_similarity.py",
        "return np.clip(GRAIN*2 * np.append(quiet, quiet[-1]), LEAST_NOISE**2, MOST_NOISE**2).astype(np.float32)",
    ): "twice two is its square",
    ("lib/video/frame_similarity.py", "reach = np.clip(reach, 1, 2 * CHROMA_REACH - 1)"): "both are in one bin",
    ("lib/video/frame_similarity.py", "reach = np.clip(reach, 0, 2 * CHROMA_REACH - 2)"): "both are in one bin",
    (
        "lib/video/frame_similarity.py",
        "LUMA_BIN * _shares(picture[:, ::2, ::2].reshape(self.count, -1) // LUMA_BIN, 257 // LUMA_BIN),",
    ): "as many bins",
    (
        "lib/video/frame_similarity.py",
        "LUMA_BIN * _shares(picture[:, ::2, ::2].reshape(self.count, -1) // LUMA_BIN, 256 * LUMA_BIN),",
    ): "beyond the last bin all looks have all",
    (
        "lib/video/frame_similarity.py",
        "CHROMA_BIN / 2 * _shares(reach[:, 0] // CHROMA_BIN, 2 * CHROMA_REACH * CHROMA_BIN),",
    ): "beyond the last bin all looks have all",
    (
        "lib/video/frame_similarity.py",
        "CHROMA_BIN / 2 * _shares(reach[:, 0] // CHROMA_BIN, 3 * CHROMA_REACH // CHROMA_BIN),",
    ): "beyond the last bin all looks have all",
    (
        "lib/video/frame_similarity.py",
        "CHROMA_BIN / 2 * _shares(reach[:, 1] // CHROMA_BIN, 2 * CHROMA_REACH * CHROMA_BIN),",
    ): "beyond the last bin all looks have all",
    (
        "lib/video/frame_similarity.py",
        "CHROMA_BIN / 2 * _shares(reach[:, 1] // CHROMA_BIN, 3 * CHROMA_REACH // CHROMA_BIN),",
    ): "beyond the last bin all looks have all",
    (
        "lib/video/hard_cuts.py",
        "return np.where(apart > 1, np.maximum(1, (gap + 1) / np.maximum(apart, 2)) ** 2, 1).astype(np.float32)",
    ): "what is less than 2 is not used",
    (
        "lib/video/hard_cuts.py",
        "possible = (changes >= rule.floor) & (changes > rule.around * usual)",
    ): "the sides, which differ by no more, are asked for more than that",
    (
        "lib/video/hard_cuts.py",
        "possible = (changes > rule.floor) & (changes >= rule.around * usual)",
    ): "the sides, which differ by no more, are asked for more than that",
    (
        "lib/video/hard_cuts.py",
        "moving = np.flatnonzero((changes >= IN_MOVEMENT.floor) & ~possible)",
    ): "the sides, which differ by no more, are asked for more than that",
    (
        "lib/video/hard_cuts.py",
        "moving = moving[looks.contents(moving, moving + 1) >= LEAST_TURN]",
    ): "the sides, which differ by no more, are asked for more than that",
    ("lib/video/segments.py", "FOREVER_MS = 2 << 50"): "longer than any film",
    ("lib/video/segments.py", "FOREVER_MS = 1 << 51"): "longer than any film",
    ("lib/video/gradual_cuts.py", "way = np.append(1, np.cumsum(looks.roughly_apart(1)))"): "only differences count",
    ("lib/video/gradual_cuts.py", "others = np.append(1, np.cumsum(busy))"): "only differences count",
    (
        "lib/video/combing.py",
        "kind = TOP_MATCHES if upper <= lower else BOTTOM_MATCHES",
    ): "of equal ones neither is so much better",
    (
        "lib/video/combing.py",
        "kind = TOP_FIRST if upper <= lower else BOTTOM_FIRST",
    ): "of equal ones neither is so much better",
    ("lib/video/combing.py", "if plane.line_size < 0:"): "a row has 16 bytes at least",
    ("lib/video/combing.py", "if plane.line_size <= 1:"): "a row has 16 bytes at least",
    (
        "lib/video/combing.py",
        "packed = np.frombuffer(plane, np.uint8).reshape(-2, plane.line_size)[: frame.height, : step * frame.width]",
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/video/combing.py",
        "return np.frombuffer(plane, kind).reshape(-2, plane.line_size // np.dtype(kind).itemsize)[: "
        "frame.height], bits",
    ): "NumPy takes each number below 0 for the length that is left",
    (
        "lib/video/scaling.py",
        "a, b, _, c, d = (1, 0, 0, 0, 2) if data is None else np.frombuffer(data, np.int32)[:5].tolist()",
    ): "only its sign counts",
    (
        "lib/video/scaling.py",
        "a, b, _, c, d = (2, 0, 0, 0, 1) if data is None else np.frombuffer(data, np.int32)[:5].tolist()",
    ): "only its sign counts",
    (
        "lib/video/yuv_conversion.py",
        "made = np.empty(planes[0].shape, np.uint8), np.empty(planes[2].shape, np.uint8), "
        "np.empty(planes[2].shape, np.uint8)",
    ): "both have one size",
    ("lib/video/frame_similarity.py", "last = max(first + BLOCK, n)"): "only how much is multiplied at once",
    (
        "lib/video/bars.py",
        "right if 1 - right > narrow else 1.0, bottom if 1 - bottom >= narrow else 1.0,",
    ): "1 less 0.99 is a little more than 0.01",
    (
        "lib/video/bars.py",
        "right if 1 - right >= narrow else 1.0, bottom if 1 - bottom > narrow else 1.0,",
    ): "1 less 0.99 is a little more than 0.01",
    ("lib/video/sequence_streams.py", "if own <= len(sound):"): "nothing is added",
    (
        "lib/video/sequence_streams.py",
        "tail = np.concatenate(ending) if ending else np.zeros((0, 3), np.float32)",
    ): "nothing is added",
    ("lib/video/hdr.py", "return np.where(light < KNEE, light, np.minimum(shoulder, 1))"): "both are equal there",
    ("lib/audio/timbre.py", "scales[: 3 * COEFFICIENTS] = common"): "what is beyond gets scales of its own",
    ("lib/audio/harmonic.py", "for j in range(k % p, size + k, 2 * k):"): "from there on it has no exchanges",
    (
        "lib/tables/blocks.py",
        "frame = pl.read_csv(data, columns=list(numbered), schema_overrides=kinds, ignore_errors=True, glob=True)",
    ): "it is read from bytes, which have no names",
}
