import Foundation
import Testing

@testable import Lab

/// The report in a real browser. `.ci/run` installs one; elsewhere these are skipped where there is none.
@Suite(.serialized, .enabled(if: Browser.program != nil, "chromium is not installed"))
struct BrowserTests {
  let browser: Browser

  init() throws { browser = try Browser(try #require(Browser.program)) }

  /// Runs `body`, a function of `check(name, holds, what was found)` that may await, in the page; all that it checks must
  /// hold, and the console must be silent. `later` milliseconds pass where it awaits `after(later)`.
  private func inPage(
    page: String = ReportTests.page, size: (width: Int, height: Int) = (1280, 900), _ options: [String] = [], checks: Int,
    _ body: String
  ) throws {
    defer { browser.remove() }
    let script = """
      "use strict";
      (async () => {
        const lines = [];
        const check = (name, holds, found) => lines.push((holds ? "ok " : "FAILED ") + name + (found === undefined ? "" : ": " + found));
        const after = (later) => new Promise((done) => setTimeout(done, later));
        const press = (target, key) => target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        const $ = (id) => document.getElementById(id);
        try { \(body) } catch (error) { lines.push("FAILED: " + error.stack); }
        parent.postMessage(lines.join("\\n"), "*");
      })();
      """
    let outcome = try browser.load(page, script: script, size: size, options)
    #expect(outcome.status == 0)
    #expect(outcome.console == [])
    let text = outcome.document.components(separatedBy: "<pre id=\"outcome\">").last ?? ""
    let lines = (text.components(separatedBy: "</pre>").first ?? "").split(separator: "\n")
    for line in lines where !line.hasPrefix("ok ") { #expect(Bool(false), "\(line)") }
    #expect(lines.count == checks, "\(lines.joined(separator: "\n").prefix(2000))")
  }

  /// What is too wide; of what may be scrolled sideways, only the frame around it.
  private static let noOverflow = """
    const isWide = (element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && box.right > innerWidth + 0.5 && !element.closest(".scroll");
    };
    check("width", innerWidth === wanted, innerWidth);
    const overflow = () => document.documentElement.scrollWidth > innerWidth || [...document.querySelectorAll("body *")].some(isWide);
    const which = () => [...document.querySelectorAll("body *")].filter(isWide).slice(0, 3).map((e) => e.outerHTML.slice(0, 80));
    """

  @Test(arguments: [(360, 800), (768, 1024), (1280, 900)], [0, 1])
  func nothingIsTooWide(size: (width: Int, height: Int), scheme: Int) throws {
    try inPage(
      size: size, ["--blink-settings=preferredColorScheme=\(scheme)"], checks: 10,
      """
      const wanted = \(size.width);
      \(Self.noOverflow)
      const background = () => getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 128 ? "dark" : "light";
      check("scheme", background() === ["dark", "light"][\(scheme)], background());
      check("overflow at first", !overflow(), which());
      for (const tab of document.querySelectorAll(".choice button")) {
        tab.click();
        check("overflow under " + tab.textContent, !overflow(), which());
      }
      document.querySelector("details").open = true;
      $("lock-more").click();
      check("overflow with all open", !overflow(), which());
      $("theme").click();
      check("scheme after the switch", background() === ["light", "dark"][\(scheme)], background());
      check("overflow after the switch", !overflow(), which());
      check("name of the switch", $("theme").textContent === ["Dark", "Light"][\(scheme)], $("theme").textContent);
      """)
  }

  @Test func theBusViewMoves() throws {
    try inPage(
      checks: 20,
      """
      const data = JSON.parse($("data").textContent), replay = data.replays[0], slider = $("bus-slider");
      const state = (cpu, t) => data.states[replay.cpus[cpu].find((i) => i[0] <= t && t < i[1])[2]];
      const shown = () => [...document.querySelectorAll(".cpu")].map((box) => box.style.getPropertyValue("--colour"));
      const right = (t) => replay.cpus.every((_, cpu) => shown()[cpu] === "var(--" + state(cpu, t) + ")");
      const set = (t) => { slider.value = t; slider.dispatchEvent(new Event("input")); };
      check("a card for each CPU", shown().length === replay.cpus.length);
      // Where it begins, most wait, and stand at the lock as they came.
      const t0 = Number(slider.value), waiting = replay.locks[0].waits.filter((w) => w[0] <= t0 && t0 < w[1]);
      check("somebody waits at first", waiting.length > 1, waiting.length);
      const chips = [...document.querySelectorAll(".lock")][0].querySelectorAll(".chip");
      const holder = replay.locks[0].holds.find((h) => h[0] <= t0 && t0 < h[1]);
      check("the holder", !holder || chips[0].textContent === "CPU " + holder[2], chips[0].textContent);
      check("the queue", [...chips].slice(1).map((c) => c.textContent).join() === waiting.map((w) => "CPU " + w[2]).join(), [...chips].map((c) => c.textContent));
      // The slider.
      let all = true, different = new Set();
      for (let part = 0; part < 50; part += 1) {
        const t = Math.floor(replay.duration * part / 50);
        set(t);
        all = all && right(t);
        different.add(document.querySelector("#stage").textContent);
      }
      check("the picture at fifty moments", all);
      check("moments differ", different.size > 10, different.size);
      check("the time is told", slider.getAttribute("aria-valuetext").includes(" of "), slider.getAttribute("aria-valuetext"));
      check("in words", $("bus-now").textContent.includes("CPU 3: "), $("bus-now").textContent);
      check("the close-up is there", document.querySelectorAll("#closeup rect").length > 3);
      // Playing.
      set(0);
      $("bus-play").click();
      check("it is called pause", $("bus-play").textContent === "Pause");
      await after(1000);
      const later = Number(slider.value);
      check("it plays", later > 0, later);
      check("the picture while it plays", right(later));
      $("bus-play").click();
      await after(300);
      check("it pauses", Number(slider.value) === later, slider.value);
      // A step is to the next change, with button and with key; the space bar plays.
      set(0);
      $("bus-on").click();
      const first = Number(slider.value);
      check("a step", first > 0, first);
      press(slider, "ArrowRight");
      check("a step by key", Number(slider.value) > first, slider.value);
      press(slider, "ArrowLeft");
      check("a step back", Number(slider.value) === first, slider.value);
      press(slider, "End");
      check("the end", Number(slider.value) === replay.duration - 1, slider.value);
      press(slider, "Home");
      press(slider, " ");
      check("the space bar plays", $("bus-play").textContent === "Pause");
      press(slider, " ");
      // Every control can be reached.
      const controls = [...document.querySelectorAll("#bus button, #bus select, #bus input")];
      check("keyboard", controls.every((c) => c.tabIndex === 0), controls.length);
      // Another regime.
      document.querySelectorAll(".choice button")[2].click();
      check("another replay", document.querySelector(".lane-box.chosen b").textContent === "fine" && slider.max == data.replays[2].duration);
      """)
  }

  @Test func theBusViewStepsWhereMotionIsUnwanted() throws {
    try inPage(
      ["--force-prefers-reduced-motion"], checks: 3,
      """
      const slider = $("bus-slider"), moments = new Set(), cpus = JSON.parse($("data").textContent).replays[0];
      slider.value = 0;
      slider.dispatchEvent(new Event("input"));
      check("motion is unwanted", matchMedia("(prefers-reduced-motion: reduce)").matches);
      $("bus-play").click();
      for (let count = 0; count < 40; count += 1) { await after(50); moments.add(slider.value); }
      check("a step now and then", moments.size > 1 && moments.size < 5, [...moments].join());
      const changes = new Set([0, ...cpus.cpus.flat().map((i) => i[0]), ...cpus.locks.flatMap((l) => [...l.holds, ...l.waits]).flatMap((s) => [s[0], s[1]])]);
      check("only to changes", [...moments].every((t) => changes.has(Number(t))));
      """)
  }

  @Test func theTableOfLocksIsSorted() throws {
    try inPage(
      checks: 7,
      """
      const cells = (column) => [...$("locks").tBodies[0].rows].map((row) => row.cells[column].textContent);
      const numbers = (column) => cells(column).map((text) => Number(text.replace(/\\u202f/g, "")));
      const isDown = (list) => list.every((value, index) => !index || list[index - 1] >= value);
      const heads = $("locks").tHead.rows[0].cells;
      check("by wait at first", isDown(numbers(5)) && heads[5].getAttribute("aria-sort") === "descending", numbers(5));
      heads[3].querySelector("button").click();
      check("by acquisitions", isDown(numbers(3)) && heads[3].getAttribute("aria-sort") === "descending", numbers(3));
      heads[3].querySelector("button").click();
      check("upwards", isDown(numbers(3).reverse()) && heads[3].getAttribute("aria-sort") === "ascending");
      heads[0].querySelector("button").click();
      check("by name", cells(0).join() === cells(0).sort().join(), cells(0));
      check("one column at a time", [...heads].filter((head) => head.hasAttribute("aria-sort")).length === 1);
      $("lock-regime").value = "split";
      $("lock-regime").dispatchEvent(new Event("change"));
      check("one regime", cells(1).length === 3 && cells(1).every((name) => name === "split"), cells(1));
      $("lock-workload").value = "files";
      $("lock-cpus").value = "2";
      $("lock-cpus").dispatchEvent(new Event("change"));
      check("another run", $("locks").caption.textContent === "Locks in files with 2 CPUs under split", $("locks").caption.textContent);
      """)
  }

  @Test func hostileNamesAreOnlyText() throws {
    try inPage(
      page: ReportTests.hostileResult.report, size: (360, 800), checks: 5,
      """
      const wanted = 360;
      \(Self.noOverflow)
      $("bus-on").click();
      for (const head of document.querySelectorAll("thead button")) head.click();
      check("no picture came in", document.images.length === 0);
      check("no script came in", document.scripts.length === 3, document.scripts.length);
      check("title", document.title.startsWith("Apus: "), document.title);
      check("overflow", !overflow(), which());
      """)
  }

  @Test func itPrints() throws {
    defer { browser.remove() }
    let file = browser.folder.appending(path: "report.pdf")
    let outcome = try browser.load(ReportTests.page, action: "--print-to-pdf=\(file.path)")
    #expect(outcome.status == 0 && outcome.console == [])
    let text = String(decoding: try Data(contentsOf: file), as: Unicode.ASCII.self)
    #expect(text.hasPrefix("%PDF-") && text.contains("%%EOF"))
    // The pages' objects, not their tree, which is "/Type /Pages".
    let pages = text.components(separatedBy: "/Type /Page\n").count - 1
    #expect((4...14).contains(pages), "\(pages) pages")
  }
}
