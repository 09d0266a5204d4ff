// The text by which a checkpoint knows its query: frozen, unlike what people are shown.

import Columns

/// Texts of resolved plans that stay as they are over versions of this software, so that a checkpoint can tell whether
/// a query is still the one that it was made for.
///
/// A text tells what matters for rows and state, exactly, and nothing else: columns are numbered by first use, names
/// count only where they come from a source or go to the sink, columns of a source count only where they are read. It
/// is made of the plan as analysed, before any optimiser: a better optimiser leaves it alone.
package enum CanonicalPlan {
    /// Version 1: one thing a line, sources first, the columns that come out last.
    ///
    /// Never changed: what a checkpoint holds was made by it. What plans learn to say is added in new words; another
    /// form is `v2`.
    package static func v1(_ plan: ResolvedPlan, outputMode: OutputMode) -> String {
        var writer = CanonicalPlanWriter()
        let columns = writer.write(plan)
        writer.writeOutput(plan.schema, columns)
        return (["plan version 1, output mode \(outputMode.rawValue)"] + writer.text).joined(separator: "\n")
    }
}

/// Walks a plan from its sources to its result and writes what each step does.
private struct CanonicalPlanWriter {
    /// A column of the plan: made by a source or by a step.
    private struct Definition {
        /// The name that its source has for it; columns that a step made have none.
        let sourceName: String?
        let field: Field
        /// Given at the first use.
        var number: Int?
    }

    /// A step: its line, and a line for each thing that it makes.
    private struct Block {
        var head: String
        var items: [String] = []
    }

    private var blocks: [Block] = []
    private var definitions: [Definition] = []
    private var nextNumber = 0
    /// The sources by their ids, in order of appearance.
    private var sources: [String] = []
    /// Which columns belong to the scan that a block stands for.
    private var scanned: [(block: Int, columns: Range<Int>)] = []

    // MARK: Columns

    private mutating func define(_ field: Field, sourceName: String? = nil) -> Int {
        definitions.append(Definition(sourceName: sourceName, field: field))
        return definitions.count - 1
    }

    private mutating func number(_ column: Int) -> Int {
        if let known = definitions[column].number { return known }
        defer { nextNumber += 1 }
        definitions[column].number = nextNumber
        return nextNumber
    }

    private mutating func mention(_ column: Int) -> String {
        let name = definitions[column].sourceName.map(CanonicalText.name) ?? ""
        return "\(name)#\(number(column))"
    }

    private mutating func text(_ expression: ResolvedExpression, _ columns: [Int]) -> String {
        CanonicalText.expression(expression) { mention(columns[$0]) }
    }

    private mutating func text(_ call: AggregateCall, _ columns: [Int]) -> String {
        CanonicalText.aggregate(call) { mention(columns[$0]) }
    }

    /// A new column, and the line that says what is in it.
    private mutating func made(_ word: String, _ field: Field, _ content: String) -> (column: Int, line: String) {
        let column = define(field)
        let type = CanonicalText.type(field.type, isNullable: field.isNullable)
        return (column, "\(word)\(mention(column)) \(type) = \(content)")
    }

    // MARK: Steps

    /// Writes a plan and gives the columns that come out, in order.
    mutating func write(_ plan: ResolvedPlan) -> [Int] {
        switch plan {
        case .scan(let source): return scan(source)
        case .project(let input, let list): return project(write(input), list)
        case .filter(let input, let condition):
            let columns = write(input)
            blocks.append(Block(head: "filter \(text(condition, columns))"))
            return columns
        case .generate(let input, let array, _, let kept):
            let columns = write(input)
            guard let field = plan.schema.fields.last else { preconditionFailure("a generator makes a column") }
            let element = made("", field, "each of \(text(array, columns))")
            blocks.append(Block(head: "explode", items: [element.line]))
            return kept.map { columns[$0] } + [element.column]
        case .aggregate(let input, let groupings, let aggregates):
            return aggregate(write(input), groupings, aggregates)
        }
    }

    private mutating func scan(_ source: ScanSource) -> [Int] {
        let number = sources.firstIndex(of: source.id) ?? sources.count
        if number == sources.count { sources.append(source.id) }
        let kind = source.isStreaming ? "stream" : "table"
        blocks.append(Block(head: "read source \(number), \(kind) \(CanonicalText.quoted(source.name))"))
        let columns = source.schema.fields.map { define($0, sourceName: $0.name) }
        scanned.append((blocks.count - 1, definitions.count - columns.count..<definitions.count))
        return columns
    }

    private mutating func project(_ columns: [Int], _ list: [NamedExpression]) -> [Int] {
        var block = Block(head: "compute")
        let contents = list.map { named in
            if case .column = named.expression.kind { "" } else { text(named.expression, columns) }
        }
        var result: [Int] = []
        for (named, content) in zip(list, contents) {
            if case .column(let index, _) = named.expression.kind {
                result.append(columns[index])
                continue
            }
            let made = made("", named.field, content)
            block.items.append(made.line)
            result.append(made.column)
        }
        // What only chooses, orders and names columns shows in what comes out.
        if !block.items.isEmpty { blocks.append(block) }
        return result
    }

    private mutating func aggregate(
        _ columns: [Int], _ groupings: [NamedExpression], _ aggregates: [NamedAggregate]
    ) -> [Int] {
        var block = Block(head: "aggregate")
        var result: [Int] = []
        let keys = groupings.map { text($0.expression, columns) }
        let values = aggregates.map { text($0.call, columns) }
        for (grouping, content) in zip(groupings, keys) {
            let made = made("key ", grouping.field, content)
            block.items.append(made.line)
            result.append(made.column)
        }
        for (aggregate, content) in zip(aggregates, values) {
            let made = made("value ", aggregate.field, content)
            block.items.append(made.line)
            result.append(made.column)
        }
        blocks.append(block)
        return result
    }

    // MARK: Result

    mutating func writeOutput(_ schema: Schema, _ columns: [Int]) {
        var block = Block(head: "output")
        for (field, column) in zip(schema.fields, columns) {
            let type = CanonicalText.type(field.type, isNullable: field.isNullable)
            block.items.append("\(CanonicalText.name(field.name)) \(type) = \(mention(column))")
        }
        blocks.append(block)
    }

    /// All lines; only now is it known which columns of the sources are read.
    var text: [String] {
        var blocks = blocks
        for scan in scanned {
            for definition in scan.columns.map({ definitions[$0] }) {
                guard let number = definition.number else { continue }
                let type = CanonicalText.type(definition.field.type, isNullable: definition.field.isNullable)
                blocks[scan.block].items.append("\(CanonicalText.name(definition.field.name))#\(number) \(type)")
            }
        }
        return blocks.flatMap { [$0.head] + $0.items.map { "  \($0)" } }
    }
}
