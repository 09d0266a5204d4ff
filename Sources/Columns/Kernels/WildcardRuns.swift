// Patterns of LIKE in which a wildcard stands for one character.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A pattern as steps that are taken through a text. Each `%` is tried from the first place on, and only the last one
/// that was passed is ever tried again: what stands before it can't end earlier. So a text takes no more steps than its
/// length times the pattern's, whatever both are.
struct WildcardRuns: Sendable {
    enum Step {
        case any
        case one
        /// Bytes of the pattern.
        case run(Int, length: Int)
    }

    private var steps: [Step] = []
    private var bytes: [UInt8] = []

    /// Adds a `%`; several after each other are one.
    mutating func addAny() {
        if case .any = steps.last { return }
        steps.append(.any)
    }

    /// Adds a `_`.
    mutating func addOne() { steps.append(.one) }

    /// Adds a character.
    mutating func add(_ scalar: Unicode.Scalar) {
        let begin = bytes.count
        bytes += Array(String(Character(scalar)).utf8)
        if case .run(let start, let length) = steps.last {
            steps[steps.count - 1] = .run(start, length: length + bytes.count - begin)
        } else {
            steps.append(.run(begin, length: bytes.count - begin))
        }
    }

    /// Which rows are like the pattern, of a column of UTF-8.
    func matches(_ column: ColumnVector) -> ColumnVector {
        let texts = Runs(column)
        return steps.withUnsafeBufferPointer { steps in
            bytes.withUnsafeBufferPointer { bytes in
                Loops.booleans([column]) { row in Self.matches(texts[row], steps, bytes) }
            }
        }
    }

    @inline(never)
    private static func matches(
        _ text: UnsafeBufferPointer<UInt8>, _ steps: UnsafeBufferPointer<Step>, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var (place, next) = (0, 0)
        // From where on the last `%` is tried again, and the step behind it.
        var (again, behind) = (0, -1)
        while true {
            if next < steps.count {
                switch steps[next] {
                case .any:
                    next += 1
                    (again, behind) = (place, next)
                    // Whatever is left.
                    if next == steps.count { return true }
                    continue
                case .one where place < text.count:
                    place = end(of: place, text)
                    next += 1
                    continue
                case .run(let start, let length) where length <= text.count - place:
                    guard let a = text.baseAddress, let b = bytes.baseAddress else { break }
                    guard memcmp(a + place, b + start, length) == 0 else { break }
                    place += length
                    next += 1
                    continue
                case .one, .run: break
                }
            } else if place == text.count {
                return true
            }
            guard behind >= 0, again < text.count else { return false }
            again = end(of: again, text)
            (place, next) = (again, behind)
        }
    }

    /// Where the character that begins at a place ends.
    @inline(__always)
    private static func end(of place: Int, _ text: UnsafeBufferPointer<UInt8>) -> Int {
        var end = place + 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }
}
