// What is known of the values of a column's chunk, or of a page.

/// The least and the greatest value, and how many are NULL. Values are as plain encoding writes them, runs of bytes
/// without their lengths.
package struct ColumnStatistics: Hashable, ThriftStructure {
    /// By an order of which nobody knows what it was: of use for signed numbers alone.
    package var oldMaximum: [UInt8]?
    package var oldMinimum: [UInt8]?
    package var nullCount: Int64?
    package var distinctCount: Int64?
    package var maximum: [UInt8]?
    package var minimum: [UInt8]?
    package var isMaximumExact: Bool?
    package var isMinimumExact: Bool?

    /// Nothing is known.
    package init() {}

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: oldMaximum = try reader.binary(field)
            case 2: oldMinimum = try reader.binary(field)
            case 3: nullCount = try reader.int64(field)
            case 4: distinctCount = try reader.int64(field)
            case 5: maximum = try reader.binary(field)
            case 6: minimum = try reader.binary(field)
            case 7: isMaximumExact = try reader.boolean(field)
            case 8: isMinimumExact = try reader.boolean(field)
            default: try reader.skip(field)
            }
        }
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, oldMaximum)
        writer.write(2, oldMinimum)
        writer.write(3, nullCount)
        writer.write(4, distinctCount)
        writer.write(5, maximum)
        writer.write(6, minimum)
        writer.write(7, isMaximumExact)
        writer.write(8, isMinimumExact)
    }
}
