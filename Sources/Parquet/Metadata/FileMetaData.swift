// The footer of a file: its schema, and where its row groups lie.

/// What a writer says about its file in words.
package struct KeyValue: Hashable, ThriftStructure {
    package var key: String
    package var value: String?

    /// Creates a pair.
    package init(_ key: String, _ value: String?) {
        self.key = key
        self.value = value
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var (key, value): (String?, String?)
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: key = try reader.string(field)
            // Anybody writes here what he likes; what is no text is none that anybody looks for.
            case 2: value = try reader.anyText(field)
            default: try reader.skip(field)
            }
        }
        guard let key else { throw reader.damaged("a value without a key") }
        self.init(key, value)
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, key)
        writer.write(2, value)
    }
}

/// By what a row group is sorted.
package struct SortingColumn: Hashable, ThriftStructure {
    package var column: Int32
    package var isDescending: Bool
    package var nullsFirst: Bool

    /// Creates a key.
    package init(column: Int32, isDescending: Bool, nullsFirst: Bool) {
        self.column = column
        self.isDescending = isDescending
        self.nullsFirst = nullsFirst
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var column: Int32?
        var (isDescending, nullsFirst) = (false, false)
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: column = try reader.int32(field)
            case 2: isDescending = try reader.boolean(field)
            case 3: nullsFirst = try reader.boolean(field)
            default: try reader.skip(field)
            }
        }
        guard let column else { throw reader.damaged("a key of sorting without a column") }
        self.init(column: column, isDescending: isDescending, nullsFirst: nullsFirst)
    }

    /// Writes all fields.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, column)
        writer.write(2, isDescending)
        writer.write(3, nullsFirst)
    }
}

/// Some rows of a file: a chunk for each column.
package struct RowGroup: Hashable, ThriftStructure {
    package var columns: [ColumnChunk]
    /// Bytes of all pages before they were compressed.
    package var totalByteSize: Int64
    package var rowCount: Int64
    package var sortingColumns: [SortingColumn]?
    /// Where its first page lies.
    package var fileOffset: Int64?
    package var totalCompressedSize: Int64?
    package var ordinal: Int16?

    /// Creates a row group.
    package init(
        columns: [ColumnChunk], totalByteSize: Int64, rowCount: Int64, fileOffset: Int64? = nil,
        totalCompressedSize: Int64? = nil, ordinal: Int16? = nil
    ) {
        self.columns = columns
        self.totalByteSize = totalByteSize
        self.rowCount = rowCount
        self.fileOffset = fileOffset
        self.totalCompressedSize = totalCompressedSize
        self.ordinal = ordinal
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var columns: [ColumnChunk]?
        var (size, rows): (Int64?, Int64?)
        self.init(columns: [], totalByteSize: 0, rowCount: 0)
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: columns = try reader.structures(field)
            case 2: size = try reader.int64(field)
            case 3: rows = try reader.int64(field)
            case 4: sortingColumns = try reader.structures(field)
            case 5: fileOffset = try reader.int64(field)
            case 6: totalCompressedSize = try reader.int64(field)
            case 7: ordinal = try reader.int16(field)
            default: try reader.skip(field)
            }
        }
        guard let columns, let size, let rows else { throw reader.damaged("a row group without columns or counts") }
        self.columns = columns
        totalByteSize = size
        rowCount = rows
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, columns)
        writer.write(2, totalByteSize)
        writer.write(3, rowCount)
        writer.write(4, sortingColumns)
        writer.write(5, fileOffset)
        writer.write(6, totalCompressedSize)
        writer.write(7, ordinal)
    }
}

/// By what order the statistics of a column are: of those that there are, the type's own.
package struct ColumnOrder: Hashable, ThriftStructure {
    /// Whether it is the type's own order; every other is unknown.
    package let isTypeOrder: Bool

    /// The type's own order.
    package init() { isTypeOrder = true }

    /// Reads the union's only field.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var isTypeOrder = false
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            isTypeOrder = field.id == 1
            try reader.skip(field)
        }
        self.isTypeOrder = isTypeOrder
    }

    /// Writes the union's only field.
    package func write(_ writer: inout ThriftWriter) { writer.write(1, ThriftNothing()) }
}

/// All that a file says about itself.
package struct FileMetaData: Hashable, ThriftStructure {
    package var version: Int32
    package var schema: [SchemaElement]
    package var rowCount: Int64
    package var rowGroups: [RowGroup]
    package var keyValues: [KeyValue]?
    package var createdBy: String?
    package var columnOrders: [ColumnOrder]?

    /// Creates a footer.
    package init(
        version: Int32, schema: [SchemaElement], rowCount: Int64, rowGroups: [RowGroup], keyValues: [KeyValue]? = nil,
        createdBy: String? = nil, columnOrders: [ColumnOrder]? = nil
    ) {
        self.version = version
        self.schema = schema
        self.rowCount = rowCount
        self.rowGroups = rowGroups
        self.keyValues = keyValues
        self.createdBy = createdBy
        self.columnOrders = columnOrders
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var (version, rows): (Int32?, Int64?)
        var schema: [SchemaElement]?
        var rowGroups: [RowGroup]?
        self.init(version: 0, schema: [], rowCount: 0, rowGroups: [])
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: version = try reader.int32(field)
            case 2: schema = try reader.structures(field)
            case 3: rows = try reader.int64(field)
            case 4: rowGroups = try reader.structures(field)
            case 5: keyValues = try reader.structures(field)
            case 6: createdBy = try reader.string(field)
            case 7: columnOrders = try reader.structures(field)
            default: try reader.skip(field)
            }
        }
        guard let version, let rows, let schema, let rowGroups else {
            throw reader.damaged("a footer without version, schema, rows or row groups")
        }
        self.version = version
        self.schema = schema
        rowCount = rows
        self.rowGroups = rowGroups
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, version)
        writer.write(2, schema)
        writer.write(3, rowCount)
        writer.write(4, rowGroups)
        writer.write(5, keyValues)
        writer.write(6, createdBy)
        writer.write(7, columnOrders)
    }
}
