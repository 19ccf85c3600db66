import Machine
import Synchronization

/// A word that one CPU halts on until another changes it. At a fixed address: the member of an object.
public struct HaltWord: ~Copyable, @unchecked Sendable {
  private let word: Atomic<UInt32>

  public init(_ value: UInt32) { word = Atomic(value) }

  @inline(__always) public var value: UInt32 { word.load(ordering: .acquiring) }

  /// Changes the word by the CPU that may halt on it, or before that can.
  public borrowing func set(_ value: UInt32) { word.store(value, ordering: .sequentiallyConsistent) }

  /// Changes it and wakes CPU `cpu`, should that halt on it.
  public borrowing func set(_ value: UInt32, waking cpu: Int) {
    set(value)
    Machine.kick(cpu)
  }

  /// Halts the running CPU while the word is `value`. Interrupts stay as they are; NMIs are answered.
  public borrowing func halt(while value: UInt32) {
    while self.value == value {
      unsafe withUnsafePointer(to: word) { pointer in
        unsafe Machine.haltWhileEqual(UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self), value)
      }
    }
  }
}
