// How the rows of a table of state lie in its files: enough to read them without the query that wrote them.

import Columns

/// What is needed to read a table of state without its query: for people, and to divide it anew. It stands in every
/// manifest. It isn't compared as the shape is, so that columns may be renamed.
package struct StateLayout: Hashable, Sendable {
    /// How rows lie in changes and snapshots.
    package enum Form: UInt32, Sendable {
        /// A key as `GroupKeys.storedKeys` gives it, and values.
        case grouped = 1
        /// A key as `OrderedKeys` writes it, and values.
        case ordered = 2
        /// Rows of two sides by their slots, each with its key.
        case joined = 3
        /// One number, always in one shard.
        case counter = 4
        /// The rows of some variables one after the other, each as `ordered`: the keys, and what it has behind them.
        case variables = 5
    }

    /// What code of the program keeps by name.
    package struct Variable: Hashable, Sendable {
        /// How it is kept.
        package enum Kind: UInt32, Sendable {
            case value = 1
            /// By numbers.
            case list = 2
            case map = 3
            /// Times, and nothing else.
            case timers = 4

            /// What a shape calls it: frozen, as checkpoints compare it.
            fileprivate var word: String {
                switch self {
                case .value: "value"
                case .list: "list"
                case .map: "map"
                case .timers: "timers"
                }
            }
        }

        package let name: String
        package let kind: Kind
        /// Behind the keys of all variables.
        package let keys: [Column]
        package let values: [Column]

        package init(_ name: String, _ kind: Kind, keys: [Column], values: [Column]) {
            self.name = name
            self.kind = kind
            self.keys = keys
            self.values = values
        }
    }

    /// What timers are called among the variables: no name that a program gives begins so.
    package static let timersName = "$timers"

    /// A column of keys or values.
    package struct Column: Hashable, Sendable {
        package let name: String
        package let type: DataType
        /// How long the window is whose start the column holds, in microseconds; 0 where it is no such start.
        package let windowMicroseconds: Int64

        package init(_ name: String, _ type: DataType, windowMicroseconds: Int64 = 0) {
            self.name = name
            self.type = type
            self.windowMicroseconds = windowMicroseconds
        }
    }

    /// What an aggregate keeps: some of the values, behind those of the one before.
    package struct Accumulated: Hashable, Sendable {
        /// What it accumulates, as its shape says it: `sum`.
        package let name: String
        package let inputTypes: [DataType]
        /// How many of the values it has.
        package let columnCount: Int

        package init(_ name: String, _ inputTypes: [DataType], columnCount: Int) {
            self.name = name
            self.inputTypes = inputTypes
            self.columnCount = columnCount
        }
    }

    package let form: Form
    /// What progress calls the operator: Spark's name.
    package let operatorName: String
    package let keys: [Column]
    /// The values behind a key; of a join, the left side's columns.
    package let values: [Column]
    /// A join's right side's columns.
    package let otherValues: [Column]
    package let variables: [Variable]
    /// What the last of `values` belong to.
    package let accumulated: [Accumulated]
    /// The first keys choose the shard: for each whether NULL is a value like others in that.
    package let shardKeys: [Bool]

    package init(
        _ form: Form, operatorName: String, keys: [Column], values: [Column], otherValues: [Column] = [],
        variables: [Variable] = [], accumulated: [Accumulated] = [], shardKeys: [Bool]
    ) {
        self.form = form
        self.operatorName = operatorName
        self.keys = keys
        self.values = values
        self.otherValues = otherValues
        self.variables = variables
        self.accumulated = accumulated
        self.shardKeys = shardKeys
    }

    /// The names of the sides that rows are on: one without a name where there are no sides.
    package var sides: [String] {
        switch form {
        case .joined: ["left", "right"]
        case .variables: variables.map(\.name)
        case .grouped, .ordered, .counter: [""]
        }
    }

    /// The key columns of the rows of a side.
    package func keys(ofSide side: Int) -> [Column] { form == .variables ? keys + variables[side].keys : keys }

    /// The value columns of the rows of a side.
    package func values(ofSide side: Int) -> [Column] {
        if form == .variables { return variables[side].values }
        return side == 0 ? values : otherValues
    }

    /// What `StateOperator.shape` says of variables, a line a column behind the name of each.
    package var shapeOfVariables: [String] {
        variables.flatMap { variable in
            [variable.kind == .timers ? "timers:" : "\(variable.kind.word) \(variable.name):"]
                + (keys + variable.keys).map { "key \($0.type)" } + variable.values.map { "value \($0.type)" }
        }
    }

    /// The layout with the variables of another one in place of its own, and which of its sides each one becomes:
    /// `nil` for those that go.
    func with(variablesOf other: StateLayout?) -> (layout: StateLayout, sides: [Int?]) {
        guard form == .variables, let other, other.form == .variables else { return (self, sides.indices.map { $0 }) }
        let sides = variables.map { own in
            other.variables.firstIndex { $0.name == own.name && $0.kind == own.kind }
        }
        let layout = StateLayout(
            form, operatorName: operatorName, keys: keys, values: values, otherValues: otherValues,
            variables: other.variables, accumulated: accumulated, shardKeys: shardKeys)
        return (layout, sides)
    }

    /// An empty part of the table.
    func makePart() -> any StoredPart {
        switch form {
        case .grouped, .ordered: GroupedPart(self)
        case .joined: JoinedPart(self)
        case .counter: CounterPart()
        case .variables: VariablesPart(self)
        }
    }

    /// Which of some rows belong to each of so many shards.
    func selections(of keys: [ColumnVector], count: Int, shards: Int) -> [Selection] {
        let chosen = Array(keys.prefix(shardKeys.count)).map { $0.materialized() }
        return CanonicalKeys(chosen, count: count, nullSafe: shardKeys).selections(shards: shards)
    }
}
