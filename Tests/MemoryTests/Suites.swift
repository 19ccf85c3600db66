import Testing

/// The suites that count frames: they share one simulated machine, so they run one after the other.
@Suite(.serialized) enum OnOneMachine {}
