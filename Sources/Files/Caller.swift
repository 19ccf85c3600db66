/// Who asks: a place in the tree and an identity. The operations on names are its methods, one file per topic:
/// Lookup, Opening, Creating, Removing, Renaming, Changing, Mounting.
public struct Caller {
  public let context: FSContext
  public let credentials: Credentials

  @inlinable public init(context: FSContext, credentials: Credentials) {
    self.context = context
    self.credentials = credentials
  }

  @inlinable var namespace: Namespace { context.namespace }
}

/// How a path is to be looked up (`path_resolution(7)`, `openat2(2)`).
public struct LookupOptions: OptionSet {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// A symbolic link as the last component is followed.
  @inlinable public static var followLast: LookupOptions { LookupOptions(rawValue: 1) }
  /// The result must be a directory (ENOTDIR).
  @inlinable public static var directory: LookupOptions { LookupOptions(rawValue: 2) }
  /// An empty path means the start itself (`AT_EMPTY_PATH`).
  @inlinable public static var emptyPath: LookupOptions { LookupOptions(rawValue: 4) }
  /// `RESOLVE_NO_SYMLINKS`
  @inlinable public static var noLinks: LookupOptions { LookupOptions(rawValue: 8) }
  /// `RESOLVE_NO_MAGICLINKS`
  @inlinable public static var noMagicLinks: LookupOptions { LookupOptions(rawValue: 16) }
  /// `RESOLVE_NO_XDEV`
  @inlinable public static var oneMount: LookupOptions { LookupOptions(rawValue: 32) }
  /// `RESOLVE_BENEATH`
  @inlinable public static var beneath: LookupOptions { LookupOptions(rawValue: 64) }
  /// `RESOLVE_IN_ROOT`
  @inlinable public static var inRoot: LookupOptions { LookupOptions(rawValue: 128) }
}
