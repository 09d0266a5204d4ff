// What programs that measure in rounds are told on their command line.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How many rounds the arguments ask for: a number, or none of them for `usual`. Anything else ends the program.
package func roundCount(_ arguments: some Collection<String>, usual: Int) -> Int {
    guard let text = arguments.first else { return usual }
    guard arguments.count == 1, let rounds = Int(text), 1...1_000_000 ~= rounds else {
        let words = Array("wants a number of rounds, from 1 on, and nothing else: \(Array(arguments))\n".utf8)
        _ = write(STDERR_FILENO, words, words.count)
        exit(2)
    }
    return rounds
}
