// Schemas and types that promise nothing.

extension Schema {
    /// The same columns, each of which may be NULL, all the way down.
    package var nullable: Schema { Schema(fields.map { Field($0.name, $0.type.nullable) }) }
}

extension DataType {
    /// The same type, all of whose parts may be NULL: a text may lack anything, whatever a schema says.
    package var nullable: DataType {
        switch self {
        case .array(let element, _): .array(element.nullable, containsNull: true)
        case .map(let key, let value, _): .map(key: key, value: value.nullable, valueContainsNull: true)
        case .structure(let fields): .structure(fields.map { Field($0.name, $0.type.nullable) })
        default: self
        }
    }
}
