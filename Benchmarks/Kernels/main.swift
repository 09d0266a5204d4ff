// Measures the engine's kernels against C++ of the same algorithms. Read the ratios: absolute times depend on the
// machine.
//
//     swift run -c release KernelBenchmarks [--expressions] [ROUNDS]

import BenchmarkSupport

let arguments = CommandLine.arguments.dropFirst()
let measuresExpressions = arguments.first == "--expressions"
let rounds = roundCount(measuresExpressions ? arguments.dropFirst() : arguments, usual: 9)
print("rates and ratios: best / median of \(rounds) rounds, by thread CPU time")
if measuresExpressions {
    try ExpressionBenchmark.run(rounds: rounds)
} else {
    WordCountBenchmark.run(rounds: rounds)
    KeyAggregationBenchmark.run(rounds: rounds, keys: 100_000)
    KeyAggregationBenchmark.run(rounds: rounds, keys: 1_000_000)
    KeyAggregationBenchmark.runState(rounds: rounds)
    PipelineBenchmark.run(rounds: rounds)
    StateCommitBenchmark.run()
}
