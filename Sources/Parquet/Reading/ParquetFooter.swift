// The end of a file, which says what the file is.

import Columns

/// What a file says of itself, made sure of: its schema is a tree, and its row groups have a chunk for each column.
package struct ParquetFooter: Sendable {
    package let metaData: FileMetaData
    /// The root, whose children are the columns.
    package let root: SchemaNode
    /// The leaves of the schema, in the order of the chunks of a row group.
    let leaves: [SchemaNode]
    /// Bytes before the footer: all pages lie in them.
    let dataSize: Int64

    private static let magic: [UInt8] = Array("PAR1".utf8)
    /// With its key the footer can be read by those who have one.
    private static let encryptedMagic: [UInt8] = Array("PARE".utf8)

    /// Reads the end of a file.
    package init(_ input: some ParquetInput, limits: ParquetLimits = ParquetLimits()) throws(ParquetError) {
        guard input.size >= 12 else {
            throw .damaged("is not a Parquet file: it has \(input.size) bytes", offset: 0)
        }
        let tail = Buffer(capacity: 8)
        try input.read(at: input.size - 8, into: UnsafeMutableRawBufferPointer(start: tail.address, count: 8))
        let bytes = UnsafeRawBufferPointer(start: tail.address, count: 8)
        guard !bytes[4...].elementsEqual(Self.encryptedMagic) else {
            throw ParquetError(.unsupported, "the footer is encrypted", offset: input.size - 4)
        }
        guard bytes[4...].elementsEqual(Self.magic) else {
            throw .damaged("is not a Parquet file: it doesn't end with PAR1", offset: input.size - 4)
        }
        let length = Int64(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
        guard length <= input.size - 12 else {
            throw .damaged("a footer of \(length) bytes in a file of \(input.size)", offset: input.size - 8)
        }
        guard length <= limits.footerBytes else {
            throw ParquetError(
                .tooLarge, "a footer of \(length) bytes; it may have \(limits.footerBytes)", offset: input.size - 8)
        }
        let place = input.size - 8 - length
        let content = Buffer(capacity: Int(length))
        try input.read(at: place, into: UnsafeMutableRawBufferPointer(start: content.address, count: Int(length)))
        var reader = ThriftReader(UnsafeRawBufferPointer(start: content.address, count: Int(length)), base: place)
        let metaData = try FileMetaData(&reader)
        withExtendedLifetime(content) {}
        try self.init(metaData, dataSize: place)
    }

    /// Makes sure of what was read.
    init(_ metaData: FileMetaData, dataSize: Int64) throws(ParquetError) {
        self.metaData = metaData
        self.dataSize = dataSize
        (root, leaves) = try SchemaNode.tree(metaData.schema).get()
        var rows: Int64 = 0
        for group in metaData.rowGroups {
            guard group.columns.count == leaves.count, group.rowCount >= 0 else {
                throw .damaged("a row group with \(group.columns.count) columns, and \(leaves.count) in the schema")
            }
            let (sum, overflow) = rows.addingReportingOverflow(group.rowCount)
            guard !overflow else { throw .damaged("more rows than there can be") }
            rows = sum
            for (chunk, leaf) in zip(group.columns, leaves) where group.rowCount > 0 {
                try check(chunk, leaf, rows: group.rowCount)
            }
        }
        guard rows == metaData.rowCount else {
            throw .damaged("\(metaData.rowCount) rows in the file, but \(rows) in its row groups")
        }
    }

    /// Makes sure that a chunk's pages can lie before the footer, and be as many values as it says: a page has a header
    /// of some bytes, and at most 2³¹ values.
    private func check(_ chunk: ColumnChunk, _ leaf: SchemaNode, rows: Int64) throws(ParquetError) {
        // Pages that are nowhere in the file are refused by those who read them.
        guard let data = chunk.metaData, !chunk.isEncrypted, chunk.filePath == nil else { return }
        let (end, overflow) = data.start.addingReportingOverflow(data.compressedSize)
        guard data.start >= 4, data.compressedSize >= 0, !overflow, end <= dataSize else {
            throw .damaged(
                "pages of \(data.compressedSize) bytes at byte \(data.start), before a footer at \(dataSize)"
            ).at(column: leaf.name)
        }
        let most = (data.compressedSize / Self.leastPageBytes).multipliedReportingOverflow(by: 1 << 31)
        guard data.valueCount >= rows, most.overflow || data.valueCount <= most.partialValue else {
            throw .damaged(
                "\(data.valueCount) values in \(data.compressedSize) bytes, in a row group of \(rows) rows"
            ).at(column: leaf.name)
        }
    }

    /// A page's header has its kind, two sizes, and a structure of at least three numbers.
    private static let leastPageBytes: Int64 = 8

    /// The row groups whose middle lies in these bytes of the file: of parts of a file that don't overlap, each has
    /// row groups of its own, and all have all.
    package func rowGroups(from start: Int64, to end: Int64) -> [Int] {
        metaData.rowGroups.indices.filter { index in
            let middle = middle(of: metaData.rowGroups[index])
            return start <= middle && middle < end
        }
    }

    /// Somewhere in the row group, the same for all who ask; 0 where it says nothing that can be.
    private func middle(of group: RowGroup) -> Int64 {
        guard let first = group.columns.first?.metaData else { return 0 }
        let start = first.start
        let (end, overflow) = start.addingReportingOverflow(group.totalCompressedSize ?? group.totalByteSize)
        guard !overflow, start >= 0, start < dataSize else { return 0 }
        return end > start && end <= dataSize ? start + (end - start) / 2 : start
    }
}
