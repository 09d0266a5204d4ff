// Functions over windows of rows: which there are, over which rows, and what comes of them.

import Columns
import Functions

/// A function over a window with the column that it makes.
package struct NamedWindow: Hashable, Sendable {
    package let id: ColumnID
    package let name: String
    package let function: WindowFunction
    /// Of an aggregate none: its call has them. LAG and LEAD: the value, and where it was given the default. NTH_VALUE:
    /// the value.
    package let arguments: [ResolvedExpression]
    /// Whether LAG, LEAD and NTH_VALUE pass over rows in which the value is NULL.
    package let ignoreNulls: Bool
    /// Which rows of the partition an aggregate or NTH_VALUE sees from each row; the others don't ask.
    package let frame: WindowFrame

    /// Creates a function that makes a column.
    package init(
        _ id: ColumnID, name: String, _ function: WindowFunction, arguments: [ResolvedExpression] = [],
        ignoreNulls: Bool = false, frame: WindowFrame = .partition
    ) {
        self.id = id
        self.name = name
        self.function = function
        self.arguments = arguments
        self.ignoreNulls = ignoreNulls
        self.frame = frame
    }

    /// The column it makes.
    package var column: PlanColumn { PlanColumn(id, Field(name, type, isNullable: isNullable)) }

    private var type: DataType {
        switch function {
        case .rowNumber, .rank, .denseRank, .ntile: .integer
        case .percentRank, .cumeDist: .double
        case .lag, .lead, .nthValue: arguments[0].type
        case .aggregate(let call): call.type
        }
    }

    private var isNullable: Bool {
        switch function {
        case .rowNumber, .rank, .denseRank, .ntile, .percentRank, .cumeDist: false
        case .lag, .lead: arguments.count < 2 || arguments.contains { $0.isNullable }
        case .nthValue: true
        case .aggregate(let call): call.isNullable
        }
    }

    /// Everything that is evaluated for each row, bounds of the frame included.
    package var expressions: [ResolvedExpression] {
        var all = arguments + [frame.start, frame.end].compactMap(\.value)
        if case .aggregate(let call) = function { all += call.expressions }
        return all
    }

    /// The same function over other expressions of the same types.
    package func mapExpressions<Failure: Error>(
        _ transform: (ResolvedExpression) throws(Failure) -> ResolvedExpression
    ) throws(Failure) -> NamedWindow {
        var function = function
        if case .aggregate(let call) = function { function = .aggregate(try call.mapExpressions(transform)) }
        return NamedWindow(
            id, name: name, function, arguments: try arguments.map(transform), ignoreNulls: ignoreNulls,
            frame: WindowFrame(
                frame.unit, from: try frame.start.mapValue(transform), to: try frame.end.mapValue(transform)))
    }
}

/// What a function over a window computes for a row.
package enum WindowFunction: Hashable, Sendable {
    /// The row's number in its partition.
    case rowNumber
    /// One more than there are rows before the first of the row's peers.
    case rank
    /// The same without gaps.
    case denseRank
    /// `(rank - 1) / (rows - 1)`, 0 in a partition of one row.
    case percentRank
    /// The share of rows up to the last of the row's peers.
    case cumeDist
    /// In which of so many parts of nearly one size the row is.
    case ntile(Int)
    /// The value so many rows before.
    case lag(Int)
    /// The value so many rows behind.
    case lead(Int)
    /// The value in the row of this number, from 1, of the frame.
    case nthValue(Int)
    /// An aggregate over the frame.
    case aggregate(AggregateCall)
}

/// Which rows of its partition a row sees.
package struct WindowFrame: Hashable, Sendable {
    package enum Unit: String, Hashable, Sendable {
        /// Bounds count rows.
        case rows
        /// Bounds compare the sort key; the current row means all its peers.
        case range
    }

    /// Where a frame begins or ends.
    package enum Bound: Hashable, Sendable {
        case unboundedPreceding
        /// ROWS: so many rows behind the current one, before it where negative.
        case rows(Int64)
        case currentRow
        /// RANGE: the sort key of the current row moved by the bound's offset, over the columns of the input and of the
        /// key's type. A frame begins with the first row whose key isn't before that, and ends with the last whose key
        /// isn't behind it.
        case value(ResolvedExpression)
        case unboundedFollowing

        /// What is evaluated for each row.
        package var value: ResolvedExpression? {
            if case .value(let expression) = self { return expression }
            return nil
        }

        fileprivate func mapValue<Failure: Error>(
            _ transform: (ResolvedExpression) throws(Failure) -> ResolvedExpression
        ) throws(Failure) -> Bound {
            if case .value(let expression) = self { return .value(try transform(expression)) }
            return self
        }
    }

    package let unit: Unit
    package let start: Bound
    package let end: Bound

    /// Creates a frame.
    package init(_ unit: Unit, from start: Bound, to end: Bound) {
        self.unit = unit
        self.start = start
        self.end = end
    }

    /// All rows of the partition.
    package static let partition = WindowFrame(.rows, from: .unboundedPreceding, to: .unboundedFollowing)
    /// What is meant where there is an order and nothing is said: all rows up to the last of the row's peers.
    package static let toPeers = WindowFrame(.range, from: .unboundedPreceding, to: .currentRow)
}

// MARK: Text

extension NamedWindow: CustomStringConvertible {
    package var description: String {
        let list = arguments.map(\.description)
        func call(_ name: String, _ parts: [String]) -> String { "\(name)(\(parts.joined(separator: ", ")))" }
        let nulls = ignoreNulls ? " IGNORE NULLS" : ""
        switch function {
        case .rowNumber: return call("row_number", [])
        case .rank: return call("rank", [])
        case .denseRank: return call("dense_rank", [])
        case .percentRank: return call("percent_rank", [])
        case .cumeDist: return call("cume_dist", [])
        case .ntile(let count): return call("ntile", ["\(count)"])
        case .lag(let offset): return call("lag", [list[0], "\(offset)"] + list.dropFirst()) + nulls
        case .lead(let offset): return call("lead", [list[0], "\(offset)"] + list.dropFirst()) + nulls
        case .nthValue(let number): return call("nth_value", [list[0], "\(number)"]) + "\(nulls) \(frame)"
        case .aggregate(let aggregate): return "\(aggregate) \(frame)"
        }
    }
}

extension WindowFrame: CustomStringConvertible {
    package var description: String { "\(unit.rawValue.uppercased()) BETWEEN \(start) AND \(end)" }
}

extension WindowFrame.Bound: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unboundedPreceding: "UNBOUNDED PRECEDING"
        case .rows(let offset) where offset < 0: "\(offset.magnitude) PRECEDING"
        case .rows(let offset): "\(offset) FOLLOWING"
        case .currentRow: "CURRENT ROW"
        case .value(let expression): "\(expression)"
        case .unboundedFollowing: "UNBOUNDED FOLLOWING"
        }
    }
}
