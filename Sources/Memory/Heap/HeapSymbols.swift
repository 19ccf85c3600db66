// The two functions through which Swift's runtime allocates (Embedded Swift calls no other). memory.S gives them
// their C names.
#if hasFeature(Embedded)
import Machine

/// posix_memalign(3). Does not return `ENOMEM`: Swift would trap without a word.
@c(apus_posix_memalign)
public func posixMemalign(
  _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ size: Int
) -> Int32 {
  guard let pointer = unsafe KernelHeap.allocate(size, alignment: alignment) else {
    Machine.panic("kernel heap exhausted: bytes wanted", UInt64(truncatingIfNeeded: size))
  }
  unsafe result.pointee = pointer
  return 0
}

/// free(3).
@c(apus_free)
public func heapFree(_ pointer: UnsafeMutableRawPointer?) {
  guard let pointer = unsafe pointer else { return }
  unsafe KernelHeap.release(pointer)
}
#endif
