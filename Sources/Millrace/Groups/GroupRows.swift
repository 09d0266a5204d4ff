// The rows of a group, as the function of the program goes through them.

import LogicalPlan

/// The rows of one group, in the order in which they came.
///
/// Each is made when it is asked for, from the batch's columns, so that a group of any size takes no more memory. The
/// rows can be gone through several times, during the call that gets them; afterwards there are none.
///
/// A row that doesn't fit the type, such as a NULL where the type has no optional, ends the rows; then the batch fails
/// with the column, whatever the function gives.
public struct GroupRows<Element>: Sequence {
    private enum Source {
        case values([Element])
        case columns(RowsInColumns<Element>, Range<Int>)
    }

    private let source: Source

    /// The rows of a sequence: for tests of a function without a query.
    public init(_ rows: some Sequence<Element>) { source = .values(Array(rows)) }

    init(_ columns: RowsInColumns<Element>, _ range: Range<Int>) { source = .columns(columns, range) }

    /// How many rows there are.
    public var count: Int {
        switch source {
        case .values(let values): values.count
        case .columns(_, let range): range.count
        }
    }

    /// Whether there are none, as where the group has timed out.
    public var isEmpty: Bool { count == 0 }

    /// How many rows there are.
    public var underestimatedCount: Int { count }

    /// Goes through the rows from the first on.
    public func makeIterator() -> Iterator { Iterator(self) }

    /// Goes through the rows.
    public struct Iterator: IteratorProtocol {
        private let source: Source
        private var place = 0

        fileprivate init(_ rows: GroupRows) { source = rows.source }

        /// The next row, or `nil` behind the last one.
        public mutating func next() -> Element? {
            defer { place += 1 }
            switch source {
            case .values(let values): return place < values.count ? values[place] : nil
            case .columns(let columns, let range):
                return place < range.count ? columns.row(range.lowerBound + place) : nil
            }
        }
    }
}

/// Rows that are made of columns when they are asked for.
class RowsInColumns<Element> {
    /// The row with a number; `nil` once one has failed, or the call is over.
    func row(_ number: Int) -> Element? { nil }
}

/// Rows that decode themselves.
final class DecodedRows<Element: Decodable>: RowsInColumns<Element> {
    private let reader: TypedReader<Element>
    private var rows: (any GroupedRows)?
    /// The piece that is read now.
    private var first = 0
    private var count = 0
    /// Why a row could not be made.
    private(set) var failure: (any Error)?

    init(_ reader: TypedReader<Element>) { self.reader = reader }

    /// Goes on to the rows of other groups, or to none.
    func attach(_ rows: (any GroupedRows)?) {
        self.rows = rows
        (first, count) = (0, 0)
        failure = nil
    }

    override func row(_ number: Int) -> Element? {
        guard failure == nil, let rows else { return nil }
        if number < first || number >= first + count {
            let piece = rows.piece(from: number)
            reader.attach(piece.columns)
            (first, count) = (number, piece.count)
        }
        do {
            return try reader.read(at: number - first)
        } catch {
            failure = error
            return nil
        }
    }
}
