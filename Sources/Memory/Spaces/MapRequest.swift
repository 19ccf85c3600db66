/// What `AddressSpace.map` is to do.
public struct MapRequest {
  /// Where: a hint, or a must with `fixed`. 0: anywhere.
  public var address: UInt64
  /// Bytes; rounded up to whole pages.
  public var length: UInt64
  public var protection: Protection
  public var flags: RegionFlags
  /// What is mapped; nil: anonymous memory.
  public var pager: (any Pager)?
  /// Byte offset in it, a multiple of 4096.
  public var offset: UInt64
  /// Exactly at `address`, replacing what is there (`MAP_FIXED`) or failing with `EEXIST` (`MAP_FIXED_NOREPLACE`).
  public var fixed: Bool
  public var noReplace: Bool
  /// Bring all pages in at once (`MAP_POPULATE`, `MAP_LOCKED`).
  public var populate: Bool

  public init(
    address: UInt64 = 0, length: UInt64, protection: Protection, flags: RegionFlags = [], pager: (any Pager)? = nil,
    offset: UInt64 = 0, fixed: Bool = false, noReplace: Bool = false, populate: Bool = false
  ) {
    self.address = address
    self.length = length
    self.protection = protection
    self.flags = flags
    self.pager = pager
    self.offset = offset
    self.fixed = fixed
    self.noReplace = noReplace
    self.populate = populate
  }
}
