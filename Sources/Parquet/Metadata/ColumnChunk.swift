// Where a column of a row group lies.

/// What a column of a row group is and where its pages lie.
package struct ColumnMetaData: Hashable, ThriftStructure {
    package var type: PhysicalType
    package var encodings: [ParquetEncoding]
    /// The names from the root to the column.
    package var path: [String]
    package var codec: ParquetCodec
    /// NULLs included, and a value for each empty list.
    package var valueCount: Int64
    /// Bytes of all pages with their headers, before they were compressed and afterwards.
    package var uncompressedSize: Int64
    package var compressedSize: Int64
    package var keyValues: [KeyValue]?
    package var dataPageOffset: Int64
    package var dictionaryPageOffset: Int64?
    package var statistics: ColumnStatistics?
    package var encodingStatistics: [PageEncodingStatistics]?
    /// Where its Bloom filter lies, and how many bytes it has with its header; older writers don't say the second.
    package var bloomFilterOffset: Int64?
    package var bloomFilterLength: Int32?

    /// Where its first page lies. Some write 0 for the place of a dictionary that isn't there.
    package var start: Int64 {
        guard let dictionaryPageOffset, dictionaryPageOffset > 0 else { return dataPageOffset }
        return min(dataPageOffset, dictionaryPageOffset)
    }

    /// Creates a description.
    package init(
        type: PhysicalType, encodings: [ParquetEncoding], path: [String], codec: ParquetCodec, valueCount: Int64,
        uncompressedSize: Int64, compressedSize: Int64, dataPageOffset: Int64, dictionaryPageOffset: Int64? = nil,
        statistics: ColumnStatistics? = nil, encodingStatistics: [PageEncodingStatistics]? = nil
    ) {
        self.type = type
        self.encodings = encodings
        self.path = path
        self.codec = codec
        self.valueCount = valueCount
        self.uncompressedSize = uncompressedSize
        self.compressedSize = compressedSize
        self.dataPageOffset = dataPageOffset
        self.dictionaryPageOffset = dictionaryPageOffset
        self.statistics = statistics
        self.encodingStatistics = encodingStatistics
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var type: PhysicalType?
        var (encodings, path, codec): ([ParquetEncoding], [String]?, ParquetCodec?) = ([], nil, nil)
        var (values, uncompressed, compressed, dataPage): (Int64?, Int64?, Int64?, Int64?)
        var keyValues: [KeyValue]?
        var dictionaryPage: Int64?
        var statistics: ColumnStatistics?
        var encodingStatistics: [PageEncodingStatistics]?
        var bloomFilter: (offset: Int64?, length: Int32?)
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1:
                type = PhysicalType(rawValue: try reader.int32(field))
            case 2: encodings = try reader.int32s(field).map(ParquetEncoding.init)
            case 3: path = try reader.strings(field)
            case 4: codec = ParquetCodec(rawValue: try reader.int32(field))
            case 5: values = try reader.int64(field)
            case 6: uncompressed = try reader.int64(field)
            case 7: compressed = try reader.int64(field)
            case 8: keyValues = try reader.structures(field)
            case 9: dataPage = try reader.int64(field)
            case 11: dictionaryPage = try reader.int64(field)
            case 12: statistics = try reader.structure(field)
            case 13: encodingStatistics = try reader.structures(field)
            case 14: bloomFilter.offset = try reader.int64(field)
            case 15: bloomFilter.length = try reader.int32(field)
            default: try reader.skip(field)
            }
        }
        guard let type, let path, let codec, let values, let uncompressed, let compressed, let dataPage else {
            throw reader.damaged("a column without its type, path, codec, count, sizes or place")
        }
        self.init(
            type: type, encodings: encodings, path: path, codec: codec, valueCount: values,
            uncompressedSize: uncompressed, compressedSize: compressed, dataPageOffset: dataPage,
            dictionaryPageOffset: dictionaryPage, statistics: statistics, encodingStatistics: encodingStatistics)
        self.keyValues = keyValues
        (bloomFilterOffset, bloomFilterLength) = bloomFilter
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, type.rawValue)
        writer.write(2, encodings.map(\.rawValue))
        writer.write(3, path)
        writer.write(4, codec.rawValue)
        writer.write(5, valueCount)
        writer.write(6, uncompressedSize)
        writer.write(7, compressedSize)
        writer.write(8, keyValues)
        writer.write(9, dataPageOffset)
        writer.write(11, dictionaryPageOffset)
        writer.write(12, statistics)
        writer.write(13, encodingStatistics)
        writer.write(14, bloomFilterOffset)
        writer.write(15, bloomFilterLength)
    }
}

/// How many pages of a kind have an encoding.
package struct PageEncodingStatistics: Hashable, ThriftStructure {
    package var page: PageType
    package var encoding: ParquetEncoding
    package var count: Int32

    /// Creates a count.
    package init(_ page: PageType, _ encoding: ParquetEncoding, count: Int32) {
        self.page = page
        self.encoding = encoding
        self.count = count
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var (page, encoding, count): (Int32?, Int32?, Int32?)
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: page = try reader.int32(field)
            case 2: encoding = try reader.int32(field)
            case 3: count = try reader.int32(field)
            default: try reader.skip(field)
            }
        }
        guard let page, let encoding, let count else { throw reader.damaged("a count of pages without kind or count") }
        self.init(PageType(rawValue: page), ParquetEncoding(rawValue: encoding), count: count)
    }

    /// Writes all fields.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, page.rawValue)
        writer.write(2, encoding.rawValue)
        writer.write(3, count)
    }
}

/// A column of a row group.
package struct ColumnChunk: Hashable, ThriftStructure {
    /// Another file, where the pages lie in one.
    package var filePath: String?
    package var fileOffset: Int64
    package var metaData: ColumnMetaData?
    package var offsetIndexOffset: Int64?
    package var offsetIndexLength: Int32?
    package var columnIndexOffset: Int64?
    package var columnIndexLength: Int32?
    /// Whether the pages, or what is said of them, are encrypted.
    package private(set) var isEncrypted = false

    /// Creates a chunk whose indexes aren't known yet.
    package init(_ metaData: ColumnMetaData, fileOffset: Int64 = 0) {
        self.metaData = metaData
        self.fileOffset = fileOffset
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        fileOffset = 0
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: filePath = try reader.string(field)
            case 2: fileOffset = try reader.int64(field)
            case 3: metaData = try reader.structure(field)
            case 4: offsetIndexOffset = try reader.int64(field)
            case 5: offsetIndexLength = try reader.int32(field)
            case 6: columnIndexOffset = try reader.int64(field)
            case 7: columnIndexLength = try reader.int32(field)
            case 8, 9:
                isEncrypted = true
                try reader.skip(field)
            default: try reader.skip(field)
            }
        }
        guard metaData != nil || isEncrypted else { throw reader.damaged("a column of which nothing is said") }
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, filePath)
        writer.write(2, fileOffset)
        writer.write(3, metaData)
        writer.write(4, offsetIndexOffset)
        writer.write(5, offsetIndexLength)
        writer.write(6, columnIndexOffset)
        writer.write(7, columnIndexLength)
    }
}
