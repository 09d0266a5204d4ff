// The least and the greatest value of a page, and of a chunk.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The least and the greatest of some values, and how many were NULL.
struct ColumnBounds {
    /// Longer runs are cut to this.
    static let longestRun = 64

    /// What is known of one end, as the file says it.
    struct Bound {
        var bytes: [UInt8]
        /// Whether a value is equal to it, or all are only within it.
        var isExact: Bool
    }

    private enum Ends {
        case none
        case integers(Int128, Int128)
        case floats(Double, Double)
        case runs(Start, Start)
    }

    /// The start of a run, and whether it goes on.
    private struct Start: Equatable {
        let bytes: [UInt8]
        let isCut: Bool
    }

    private var ends = Ends.none
    /// A number that is none is in no order with the others: readers must not believe that all are within the bounds.
    private(set) var hasNaN = false
    var nullCount: Int64 = 0

    /// Whether there was no value but NULL.
    var isEmpty: Bool {
        if case .none = ends { return !hasNaN }
        return false
    }

    // MARK: Adding

    mutating func add<Number: FixedWidthInteger & BitwiseCopyable>(
        integers: UnsafePointer<Number>, count: Int
    ) {
        guard count > 0 else { return }
        var (least, greatest) = (integers[0], integers[0])
        for index in 1..<max(count, 1) {
            least = min(least, integers[index])
            greatest = max(greatest, integers[index])
        }
        add(Int128(least), Int128(greatest))
    }

    /// Adds the decimals of some rows.
    mutating func add(decimals: UnsafePointer<Int128>, _ rows: PickedRows) {
        guard rows.count > 0 else { return }
        var (least, greatest) = (decimals[rows[0]], decimals[rows[0]])
        for index in 1..<max(rows.count, 1) {
            least = min(least, decimals[rows[index]])
            greatest = max(greatest, decimals[rows[index]])
        }
        add(least, greatest)
    }

    private mutating func add(_ least: Int128, _ greatest: Int128) {
        if case .integers(let low, let high) = ends {
            ends = .integers(min(low, least), max(high, greatest))
        } else {
            ends = .integers(least, greatest)
        }
    }

    mutating func add<Number: BinaryFloatingPoint & BitwiseCopyable>(floats: UnsafePointer<Number>, count: Int) {
        var (least, greatest) = (Number.infinity, -Number.infinity)
        var isNumber = true
        for index in 0..<count {
            let number = floats[index]
            // All comparisons with what is no number fail.
            isNumber = isNumber && number == number
            least = number < least ? number : least
            greatest = number > greatest ? number : greatest
        }
        guard isNumber else {
            hasNaN = true
            return
        }
        guard count > 0 else { return }
        add(Double(least), Double(greatest))
    }

    private mutating func add(_ least: Double, _ greatest: Double) {
        if case .floats(let low, let high) = ends {
            ends = .floats(min(low, least), max(high, greatest))
        } else {
            ends = .floats(least, greatest)
        }
    }

    mutating func add(_ runs: StagedRuns) {
        guard runs.count > 0 else { return }
        var (least, greatest) = (0, 0)
        var (low, high) = (prefix(runs, 0), prefix(runs, 0))
        for index in 1..<max(runs.count, 1) {
            let word = prefix(runs, index)
            // Most runs differ in their first bytes.
            if word < low || word == low && Self.isLess(runs, index, least) { (least, low) = (index, word) }
            if word > high || word == high && Self.isLess(runs, greatest, index) { (greatest, high) = (index, word) }
        }
        add(Self.start(runs, least), Self.start(runs, greatest))
    }

    private mutating func add(_ least: Start, _ greatest: Start) {
        guard case .runs(let low, let high) = ends else {
            ends = .runs(least, greatest)
            return
        }
        // Of two with the same start the one that doesn't go on is less.
        let takesLeast = Self.isLess(least.bytes, low.bytes) || least.bytes == low.bytes && !least.isCut
        let takesGreatest =
            Self.isLess(high.bytes, greatest.bytes) || high.bytes == greatest.bytes && greatest.isCut
        ends = .runs(takesLeast ? least : low, takesGreatest ? greatest : high)
    }

    /// Adds what is known of others.
    mutating func add(_ other: ColumnBounds) {
        nullCount += other.nullCount
        hasNaN = hasNaN || other.hasNaN
        switch other.ends {
        case .none: break
        case .integers(let least, let greatest): add(least, greatest)
        case .floats(let least, let greatest): add(least, greatest)
        case .runs(let least, let greatest): add(least, greatest)
        }
    }

    /// The first eight bytes as a number that is in order as they are, zeros where there are fewer.
    @inline(__always)
    private func prefix(_ runs: StagedRuns, _ index: Int) -> UInt64 {
        let length = runs.length(index)
        let word = UInt64(bigEndian: UnsafeRawPointer(runs.start(index)).loadUnaligned(as: UInt64.self))
        return length >= 8 ? word : length == 0 ? 0 : word & ~(~0 >> UInt64(length &* 8))
    }

    private static func isLess(_ runs: StagedRuns, _ one: Int, _ other: Int) -> Bool {
        let (count, otherCount) = (runs.length(one), runs.length(other))
        let order = memcmp(runs.start(one), runs.start(other), min(count, otherCount))
        return order < 0 || order == 0 && count < otherCount
    }

    private static func start(_ runs: StagedRuns, _ index: Int) -> Start {
        let length = runs.length(index)
        return Start(
            bytes: Array(UnsafeBufferPointer(start: runs.start(index), count: min(length, longestRun))),
            isCut: length > longestRun)
    }

    static func isLess(_ one: [UInt8], _ other: [UInt8]) -> Bool { one.lexicographicallyPrecedes(other) }

    // MARK: As the file says it

    /// Both ends; `nil` where nothing can be said.
    func bounds(of kind: LeafKind) -> (least: Bound, greatest: Bound)? {
        guard !hasNaN else { return nil }
        switch ends {
        case .none: return nil
        case .integers(let least, let greatest):
            return (Bound(bytes: kind.plain(least), isExact: true), Bound(bytes: kind.plain(greatest), isExact: true))
        case .floats(let least, let greatest):
            // Zero has two signs that are equal here and are not to every reader.
            return (
                Bound(bytes: kind.plain(least == 0 ? -0.0 : least), isExact: true),
                Bound(bytes: kind.plain(greatest == 0 ? 0.0 : greatest), isExact: true)
            )
        case .runs(let least, let greatest):
            let isText = kind == .text
            let low = Bound(
                bytes: least.isCut && isText ? RunCutting.wholeCharacters(least.bytes) : least.bytes,
                isExact: !least.isCut)
            guard greatest.isCut else { return (low, Bound(bytes: greatest.bytes, isExact: true)) }
            let after = isText ? RunCutting.textAfter(greatest.bytes) : RunCutting.bytesAfter(greatest.bytes)
            return after.map { (low, Bound(bytes: $0, isExact: false)) }
        }
    }

    /// How pages stand by their bounds.
    static func order(of pages: [ColumnBounds], kind: LeafKind) -> BoundaryOrder {
        let known = pages.filter { !$0.isEmpty }
        let pairs = zip(known, known.dropFirst())
        if pairs.allSatisfy({ $0.isBelow($1, kind) }) { return .ascending }
        return pairs.allSatisfy({ $1.isBelow($0, kind) }) ? .descending : .unordered
    }

    /// Whether neither end is beyond that of the other.
    private func isBelow(_ other: ColumnBounds, _ kind: LeafKind) -> Bool {
        switch (ends, other.ends) {
        case (.integers(let low, let high), .integers(let otherLow, let otherHigh)):
            return low <= otherLow && high <= otherHigh
        case (.floats(let low, let high), .floats(let otherLow, let otherHigh)):
            return low <= otherLow && high <= otherHigh
        case (.runs, .runs):
            // As they are written: what is cut may be equal to what isn't.
            guard let own = bounds(of: kind), let others = other.bounds(of: kind) else { return false }
            return !Self.isLess(others.least.bytes, own.least.bytes)
                && !Self.isLess(others.greatest.bytes, own.greatest.bytes)
        default: return false
        }
    }
}

/// Runs that were cut as bounds of those that they are the start of.
enum RunCutting {
    /// Without the rest of a character whose end was cut off.
    static func wholeCharacters(_ text: [UInt8]) -> [UInt8] {
        var count = text.count
        while count > 0, text[count - 1] & 0xC0 == 0x80 { count -= 1 }
        guard count > 0 else { return text }
        let lead = text[count - 1]
        let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        return text.count - count + 1 == length ? text : Array(text.prefix(count - 1))
    }

    /// The least run that is greater than all that begin with this; `nil` where there is none.
    static func bytesAfter(_ run: [UInt8]) -> [UInt8]? {
        guard let place = run.lastIndex(where: { $0 < 0xFF }) else { return nil }
        return run[..<place] + [run[place] + 1]
    }

    /// A text, or bytes, greater than all that begin with this; `nil` where none is found.
    static func textAfter(_ text: [UInt8]) -> [UInt8]? {
        // A text may be of bytes that are no characters: these have no order but that of bytes.
        guard let whole = String(validating: wholeCharacters(text), as: UTF8.self) else { return bytesAfter(text) }
        var scalars = Array(whole.unicodeScalars)
        while let last = scalars.popLast() {
            // Surrogates are no characters.
            let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
            guard let scalar = Unicode.Scalar(next) else { continue }
            var after = String.UnicodeScalarView(scalars)
            after.append(scalar)
            return Array(String(after).utf8)
        }
        return nil
    }
}
