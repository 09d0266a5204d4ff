// Event time in plans: the windows that rows fall into, and which columns say when something happened.

import Columns
import Functions

/// Windows of time into which rows fall.
package struct TimeWindow: Hashable, Sendable {
    /// What windows there are.
    package enum Kind: Hashable, Sendable {
        /// As the calendar cuts time.
        case cut(WindowCut)
        /// Sessions: that of one row ends at this TIMESTAMP, and an aggregation by it brings together what follows each
        /// other. A row whose session doesn't end behind its time is in none.
        case session(end: ResolvedExpression)
    }

    /// When a row happened, a TIMESTAMP: a row without a time is in no window.
    package let time: ResolvedExpression
    package let kind: Kind

    package init(_ time: ResolvedExpression, _ kind: Kind) {
        precondition(time.type == .timestamp, "windows are of timestamps")
        self.time = time
        self.kind = kind
    }

    /// Whether these are sessions.
    package var isSession: Bool { if case .session = kind { true } else { false } }

    /// Spark's name of the column.
    package var columnName: String { isSession ? "session_window" : "window" }

    /// Whether a function of this name puts rows into windows of time.
    package static func isCall(_ name: String) -> Bool { ["window", "session_window"].contains(name.lowercased()) }

    /// What is evaluated for each row.
    package var expressions: [ResolvedExpression] {
        if case .session(let end) = kind { [time, end] } else { [time] }
    }

    /// The same windows of other times.
    package func mapExpressions<Failure: Error>(
        _ transform: (ResolvedExpression) throws(Failure) -> ResolvedExpression
    ) throws(Failure) -> TimeWindow {
        switch kind {
        case .cut: TimeWindow(try transform(time), kind)
        case .session(let end): TimeWindow(try transform(time), .session(end: try transform(end)))
        }
    }

    /// The window as an expression, while a plan is analysed.
    package var expression: ResolvedExpression {
        ResolvedExpression(.timeWindow(self), type: TimeWindowKernel.type, isNullable: false)
    }
}

extension TimeWindow: CustomStringConvertible {
    /// `window(ts#0, 600000000, 300000000, 0)`: size, slide and start in microseconds.
    package var description: String {
        switch kind {
        case .cut(let cut): "window(\(time), \(cut.size), \(cut.slide), \(cut.start))"
        case .session(let end): "session_window(\(time), \(end))"
        }
    }
}

/// What it means that a column has event time: rows whose time lies as far back as the watermark are late.
package struct EventTime: Hashable, Sendable {
    /// How far rows may lie behind the newest one.
    package let delayMicroseconds: Int64
}

/// The event times of one column: its own under the empty path, those of fields within it by the numbers of the fields
/// on the way.
typealias TimesInside = [[Int]: EventTime]

extension ResolvedPlan {
    /// The columns that come out and have the event time of a watermark below: times, and windows of such times.
    ///
    /// As in Spark what is computed of a time is none, but for `window_time`. A field of a structure that was made of a
    /// time has it again, once it is a column of its own.
    package var eventTimes: [ColumnID: EventTime] { timesInside.compactMapValues { $0[[]] } }

    private var timesInside: [ColumnID: TimesInside] {
        switch self {
        case .scan, .values, .range, .singleRow, .recursion, .recursionRows: return [:]
        // A column of what a function makes has to do with the watermark where the function says so.
        case .groups(let input, let step):
            let delay = input.eventTimes.values.map(\.delayMicroseconds).max()
            guard let place = step.eventTime, let delay else { return [:] }
            return [step.outputs[place].id: [[]: EventTime(delayMicroseconds: delay)]]
        case .watermark(_, let column, let delay, _): return [column: [[]: EventTime(delayMicroseconds: delay)]]
        case .timeWindow(let input, let window, let column):
            var known = input.timesInside
            let times = known.compactMapValues { $0[[]] }
            if let time = EventTime.of(window.time, times) { known[column.id] = [[]: time] }
            return known
        case .project(let input, let list):
            let known = input.timesInside
            var own: [ColumnID: TimesInside] = [:]
            for named in list {
                let times = EventTime.inside(named.expression, known)
                if !times.isEmpty { own[named.id] = times }
            }
            return own
        case .aggregate(let input, let groupings, _):
            return EventTime.of(groupings, over: input.eventTimes).mapValues { [[]: $0] }
        case .filter(let input, _), .sort(let input, _), .limit(let input, _, _), .window(let input, _, _, _),
            .deduplicate(let input, _, _):
            return input.timesInside
        case .generate(let input, _, _, let kept): return input.timesInside.filter { kept.contains($0.key) }
        case .expand(let input, let projections, let columns):
            return EventTime.of(projections, as: columns, over: input.eventTimes).mapValues { [[]: $0] }
        case .union(let inputs, let columns):
            // That of the first input counts, as in Spark.
            guard let first = inputs.first else { return [:] }
            let known = first.timesInside
            var own: [ColumnID: TimesInside] = [:]
            for (column, source) in zip(columns, first.columns) { own[column.id] = known[source.id] }
            return own
        case .join(let left, let right, let join):
            guard join.kind.keepsRight else { return left.timesInside }
            return left.timesInside.merging(right.timesInside) { first, _ in first }
        }
    }

    /// The columns that come out and hold a session of each row by itself: those of one key are not merged yet, which
    /// only an aggregation right above does.
    package var unmergedSessions: Set<ColumnID> {
        switch self {
        case .timeWindow(let input, let window, let column):
            return window.isSession ? input.unmergedSessions.union([column.id]) : input.unmergedSessions
        case .project(let input, let list):
            let known = input.unmergedSessions
            return known.isEmpty
                ? [] : Set(list.filter { !$0.expression.referencedColumns.isDisjoint(with: known) }.map(\.id))
        case .aggregate, .groups: return []
        case .expand(let input, let projections, let columns):
            let known = input.unmergedSessions
            guard !known.isEmpty else { return [] }
            let made = columns.indices.filter { place in
                projections.contains { !$0[place].referencedColumns.isDisjoint(with: known) }
            }
            return known.union(made.map { columns[$0].id })
        case .generate(let input, let call, let outputs, _):
            let known = input.unmergedSessions
            let isMadeOfThem = call.arguments.contains { !$0.referencedColumns.isDisjoint(with: known) }
            return isMadeOfThem ? known.union(outputs.map(\.id)) : known
        case .union(let inputs, let columns):
            let places = inputs.flatMap { input in
                let known = input.unmergedSessions
                return known.isEmpty ? [] : input.columns.indices.filter { known.contains(input.columns[$0].id) }
            }
            return Set(places.filter(columns.indices.contains).map { columns[$0].id })
        default: return children.reduce(into: []) { $0.formUnion($1.unmergedSessions) }
        }
    }

    /// Whether a watermark is on the way of any stream below.
    package var hasWatermark: Bool {
        if case .watermark = self { return true }
        return children.contains { $0.hasWatermark }
    }
}

extension EventTime {
    /// The event time of an expression: that of the column that it is, or of whose windows it gives the last times.
    fileprivate static func of(_ expression: ResolvedExpression, _ known: [ColumnID: EventTime]) -> EventTime? {
        switch expression.kind {
        case .column(let id, _): known[id]
        case .function(let function, let arguments) where function.name == "window_time":
            arguments.first.flatMap { of($0, known) }
        default: nil
        }
    }

    /// The event times of an expression that becomes a column, and of the fields within it. As in Spark it is the
    /// column that makes a time of a field: grouped by at once, the field is none.
    fileprivate static func inside(
        _ expression: ResolvedExpression, _ known: [ColumnID: TimesInside]
    ) -> TimesInside {
        switch expression.kind {
        case .column(let id, _): return known[id] ?? [:]
        case .field(let structure, let index, _):
            let times = inside(structure, known).filter { $0.key.first == index }
            return Dictionary(times.map { (Array($0.key.dropFirst()), $0.value) }) { first, _ in first }
        case .function(let function, let arguments) where function.name == "struct":
            return inside(arguments, known)
        case .function(let function, let arguments) where function.name == "named_struct":
            return inside(stride(from: 1, to: arguments.count, by: 2).map { arguments[$0] }, known)
        default: return of(expression, known.compactMapValues { $0[[]] }).map { [[]: $0] } ?? [:]
        }
    }

    /// The event times in a structure of these fields.
    private static func inside(_ fields: [ResolvedExpression], _ known: [ColumnID: TimesInside]) -> TimesInside {
        var times: TimesInside = [:]
        for (index, field) in fields.enumerated() {
            for (path, time) in inside(field, known) { times[[index] + path] = time }
        }
        return times
    }

    /// The event times of columns that several projections make: a column has one where each of them gives the same
    /// time or NULL, as for the keys of ROLLUP.
    fileprivate static func of(
        _ projections: [[ResolvedExpression]], as columns: [PlanColumn], over known: [ColumnID: EventTime]
    ) -> [ColumnID: EventTime] {
        var own: [ColumnID: EventTime] = [:]
        for (place, column) in columns.enumerated() {
            let given = projections.map { $0[place] }.filter { $0.literalValue != .null }
            let times = Set(given.map { of($0, known) })
            if times.count == 1, let time = times.first { own[column.id] = time }
        }
        return own
    }

    /// The event times of a list of columns that are made of others.
    package static func of(
        _ list: [NamedExpression], over known: [ColumnID: EventTime]
    ) -> [ColumnID: EventTime] {
        var own: [ColumnID: EventTime] = [:]
        for named in list { own[named.id] = of(named.expression, known) }
        return own
    }
}
