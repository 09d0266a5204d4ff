// Rows that share no memory with the batch that they came from.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension RecordBatch {
    /// The rows that count, in memory of their own: a few rows kept long must not hold that of thousands.
    package func copied() -> RecordBatch {
        let compact = compacted()
        return RecordBatch(
            schema: schema, columns: compact.columns.map { $0.copied() }, count: compact.physicalCount)
    }
}

extension ColumnVector {
    /// The same values in memory of their own.
    package func copied() -> ColumnVector { ConcatKernel.concat(columns: [self]) }

    /// A binary column of one row.
    package static func copy(of bytes: UnsafeBufferPointer<UInt8>) -> ColumnVector {
        var builder = BytesBuilder(type: .binary, capacity: 1, byteCapacity: max(bytes.count, 1))
        builder.append(bytes.baseAddress, count: bytes.count)
        return builder.finish()
    }
}
