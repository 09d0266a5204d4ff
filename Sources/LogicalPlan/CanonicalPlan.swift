// The text by which a checkpoint knows its query: frozen, unlike what people are shown.

import Columns
import Functions

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
    package static func v1(
        _ plan: ResolvedPlan, outputMode: OutputMode, usesHighestWatermark: Bool = false
    ) -> String {
        var writer = CanonicalPlanWriter()
        writer.write(plan)
        writer.writeOutput(plan.columns)
        let head = "plan version 1, output mode \(outputMode.rawValue)"
        return ([head + (usesHighestWatermark ? ", highest watermark" : "")] + writer.text).joined(separator: "\n")
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
        let depth: Int
        var head: String
        var items: [String] = []
    }

    private var blocks: [Block] = []
    private var depth = 0
    private var definitions: [Definition] = []
    /// The definitions of the columns that the steps so far give.
    private var known: [ColumnID: Int] = [:]
    private var nextNumber = 0
    /// The sources by their ids, in order of appearance.
    private var sources: [String] = []
    /// Which columns belong to the scan that a block stands for.
    private var scanned: [(block: Int, columns: Range<Int>)] = []

    // MARK: Columns

    private mutating func define(_ column: PlanColumn, sourceName: String? = nil) {
        known[column.id] = definitions.count
        definitions.append(Definition(sourceName: sourceName, field: column.field))
    }

    private mutating func mention(_ id: ColumnID) -> String {
        guard let place = known[id] else { preconditionFailure("the column \(id) comes from nowhere") }
        let name = definitions[place].sourceName.map(CanonicalText.name) ?? ""
        if let number = definitions[place].number { return "\(name)#\(number)" }
        defer { nextNumber += 1 }
        definitions[place].number = nextNumber
        return "\(name)#\(nextNumber)"
    }

    private mutating func text(_ expression: ResolvedExpression) -> String {
        CanonicalText.expression(expression) { mention($0) }
    }

    /// Defines a column and gives the line that says what is in it.
    private mutating func made(_ word: String, _ column: PlanColumn, _ content: String) -> String {
        define(column)
        let type = CanonicalText.type(column.field.type, isNullable: column.field.isNullable)
        return "\(word)\(mention(column.id)) \(type) = \(content)"
    }

    // MARK: Steps

    private mutating func add(_ head: String, _ items: [String] = []) {
        blocks.append(Block(depth: depth, head: head, items: items))
    }

    /// Writes what is below a step.
    private mutating func write(inputs: [ResolvedPlan]) {
        guard inputs.count > 1 else {
            for input in inputs { write(input) }
            return
        }
        var given: [[(id: ColumnID, definition: Int?)]] = []
        for (index, input) in inputs.enumerated() {
            add("input \(index + 1) of \(inputs.count)")
            depth += 1
            write(input)
            depth -= 1
            given.append(input.columns.map { ($0.id, known[$0.id]) })
        }
        // A query that is freed from the row around it reads that row's table again, inside: outside, the ids are those
        // of the first input.
        for side in given.reversed() { for column in side { known[column.id] = column.definition } }
    }

    /// Writes a plan, what is below a step before the step.
    mutating func write(_ plan: ResolvedPlan) {
        write(inputs: plan.children)
        switch plan {
        case .scan(let source, let columns): scan(source, columns)
        case .project(_, let list): project(list)
        case .filter(_, let condition): add("filter \(text(condition))")
        case .generate(_, let call, let outputs, _):
            let arguments = call.arguments.map { text($0) }.joined(separator: ", ")
            let lines = outputs.enumerated().map { place, column in
                made("", column, outputs.count == 1 ? "each of \(arguments)" : "part \(place) of each of \(arguments)")
            }
            add(call.generator.name, lines)
        case .aggregate(_, let groupings, let aggregates): aggregate(groupings, aggregates)
        case .union(let inputs, let columns):
            let sides = inputs.map(\.columns)
            let lines = columns.indices.map { index in
                made("", columns[index], sides.map { mention($0[index].id) }.joined(separator: " or "))
            }
            add("union", lines)
        case .sort(_, let keys):
            add("sort", keys.map { text($0) })
        case .limit(_, let count, let offset): add("rows \(count.map { "\($0)" } ?? "all") from \(offset)")
        case .join(_, _, let join):
            var lines = join.leftKeys.indices.map { index in
                let (left, right) = (text(join.leftKeys[index]), text(join.rightKeys[index]))
                return "\(left) \(join.nullSafe[index] ? "<=>" : "=") \(right)"
            }
            if let condition = join.condition { lines.append("where \(text(condition))") }
            if let mark = join.kind.markColumn { lines.append(made("", mark, "has a partner")) }
            add("join \(join.kind.word)", lines)
        case .values(let rows, let columns): values(rows, columns)
        case .expand(_, let projections, let columns): expand(projections, columns)
        case .window(_, let functions, let partition, let order): window(functions, partition, order)
        case .range(let start, let step, let count, let column):
            add("range of \(count) from \(start) by \(step)", [made("", column, "its number")])
        case .singleRow: add("single row")
        case .recursion(let anchor, let step, let recursion):
            let sides = [anchor, step].map(\.columns)
            let lines = recursion.columns.indices.map { index in
                made("", recursion.columns[index], sides.map { mention($0[index].id) }.joined(separator: " then "))
            }
            add("recursion, at most \(recursion.levelLimit)", lines)
        case .recursionRows(let columns):
            add("rows before", columns.enumerated().map { made("", $1, "column \($0)") })
        case .deduplicate(_, let keys, let isWithinWatermark):
            add("first of each\(isWithinWatermark ? " within the watermark" : "")", keys.map { mention($0) })
        case .groups(_, let step): groups(step)
        case .watermark(_, let column, let delay, _):
            add("watermark \(mention(column)) less \(delay) microseconds")
        case .timeWindow(_, let window, let column):
            let content: String
            switch window.kind {
            case .cut(let cut):
                content = "\(text(window.time)) in \(cut.size) every \(cut.slide) from \(cut.start) microseconds"
            case .session(let end): content = "session from \(text(window.time)) to \(text(end))"
            }
            add("windows of time", [made("", column, content)])
        }
    }

    private mutating func texts(_ expressions: [ResolvedExpression]) -> String {
        var parts: [String] = []
        for expression in expressions { parts.append(text(expression)) }
        return parts.joined(separator: ", ")
    }

    private mutating func text(_ key: SortKey) -> String {
        "\(text(key.expression)) \(key.isAscending ? "ascending" : "descending"), "
            + "NULL \(key.nullsFirst ? "first" : "last")"
    }

    private mutating func values(_ rows: [[ResolvedExpression]], _ columns: [PlanColumn]) {
        var lines: [String] = []
        for row in rows { lines.append("row (\(texts(row)))") }
        for column in columns { lines.append(made("", column, "its place")) }
        add("values", lines)
    }

    private mutating func expand(_ projections: [[ResolvedExpression]], _ columns: [PlanColumn]) {
        // All of them see the columns of the input.
        var contents: [[String]] = columns.map { _ in [] }
        for projection in projections {
            for (place, expression) in projection.enumerated() { contents[place].append(text(expression)) }
        }
        let lines = zip(columns, contents).compactMap { column, content -> String? in
            if known[column.id] != nil { return nil }
            return made("", column, content.joined(separator: " and "))
        }
        add("expand to \(projections.count)", lines)
    }

    private mutating func window(
        _ functions: [NamedWindow], _ partition: [ResolvedExpression], _ order: [SortKey]
    ) {
        var lines: [String] = []
        for expression in partition { lines.append("partition \(text(expression))") }
        for key in order { lines.append("order \(text(key))") }
        let contents = functions.map { content($0) }
        for (function, content) in zip(functions, contents) { lines.append(made("", function.column, content)) }
        add("window", lines)
    }

    private mutating func content(_ window: NamedWindow) -> String {
        let arguments = texts(window.arguments)
        let nulls = window.ignoreNulls ? " without NULL" : ""
        switch window.function {
        case .rowNumber: return "row_number"
        case .rank: return "rank"
        case .denseRank: return "dense_rank"
        case .percentRank: return "percent_rank"
        case .cumeDist: return "cume_dist"
        case .ntile(let count): return "ntile \(count)"
        case .lag(let offset): return "lag \(offset) of \(arguments)\(nulls)"
        case .lead(let offset): return "lead \(offset) of \(arguments)\(nulls)"
        case .nthValue(let number): return "nth_value \(number) of \(arguments)\(nulls) \(text(window.frame))"
        case .aggregate(let call):
            return CanonicalText.aggregate(call) { mention($0) } + " \(text(window.frame))"
        }
    }

    private mutating func text(_ frame: WindowFrame) -> String {
        "\(frame.unit == .rows ? "rows" : "range") from \(text(frame.start)) to \(text(frame.end))"
    }

    private mutating func text(_ bound: WindowFrame.Bound) -> String {
        switch bound {
        case .unboundedPreceding: "first"
        case .rows(let offset): "\(offset)"
        case .currentRow: "current"
        case .value(let expression): text(expression)
        case .unboundedFollowing: "last"
        }
    }

    private mutating func scan(_ source: ScanSource, _ columns: [PlanColumn]) {
        let number = sources.firstIndex(of: source.id) ?? sources.count
        if number == sources.count { sources.append(source.id) }
        let kind = source.isStreaming ? "stream" : "table"
        add("read source \(number), \(kind) \(CanonicalText.quoted(source.name))")
        let first = definitions.count
        for column in columns { define(column, sourceName: column.name) }
        scanned.append((blocks.count - 1, first..<definitions.count))
    }

    private mutating func project(_ list: [NamedExpression]) {
        // All of them see the columns of the input, none those of its neighbours.
        let contents = list.map { named -> String? in
            if case .column = named.expression.kind { return nil }
            return text(named.expression)
        }
        // A column under another id is the same column.
        let passed = list.map { named -> Int? in
            if case .column(let id, _) = named.expression.kind { return known[id] }
            return nil
        }
        let lines = zip(list, contents).compactMap { named, content in content.map { made("", named.column, $0) } }
        for (named, definition) in zip(list, passed) {
            if let definition { known[named.id] = definition }
        }
        // What only chooses, orders and names columns shows in what comes out.
        if !lines.isEmpty { add("compute", lines) }
    }

    private mutating func aggregate(_ groupings: [NamedExpression], _ aggregates: [NamedAggregate]) {
        let keys = groupings.map { text($0.expression) }
        let values = aggregates.map { aggregate in CanonicalText.aggregate(aggregate.call) { mention($0) } }
        var lines = zip(groupings, keys).map { made("key ", $0.column, $1) }
        lines += zip(aggregates, values).map { made("value ", $0.column, $1) }
        add("aggregate", lines)
    }

    private mutating func groups(_ step: GroupStep) {
        let function = step.function
        var lines: [String] = []
        for key in step.keys { lines.append("key \(mention(key))") }
        for column in step.rows { lines.append("row \(mention(column))") }
        switch function.code {
        case .function(_, let state): lines.append("state \(CanonicalText.type(state))")
        case .processor(_, let variables): lines += variables.map { CanonicalText.variable($0) }
        }
        switch function.timeout {
        case .none: break
        case .processingTime: lines.append("times out in processing time")
        case .eventTime: lines.append("times out in event time")
        }
        for (place, column) in step.outputs.enumerated() { lines.append(made("", column, "result \(place)")) }
        if let place = step.eventTime { lines.append("result \(place) is the event time") }
        let name = function.name.map { " \(CanonicalText.quoted($0))" } ?? ""
        switch function.form {
        case .map: add("function\(name) of groups, one row each", lines)
        case .flatMap(let mode): add("function\(name) of groups, \(mode.rawValue)", lines)
        case .transform(let mode): add("processor\(name) of groups, \(mode.rawValue)", lines)
        }
    }

    // MARK: Result

    mutating func writeOutput(_ columns: [PlanColumn]) {
        let lines = columns.map { column in
            let type = CanonicalText.type(column.field.type, isNullable: column.field.isNullable)
            return "\(CanonicalText.name(column.name)) \(type) = \(mention(column.id))"
        }
        add("output", lines)
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
        return blocks.flatMap { block in
            let indentation = String(repeating: "  ", count: block.depth)
            return [indentation + block.head] + block.items.map { "\(indentation)  \($0)" }
        }
    }
}
