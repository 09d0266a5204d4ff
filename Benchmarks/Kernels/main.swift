// Measures the engine's kernels against C++ of the same algorithms. Read the ratios: absolute times depend on the machine.

let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 9
WordCountBenchmark.run(rounds: rounds)
