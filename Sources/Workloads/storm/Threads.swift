// Threads and futexes: mutexes, condition variables, barriers; the counts at the end are exact.
import CLinux
import Harness

func threadRound(_ random: inout Random, _ worker: Int) -> String? {
  let threads = 2 + random.below(6)
  let turns = 20 + random.below(200)
  let end = run { Int32(random.below(2) == 0 ? mutexTurns(threads, turns) : tokenTurns(threads, turns / 8)) }
  switch end {
  case 0: return nil
  case 1: return "\(threads) threads of \(turns) turns: the count is wrong"
  case 2: return "a thread could not be started"
  default: return "the threaded process ended with \(end)"
  }
}

private func mutexTurns(_ threads: Int, _ turns: Int) -> Int {
  let words = pages(1)
  let lock = words.assumingMemoryBound(to: pthread_mutex_t.self)
  let count = (words + 1024).assumingMemoryBound(to: Int.self)
  pthread_mutex_init(lock, nil)
  var workers: [Worker] = []
  for t in 0..<threads {
    guard
      let w = Worker({
        for i in 0..<turns {
          pthread_mutex_lock(lock)
          let seen = count[0]
          if (i + t) % 16 == 0 { sched_yield() }
          count[0] = seen + 1
          pthread_mutex_unlock(lock)
        }
      })
    else { return 2 }
    workers.append(w)
  }
  for w in workers { w.join() }
  return count[0] == threads * turns ? 0 : 1
}

private func tokenTurns(_ threads: Int, _ turns: Int) -> Int {
  let words = pages(1)
  let lock = words.assumingMemoryBound(to: pthread_mutex_t.self)
  let condition = (words + 512).assumingMemoryBound(to: pthread_cond_t.self)
  let token = (words + 1024).assumingMemoryBound(to: Int.self)
  pthread_mutex_init(lock, nil)
  pthread_cond_init(condition, nil)
  var workers: [Worker] = []
  for t in 0..<threads {
    guard
      let w = Worker({
        for _ in 0..<turns {
          pthread_mutex_lock(lock)
          while token[0] % threads != t { pthread_cond_wait(condition, lock) }
          token[0] += 1
          pthread_cond_broadcast(condition)
          pthread_mutex_unlock(lock)
        }
      })
    else { return 2 }
    workers.append(w)
  }
  for w in workers { w.join() }
  return token[0] == threads * turns ? 0 : 1
}
