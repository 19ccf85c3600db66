import Foundation
import Testing

@testable import Processes

@Suite struct NumberTests {
  /// The allocator against a set: a number is given once, comes again only after the others, and all can be had.
  @Test func numbersAgainstModel() {
    var numbers = IDAllocator()
    var model: Set<Int32> = []
    var state: UInt64 = 7
    func next(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return Int(state >> 33) % limit
    }
    for _ in 0..<20_000 {
      if next(3) < 2 {
        guard let number = numbers.take() else { continue }
        #expect(number > 0 && number < 32768 && model.insert(number).inserted)
      } else if let some = model.first {
        numbers.free(some)
        model.remove(some)
        let again = numbers.take()
        #expect(again != some)
        if let again { model.insert(again) }
      }
      #expect(numbers.count == model.count)
    }
    while let number = numbers.take() { #expect(model.insert(number).inserted) }
    #expect(model.count == 32767)
  }
}
