// What prints a frame: rows, columns, plan, as in Spark's shell.

import Columns

extension DataFrame {
    /// Prints the first rows of a static frame as a table; longer texts than 20 characters are cut.
    ///
    /// - Throws: as `collect()`.
    public func show(_ numRows: Int = 20, truncate: Bool = true) throws {
        print(try shown(numRows: numRows, truncate: truncate))
    }

    /// Prints the columns as a tree.
    ///
    /// - Throws: what is wrong with the query.
    public func printSchema() throws { print(try schema.treeString) }

    /// Prints the query as an indented tree, with every name bound and every cast written out.
    ///
    /// - Throws: what is wrong with the query.
    public func explain() throws { print(try explained()) }

    /// The names of the columns.
    ///
    /// - Throws: what is wrong with the query.
    public var columns: [String] { get throws { try schema.names } }
}

extension Schema {
    /// The columns as a tree, as Spark's `printSchema` prints it.
    public var treeString: String {
        var lines = ["root"]
        for field in fields { Self.add(field.name, field.type, "nullable", field.isNullable, "", &lines) }
        return lines.map { "\($0)\n" }.joined()
    }

    private static func add(
        _ name: String, _ type: DataType, _ what: String?, _ flag: Bool, _ indentation: String, _ lines: inout [String]
    ) {
        let suffix = what.map { " (\($0) = \(flag))" } ?? ""
        lines.append("\(indentation) |-- \(name): \(type.treeName)\(suffix)")
        let deeper = indentation + " |   "
        switch type {
        case .array(let element, let containsNull):
            add("element", element, "containsNull", containsNull, deeper, &lines)
        case .map(let key, let value, let containsNull):
            add("key", key, nil, false, deeper, &lines)
            add("value", value, "valueContainsNull", containsNull, deeper, &lines)
        case .structure(let fields):
            for field in fields { add(field.name, field.type, "nullable", field.isNullable, deeper, &lines) }
        default: break
        }
    }
}

extension DataType {
    /// The type's name in Spark's trees: `long` where SQL says `BIGINT`.
    fileprivate var treeName: String {
        switch self {
        case .null: "void"
        case .byte: "byte"
        case .short: "short"
        case .integer: "integer"
        case .long: "long"
        case .array: "array"
        case .map: "map"
        case .structure: "struct"
        case .boolean, .float, .double, .decimal, .string, .binary, .variant, .date, .timestamp, .timestampNTZ,
            .time, .yearMonthInterval, .dayTimeInterval:
            description.lowercased()
        }
    }
}
