/// Finds `Ctrl-A x` in what is typed. `Ctrl-A Ctrl-A` sends one Ctrl-A; before any other key Ctrl-A is itself.
struct EscapeKey {
  private var pending = false
  private static let controlA: UInt8 = 1

  /// The keys that go to the guest, and whether the user wants to leave.
  mutating func filter(_ keys: some Sequence<UInt8>) -> (send: [UInt8], leave: Bool) {
    var send: [UInt8] = []
    for key in keys {
      if pending {
        pending = false
        if key == UInt8(ascii: "x") { return (send, true) }
        send.append(Self.controlA)
        if key != Self.controlA { send.append(key) }
      } else if key == Self.controlA {
        pending = true
      } else {
        send.append(key)
      }
    }
    return (send, false)
  }
}
