extension LabResult {
  /// The report: one HTML file that asks for nothing from elsewhere. Its charts are drawn here and need no script;
  /// the script moves the bus view, sorts the table of locks and switches between light and dark.
  public var report: String { ReportPage(self).page.text }
}

/// The parts of the report, in order.
struct ReportPage {
  let result: LabResult
  let findings: Findings

  init(_ result: LabResult) {
    self.result = result
    findings = Findings(result)
  }

  var page: Markup {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
    <meta name="generator" content="apus lab">
    <title>Apus: \(findings.title)</title>
    <link rel="icon" href="data:,">
    <style>\(file(PackageResources.report_css))</style>
    </head>
    <body>
    <header>\(head)</header>
    <main>
    \(method)
    \(predicted)
    \(measured)
    \(queues)
    \(times)
    \(locks)
    \(bus)
    </main>
    <footer>\(foot)</footer>
    \(PageData(result).element)
    <script>\(file(PackageResources.report_js))\(file(PackageResources.bus_js))</script>
    </body>
    </html>

    """
  }

  // MARK: - What was found, and how

  private var head: Markup {
    let knees = findings.knees.map { knee -> Markup in
      """
      <div class="\(knee.regime.rawValue)"><dt>\(knee.regime.rawValue)</dt><dd><b>\(knee.value)</b>\
      <span>\(Markup.breakable(knee.words))</span></dd></div>
      """
    }
    let numbers: Markup = knees.isEmpty ? "" : """
      <p class="over">CPUs at the knee, from where on more of them mostly wait. Workload: \(findings.workload ?? "")</p>
      <dl class="knees">\(knees)</dl>
      """
    return """
      <p class="brand"><span>Apus lab</span><button type="button" id="theme" hidden>Dark</button></p>
      <h1>\(findings.title).</h1>
      \(numbers)
      <ul class="findings">\(findings.sentences.map { "<li>\(Markup.breakable($0))</li>" as Markup })</ul>
      """
  }

  private var method: Markup {
    let session = result.session, host = session.host
    let counts = Array(Set(result.runs.map(\.cpus))).sorted()
    let quick: Markup = session.isQuick
      ? "<p class=\"warning\">This was a quick session: few operations, so the figures are rough.</p>" : ""
    let hand = result.forecasts.first
    let models: Markup = hand.map {
      """
      <p>The predictions assume \($0.handOff) locks and \(Figure.fixed($0.lineTransfer)) instructions for the transfer of a cache \
      line; caches and memory are not modelled. An operation is what a CPU does from one system call’s end to the next.</p>
      """
    } ?? ""
    return section(
      "method", "How it was measured",
      """
      <p>Each workload ran under each lock regime with \(Figure.list(counts.map { "\($0)" })) virtual CPUs and as many workers, \
      in a virtual machine on a host of \(Findings.count(host.cores, "core")).</p>
      <p class="caution"><strong>Measured throughput says nothing about more virtual CPUs than the host has cores.</strong> \
      Beyond \(host.cores) they take turns on the same \(host.cores == 1 ? "core" : "cores"), and one that holds a lock may not be \
      running. The charts mark that part. What does speak about many CPUs: the predictions, made from the instructions of one \
      virtual CPU and so exactly repeatable; who waited where; the longest queues; the shares of time.</p>
      \(models)\(quick)
      <dl class="facts">\(facts)</dl>
      """)
  }

  private var facts: [Markup] {
    let session = result.session, host = session.host
    return [
      ("Started", session.started), ("Took", Figure.time(session.seconds * 1e9)),
      ("Host", "\(Findings.count(host.cores, "core")), \(host.processor)"),
      ("Machine", "QEMU \(host.qemu), \(host.accelerator)"), ("Apus", session.commit),
      ("Command", session.commandLine.joined(separator: " ")),
    ].map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }
  }

  // MARK: - Charts

  private var predicted: Markup {
    let panels = result.workloads.compactMap { workload -> Markup? in
      let list = LabResult.Regime.allCases.compactMap { result.forecast(workload, $0) }
      return list.isEmpty ? nil : figure(workload, SpeedUpChart.drawing(workload, list))
    }
    return section(
      "predicted", "What more CPUs would bring",
      panels.isEmpty ? "<p>No predictions were made.</p>" : """
        <p>Predicted throughput, as a multiple of one CPU’s. Lines: mean value analysis. Points: simulation. A line leaves the \
        diagonal near its <em>knee</em>, the number of CPUs from which on more of them mostly wait: 1 / the busiest lock’s share \
        of an operation, circled on the diagonal. Each step on either axis doubles.</p>
        <div class="panels">\(panels)</div>\(numbers)
        """)
  }

  /// The predictions as a table.
  private var numbers: Markup {
    let counts = [1, 2, 4, 8, 16, 20, 32, 64]
    let rows = result.forecasts.map { forecast -> Markup in
      let cells = counts.map { cpus -> Markup in
        let point = forecast.points.first { $0.cpus == cpus }
        return "<td>\((point?.simulation ?? point?.analysis).map { Figure.fixed($0.speedUp, 1) } ?? "–")</td>"
      }
      return """
        <tr><th scope="row">\(forecast.workload)</th><td class="text \(forecast.regime.rawValue)">\(forecast.regime.rawValue)</td>\
        <td>\(Figure.fixed(forecast.instructionsPerOperation))</td>\
        <td class="text extra">\(forecast.locks.first.map { "\($0.name) \(Figure.percent($0.share))" } ?? "–")</td>\
        <td>\(forecast.knee.map(Figure.short) ?? "–")</td>\(cells)</tr>
        """
    }
    return """
      <details><summary>The same in numbers</summary><div class="scroll" tabindex="0" role="region" aria-label="Table of predictions">
      <table><thead><tr><th scope="col" class="text">workload</th><th scope="col" class="text">regime</th>\
      <th scope="col">instructions<small>per operation</small></th><th scope="col" class="text extra">busiest lock<small>share</small></th>\
      <th scope="col">knee<small>CPUs</small></th>\
      \(counts.map { "<th scope=\"col\">\($0)<small>CPU\($0 == 1 ? "" : "s")</small></th>" as Markup })</tr></thead>
      <tbody>\(rows)</tbody></table></div></details>
      """
  }

  private var measured: Markup {
    let cores = result.session.host.cores
    let panels = result.workloads.compactMap { workload -> Markup? in
      let runs = result.runs.filter { $0.workload == workload }
      return runs.isEmpty ? nil : figure(workload, ThroughputChart.drawing(workload, runs, cores: cores))
    }
    return section(
      "measured", "What was measured",
      panels.isEmpty ? "<p>Nothing was measured.</p>" : """
        <p>Operations per second of the guest’s clock. In the shaded part, drawn with dashes, virtual CPUs share the host’s \
        \(Findings.count(cores, "core")): there the curves show the host’s turns as much as the locks.</p>
        <div class="panels">\(panels)</div>
        """)
  }

  private var queues: Markup {
    // For each workload and regime the run with most CPUs that has a series.
    let groups = result.workloads.compactMap { workload -> Markup? in
      let runs = LabResult.Regime.allCases.compactMap { regime in
        result.runs.filter { $0.workload == workload && $0.regime == regime && $0.queue != nil }.max { $0.cpus < $1.cpus }
      }
      guard !runs.isEmpty else { return nil }
      let most = runs.compactMap { $0.queue?.samples.map(\.most).max() }.max() ?? 1
      let panels = runs.map { run -> Markup in
        let name = "\(run.regime.rawValue): \(run.queue!.lock), \(run.cpus) CPUs"
        return """
          <figure><figcaption class="\(run.regime.rawValue)"><b>\(run.regime.rawValue)</b> \(Markup.breakable(run.queue!.lock)), \(run.cpus) CPUs\
          </figcaption>\(QueueChart.drawing("\(workload), \(name)", run.regime, run.queue!, most: most))\
          <p class="under">\(QueueChart.summary(run.queue!))</p></figure>
          """
      }
      return "<h3>\(workload)</h3><div class=\"panels three\">\(panels)</div>"
    }
    return section(
      "queues", "The queue at the busiest lock",
      groups.isEmpty ? "<p>No run was traced, or nobody waited.</p>" : """
        <p>CPUs that waited at the lock that cost most, over a piece of time. Solid: the mean in each slice of time; pale: the \
        most at once. The vertical axes of a workload are the same.</p>\(groups)
        """)
  }

  private var times: Markup {
    let panels = result.workloads.compactMap { workload -> Markup? in
      let runs = result.runs.filter { $0.workload == workload && $0.time.total > 0 }
      return runs.isEmpty ? nil : figure(workload, TimeBars.drawing(workload, runs))
    }
    return section(
      "times", "Where CPU time goes",
      panels.isEmpty ? "<p>No times were measured.</p>" : """
        <p>Of all virtual CPUs’ time together, in percent. Waiting and idle are counted; the rest is told apart by samples, one for \
        each tick of a CPU’s timer.</p>
        <p class="key" aria-hidden="true"><span class="user">user</span><span class="system">operating system</span>\
        <span class="waiting">waiting for locks</span><span class="idle">idle</span></p>
        <div class="panels">\(panels)</div>
        """)
  }

  private var locks: Markup {
    section(
      "lock-table", "The locks",
      """
      <p>From <code>/proc/lock_stat</code>, which is set to zero before each run. Of locks that are held across sleeps only waits are counted.</p>
      \(LockTable.section(result, workload: findings.workload))
      """)
  }

  private var bus: Markup {
    guard !result.replays.isEmpty else { return section("bus-view", "On the bus", "<p>No trace was kept.</p>") }
    let lanes = result.replays.enumerated().map { index, replay -> Markup in
      """
      <div class="lane-box" data-replay="\(index)"\(index == 0 ? "" : " data-later" as Markup)>\
      <p class="lane-name"><b class="\(replay.regime.rawValue)">\(replay.regime.rawValue)</b> \(replay.workload), \(Figure.time(Double(replay.duration))) \
      of \(replay.cpus.count) CPUs. \(LaneChart.summary(replay))</p>\(LaneChart.drawing(replay))</div>
      """
    }
    return section(
      "bus-view", "On the bus",
      """
      <p>A piece of a trace, replayed: CPUs, memory and I/O on one bus, the locks in memory. Who waits stands in line at the lock.</p>
      <div id="bus" class="busview">
      <div class="controls" id="bus-controls" hidden></div>
      <div id="stage" class="stage"></div>
      <svg id="closeup" class="closeup" aria-hidden="true"></svg>
      <div class="lanes-all">
      <p class="key small" aria-hidden="true"><span class="user">user</span><span class="files">files</span>\
      <span class="scheduling">scheduling</span><span class="memory">memory</span><span class="system">rest of the OS</span>\
      <span class="waiting">waiting</span><span class="interrupt">interrupt</span><span class="idle">idle</span></p>
      \(lanes)</div>
      <p id="bus-now" class="now" role="status" aria-live="off"></p>
      <noscript><p>The moving picture needs JavaScript; the lanes show the same.</p></noscript>
      </div>
      """)
  }

  private var foot: Markup {
    """
    <p>Made by <code>apus lab</code>, Apus \(result.session.commit), \(result.session.started). \
    The same figures: <code>--json</code> and <code>--csv</code>. What they mean and leave out: <code>docs/lab.md</code>.</p>
    """
  }

  // MARK: - Pieces

  /// A file of this folder, which the build has put into the code.
  private func file(_ bytes: [UInt8]) -> Markup { Markup(trusted: String(decoding: bytes, as: UTF8.self)) }

  private func section(_ id: String, _ title: String, _ content: Markup) -> Markup {
    "<section id=\"\(id)\" aria-labelledby=\"\(id)-title\"><h2 id=\"\(id)-title\">\(title)</h2>\n\(content)</section>"
  }

  private func figure(_ name: String, _ drawing: Markup) -> Markup {
    "<figure><figcaption><b>\(name)</b></figcaption>\(drawing)</figure>"
  }
}
