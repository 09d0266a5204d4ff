// What stands before each page.

/// The header of a data page of the first kind.
package struct DataPageHeader: Hashable, ThriftStructure {
    /// NULLs included, and a value for each empty list.
    package var valueCount: Int32
    package var encoding: ParquetEncoding
    package var definitionLevelEncoding: ParquetEncoding
    package var repetitionLevelEncoding: ParquetEncoding
    package var statistics: ColumnStatistics?

    /// Creates a header of a page whose levels are run-length encoded.
    package init(valueCount: Int32, encoding: ParquetEncoding, statistics: ColumnStatistics? = nil) {
        self.valueCount = valueCount
        self.encoding = encoding
        definitionLevelEncoding = .rle
        repetitionLevelEncoding = .rle
        self.statistics = statistics
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var (count, encoding, definition, repetition): (Int32?, Int32?, Int32?, Int32?)
        var statistics: ColumnStatistics?
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: count = try reader.int32(field)
            case 2: encoding = try reader.int32(field)
            case 3: definition = try reader.int32(field)
            case 4: repetition = try reader.int32(field)
            case 5: statistics = try reader.structure(field)
            default: try reader.skip(field)
            }
        }
        guard let count, let encoding, let definition, let repetition else {
            throw reader.damaged("a page without count or encoding")
        }
        self.init(valueCount: count, encoding: ParquetEncoding(rawValue: encoding), statistics: statistics)
        definitionLevelEncoding = ParquetEncoding(rawValue: definition)
        repetitionLevelEncoding = ParquetEncoding(rawValue: repetition)
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, valueCount)
        writer.write(2, encoding.rawValue)
        writer.write(3, definitionLevelEncoding.rawValue)
        writer.write(4, repetitionLevelEncoding.rawValue)
        writer.write(5, statistics)
    }
}

/// The header of a data page of the second kind: its levels aren't compressed, and it begins with a row.
package struct DataPageHeaderV2: Hashable, ThriftStructure {
    /// NULLs included, and a value for each empty list.
    package var valueCount: Int32
    package var nullCount: Int32
    package var rowCount: Int32
    package var encoding: ParquetEncoding
    package var definitionLevelsLength: Int32
    package var repetitionLevelsLength: Int32
    /// `nil` is yes.
    package var isCompressed: Bool?
    package var statistics: ColumnStatistics?

    /// Creates a header.
    package init(
        valueCount: Int32, nullCount: Int32, rowCount: Int32, encoding: ParquetEncoding, definitionLevelsLength: Int32,
        repetitionLevelsLength: Int32, isCompressed: Bool? = nil, statistics: ColumnStatistics? = nil
    ) {
        self.valueCount = valueCount
        self.nullCount = nullCount
        self.rowCount = rowCount
        self.encoding = encoding
        self.definitionLevelsLength = definitionLevelsLength
        self.repetitionLevelsLength = repetitionLevelsLength
        self.isCompressed = isCompressed
        self.statistics = statistics
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var (count, nulls, rows, encoding): (Int32?, Int32?, Int32?, Int32?)
        var (definition, repetition): (Int32?, Int32?)
        var isCompressed: Bool?
        var statistics: ColumnStatistics?
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: count = try reader.int32(field)
            case 2: nulls = try reader.int32(field)
            case 3: rows = try reader.int32(field)
            case 4: encoding = try reader.int32(field)
            case 5: definition = try reader.int32(field)
            case 6: repetition = try reader.int32(field)
            case 7: isCompressed = try reader.boolean(field)
            case 8: statistics = try reader.structure(field)
            default: try reader.skip(field)
            }
        }
        guard let count, let nulls, let rows, let encoding, let definition, let repetition else {
            throw reader.damaged("a page without counts, encoding or lengths")
        }
        self.init(
            valueCount: count, nullCount: nulls, rowCount: rows, encoding: ParquetEncoding(rawValue: encoding),
            definitionLevelsLength: definition, repetitionLevelsLength: repetition, isCompressed: isCompressed,
            statistics: statistics)
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, valueCount)
        writer.write(2, nullCount)
        writer.write(3, rowCount)
        writer.write(4, encoding.rawValue)
        writer.write(5, definitionLevelsLength)
        writer.write(6, repetitionLevelsLength)
        writer.write(7, isCompressed)
        writer.write(8, statistics)
    }
}

/// The header of a page with a dictionary.
package struct DictionaryPageHeader: Hashable, ThriftStructure {
    package var valueCount: Int32
    package var encoding: ParquetEncoding
    package var isSorted: Bool?

    /// Creates a header.
    package init(valueCount: Int32, encoding: ParquetEncoding = .plain, isSorted: Bool? = nil) {
        self.valueCount = valueCount
        self.encoding = encoding
        self.isSorted = isSorted
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var (count, encoding): (Int32?, Int32?)
        var isSorted: Bool?
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: count = try reader.int32(field)
            case 2: encoding = try reader.int32(field)
            case 3: isSorted = try reader.boolean(field)
            default: try reader.skip(field)
            }
        }
        guard let count, let encoding else { throw reader.damaged("a dictionary without count or encoding") }
        self.init(valueCount: count, encoding: ParquetEncoding(rawValue: encoding), isSorted: isSorted)
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, valueCount)
        writer.write(2, encoding.rawValue)
        writer.write(3, isSorted)
    }
}

/// What stands before each page.
package struct PageHeader: Hashable, ThriftStructure {
    package var type: PageType
    /// Bytes behind the header, before they were compressed and as they are.
    package var uncompressedSize: Int32
    package var compressedSize: Int32
    /// CRC-32, that of gzip, of the bytes behind the header as they are.
    package var checksum: Int32?
    package var data: DataPageHeader?
    package var dictionary: DictionaryPageHeader?
    package var dataV2: DataPageHeaderV2?

    /// Creates a header without its part.
    package init(_ type: PageType, uncompressedSize: Int32, compressedSize: Int32, checksum: Int32? = nil) {
        self.type = type
        self.uncompressedSize = uncompressedSize
        self.compressedSize = compressedSize
        self.checksum = checksum
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var (type, uncompressed, compressed): (Int32?, Int32?, Int32?)
        self.init(.data, uncompressedSize: 0, compressedSize: 0)
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: type = try reader.int32(field)
            case 2: uncompressed = try reader.int32(field)
            case 3: compressed = try reader.int32(field)
            case 4: checksum = try reader.int32(field)
            case 5: data = try reader.structure(field)
            case 7: dictionary = try reader.structure(field)
            case 8: dataV2 = try reader.structure(field)
            default: try reader.skip(field)
            }
        }
        guard let type, let uncompressed, let compressed else { throw reader.damaged("a page without kind or sizes") }
        self.type = PageType(rawValue: type)
        uncompressedSize = uncompressed
        compressedSize = compressed
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, type.rawValue)
        writer.write(2, uncompressedSize)
        writer.write(3, compressedSize)
        writer.write(4, checksum)
        writer.write(5, data)
        writer.write(7, dictionary)
        writer.write(8, dataV2)
    }
}
