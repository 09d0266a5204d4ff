// What ends a line.

import CPlatform

/// What ends a line.
package enum LineSeparator: Hashable, Sendable {
    /// A line feed, a carriage return, or both in that order.
    case anyLineEnd
    /// These bytes, one or more.
    case bytes([UInt8])

    /// The end of the first line of a text, which is then that of all its lines; `nil` where there is none, or it isn't
    /// known yet which it is.
    package static func first(in bytes: UnsafeBufferPointer<UInt8>, isLast: Bool) -> LineSeparator? {
        guard let end = LineSeparator.anyLineEnd.find(in: bytes, from: 0, isLast: isLast) else { return nil }
        return .bytes(Array(bytes[end.start..<end.next]))
    }

    /// Where the line from `from` on ends, and where the next one starts; `nil` where no end is there, or it isn't
    /// known yet which it is. 64 bytes beyond `bytes` may be read.
    @inline(__always)
    package func find(
        in bytes: UnsafeBufferPointer<UInt8>, from: Int, isLast: Bool
    ) -> (start: Int, next: Int)? {
        guard let start = bytes.baseAddress else { return nil }
        guard case .anyLineEnd = self else { return findBytes(in: bytes, from: from) }
        var place = from
        while place < bytes.count {
            let mask = platform_line_end_mask(start + place)
            if mask == 0 {
                place &+= 64
                continue
            }
            place &+= mask.trailingZeroBitCount
            guard place < bytes.count else { return nil }
            if start[place] == 0x0A { return (place, place &+ 1) }
            if place &+ 1 == bytes.count { return isLast ? (place, place &+ 1) : nil }
            return (place, start[place &+ 1] == 0x0A ? place &+ 2 : place &+ 1)
        }
        return nil
    }

    private func findBytes(in bytes: UnsafeBufferPointer<UInt8>, from: Int) -> (start: Int, next: Int)? {
        guard case .bytes(let wanted) = self, let first = wanted.first else { return nil }
        var place = from
        while place &+ wanted.count <= bytes.count {
            if bytes[place] == first, bytes[place..<(place + wanted.count)].elementsEqual(wanted) {
                return (place, place &+ wanted.count)
            }
            place &+= 1
        }
        return nil
    }
}

extension LineSeparator {
    /// Whether a line ends at a place.
    enum EndOfLine {
        case none
        /// More bytes tell.
        case unknown
        case end(next: Int)
    }

    /// Whether the line ends at this place, and where the next one starts.
    @inline(__always)
    func end(at place: Int, in bytes: UnsafeBufferPointer<UInt8>, isLast: Bool) -> EndOfLine {
        switch self {
        case .anyLineEnd:
            if bytes[place] == 0x0A { return .end(next: place + 1) }
            guard bytes[place] == 0x0D else { return .none }
            guard place + 1 < bytes.count else { return isLast ? .end(next: place + 1) : .unknown }
            return .end(next: bytes[place + 1] == 0x0A ? place + 2 : place + 1)
        case .bytes(let wanted):
            guard bytes[place] == wanted.first else { return .none }
            let rest = bytes.count - place
            if rest < wanted.count { return isLast ? .none : .unknown }
            for (index, byte) in wanted.enumerated() where bytes[place + index] != byte { return .none }
            return .end(next: place + wanted.count)
        }
    }
}
