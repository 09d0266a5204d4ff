// A function of the program's own that is called for each group of rows, with a state for each key.

import Columns

/// When a group times out that gets no rows.
package enum GroupTimeout: Sendable {
    /// Never.
    case none
    /// Once the time of a batch is behind the one that the function has set.
    case processingTime
    /// Once the watermark is behind the time that the function has set.
    case eventTime

    /// Spark's name.
    package var sparkName: String {
        switch self {
        case .none: "NoTimeout"
        case .processingTime: "ProcessingTimeTimeout"
        case .eventTime: "EventTimeTimeout"
        }
    }

    /// Spark's name of the time that timers go by.
    package var timeModeName: String {
        switch self {
        case .none: "None"
        case .processingTime: "ProcessingTime"
        case .eventTime: "EventTime"
        }
    }
}

/// A function with its types, as a plan has it: what it is called for is a `GroupStep`.
package struct GroupFunction: Hashable, Sendable {
    /// What a call gives.
    package enum Form: Hashable, Sendable {
        /// A row.
        case map
        /// Any number of rows, which are for a query in this output mode.
        case flatMap(OutputMode)
        /// The same, of code that keeps what it likes by name: `transformWithState`.
        case transform(OutputMode)
    }

    /// The code, with what it keeps of each key.
    package enum Code: Sendable {
        /// One state.
        case function(any GroupFunctionBody, state: DataType)
        /// Variables, and timers.
        case processor(any ProcessorBody, [StateVariable])
    }

    /// What the program calls it: a checkpoint knows it by that, and by its types.
    package let name: String?
    package let form: Form
    package let timeout: GroupTimeout
    /// The columns that come out.
    package let outputs: [Field]
    /// Which of these has event time, by the watermark of the rows that come in; `nil` for none.
    package let eventTimeColumn: String?
    package let code: Code

    package init(
        name: String?, form: Form, timeout: GroupTimeout, outputs: [Field], eventTimeColumn: String? = nil, code: Code
    ) {
        self.name = name
        self.form = form
        self.timeout = timeout
        self.outputs = outputs
        self.eventTimeColumn = eventTimeColumn
        self.code = code
    }

    /// The types that the code has.
    package var types: any GroupTypes {
        switch code {
        case .function(let body, _): body
        case .processor(let body, _): body
        }
    }

    /// Spark's name of when groups time out, or of when timers are due.
    package var timeName: String {
        guard case .transform = form else { return timeout.sparkName }
        return timeout.timeModeName
    }

    /// What it keeps of each key, for `explain`.
    var stateText: String {
        switch code {
        case .function(_, let state): "state \(state)"
        case .processor(_, let variables):
            "state [" + variables.map { "\($0.kind.rawValue) \($0.name)" }.joined(separator: ", ") + "]"
        }
    }

    /// Spark's name of the step.
    package var sparkStep: String {
        switch form {
        case .map: "mapGroupsWithState"
        case .flatMap: "flatMapGroupsWithState"
        case .transform: "transformWithState"
        }
    }

    /// The same code of the program, asked for in the same way.
    package static func == (left: GroupFunction, right: GroupFunction) -> Bool {
        left.types === right.types && left.name == right.name && left.form == right.form
            && left.timeout == right.timeout && left.outputs == right.outputs
            && left.eventTimeColumn == right.eventTimeColumn
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(types)) }
}

extension GroupFunction {
    /// Whether values of a type can be keys of a state: all but arrays, maps and VARIANT, also inside structures.
    package static func canBeKey(_ type: DataType) -> Bool {
        switch type {
        case .array, .map, .variant: false
        case .structure(let fields): fields.allSatisfy { canBeKey($0.type) }
        default: true
        }
    }
}

/// The types of keys, rows and states that code of the program has. Shared by all shards.
package protocol GroupTypes: AnyObject, Sendable {
    /// Which of these columns make a row, in the order in which tasks get them.
    ///
    /// - Throws: where one is missing or has another type than the function takes.
    func rowColumns(among columns: [Field]) throws(PlanError) -> [Int]
    /// Refuses keys that the function doesn't take.
    func checkKeys(_ keys: [Field]) throws(PlanError)
    /// The states that a new query begins with: its key columns, then the states. `nil` where there are none.
    func initialStates(keys: [Field]) -> [ColumnVector]?
}

/// The code of a function. Shared by all shards.
package protocol GroupFunctionBody: GroupTypes {
    /// Makes what calls it for one shard.
    func makeTask(keys: [Field], rows: [Field]) -> any GroupFunctionTask
}

/// Calls a function for groups. One owner at a time.
package protocol GroupFunctionTask: AnyObject {
    /// Calls the function for groups in order, from the first on: for all, or for at least one where they come to many
    /// bytes. Returns what it has done to the states of those that it was called for. What comes out is emitted now or
    /// at the next `flush`.
    ///
    /// - Throws: `GroupFunctionFailure`, or what `emit` throws.
    func call(_ groups: GroupCalls, _ emit: (RecordBatch) throws -> Void) throws -> GroupChanges
    /// Emits what hasn't been emitted.
    func flush(_ emit: (RecordBatch) throws -> Void) throws
    /// Forgets what hasn't been emitted.
    func reset()
}

/// Why a function has no result for a group.
package struct GroupFunctionFailure: Error {
    /// Which of the groups that it was to be called for.
    package let group: Int
    package let cause: any Error

    package init(group: Int, _ cause: any Error) {
        self.group = group
        self.cause = cause
    }
}

/// Groups that a function is to be called for.
package struct GroupCalls {
    /// The key columns, a row a group.
    package let keys: [ColumnVector]
    /// The states that there are.
    package let states: ColumnVector
    /// Which of `states` each group has; below 0 none.
    package let stateRows: [Int32]
    /// When each group was to time out, in milliseconds since 1970; `GroupChanges.noTimeout` where it wasn't.
    package let timeouts: [Int64]
    /// Where each group's rows begin among `rows`, and where the last group's end: one more than there are groups.
    package let bounds: [Int]
    package let rows: any GroupedRows
    /// Whether they have no rows and are called for because their time has come.
    package let hasTimedOut: Bool
    /// The time of the batch, in milliseconds since 1970.
    package let batchTimestampMilliseconds: Int64
    /// In milliseconds since 1970; `nil` without a watermark.
    package let watermarkMilliseconds: Int64?

    package init(
        keys: [ColumnVector], states: ColumnVector, stateRows: [Int32], timeouts: [Int64], bounds: [Int],
        rows: any GroupedRows, hasTimedOut: Bool, batchTimestampMilliseconds: Int64, watermarkMilliseconds: Int64?
    ) {
        self.keys = keys
        self.states = states
        self.stateRows = stateRows
        self.timeouts = timeouts
        self.bounds = bounds
        self.rows = rows
        self.hasTimedOut = hasTimedOut
        self.batchTimestampMilliseconds = batchTimestampMilliseconds
        self.watermarkMilliseconds = watermarkMilliseconds
    }

    package var count: Int { stateRows.count }
}

/// The rows of a batch, those of a group one after the other.
package protocol GroupedRows {
    /// The columns of some rows from `row` on, and how many they are: at least one.
    func piece(from row: Int) -> (columns: [ColumnVector], count: Int)
}

/// What became of the states of groups.
package struct GroupChanges {
    /// What became of one.
    package enum Change: UInt8 {
        /// It is as it was.
        case none
        /// State or timeout are others.
        case put
        /// Neither is there any more.
        case removed
    }

    /// No time to time out at.
    package static let noTimeout: Int64 = -1

    /// For each group that the function was called for.
    package let changes: [Change]
    /// The state of each where it was put, NULL for none.
    package let states: ColumnVector
    /// When each times out, in milliseconds since 1970, or `noTimeout`.
    package let timeouts: [Int64]

    package init(changes: [Change], states: ColumnVector, timeouts: [Int64]) {
        self.changes = changes
        self.states = states
        self.timeouts = timeouts
    }
}

/// A function in a plan: what it is called for, and the columns that it makes.
package struct GroupStep: Hashable, Sendable {
    package let function: GroupFunction
    /// By which columns of the input rows are grouped.
    package let keys: [ColumnID]
    /// What the function's keys are called: other names than the columns', where those have been given.
    package let keyNames: [String]
    /// Which columns of the input make a row.
    package let rows: [ColumnID]
    package let outputs: [PlanColumn]
    /// Which of the outputs has event time; `nil` for none.
    package let eventTime: Int?

    package init(
        _ function: GroupFunction, keys: [ColumnID], keyNames: [String], rows: [ColumnID], outputs: [PlanColumn],
        eventTime: Int? = nil
    ) {
        self.function = function
        self.keys = keys
        self.keyNames = keyNames
        self.rows = rows
        self.outputs = outputs
        self.eventTime = eventTime
    }
}
