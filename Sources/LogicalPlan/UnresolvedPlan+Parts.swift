// What the steps of a query as written are made of.

/// How the columns of a union's inputs find each other.
package enum UnionMatching: Hashable, Sendable {
    case byPosition
    /// By name; where `allowsMissing`, an input without a column has NULL there.
    case byName(allowsMissing: Bool)
}

/// How the rows of two inputs find each other, as written.
package enum JoinCriteria: Hashable, Sendable {
    /// Every row meets every row.
    case none
    /// Equal values in the columns of these names, each of which comes out once.
    case columns([String])
    /// Equal values in all columns that both have by name.
    case natural
    /// A condition over the columns of both.
    case condition(Expression)
}
