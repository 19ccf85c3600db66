// The two functions through which Swift's runtime allocates (Embedded Swift calls no other).
#if hasFeature(Embedded)
/// posix_memalign(3): 0, or `ENOMEM` (12).
@c(posix_memalign)
public func posixMemalign(
  _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ size: Int
) -> Int32 {
  guard let pointer = unsafe EarlyHeap.allocate(size, alignment: alignment) else { return 12 }
  unsafe result.pointee = pointer
  return 0
}

/// free(3).
@c(free)
public func heapFree(_ pointer: UnsafeMutableRawPointer?) {}
#endif
