// mixed: some of each, and computing.
import CLinux
import Harness

/// One operation: one of `scheduler`, of `files` or of `faults`, or a sum over 16 KiB, as the seed has it, each as likely.
func mixedLoad(_ place: Place) -> Load {
  let parts = [schedulerLoad(place), fileLoad(place), faultLoad(place)]
  var counts = [0, 0, 0]
  var random = Random(place.seed &+ 1)
  let numbers = pages(4).assumingMemoryBound(to: Int.self)
  let count = 4 * pageSize / 8
  for i in 0..<count { numbers[i] = i &* place.seed }

  return Load(
    operation: { _ in
      let choice = random.below(4)
      if choice == 3 {
        var sum = 0
        for i in 0..<count { sum = sum &+ numbers[i] }
        return sum == place.seed &* (count * (count - 1) / 2) ? nil : "the sum is \(sum)"
      }
      counts[choice] += 1
      return parts[choice].operation(counts[choice] - 1)
    },
    end: {
      for part in parts {
        if let wrong = part.end() { return wrong }
      }
      return nil
    })
}
