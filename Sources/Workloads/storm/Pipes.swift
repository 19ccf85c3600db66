// Pipes: a chain of processes passes random amounts on; the sum at the end is that of the beginning.
import CLinux
import Harness

func pipeRound(_ random: inout Random, _ worker: Int) -> String? {
  let stages = 1 + random.below(4)
  let total = 1 + random.below(200_000)
  let seed = Int(random.next() >> 2)
  var pids: [Int32] = []

  var pipe = Pipe()
  pids.append(
    child {
      close(pipe.read)
      return produce(into: pipe.write, total, seed)
    })
  close(pipe.write)
  var input = pipe.read
  for stage in 0..<stages {
    pipe = Pipe()
    pids.append(
      child {
        close(pipe.read)
        return pass(from: input, to: pipe.write, seed &+ stage)
      })
    close(pipe.write)
    close(input)
    input = pipe.read
  }
  let wrong = consume(input, total, seed)
  close(input)
  for pid in pids {
    if pid < 0 { return "fork: errno \(errno_get())" }
    let end = outcome(reap(pid))
    if end != 0 { return wrong ?? "a stage ended with \(end)" }
  }
  return wrong
}

private func byte(_ position: Int, _ seed: Int) -> UInt8 {
  UInt8(truncatingIfNeeded: position &* 31 &+ position >> 8 &+ seed)
}

private func produce(into fd: Int32, _ total: Int, _ seed: Int) -> Int32 {
  var random = Random(seed)
  var buffer = [UInt8](repeating: 0, count: 20_000)
  var sent = 0
  while sent < total {
    let n = min(total - sent, 1 + random.below(20_000))
    for i in 0..<n { buffer[i] = byte(sent + i, seed) }
    if write(fd, buffer, n) != n { return 1 }
    sent += n
  }
  return 0
}

private func pass(from: Int32, to: Int32, _ seed: Int) -> Int32 {
  var random = Random(seed)
  var buffer = [UInt8](repeating: 0, count: 9_000)
  while true {
    let n = read(from, &buffer, 1 + random.below(9_000))
    if n < 0 { return 2 }
    if n == 0 { return 0 }
    if write(to, buffer, n) != n { return 3 }
  }
}

private func consume(_ fd: Int32, _ total: Int, _ seed: Int) -> String? {
  var buffer = [UInt8](repeating: 0, count: 16_384)
  var got = 0
  while true {
    let n = read(fd, &buffer, 16_384)
    if n < 0 { return "read: errno \(errno_get())" }
    if n == 0 { break }
    for i in 0..<n where buffer[i] != byte(got + i, seed) { return "byte \(got + i) is wrong" }
    got += n
  }
  return got == total ? nil : "\(got) bytes of \(total) arrived"
}
