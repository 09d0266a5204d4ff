// Rows as the columns that a producer takes.

import KafkaClient

/// Keys and values in Arrow's layout.
struct TestColumns {
    private struct Column {
        var bytes: [UInt8] = []
        var starts: [UInt32] = []
        var ends: [UInt32] = []
        var validity: [UInt8]

        init(_ rows: [[UInt8]?]) {
            validity = [UInt8](repeating: 0, count: rows.count / 8 + 1)
            for (index, row) in rows.enumerated() {
                starts.append(UInt32(bytes.count))
                bytes += row ?? []
                ends.append(UInt32(bytes.count))
                if row != nil { validity[index / 8] |= 1 << UInt8(index % 8) }
            }
        }
    }

    private let keys: Column
    private let values: Column
    let count: Int

    init(keys: [[UInt8]?], values: [[UInt8]?]) {
        self.keys = Column(keys)
        self.values = Column(values)
        count = values.count
    }

    /// Pointers to the columns, valid within `body`.
    func withColumns<Result>(_ body: (ProduceColumns) throws -> Result) rethrows -> Result {
        try keys.bytes.withUnsafeBufferPointer { keyBytes in
            try keys.starts.withUnsafeBufferPointer { keyStarts in
                try keys.ends.withUnsafeBufferPointer { keyEnds in
                    try keys.validity.withUnsafeBufferPointer { keyValidity in
                        var columns = ProduceColumns()
                        columns.keyBytes = keyBytes.baseAddress
                        columns.keyStarts = keyStarts.baseAddress
                        columns.keyEnds = keyEnds.baseAddress
                        columns.keyValidity = keyValidity.baseAddress
                        return try withValues(columns, body)
                    }
                }
            }
        }
    }

    private func withValues<Result>(
        _ columns: ProduceColumns, _ body: (ProduceColumns) throws -> Result
    ) rethrows -> Result {
        try values.bytes.withUnsafeBufferPointer { bytes in
            try values.starts.withUnsafeBufferPointer { starts in
                try values.ends.withUnsafeBufferPointer { ends in
                    try values.validity.withUnsafeBufferPointer { validity in
                        var columns = columns
                        columns.valueBytes = bytes.baseAddress
                        columns.valueStarts = starts.baseAddress
                        columns.valueEnds = ends.baseAddress
                        columns.valueValidity = validity.baseAddress
                        return try body(columns)
                    }
                }
            }
        }
    }
}
