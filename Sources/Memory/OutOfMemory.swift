/// Who can make memory free when there is none: Processes implements it by killing a process.
public protocol OutOfMemoryKiller: AnyObject {
  /// Picks a victim and starts to kill it (unless one is dying already). Called with no lock held, by a
  /// thread whose page fault found no memory; must not allocate much. Answers whether the caller is to try
  /// again (after a short sleep: someone else dies) or not (it is itself the victim, or nobody is left).
  func relieve() -> Bool
}
