// Where the pages of a column lie, and what is known of each.

/// Where a page lies.
package struct PageLocation: Hashable, ThriftStructure {
    package var offset: Int64
    /// With its header.
    package var compressedSize: Int32
    /// The first row of the page, counted in the row group.
    package var firstRow: Int64

    /// Creates a place.
    package init(offset: Int64, compressedSize: Int32, firstRow: Int64) {
        self.offset = offset
        self.compressedSize = compressedSize
        self.firstRow = firstRow
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var (offset, size, row): (Int64?, Int32?, Int64?)
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: offset = try reader.int64(field)
            case 2: size = try reader.int32(field)
            case 3: row = try reader.int64(field)
            default: try reader.skip(field)
            }
        }
        guard let offset, let size, let row else { throw reader.damaged("a page of the index without a place") }
        self.init(offset: offset, compressedSize: size, firstRow: row)
    }

    /// Writes all fields.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, offset)
        writer.write(2, compressedSize)
        writer.write(3, firstRow)
    }
}

/// Where the data pages of a column's chunk lie.
package struct OffsetIndex: Hashable, ThriftStructure {
    package var pages: [PageLocation]

    /// Creates an index.
    package init(pages: [PageLocation]) { self.pages = pages }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var pages: [PageLocation]?
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            if field.id == 1 { pages = try reader.structures(field) } else { try reader.skip(field) }
        }
        guard let pages else { throw reader.damaged("an index without pages") }
        self.init(pages: pages)
    }

    /// Writes all fields.
    package func write(_ writer: inout ThriftWriter) { writer.write(1, pages) }
}

/// What is known of the values of each data page of a column's chunk.
package struct ColumnIndex: Hashable, ThriftStructure {
    /// Whether all values of a page are NULL; its least and greatest are empty then.
    package var nullPages: [Bool]
    package var minimums: [[UInt8]]
    package var maximums: [[UInt8]]
    package var order: BoundaryOrder
    package var nullCounts: [Int64]?

    /// Creates an index: of each list an element a page.
    package init(
        nullPages: [Bool], minimums: [[UInt8]], maximums: [[UInt8]], order: BoundaryOrder, nullCounts: [Int64]? = nil
    ) {
        self.nullPages = nullPages
        self.minimums = minimums
        self.maximums = maximums
        self.order = order
        self.nullCounts = nullCounts
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var nullPages: [Bool]?
        var (minimums, maximums): ([[UInt8]]?, [[UInt8]]?)
        var order: BoundaryOrder?
        var nullCounts: [Int64]?
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: nullPages = try reader.booleans(field)
            case 2: minimums = try reader.binaries(field)
            case 3: maximums = try reader.binaries(field)
            case 4: order = BoundaryOrder(rawValue: try reader.int32(field))
            case 5: nullCounts = try reader.int64s(field)
            default: try reader.skip(field)
            }
        }
        guard let nullPages, let minimums, let maximums, let order, minimums.count == nullPages.count,
            maximums.count == nullPages.count, nullCounts.map({ $0.count == nullPages.count }) ?? true
        else { throw reader.damaged("an index whose lists don't belong to the same pages") }
        self.init(nullPages: nullPages, minimums: minimums, maximums: maximums, order: order, nullCounts: nullCounts)
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, nullPages)
        writer.write(2, minimums)
        writer.write(3, maximums)
        writer.write(4, order.rawValue)
        writer.write(5, nullCounts)
    }
}
