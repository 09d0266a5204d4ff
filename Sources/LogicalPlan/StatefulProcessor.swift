// Code of the program that keeps what it likes of each key, by name: how plans and shards know it.

import Columns

/// A variable that a processor keeps for each key.
package struct StateVariable: Hashable, Sendable {
    /// How it is kept.
    package enum Kind: String, Sendable {
        /// One value.
        case value
        /// Values in the order in which they were added.
        case list
        /// Values by keys.
        case map
    }

    package let name: String
    package let kind: Kind
    /// The columns of a map's keys.
    package let keys: [Field]
    /// The columns of a value.
    package let values: [Field]
    /// How long a value is there after it was set; `nil` for ever.
    package let lifeMicroseconds: Int64?

    package init(_ name: String, _ kind: Kind, keys: [Field] = [], values: [Field], lifeMicroseconds: Int64?) {
        self.name = name
        self.kind = kind
        self.keys = keys
        self.values = values
        self.lifeMicroseconds = lifeMicroseconds
    }
}

/// The code of a processor. Shared by all shards.
package protocol ProcessorBody: GroupTypes {
    /// The names of variables that an earlier run may have kept, and that go with all that is in them.
    var deletedVariables: [String] { get }
    /// Makes what calls it for one shard.
    func makeTask(keys: [Field], rows: [Field]) -> any ProcessorTask
}

/// Calls a processor for groups. One owner at a time.
package protocol ProcessorTask: AnyObject {
    /// Calls the processor for groups in order, and leaves nothing of what it has done to the state unwritten. What
    /// comes out is emitted now or at the next `flush`.
    ///
    /// - Throws: `GroupFunctionFailure`, or what `emit` or the state throws.
    func call(_ calls: ProcessorCalls, _ state: any ProcessorState, _ emit: (RecordBatch) throws -> Void) throws
    /// Emits what hasn't been emitted.
    func flush(_ emit: (RecordBatch) throws -> Void) throws
    /// Forgets what hasn't been emitted, and what hasn't been written.
    func reset()
}

/// Which query runs, and which run of it.
package struct QueryIdentity: Hashable, Sendable {
    package let id: String
    package let runID: String

    package init(id: String, runID: String) {
        self.id = id
        self.runID = runID
    }
}

/// Groups that a processor is to be called for.
package struct ProcessorCalls {
    /// What it is called with.
    package enum Work {
        /// A state to begin with for each group.
        case initialStates(ColumnVector)
        /// Where each group's rows begin, and where the last group's end: one more than there are groups.
        case rows(any GroupedRows, bounds: [Int])
        /// The timers of each group whose time has come, in milliseconds since 1970, in order: a call for each.
        case timers([[Int64]])
    }

    /// The key columns, a row a group.
    package let keys: [ColumnVector]
    package let count: Int
    package let work: Work
    /// The time of the batch, in milliseconds since 1970.
    package let batchTimestampMilliseconds: Int64
    /// In milliseconds since 1970; `nil` without a watermark.
    package let watermarkMilliseconds: Int64?
    package let batch: Int64
    /// `nil` for a query on tables.
    package let query: QueryIdentity?

    package init(
        keys: [ColumnVector], count: Int, work: Work, batchTimestampMilliseconds: Int64, watermarkMilliseconds: Int64?,
        batch: Int64 = 0, query: QueryIdentity? = nil
    ) {
        self.batch = batch
        self.query = query
        self.keys = keys
        self.count = count
        self.work = work
        self.batchTimestampMilliseconds = batchTimestampMilliseconds
        self.watermarkMilliseconds = watermarkMilliseconds
    }
}

/// The state of the groups that a processor is called for, by the groups' numbers and those of the variables. Values
/// whose time is over are not there. What reads or changes it throws where state that is outside of memory can't be
/// read, or where there isn't the memory.
package protocol ProcessorState: AnyObject {
    /// The values that the groups from `group` on have, or as many of them as columns take: at least one group's.
    func values(_ variable: Int, from group: Int) throws -> ProcessorValues
    /// The value at a key of a map; `nil` where there is none.
    func find(_ variable: Int, group: Int, key: [ColumnVector]) throws -> [ColumnVector]?
    /// Whether a list or a map has anything.
    func isEmpty(_ variable: Int, group: Int) throws -> Bool
    /// All that a list or a map has, in order, in pieces: a map's keys, and the values.
    func forEachPiece(
        _ variable: Int, group: Int, _ body: (_ keys: [ColumnVector], _ values: [ColumnVector]) throws -> Void
    ) throws
    /// Sets values, of a map at keys; adds to lists in order.
    func put(_ variable: Int, groups: [Int32], keys: [ColumnVector], values: [ColumnVector]) throws
    /// Removes values, of a map at keys.
    func remove(_ variable: Int, groups: [Int32], keys: [ColumnVector]) throws
    /// Removes all that a list or a map has, and says how much that was.
    func clear(_ variable: Int, group: Int) throws -> Int

    /// The timers of a group in order, in milliseconds since 1970.
    func timers(group: Int) throws -> [Int64]
    /// Whether a timer is set.
    func isSet(timer: Int64, group: Int) throws -> Bool
    /// Sets a timer, where it isn't set.
    func register(timer: Int64, group: Int) throws
    /// Removes a timer, where it is set.
    func delete(timer: Int64, group: Int) throws

    /// Counts what the processor has set and removed, as the progress tells it.
    func count(updated: Int, removed: Int)
}

/// The values of some groups.
package struct ProcessorValues {
    package let columns: [ColumnVector]
    /// Which row of the columns each group has; below 0 none.
    package let rows: [Int32]

    package init(columns: [ColumnVector], rows: [Int32]) {
        self.columns = columns
        self.rows = rows
    }
}
