// Dead letters as the producer takes them.

import Columns
import Connectors
import KafkaClient

/// Dead letters in columns that the client sends values from.
struct KafkaLetters: Sendable {
    private let keys: ColumnVector
    private let values: ColumnVector
    private let headers: [[KafkaHeader]]
    /// The columns of one piece hold no more than so many bytes, unless one letter is larger.
    private static let bytesPerPiece = 64 << 20

    private init(_ letters: ArraySlice<DeadLetter>) {
        var keys = BytesBuilder(type: .binary)
        var values = BytesBuilder(type: .binary)
        for letter in letters {
            if let key = letter.key { keys.append(key) } else { keys.appendNull() }
            if let value = letter.value { values.append(value) } else { values.appendNull() }
        }
        self.keys = keys.finish()
        self.values = values.finish()
        headers = letters.map { letter in letter.headers.map { KafkaHeader($0.name, $0.value) } }
    }

    /// The letters in pieces, in order.
    static func pieces(of letters: [DeadLetter]) -> [KafkaLetters] {
        var pieces: [KafkaLetters] = []
        var (first, bytes) = (0, 0)
        for (index, letter) in letters.enumerated() {
            if bytes + letter.memoryBytes > bytesPerPiece, index > first {
                pieces.append(KafkaLetters(letters[first..<index]))
                (first, bytes) = (index, 0)
            }
            bytes += letter.memoryBytes
        }
        if first < letters.count { pieces.append(KafkaLetters(letters[first...])) }
        return pieces
    }

    /// How many there are.
    var count: Int { headers.count }

    /// Calls `produce` with all of them.
    func produce(_ produce: (ProduceColumns, Range<Int>) throws -> Void) throws {
        var columns = ProduceColumns()
        columns.keyBytes = keys.byteStart
        columns.keyStarts = keys.starts
        columns.keyEnds = keys.ends
        columns.keyValidity = keys.validityBits
        columns.valueBytes = values.byteStart
        columns.valueStarts = values.starts
        columns.valueEnds = values.ends
        columns.valueValidity = values.validityBits
        columns.headers = { headers[$0] }
        try produce(columns, 0..<count)
    }
}
