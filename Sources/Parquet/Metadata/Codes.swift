// The numbers that stand for something in Parquet's metadata.

/// What a column's values are in pages.
package enum PhysicalType: Int32, Sendable {
    case boolean = 0
    case int32 = 1
    case int64 = 2
    /// Nanoseconds of a day and a Julian day: timestamps as they were before there were any.
    case int96 = 3
    case float = 4
    case double = 5
    case byteArray = 6
    case fixedLengthByteArray = 7
}

/// How often a field stands in what is around it.
package enum Repetition: Int32, Sendable {
    case required = 0
    case optional = 1
    case repeated = 2
}

/// How values lie in a page. Any number may stand in a file.
package struct ParquetEncoding: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    /// The encoding with this number, which may be none.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let plain = ParquetEncoding(rawValue: 0)
    /// A dictionary's values, or their numbers, as of version 1 of the format.
    package static let plainDictionary = ParquetEncoding(rawValue: 2)
    package static let rle = ParquetEncoding(rawValue: 3)
    package static let bitPacked = ParquetEncoding(rawValue: 4)
    package static let deltaBinaryPacked = ParquetEncoding(rawValue: 5)
    package static let deltaLengthByteArray = ParquetEncoding(rawValue: 6)
    package static let deltaByteArray = ParquetEncoding(rawValue: 7)
    package static let rleDictionary = ParquetEncoding(rawValue: 8)
    package static let byteStreamSplit = ParquetEncoding(rawValue: 9)
}

/// How pages are compressed. Any number may stand in a file.
package struct ParquetCodec: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    /// The codec with this number, which may be none.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let uncompressed = ParquetCodec(rawValue: 0)
    package static let snappy = ParquetCodec(rawValue: 1)
    package static let gzip = ParquetCodec(rawValue: 2)
    package static let lzo = ParquetCodec(rawValue: 3)
    package static let brotli = ParquetCodec(rawValue: 4)
    /// LZ4 as Hadoop frames it.
    package static let lz4 = ParquetCodec(rawValue: 5)
    package static let zstd = ParquetCodec(rawValue: 6)
    package static let lz4Raw = ParquetCodec(rawValue: 7)
}

/// What a page is. Any number may stand in a file: pages of other kinds are passed over.
package struct PageType: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    /// The kind with this number, which may be none.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let data = PageType(rawValue: 0)
    package static let index = PageType(rawValue: 1)
    package static let dictionary = PageType(rawValue: 2)
    package static let dataV2 = PageType(rawValue: 3)
}

/// What a field means, as writers said before there were logical types. Any number may stand in a file.
package struct ConvertedType: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    /// The type with this number, which may be none.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let utf8 = ConvertedType(rawValue: 0)
    package static let map = ConvertedType(rawValue: 1)
    package static let mapKeyValue = ConvertedType(rawValue: 2)
    package static let list = ConvertedType(rawValue: 3)
    package static let enumeration = ConvertedType(rawValue: 4)
    package static let decimal = ConvertedType(rawValue: 5)
    package static let date = ConvertedType(rawValue: 6)
    package static let timeMilliseconds = ConvertedType(rawValue: 7)
    package static let timeMicroseconds = ConvertedType(rawValue: 8)
    package static let timestampMilliseconds = ConvertedType(rawValue: 9)
    package static let timestampMicroseconds = ConvertedType(rawValue: 10)
    package static let uint8 = ConvertedType(rawValue: 11)
    package static let uint16 = ConvertedType(rawValue: 12)
    package static let uint32 = ConvertedType(rawValue: 13)
    package static let uint64 = ConvertedType(rawValue: 14)
    package static let int8 = ConvertedType(rawValue: 15)
    package static let int16 = ConvertedType(rawValue: 16)
    package static let int32 = ConvertedType(rawValue: 17)
    package static let int64 = ConvertedType(rawValue: 18)
    package static let json = ConvertedType(rawValue: 19)
    package static let bson = ConvertedType(rawValue: 20)
    package static let interval = ConvertedType(rawValue: 21)
}

/// In which order the pages of a column stand, by their least and greatest values.
package enum BoundaryOrder: Int32, Sendable {
    case unordered = 0
    case ascending = 1
    case descending = 2
}
