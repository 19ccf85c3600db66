// The bus view: what each CPU was in and who stood at which lock, at a moment of a replay.
const busView = () => {
  const view = find("bus");
  if (!view || !data.replays.length) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const stage = find("stage"), controls = find("bus-controls"), now = find("bus-now"), closeup = find("closeup");
  let printing = false;
  const boxes = [...view.querySelectorAll(".lane-box")];
  let replay, moments, shownLocks, cells, at = 0, span = 1, playing = false, before = 0, rate = 1, timer = 0;

  // The last of a sorted list that has begun; a lane's intervals follow each other without a gap.
  const last = (list, t) => {
    let low = 0, high = list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (list[middle][0] <= t) low = middle; else high = middle - 1;
    }
    return list[low];
  };
  const thread = (index) => (index < 0 ? "the kernel" : replay.threads[index]);

  const choose = (index) => {
    replay = data.replays[index];
    const waited = replay.locks.filter((lock) => lock.waits.length);
    shownLocks = waited.slice(0, 7);
    if (shownLocks.length < 5) shownLocks = shownLocks.concat(replay.locks.filter((lock) => !lock.waits.length).slice(0, 5 - shownLocks.length));
    const set = new Set([0]);
    for (const lane of replay.cpus) for (const interval of lane) set.add(interval[0]);
    for (const lock of shownLocks) for (const stay of [...lock.holds, ...lock.waits]) { set.add(stay[0]); set.add(stay[1]); }
    moments = [...set].filter((t) => t < replay.duration).sort((a, b) => a - b);
    boxes.forEach((box, number) => {
      box.hidden = number !== index && !printing;
      box.classList.toggle("chosen", number === index);
      if (number === index) box.after(slider.parentElement);
    });
    tabs.forEach((tab, number) => tab.setAttribute("aria-pressed", String(number === index)));
    slider.max = replay.duration;
    // A close-up holds about a dozen intervals of a CPU.
    const intervals = replay.cpus.reduce((sum, lane) => sum + lane.length, 0);
    span = Math.min(replay.duration, Math.max(100, 12 * replay.duration * replay.cpus.length / Math.max(intervals, 1)));
    build();
    setRates();
    seek(busiest());
  };
  // Of the moments at which most wait, the one nearest to the middle.
  const busiest = () => {
    const changes = shownLocks.flatMap((lock) => lock.waits.flatMap((stay) => [[stay[0], 1], [stay[1], -1]]));
    changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    let waiting = 0, most = 1, moment = changes.length ? changes[0][0] : Math.floor(replay.duration / 2);
    for (const [t, change] of changes) {
      waiting += change;
      const isNearer = Math.abs(t - replay.duration / 2) < Math.abs(moment - replay.duration / 2);
      if (waiting > most || (waiting === most && isNearer)) [most, moment] = [waiting, t];
    }
    return moment;
  };

  // The parts of the picture, which `draw` fills.
  const build = () => {
    stage.textContent = "";
    stage.classList.toggle("across", replay.cpus.length <= 6);
    stage.style.setProperty("--count", replay.cpus.length);
    const row = make("div", "cpus");
    cells = { cpus: [], locks: [] };
    replay.cpus.forEach((_, cpu) => {
      const box = make("div", "unit cpu"), doing = make("span", "doing"), who = make("span", "who");
      box.append(make("b", "", "CPU " + cpu), doing, who);
      row.append(box);
      cells.cpus.push({ box, doing, who });
    });
    const memory = make("div", "unit mem"), io = make("div", "unit io");
    const title = make("h4", "", "Memory"), inputs = make("h4", "", "I/O");
    cells.memory = { box: memory, note: make("span") };
    cells.io = { box: io, note: make("span") };
    title.append(cells.memory.note);
    inputs.append(cells.io.note);
    memory.append(title);
    io.append(inputs);
    const names = shownLocks.map((lock) => lock.name);
    shownLocks.forEach((lock, index) => {
      const line = make("div", "lock"), text = make("span", "title"), queue = make("span", "queue");
      const twin = names.filter((name) => name === lock.name).length > 1 ? " " + (names.slice(0, index).filter((name) => name === lock.name).length + 1) : "";
      text.append(make("span", "", lock.name + twin), make("small", "", lock.region === "none" ? "a regime’s lock" : lock.region));
      line.append(text, queue);
      memory.append(line);
      cells.locks.push({ queue, key: "" });
    });
    const rest = replay.locks.length - shownLocks.length;
    const quiet = replay.locks.filter((lock) => lock.waits.length).length <= shownLocks.length;
    if (rest > 0) memory.append(make("p", "rest", rest + " more " + (rest === 1 ? "lock" : "locks") + (quiet ? ", for which nobody waits" : "")));
    const below = make("div", "below");
    below.append(memory, io);
    stage.append(row, make("div", "bus"), below);
  };

  const describe = (interval) => {
    const [, , state, who, call, lock] = interval, name = data.states[state];
    const calls = call < 0 ? "" : replay.calls[call];
    switch (name) {
    case "user": return ["its program", thread(who)];
    case "idle": return ["idle", ""];
    case "interrupt": return ["interrupt", who < 0 ? "" : "over " + thread(who)];
    case "waiting": return ["waits: " + (lock < 0 ? "a lock" : replay.locks[lock].name), thread(who) + (calls ? ", " + calls : "")];
    case "system": return [calls || "kernel", thread(who)];
    default: return [calls || "kernel", thread(who) + ", in " + name];
    }
  };

  const draw = () => {
    const states = replay.cpus.map((lane) => last(lane, at));
    const busy = { memory: [], io: [] };
    states.forEach((interval, cpu) => {
      const name = data.states[interval[2]], cell = cells.cpus[cpu], [doing, who] = describe(interval);
      write(cell.doing, doing);
      write(cell.who, who);
      cell.box.style.setProperty("--colour", "var(--" + name + ")");
      cell.box.classList.toggle("busy", name !== "idle" && name !== "waiting");
      cell.box.classList.toggle("is-waiting", name === "waiting");
      if (name === "memory") busy.memory.push(cpu);
      if (name === "interrupt") busy.io.push(cpu);
    });
    write(cells.memory.note, busy.memory.length ? "CPU " + busy.memory.join(", ") + " in its region" : "");
    write(cells.io.note, busy.io.length ? "interrupts CPU " + busy.io.join(", ") : "quiet");
    cells.memory.box.classList.toggle("busy", states.some((interval) => !["idle", "waiting"].includes(data.states[interval[2]])));
    cells.io.box.classList.toggle("busy", busy.io.length > 0);
    cells.io.box.style.setProperty("--colour", "var(--interrupt)");
    shownLocks.forEach((lock, index) => drawQueue(lock, cells.locks[index], states));
    drawCloseup();
    slider.value = at;
    slider.setAttribute("aria-valuetext", time(at) + " of " + time(replay.duration));
    clock.textContent = time(at) + " of " + time(replay.duration);
    const head = view.querySelector(".lane-box.chosen .playhead");
    const x = 44 + 720 * at / replay.duration;
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
  };
  // The moments around now, large enough to be read: the tape runs, the head stands still.
  const drawCloseup = () => {
    const width = view.clientWidth, left = 50, step = 24, height = step * replay.cpus.length + 4, middle = (width + left) / 2;
    const scale = (width - left) / span, start = at - span / 2;
    const svg = (tag, attributes, text) => {
      const element = document.createElementNS(closeup.namespaceURI, tag);
      for (const name in attributes) element.setAttribute(name, attributes[name]);
      if (text !== undefined) element.textContent = text;
      return element;
    };
    const list = [];
    replay.cpus.forEach((lane, cpu) => {
      const y = step * cpu + 2;
      list.push(svg("text", { class: "tick", x: left - 8, y: y + 15, "text-anchor": "end" }, "CPU " + cpu));
      for (let index = lane.indexOf(last(lane, Math.max(start, 0))); index < lane.length && lane[index][0] < start + span; index += 1) {
        const interval = lane[index], name = data.states[interval[2]];
        const from = Math.max(left, left + (interval[0] - start) * scale), to = Math.min(width, left + (interval[1] - start) * scale);
        if (to - from < 0.3) continue;
        list.push(svg("rect", { class: "state " + name, x: from, y, width: to - from, height: step - 4 }));
        const [doing] = describe(interval), text = doing.replace("waits: ", "");
        if (to - from > 7 * text.length + 6) list.push(svg("text", { class: "on-" + name, x: (from + to) / 2, y: y + 14, "text-anchor": "middle" }, text));
      }
    });
    list.push(svg("line", { class: "playhead", x1: middle, x2: middle, y1: 0, y2: height }));
    closeup.setAttribute("viewBox", "0 0 " + width + " " + height);
    closeup.replaceChildren(...list);
  };
  const drawQueue = (lock, cell, states) => {
    const holder = lock.holds.length ? last(lock.holds, at) : null;
    const held = holder && holder[0] <= at && at < holder[1];
    const waiters = lock.waits.filter((stay) => stay[0] <= at && at < stay[1]);
    const number = replay.locks.indexOf(lock);
    const spins = (stay) => data.states[states[stay[2]][2]] === "waiting" && states[stay[2]][5] === number && states[stay[2]][3] === stay[3];
    const here = (stay) => lock.region === "none" || states[stay[2]][3] === stay[3];
    const chips = [];
    if (held) chips.push(["holds", here(holder) ? "CPU " + holder[2] : thread(holder[3])]);
    else if (waiters.length) chips.push(["nobody", "handed over"]);
    else chips.push(["nobody", "free"]);
    for (const stay of waiters) chips.push(spins(stay) ? ["waits", "CPU " + stay[2]] : ["sleeps", stay[3] < 0 ? "CPU " + stay[2] : thread(stay[3])]);
    const key = chips.join("|");
    if (cell.key === key) return;
    cell.key = key;
    cell.queue.textContent = "";
    chips.forEach(([kind, text], index) => {
      if (index) cell.queue.append(make("span", "arrow", "←"));
      cell.queue.append(make("span", "chip " + kind, text));
    });
  };
  // The picture in words: for those who cannot see it, and under the printed one.
  const say = () => {
    const words = replay.cpus.map((lane, cpu) => {
      const [doing, who] = describe(last(lane, at));
      return "CPU " + cpu + ": " + doing + (who ? " (" + who + ")" : "");
    });
    write(now, "At " + time(at) + " under " + replay.regime + ", " + replay.workload + ". " + words.join("; ") + ".");
  };

  const seek = (t) => {
    at = Math.min(Math.max(t, 0), replay.duration - 1);
    draw();
    if (!playing) say();
  };
  const step = (direction) => {
    const next = direction > 0 ? moments.find((t) => t > at) : moments.findLast((t) => t < at);
    if (next !== undefined) seek(next);
    return next !== undefined;
  };
  const setPlaying = (value) => {
    playing = value;
    clearTimeout(timer);
    write(play, playing ? "Pause" : "Play");
    now.setAttribute("aria-live", playing ? "off" : "polite");
    if (playing) {
      if (at >= replay.duration - 1) seek(0);
      before = performance.now();
      if (calm.matches) timer = setTimeout(tick, pause);
      else requestAnimationFrame(frame);
    } else say();
  };
  const frame = (t) => {
    if (!playing) return;
    const passed = Math.max(0, Math.min(t - before, 250));
    before = t;
    seek(at + passed / 1000 * rate);
    if (at >= replay.duration - 1) return setPlaying(false);
    requestAnimationFrame(frame);
  };
  // Where motion is unwanted: one picture after the other.
  const pause = 800;
  const tick = () => {
    if (!step(1)) return setPlaying(false);
    timer = setTimeout(tick, pause);
  };

  const tabs = data.replays.map((item, index) => button("", item.regime, () => choose(index)));
  const group = make("span", "choice");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Regime");
  group.append(...tabs);
  const play = button("bus-play", "Play", () => setPlaying(!playing));
  const back = button("bus-back", "◂ Step", () => { setPlaying(false); step(-1); });
  const on = button("bus-on", "Step ▸", () => { setPlaying(false); step(1); });
  back.setAttribute("aria-label", "Back to the last change");
  on.setAttribute("aria-label", "On to the next change");
  const speed = make("select");
  speed.id = "bus-speed";
  speed.addEventListener("change", () => { rate = Number(speed.value); });
  const speedLabel = make("label", "", "1 s shows ");
  speedLabel.append(speed);
  const clock = make("span", "clock");
  clock.id = "bus-clock";
  // Those speeds at which a piece takes 2 seconds to half an hour; at first that nearest to 40 seconds.
  const setRates = () => {
    speed.textContent = "";
    let best;
    for (let power = 2; power <= 9; power += 1) {
      for (const factor of [1, 3]) {
        const value = factor * 10 ** power, seconds = replay.duration / value;
        if (seconds < 2 || seconds > 1800) continue;
        speed.append(new Option(time(value), value));
        if (!best || Math.abs(Math.log(seconds / 40)) < Math.abs(Math.log(replay.duration / best / 40))) best = value;
      }
    }
    if (!best) {
      best = Math.max(1, replay.duration / 10);
      speed.append(new Option(time(best), best));
    }
    speed.value = rate = best;
  };
  const slider = make("input");
  slider.type = "range";
  slider.id = "bus-slider";
  slider.min = 0;
  slider.step = 1;
  slider.setAttribute("aria-label", "Time");
  slider.addEventListener("input", () => seek(Number(slider.value)));
  const frameOfSlider = make("div", "slider");
  frameOfSlider.append(slider);
  view.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.tagName === "SELECT") return;
    const keys = {
      ArrowRight: () => step(1), ArrowLeft: () => step(-1), ArrowUp: () => step(1), ArrowDown: () => step(-1),
      PageUp: () => seek(at + replay.duration / 20), PageDown: () => seek(at - replay.duration / 20),
      Home: () => seek(0), End: () => seek(replay.duration - 1),
    };
    if (event.key === " " && event.target.tagName !== "BUTTON") setPlaying(!playing);
    else if (keys[event.key]) {
      if (playing) setPlaying(false);
      keys[event.key]();
    } else return;
    event.preventDefault();
  });
  addEventListener("resize", () => draw());
  addEventListener("beforeprint", () => {
    setPlaying(false);
    printing = true;
    boxes.forEach((box) => { box.hidden = false; });
  });
  addEventListener("afterprint", () => {
    printing = false;
    boxes.forEach((box) => { box.hidden = !box.classList.contains("chosen"); });
  });
  controls.append(group, play, back, on, speedLabel, clock);
  controls.hidden = false;
  choose(0);
};
busView();
