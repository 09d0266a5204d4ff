// Names, types and nullability of columns.

/// One column of a schema, or one field of a structure.
public struct Field: Hashable, Sendable {
    /// The column's name.
    public let name: String
    /// The type of its values.
    public let type: DataType
    /// Whether a value may be NULL.
    public let isNullable: Bool

    /// Creates a field; nullable unless said otherwise, as in Spark.
    public init(_ name: String, _ type: DataType, isNullable: Bool = true) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }
}

/// The columns of a table or stream, in order. Names may repeat; resolving a repeated name is then an error.
public struct Schema: Hashable, Sendable {
    /// The columns, in order.
    public let fields: [Field]

    /// Creates a schema of these columns.
    public init(_ fields: [Field]) {
        self.fields = fields
    }

    /// How many columns there are.
    public var count: Int { fields.count }

    /// The columns' names, in order.
    public var names: [String] { fields.map(\.name) }

    /// The index of each column with this name; Spark compares names without regard to case.
    package func indices(named name: String) -> [Int] {
        let exact = fields.indices.filter { fields[$0].name == name }
        if !exact.isEmpty { return exact }
        let folded = name.lowercased()
        return fields.indices.filter { fields[$0].name.lowercased() == folded }
    }
}

extension Schema: CustomStringConvertible {
    /// The columns as a `CREATE TABLE` lists them: `key BINARY, value BINARY NOT NULL`.
    public var description: String {
        fields.map { "\($0.name) \($0.type)\($0.isNullable ? "" : " NOT NULL")" }.joined(separator: ", ")
    }
}
