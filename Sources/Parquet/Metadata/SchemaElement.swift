// A node of a file's schema.

/// A field, or a group of them; all of a file stand in a list, in the order of a walk from the root.
package struct SchemaElement: Hashable, ThriftStructure {
    /// `nil` where it is a group.
    package var type: PhysicalType?
    /// Bytes of a value, of those with a fixed length.
    package var typeLength: Int32?
    /// `nil` at the root.
    package var repetition: Repetition?
    package var name: String
    /// `nil` where it is no group.
    package var childCount: Int32?
    package var convertedType: ConvertedType?
    package var scale: Int32?
    package var precision: Int32?
    package var fieldID: Int32?
    package var logicalType: LogicalType?

    /// Creates a node.
    package init(
        _ name: String, type: PhysicalType? = nil, typeLength: Int32? = nil, repetition: Repetition? = nil,
        childCount: Int32? = nil, convertedType: ConvertedType? = nil, scale: Int32? = nil, precision: Int32? = nil,
        fieldID: Int32? = nil, logicalType: LogicalType? = nil
    ) {
        self.name = name
        self.type = type
        self.typeLength = typeLength
        self.repetition = repetition
        self.childCount = childCount
        self.convertedType = convertedType
        self.scale = scale
        self.precision = precision
        self.fieldID = fieldID
        self.logicalType = logicalType
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        self.init("")
        var name: String?
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1:
                guard let value = PhysicalType(rawValue: try reader.int32(field)) else {
                    throw reader.damaged("a type that there is not in the schema")
                }
                type = value
            case 2: typeLength = try reader.int32(field)
            case 3:
                guard let value = Repetition(rawValue: try reader.int32(field)) else {
                    throw reader.damaged("a repetition that there is not in the schema")
                }
                repetition = value
            case 4: name = try reader.string(field)
            case 5: childCount = try reader.int32(field)
            case 6: convertedType = ConvertedType(rawValue: try reader.int32(field))
            case 7: scale = try reader.int32(field)
            case 8: precision = try reader.int32(field)
            case 9: fieldID = try reader.int32(field)
            case 10: logicalType = try reader.structure(field)
            default: try reader.skip(field)
            }
        }
        guard let name else { throw reader.damaged("a field without a name in the schema") }
        self.name = name
    }

    /// Writes the fields that have values.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, type?.rawValue)
        writer.write(2, typeLength)
        writer.write(3, repetition?.rawValue)
        writer.write(4, name)
        writer.write(5, childCount)
        writer.write(6, convertedType?.rawValue)
        writer.write(7, scale)
        writer.write(8, precision)
        writer.write(9, fieldID)
        writer.write(10, logicalType)
    }
}
