// What a streaming query does with rows that an expression has no value for.

import Columns
import Connectors
import Operators

/// What becomes of a row for which an expression raises an error: a cast that is none, a division by zero, a number
/// that doesn't fit.
public enum BadRowHandling: String, Sendable, CaseIterable {
    /// The query ends, as in Spark.
    case fail
    /// The expression is NULL for the row.
    case null
    /// The row leaves the stream for a topic of the sink's, in the transaction of its batch.
    case deadLetter = "dead-letter"
}

/// What is done with bad rows, and what is said of them.
package struct BadRowPolicy: Sendable {
    package let handling: BadRowHandling
    /// The zone whose clocks timestamps of rows show that are written as JSON.
    package let zone: TimeZone

    package init(_ handling: BadRowHandling = .fail, zone: TimeZone = .utc) {
        self.handling = handling
        self.zone = zone
    }
}

/// The bad rows of a batch.
struct BadRows: Sendable {
    private(set) var count: Int64 = 0
    /// The error of the first of them, with its place.
    private(set) var first: ExecutionError?
    private(set) var letters: [DeadLetter] = []

    /// One row more, with what became of it.
    mutating func add(_ letter: DeadLetter?, after error: ExecutionError) {
        count += 1
        first = first ?? error
        if let letter { letters.append(letter) }
    }

    /// Those that come behind these.
    mutating func add(_ others: BadRows) {
        count += others.count
        first = first ?? others.first
        letters += others.letters
    }
}
