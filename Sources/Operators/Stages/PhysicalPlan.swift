// A query as it runs: stages, what each gets from where, and the step that brings its rows together.

import Columns

/// A query as it runs: stages in topological order, of which the last gives the result.
///
/// Rows come from sources, pass the steps of a stage's input on the workers, and are brought together by the stage's
/// keyed step. What that emits passes the steps of the stage behind it in the same task, and so on. Only the last stage
/// may be without a keyed step: what its steps give is the result.
package struct PhysicalPlan: Sendable {
    package let stages: [Stage]
    package let outputSchema: Schema
    /// Which of the watermarks of its streams is the query's.
    package let watermarkPolicy: WatermarkPolicy

    /// Creates a plan. Every stage but the last has a keyed step, and reads earlier stages only.
    ///
    /// A step that looks up in a stage comes behind it: also where it gets its rows from another stage, which then is
    /// the later one.
    package init(stages: [Stage], outputSchema: Schema, watermarkPolicy: WatermarkPolicy = .min) {
        precondition(!stages.isEmpty, "a plan has at least one stage")
        for (index, stage) in stages.enumerated() {
            precondition(stage.keyed != nil || index == stages.count - 1, "only the last stage has no keyed step")
            for input in stage.inputs {
                var before = index
                if case .stage(let earlier) = input.from {
                    precondition(earlier < index, "stages are in order")
                    before = earlier
                }
                precondition(input.lookupStages.allSatisfy { $0 < before }, "what is looked up in is there first")
            }
        }
        self.stages = stages
        self.outputSchema = outputSchema
        watermarkOperators = stages.flatMap {
            $0.inputs.flatMap { $0.chain.compactMap { $0 as? any WatermarkOperator } }
        }
        self.watermarkPolicy = watermarkPolicy
    }

    /// What keeps state that grows for ever, and why, a line each.
    package var unboundedStates: [String] {
        stages.compactMap { stage in
            guard let state = stage.keyed?.state, let reason = state.unboundedBecause else { return nil }
            return "the state of \(state.id) is unbounded because \(reason): it grows with every new key"
        }
    }

    /// The steps that watch event times.
    package let watermarkOperators: [any WatermarkOperator]

    /// The stage that may give what is final in the very batch whose rows make it so, in append mode: the only one with
    /// state, once the rows of all steps that watch event times have been read. `nil` where there is none: several
    /// steps with state would have to agree on what is late.
    package var crossingStage: Int? {
        let stateful = stages.indices.filter { stages[$0].keyed?.state != nil }
        guard stateful.count == 1, let stage = stateful.first, stages[stage].keyed?.givesWhatIsFinal == true else {
            return nil
        }
        for (index, reader) in stages.enumerated() {
            for input in reader.inputs where input.chain.contains(where: { $0 is any WatermarkOperator }) {
                guard index <= stage, case .stream = input.from else { return nil }
            }
        }
        return stage
    }

    /// The watermark at each stage, where that of the streams is `watermark`: a stage behind others sees what those
    /// leave of it, the lowest where there are several, and tables have none. In microseconds since 1970.
    package func stageWatermarks(_ watermark: Int64?) -> [Int64?] {
        var seen: [Int64?] = []
        var left: [Int64?] = []
        for stage in stages {
            let inputs = stage.inputs.compactMap { input -> Int64? in
                switch input.from {
                case .stream: watermark
                case .table, .numbers, .recursion: nil
                case .stage(let earlier): left[earlier]
                }
            }
            seen.append(inputs.min())
            left.append(inputs.isEmpty ? nil : stage.keyed.map { $0.outputWatermark(inputs) } ?? inputs.min())
        }
        return seen
    }

    /// Whether a step needs a micro-batch even though no source has rows, once the watermark of the streams is `next`
    /// and was `last` in the batch before.
    package func needsBatchWithoutData(
        lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?
    ) -> Bool {
        zip(stages, zip(stageWatermarks(last), stageWatermarks(next))).contains { stage, watermarks in
            stage.keyed?.needsBatchWithoutData(
                lastWatermarkMicroseconds: watermarks.0, nextWatermarkMicroseconds: watermarks.1) ?? false
        }
    }

    /// Which inputs of which stages read streams.
    package var streamInputs: [(stage: Int, input: Int, stream: Int)] {
        stages.enumerated().flatMap { index, stage in
            stage.inputs.enumerated().compactMap { number, input in
                if case .stream(let stream) = input.from { (index, number, stream) } else { nil }
            }
        }
    }

    /// The stages that steps look rows up in.
    package var lookupStages: Set<Int> { Set(stages.flatMap { $0.inputs.flatMap(\.lookupStages) }) }

    /// The stages that have to be computed anew where some tables are read again: those that depend on them, and all
    /// that depend on tables alone and are computed together with such ones.
    package func stages(refreshedBy tables: Set<Int>) -> Set<Int> {
        let isStatic = staticStages
        var neighbours: [Int: [Int]] = [:]
        var affected: Set<Int> = []
        for (index, stage) in stages.enumerated() where isStatic[index] {
            for input in stage.inputs {
                var beneath = input.lookupStages
                switch input.from {
                case .table(let table): if tables.contains(table) { affected.insert(index) }
                case .stage(let earlier): beneath.append(earlier)
                case .stream, .numbers, .recursion: break
                }
                for earlier in beneath {
                    neighbours[index, default: []].append(earlier)
                    neighbours[earlier, default: []].append(index)
                }
            }
        }
        var open = Array(affected)
        while let index = open.popLast() {
            for neighbour in neighbours[index] ?? [] where affected.insert(neighbour).inserted {
                open.append(neighbour)
            }
        }
        return affected
    }

    /// The tables that some stages read.
    package func tables(of stages: Set<Int>) -> Set<Int> {
        Set(
            stages.flatMap { self.stages[$0].inputs }.compactMap { input in
                if case .table(let table) = input.from { table } else { nil }
            })
    }

    /// Which stages depend on tables alone: a streaming query computes them when it starts, and again where an option
    /// says so.
    package var staticStages: [Bool] {
        var known: [Bool] = []
        for stage in stages {
            known.append(
                stage.inputs.allSatisfy { input in
                    guard input.lookupStages.allSatisfy({ known[$0] }) else { return false }
                    switch input.from {
                    case .stream: return false
                    case .table, .numbers, .recursion: return true
                    case .stage(let earlier): return known[earlier]
                    }
                })
        }
        return known
    }
}

/// A part of a plan that ends where rows are brought together.
package struct Stage: Sendable {
    package let inputs: [StageInput]
    package let keyed: (any KeyedOperator)?

    package init(inputs: [StageInput], keyed: (any KeyedOperator)? = nil) {
        self.inputs = inputs
        self.keyed = keyed
    }

    /// The keyed step as the plan shows it.
    package var name: String { keyed.map { "\($0.name) \($0.detail)" } ?? "" }
}

extension StageInput.Origin: CustomStringConvertible {
    /// `Stream 0`.
    package var description: String {
        switch self {
        case .stream(let number): "Stream \(number)"
        case .table(let number): "Table \(number)"
        case .stage(let number): "Stage \(number)"
        case .numbers(let count): "Numbers to \(count)"
        case .recursion: "Recursion"
        }
    }
}

/// Rows that a stage gets, and the steps that they pass first.
package struct StageInput: Sendable {
    /// Where rows come from.
    package enum Origin: Hashable, Sendable {
        /// A stream, by its place among the query's streams.
        case stream(Int)
        /// A table, by its place among the query's tables.
        case table(Int)
        /// What an earlier stage emits.
        case stage(Int)
        /// So many rows, with their numbers from 0 on: of them a query makes rows of its own (`Numbers`).
        case numbers(Int)
        /// The rows that a recursion made last: only while its steps are put together.
        case recursion
    }

    package let from: Origin
    package let chain: [any PhysicalOperator]
    /// Which of the keyed step's inputs this is, where it has several.
    package let port: Int

    package init(from: Origin, chain: [any PhysicalOperator] = [], port: Int = 0) {
        self.from = from
        self.chain = chain
        self.port = port
    }

    /// The stages that its steps look rows up in.
    var lookupStages: [Int] { chain.flatMap(\.lookedUpStages) }
}

extension PhysicalOperator {
    /// The stages that this step looks rows up in.
    var lookedUpStages: [Int] { (self as? any LookupOperator)?.lookupStages ?? [] }
}

extension PhysicalPlan: CustomStringConvertible {
    /// The plan as an indented tree, last step first.
    package var description: String { text { "\($0)" } }

    /// The plan as an indented tree, last step first, with sources by the names that `name` gives them.
    package func text(_ name: (StageInput.Origin) -> String) -> String {
        lines(of: stages.count - 1, depth: 0, name).joined(separator: "\n")
    }

    private func lines(of index: Int, depth: Int, _ name: (StageInput.Origin) -> String) -> [String] {
        var lines: [String] = []
        var depth = depth
        func add(_ text: String, _ depth: Int) { lines.append(String(repeating: "  ", count: depth) + text) }
        let stage = stages[index]
        if let keyed = stage.keyed {
            add("\(keyed.name) \(keyed.detail)", depth)
            add(keyed.sharding == .single ? "Exchange to one shard" : "Exchange by key", depth + 1)
            depth += 2
        }
        if stage.inputs.count > 1, stage.inputs.allSatisfy({ $0.port == 0 }) {
            add("Union", depth)
            depth += 1
        }
        for input in stage.inputs {
            var inner = depth
            for step in input.chain.reversed() {
                add("\(step.name) \(step.detail)", inner)
                inner += 1
                for stage in step.lookedUpStages { lines += self.lines(of: stage, depth: inner, name) }
            }
            switch input.from {
            case .stream, .table: add(name(input.from), inner)
            // The step behind it says what comes of it.
            case .numbers, .recursion: break
            case .stage(let earlier): lines += self.lines(of: earlier, depth: inner, name)
            }
        }
        return lines
    }
}
