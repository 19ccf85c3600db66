import CLinux
import Harness

@main struct Main { static func main() { say("x\n") } }
