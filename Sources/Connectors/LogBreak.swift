// A sign that a log is perhaps not the one that was read before.

/// What a source saw of a partition that may have been deleted and made anew, whatever its offsets say now.
///
/// Offsets alone don't tell: a log that was made anew and has grown past the old position looks like the old one.
/// Whoever keeps a position elsewhere, such as a marker in a consumer group, looks there again.
package struct LogBreak: Hashable, Sendable, CustomStringConvertible {
    /// What was seen.
    package enum Kind: String, Sendable {
        /// The partition was not known for a while, and is there again.
        case missing
        /// The log ended before the position.
        case shorter
        /// A fetch at the position was refused, since the log did not have it.
        case reset
    }

    package let kind: Kind
    package let log: String
    package let partition: Int32
    /// Up to where the partition had been read.
    package let offset: Int64
    /// The offsets that it had when that was seen.
    package let begin, end: Int64

    package init(_ kind: Kind, log: String, partition: Int32, offset: Int64, begin: Int64, end: Int64) {
        self.kind = kind
        self.log = log
        self.partition = partition
        self.offset = offset
        self.begin = begin
        self.end = end
    }

    package var description: String {
        let what =
            switch kind {
            case .missing: "was not there for a while"
            case .shorter: "ended before the position"
            case .reset: "did not have the position"
            }
        return "\(log)-\(partition) \(what): it has offsets \(begin) to \(end), and had been read up to \(offset)"
    }
}
