// The types of Thrift's compact protocol.

/// What stands in a field's or a list's header.
package enum ThriftType: UInt8, Sendable {
    /// A field that is true; in a list, any boolean.
    case yes = 1
    case no = 2
    case int8 = 3
    case int16 = 4
    case int32 = 5
    case int64 = 6
    case double = 7
    case binary = 8
    case list = 9
    case set = 10
    case map = 11
    case structure = 12
    case uuid = 13
}

/// The header of a structure's field.
package struct ThriftField: Sendable {
    package let id: Int16
    package let type: ThriftType
}

/// A structure that reads and writes its fields.
package protocol ThriftStructure: Sendable {
    /// Reads all fields up to the end of the structure.
    init(_ reader: inout ThriftReader) throws(ParquetError)
    /// Writes the fields that have values, in order, without the end of the structure.
    func write(_ writer: inout ThriftWriter)
}

extension ThriftStructure {
    /// The structure as bytes.
    package var thriftBytes: [UInt8] {
        var writer = ThriftWriter()
        writer.write(self)
        return writer.bytes
    }
}
