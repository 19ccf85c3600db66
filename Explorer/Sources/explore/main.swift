// The schedule explorer's command: `./apus explore` builds and starts it.
import CExplorer
import Glibc

setvbuf(stdout, nil, _IOLBF, 0)
exit(Command(CommandLine.arguments.dropFirst().map { $0 }).run())
