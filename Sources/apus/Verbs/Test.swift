import ArgumentParser
struct Test: ParsableCommand { func run() throws { throw Failure("not there yet") } }
