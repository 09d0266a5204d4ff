// The numbers of Parquet's Variant encoding: what the bits of a header mean.

/// Parquet's Variant encoding, version 1, as Spark writes it.
///
/// A VARIANT is two runs of bytes. The metadata is a dictionary of all names of fields: a header, the number of names,
/// where each begins, and their bytes. The value is a header of one byte (2 bits for the basic kind, 6 for more) and
/// what it announces; objects and arrays list where their parts begin.
///
/// A column holds each row as one run: the metadata, and the value behind it. The metadata tells its own length, so no
/// third number is needed; and all that moves runs (take, concatenate, state, spilling) moves variants as they are.
package enum VariantFormat {
    /// The lower four bits of the first byte of every metadata.
    static let version: UInt8 = 1
    /// No metadata and no value has more bytes.
    package static let sizeLimit = 128 << 20
    /// How deep arrays and objects may be nested. What is read from JSON has at most 1,000 levels.
    static let maximumDepth = 2_000
    /// The bytes of a text that needs no length of its own.
    static let longestShortText = 63

    // MARK: Basic kinds

    static let primitive: UInt8 = 0
    static let shortText: UInt8 = 1
    static let object: UInt8 = 2
    static let array: UInt8 = 3

    // MARK: Primitive kinds

    static let null: UInt8 = 0
    static let `true`: UInt8 = 1
    static let `false`: UInt8 = 2
    static let int8: UInt8 = 3
    static let int16: UInt8 = 4
    static let int32: UInt8 = 5
    static let int64: UInt8 = 6
    static let double: UInt8 = 7
    static let decimal4: UInt8 = 8
    static let decimal8: UInt8 = 9
    static let decimal16: UInt8 = 10
    static let date: UInt8 = 11
    static let timestamp: UInt8 = 12
    static let timestampNTZ: UInt8 = 13
    static let float: UInt8 = 14
    static let binary: UInt8 = 15
    static let longText: UInt8 = 16
    static let uuid: UInt8 = 20

    /// The header of a primitive value.
    static func header(_ kind: UInt8) -> UInt8 { kind << 2 | primitive }

    /// The fewest bytes that hold a number.
    static func width(_ number: Int) -> Int {
        number <= 0xFF ? 1 : number <= 0xFFFF ? 2 : number <= 0xFF_FFFF ? 3 : 4
    }
}

/// What a value within a VARIANT is.
package enum VariantKind: UInt8 {
    case null, boolean, long, double, float, decimal, date, timestamp, timestampNTZ, string, binary, uuid, array, object
}
