import ArgumentParser
struct Bench: ParsableCommand { func run() throws { throw Failure("not there yet") } }
