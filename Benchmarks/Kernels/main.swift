// Measures the engine's kernels against C++ of the same algorithms. Read the ratios: absolute times depend on the
// machine.
//
//     swift run -c release KernelBenchmarks [rounds]

let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 9
print("rates and ratios: best / median of \(rounds) rounds, by thread CPU time")
WordCountBenchmark.run(rounds: rounds)
KeyAggregationBenchmark.run(rounds: rounds, keys: 100_000)
KeyAggregationBenchmark.run(rounds: rounds, keys: 1_000_000)
KeyAggregationBenchmark.runState(rounds: rounds)
PipelineBenchmark.run(rounds: rounds)
StateCommitBenchmark.run()
