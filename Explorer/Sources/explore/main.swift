import CExplorer

for scenario in Litmus.all + Litmus.broken + Locks.all {
  let (failure, counts) = Search(scenario).run()
  print(scenario.name, counts.schedules, counts.steps, counts.pruned, counts.longest, counts.complete, counts.seconds, failure?.text ?? "ok", failure?.schedule ?? "")
}
