// Which rows a join gives.

import Columns

/// Which rows a join gives.
package enum JoinKind: Hashable, Sendable {
    case inner, left, right, full, leftSemi, leftAnti, cross
    /// As `left`, where a row of the left input that has two partners is an error: the value of a query that depends on
    /// the row around it.
    case leftSingle
    /// Rows of the left input that `NOT IN` keeps: those for which every partner by the condition has keys that differ
    /// for certain. A NULL among the keys of either side may be equal to anything.
    case leftAntiNullAware
    /// Every row of the left input once, with a BOOLEAN column behind it: whether it has a partner. Where it is null
    /// aware the column is what `IN` gives: NULL where there is none, but one may be hidden behind a NULL.
    case mark(PlanColumn, isNullAware: Bool)

    /// Whether the columns of the right input come out.
    package var keepsRight: Bool {
        switch self {
        case .inner, .left, .leftSingle, .right, .full, .cross: true
        case .leftSemi, .leftAnti, .leftAntiNullAware, .mark: false
        }
    }
    /// Whether rows of the left input may come out without a partner, so that the right columns are NULL.
    package var padsRight: Bool { self == .left || self == .leftSingle || self == .full }
    /// Whether rows of the right input may come out without a partner, so that the left columns are NULL.
    package var padsLeft: Bool { self == .right || self == .full }
    /// Whether rows of the left input come out, or are marked, because they have no partner.
    package var tellsLeftAlone: Bool {
        switch self {
        case .left, .leftSingle, .full, .leftAnti, .leftAntiNullAware, .mark: true
        case .inner, .right, .leftSemi, .cross: false
        }
    }
    /// Whether keys with a NULL may match.
    package var isNullAware: Bool {
        switch self {
        case .leftAntiNullAware: true
        case .mark(_, let isNullAware): isNullAware
        case .inner, .left, .leftSingle, .right, .full, .leftSemi, .leftAnti, .cross: false
        }
    }

    /// The column that a mark join adds.
    package var markColumn: PlanColumn? {
        if case .mark(let column, _) = self { return column }
        return nil
    }

    /// The kind in one word, for texts that are compared: never changed.
    package var word: String {
        switch self {
        case .inner: "inner"
        case .left: "left"
        case .leftSingle: "leftSingle"
        case .right: "right"
        case .full: "full"
        case .leftSemi: "leftSemi"
        case .leftAnti: "leftAnti"
        case .cross: "cross"
        case .leftAntiNullAware: "leftAntiNullAware"
        case .mark(_, let isNullAware): isNullAware ? "markNullAware" : "mark"
        }
    }

    /// The kind as Spark's messages name it.
    package var sparkName: String {
        switch self {
        case .inner: "Inner"
        case .left: "LeftOuter"
        case .leftSingle: "LeftSingle"
        case .right: "RightOuter"
        case .full: "FullOuter"
        case .leftSemi: "LeftSemi"
        case .leftAnti, .leftAntiNullAware: "LeftAnti"
        case .cross: "Cross"
        case .mark: "ExistenceJoin"
        }
    }
}

/// How the rows of two inputs find each other.
package struct Join: Hashable, Sendable {
    package let kind: JoinKind
    /// Equal, pair by pair, for rows that match. Of one type pair by pair.
    package let leftKeys: [ResolvedExpression]
    package let rightKeys: [ResolvedExpression]
    /// For each pair of keys whether NULL equals NULL there, as `<=>` has it; elsewhere it equals nothing.
    package let nullSafe: [Bool]
    /// What must be true for a pair besides; over the columns of both inputs.
    package let condition: ResolvedExpression?

    /// Creates a join; without `nullSafe` NULL equals nothing in any key.
    package init(
        _ kind: JoinKind, leftKeys: [ResolvedExpression] = [], rightKeys: [ResolvedExpression] = [],
        nullSafe: [Bool]? = nil, condition: ResolvedExpression? = nil
    ) {
        precondition(leftKeys.count == rightKeys.count, "keys come in pairs")
        precondition(
            nullSafe == nil || nullSafe?.count == leftKeys.count, "each pair of keys says what it does with NULL")
        self.kind = kind
        self.leftKeys = leftKeys
        self.rightKeys = rightKeys
        self.nullSafe = nullSafe ?? leftKeys.map { _ in false }
        self.condition = condition
    }
}

extension Join: CustomStringConvertible {
    package var description: String {
        var text = kind.word
        if let column = kind.markColumn { text += " AS \(column.name)\(column.id)" }
        if !leftKeys.isEmpty {
            let pairs = leftKeys.indices.map { "\(leftKeys[$0]) \(nullSafe[$0] ? "<=>" : "=") \(rightKeys[$0])" }
            text += " on [" + pairs.joined(separator: ", ") + "]"
        }
        return text + (condition.map { " where \($0)" } ?? "")
    }
}
