// Measures Millrace's own data path without the command around it: (b) of `scripts/bench`, batches, windows and joins.

import BenchmarkSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct StreamBenchmarks {
    private static let usage = """
        usage: StreamBenchmarks --bootstrap-servers S --topic T [--workers 1] [--count-words] [--kafka key=value]...
                 reads the topic to its end into columns, or on to counts of its words in memory; prints figures
               StreamBenchmarks --durable-batches N [--rows 10] [--directory .]
                 micro-batches from memory with a checkpoint on disk, one after the other; prints their durations
               StreamBenchmarks --windows ROUNDS
                 rows into windows, beside C++
               StreamBenchmarks --joins ROUNDS
                 rows of a stream joined with a table and with another stream, beside C++
               StreamBenchmarks --keys N,N... [--workers 1] [--directory .] [--rocksdb MEBIBYTES]
                 batches on windows with so many keys of state, and a start from them; of the state no more is in memory
                 than these mebibytes, and the rest in RocksDB

        """

    /// What the command line asks for.
    struct Options {
        var servers: String?
        var topic: String?
        var workers = 1
        var countsWords = false
        var properties: [String: String] = [:]
        var durableBatches = 0
        var windowRounds = 0
        var joinRounds = 0
        var keys: [Int] = []
        var rocksMebibytes: Int?
        var rows = 10
        var directory = "."
    }

    static func main() {
        let options = parse(CommandLine.arguments.dropFirst())
        do {
            if options.durableBatches > 0 {
                try DurableBatches.run(options)
            } else if options.windowRounds > 0 {
                try WindowBenchmark.run(rounds: options.windowRounds)
            } else if options.joinRounds > 0 {
                try JoinBenchmark.run(rounds: options.joinRounds)
            } else if !options.keys.isEmpty {
                try WindowStateBenchmark.run(options)
            } else {
                try ConsumeTopic.run(options)
            }
        } catch {
            fail("\(error)")
        }
    }

    private static func parse(_ arguments: ArraySlice<String>) -> Options {
        var (options, arguments) = (Options(), arguments)
        func value(_ name: String) -> String {
            guard let text = arguments.popFirst() else { fail("\(name) wants a value\n\(usage)") }
            return text
        }
        func number(_ name: String) -> Int {
            guard let number = Int(value(name)), 1...10_000_000 ~= number else {
                fail("\(name) wants a number from 1 on")
            }
            return number
        }
        while let name = arguments.popFirst() {
            switch name {
            case "--bootstrap-servers": options.servers = value(name)
            case "--topic": options.topic = value(name)
            case "--workers": options.workers = number(name)
            case "--count-words": options.countsWords = true
            case "--kafka":
                let pair = value(name).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard pair.count == 2 else { fail("--kafka wants key=value") }
                options.properties["kafka.\(pair[0])"] = String(pair[1])
            case "--durable-batches": options.durableBatches = number(name)
            case "--rocksdb": options.rocksMebibytes = number(name)
            case "--windows": options.windowRounds = number(name)
            case "--joins": options.joinRounds = number(name)
            case "--keys":
                options.keys = value(name).split(separator: ",").map { text in
                    guard let keys = Int(text), 1...100_000_000 ~= keys else { fail("--keys wants numbers from 1 on") }
                    return keys
                }
            case "--rows": options.rows = number(name)
            case "--directory": options.directory = value(name)
            default: fail("there is no option \(name)\n\(usage)")
            }
        }
        guard options.rocksMebibytes == nil || !options.keys.isEmpty else { fail("--rocksdb wants --keys\n\(usage)") }
        let needsNoTopic =
            options.durableBatches > 0 || options.windowRounds > 0 || options.joinRounds > 0 || !options.keys.isEmpty
        guard needsNoTopic || (options.servers != nil && options.topic != nil) else { fail(usage) }
        return options
    }

    static func fail(_ message: String) -> Never {
        note(message)
        exit(1)
    }

    static func note(_ message: String) {
        let text = Array("StreamBenchmarks: \(message)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
    }
}

/// What the process has used so far.
struct Usage {
    let seconds: Double
    let cpuSeconds: Double
    let peakMemoryBytes: Int

    static var now: Usage {
        var used = rusage()
        #if canImport(Glibc)
        getrusage(RUSAGE_SELF.rawValue, &used)
        let unit = 1024
        #else
        getrusage(RUSAGE_SELF, &used)
        let unit = 1
        #endif
        let cpu =
            Double(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
            + Double(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6
        return Usage(
            seconds: wallSeconds(), cpuSeconds: cpu, peakMemoryBytes: Int(used.ru_maxrss) * unit)
    }
}
