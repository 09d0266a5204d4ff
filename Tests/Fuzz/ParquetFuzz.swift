// What libFuzzer calls with files that it makes up: see scripts/fuzz.

#if canImport(Parquet)
import Columns
import Parquet
#endif

/// Whatever the bytes, reading them as a file of Parquet comes to an end with rows or with an error, within the memory
/// that it may have. All that a file claims is asked for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzParquet(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = FuzzInput(Array(UnsafeBufferPointer(start: bytes, count: count)))
    var limits = ParquetLimits()
    limits.pageBytes = 1 << 20
    limits.openBytes = 16 << 20
    limits.batchBytes = 4 << 20
    limits.batchElements = 1 << 18
    guard let footer = try? ParquetFooter(input, limits: limits), let schema = try? footer.schema() else { return 0 }
    let groups = footer.rowGroups(from: 0, to: input.size)
    // All rows, and those that may be between, above or equal to values that there are.
    let first = try? ParquetReader(input, footer, wanted: schema, groups: groups, limits: limits).next()
    let predicates = schema.fields.enumerated().flatMap { index, field -> [ColumnPredicate] in
        guard let first, first.count > 0 else { return [] }
        let value = first.columns[index].value(at: first.count - 1)
        let path = ColumnPath(field.name)
        guard OrderedValue(value) != nil else { return [.column(path, .isNull)] }
        return [.column(path, .compares(.equal, value)), .column(path, .compares(.greater, value))]
    }
    for filter in [[], predicates.isEmpty ? [] : [.any(predicates)], predicates] {
        let reader = try? ParquetReader(
            input, footer, wanted: schema, groups: groups, filter: RowFilter(filter), limits: limits)
        // A few bytes may stand for any number of rows.
        for _ in 0..<64 {
            guard let batch = try? reader?.next() else { break }
            for column in batch.columns { FuzzInput.visit(column) }
        }
    }
    return 0
}

final class FuzzInput: ParquetInput {
    private let bytes: [UInt8]
    var size: Int64 { Int64(bytes.count) }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(at offset: Int64, into target: UnsafeMutableRawBufferPointer) throws(ParquetError) {
        precondition(offset >= 0 && offset + Int64(target.count) <= size, "bytes beyond the file are asked for")
        bytes.withUnsafeBytes {
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<(Int(offset) + target.count)]))
        }
    }

    /// Looks at the values: those of lists and texts lie within their buffers.
    static func visit(_ column: ColumnVector) {
        for row in [0, column.count / 2, column.count - 1] where row >= 0 && row < column.count {
            _ = column.value(at: row)
        }
    }
}
