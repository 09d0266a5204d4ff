// Measures the engine's kernels against C++ of the same algorithms. Read the ratios: absolute times depend on the
// machine.
//
//     swift run -c release KernelBenchmarks [--expressions [--only SQL]] [ROUNDS]

import BenchmarkSupport
import Threads

var arguments = CommandLine.arguments.dropFirst()
let measuresExpressions = arguments.first == "--expressions"
if measuresExpressions { arguments = arguments.dropFirst() }
var only: String?
if measuresExpressions, arguments.first == "--only" {
    only = arguments.dropFirst().first
    arguments = arguments.dropFirst(2)
}
let rounds = roundCount(arguments, usual: 9)
print("rates and ratios: best / median of \(rounds) rounds, by thread CPU time")
// As in an engine, the process has more than one thread: with one only, C++ would count users, and the C library take
// memory, without atomic operations. It ends with the process.
let beside = try NamedThread(ifPossible: "beside") { while true { Monotonic.sleep(nanoseconds: 1_000_000_000) } }
if measuresExpressions {
    try ExpressionBenchmark.run(rounds: rounds, only: only)
} else {
    WordCountBenchmark.run(rounds: rounds)
    KeyAggregationBenchmark.run(rounds: rounds, keys: 100_000)
    KeyAggregationBenchmark.run(rounds: rounds, keys: 1_000_000)
    KeyAggregationBenchmark.runState(rounds: rounds)
    PipelineBenchmark.run(rounds: rounds)
    StateCommitBenchmark.run()
}
