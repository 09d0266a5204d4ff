// What a file's fields are as our types, by Spark's rules.

import Columns
import JSONText

extension ParquetFooter {
    /// The file's columns, with the types that Spark notes where Parquet has none for them: intervals.
    ///
    /// - Throws: for types that are read as none of ours.
    package func schema() throws(ParquetError) -> Schema {
        let noted = SparkSchemaText.fields(SparkSchemaText.noted(in: metaData))
        var fields: [Field] = []
        for node in root.children {
            do throws(ParquetError) {
                fields.append(Field(node.name, try node.dataType(isElement: false, noted: noted[node.name])))
            } catch {
                throw error.at(column: node.name)
            }
        }
        return Schema(fields)
    }
}

extension SchemaNode {
    /// The type as which the field is read where nobody asks for another; of what Spark noted of it counts what
    /// the file's own words can't say.
    func dataType(isElement: Bool, noted: JSONValue?) throws(ParquetError) -> DataType {
        // A type of a program's own is kept as another one.
        let noted = noted?["sqlType"] ?? noted
        switch try shape(isElement: isElement) {
        case .leaf: return SparkSchemaText.leaf(noted, over: try element.leafType())
        case .structure:
            let types = SparkSchemaText.fields(noted)
            var fields: [Field] = []
            for child in children {
                fields.append(Field(child.name, try child.dataType(isElement: false, noted: types[child.name])))
            }
            return .structure(fields)
        case .list(let repeated, let element):
            let type = try element.dataType(isElement: element === repeated, noted: noted?["elementType"])
            return .array(type, containsNull: true)
        case .map(_, let key, let value):
            return .map(
                key: try key.dataType(isElement: false, noted: noted?["keyType"]),
                value: try value.dataType(isElement: false, noted: noted?["valueType"]), valueContainsNull: true)
        }
    }
}

extension SchemaElement {
    /// The type as people write it in Parquet's terms: `INT64 (TIMESTAMP(NANOS,true))`.
    var typeText: String {
        let physical =
            switch type {
            case nil: "group"
            case .boolean: "BOOLEAN"
            case .int32: "INT32"
            case .int64: "INT64"
            case .int96: "INT96"
            case .float: "FLOAT"
            case .double: "DOUBLE"
            case .byteArray: "BINARY"
            case .fixedLengthByteArray: "FIXED_LEN_BYTE_ARRAY(\(typeLength ?? 0))"
            }
        guard let meaning else { return physical }
        let units: [ParquetTimeUnit: String] = [
            .milliseconds: "MILLIS", .microseconds: "MICROS", .nanoseconds: "NANOS",
        ]
        let logical =
            switch meaning {
            case .string: "STRING"
            case .map: "MAP"
            case .list: "LIST"
            case .enumeration: "ENUM"
            case .decimal(let scale, let precision): "DECIMAL(\(precision),\(scale))"
            case .date: "DATE"
            case .time(let isAdjusted, let unit): "TIME(\(units[unit] ?? ""),\(isAdjusted))"
            case .timestamp(let isAdjusted, let unit): "TIMESTAMP(\(units[unit] ?? ""),\(isAdjusted))"
            case .integer(let width, let isSigned): "INTEGER(\(width),\(isSigned))"
            case .unknown: "UNKNOWN"
            case .json: "JSON"
            case .bson: "BSON"
            case .uuid: "UUID"
            case .float16: "FLOAT16"
            case .other(-1): convertedType == .interval ? "INTERVAL" : "converted type \(convertedType?.rawValue ?? -1)"
            case .other(let id): "logical type \(id)"
            }
        return "\(physical) (\(logical))"
    }

    private var illegal: ParquetError { ParquetError(.unsupported, "illegal Parquet type: \(typeText)") }

    /// The type as which a field without fields is read where nobody asks for another.
    func leafType() throws(ParquetError) -> DataType {
        switch (type, meaning) {
        case (_, .unknown): return .null
        case (.boolean, nil): return .boolean
        case (.float, nil): return .float
        case (.double, nil): return .double
        case (.int96, nil): return .timestamp
        case (.int32, nil), (.int32, .integer(32, true)): return .integer
        case (.int32, .integer(8, true)): return .byte
        case (.int32, .integer(16, true)), (.int32, .integer(8, false)): return .short
        case (.int32, .integer(16, false)): return .integer
        case (.int32, .integer(32, false)): return .long
        case (.int32, .date): return .date
        case (.int64, nil), (.int64, .integer(64, true)): return .long
        case (.int64, .integer(64, false)): return .decimal(precision: 20, scale: 0)
        case (.int64, .timestamp(let isAdjusted, _)): return isAdjusted ? .timestamp : .timestampNTZ
        case (.int64, .time(isAdjustedToUTC: false, unit: .microseconds)): return .time(precision: 6)
        case (.int64, .time(isAdjustedToUTC: false, unit: .nanoseconds)): return .time(precision: 9)
        case (.byteArray, .string), (.byteArray, .enumeration), (.byteArray, .json): return .string
        case (.byteArray, nil), (.byteArray, .bson), (.fixedLengthByteArray, nil): return .binary
        case (.int32, .decimal(let scale, let precision)): return try decimal(precision, scale, most: 9)
        case (.int64, .decimal(let scale, let precision)): return try decimal(precision, scale, most: 18)
        case (.byteArray, .decimal(let scale, let precision)),
            (.fixedLengthByteArray, .decimal(let scale, let precision)):
            return try decimal(precision, scale, most: 38)
        default: throw illegal
        }
    }

    private func decimal(_ precision: Int32, _ scale: Int32, most: Int32) throws(ParquetError) -> DataType {
        guard (1...most).contains(precision), (0...precision).contains(scale) else { throw illegal }
        return .decimal(precision: Int(precision), scale: Int(scale))
    }
}
