// A query as it runs: what each worker does with its rows, how rows meet by key, and what happens to the result.

import Columns

/// A query as it runs.
///
/// Each source's rows pass its own chain of steps on the workers. Where there is an aggregation, its keys and inputs
/// come out of these chains; each worker aggregates its part, the parts meet by key in the state's shards, and the
/// final steps see the groups' results. Otherwise the final steps are empty, and what the chains give is the result.
package struct PhysicalPlan: Sendable {
    /// One source with the steps that its rows pass.
    package struct Input: Sendable {
        /// The source's place among the query's sources.
        package let source: Int
        package let operators: [any PhysicalOperator]

        package init(source: Int, operators: [any PhysicalOperator]) {
            self.source = source
            self.operators = operators
        }
    }

    /// Keys and aggregates; the chains deliver the key columns first, then the aggregates' inputs.
    package struct Aggregation: Sendable {
        /// `inputIndex` of its aggregates counts from the first column behind the keys.
        package let plan: AggregationPlan
        /// What `explain` shows.
        package let detail: String

        package init(_ plan: AggregationPlan, detail: String) {
            self.plan = plan
            self.detail = detail
        }
    }

    package let inputs: [Input]
    package let aggregation: Aggregation?
    package let finalOperators: [any PhysicalOperator]
    package let outputSchema: Schema

    package init(
        inputs: [Input], aggregation: Aggregation?, finalOperators: [any PhysicalOperator], outputSchema: Schema
    ) {
        self.inputs = inputs
        self.aggregation = aggregation
        self.finalOperators = finalOperators
        self.outputSchema = outputSchema
    }

    /// The plan as an indented tree, last step first.
    package var explained: String {
        var lines: [String] = []
        func add(_ operators: [any PhysicalOperator], _ depth: inout Int) {
            for step in operators.reversed() {
                lines.append(String(repeating: "  ", count: depth) + "\(step.name) \(step.detail)")
                depth += 1
            }
        }
        var depth = 0
        add(finalOperators, &depth)
        if let aggregation {
            lines.append(String(repeating: "  ", count: depth) + "MergeAggregate \(aggregation.detail)")
            lines.append(String(repeating: "  ", count: depth + 1) + "Exchange by key to state shards")
            lines.append(String(repeating: "  ", count: depth + 2) + "PartialAggregate \(aggregation.detail)")
            depth += 3
        }
        for input in inputs {
            var inner = depth
            add(input.operators, &inner)
            lines.append(String(repeating: "  ", count: inner) + "Scan source \(input.source)")
        }
        return lines.joined(separator: "\n")
    }
}
