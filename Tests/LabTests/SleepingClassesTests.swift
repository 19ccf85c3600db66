import Locking
import Testing

@testable import Lab

/// The Lab reads files, not the kernel's sources: what it knows of the classes of locks by itself must be what is so.
@Test func whichLocksSleepIsWhatTheKernelSays() {
  #expect(LabResult.sleepingClasses == Set(LockClass.allCases.filter(\.sleeps).map { "\($0.name)" }))
}
