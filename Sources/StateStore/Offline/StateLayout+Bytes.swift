// Layouts and types as bytes, for manifests.

import Columns

extension StateLayout {
    private static let version: UInt32 = 1

    /// The layout as manifests hold it.
    var bytes: [UInt8] {
        var writer = StateWriter()
        writer.write(StateLayout.version)
        writer.write(form.rawValue)
        writer.write(operatorName)
        writer.write(keys)
        writer.write(values)
        writer.write(otherValues)
        writer.write(UInt32(accumulated.count))
        for one in accumulated {
            writer.write(one.name)
            writer.write(UInt32(one.inputTypes.count))
            for type in one.inputTypes { writer.write(type) }
            writer.write(UInt32(one.columnCount))
        }
        writer.write(UInt32(shardKeys.count))
        for isNullSafe in shardKeys { writer.write(isNullSafe) }
        if form == .variables {
            writer.write(UInt32(variables.count))
            for variable in variables {
                writer.write(variable.name)
                writer.write(variable.kind.rawValue)
                writer.write(variable.keys)
                writer.write(variable.values)
            }
        }
        return writer.finish().bytes
    }

    /// Reads what `bytes` gave.
    static func decode(_ bytes: [UInt8]) throws(StateFormatError) -> StateLayout {
        var reader = StateReader(bytes[...])
        let version = try reader.readUInt32()
        guard version == StateLayout.version else { throw StateFormatError("a layout of version \(version)") }
        let number = try reader.readUInt32()
        guard let form = Form(rawValue: number) else { throw StateFormatError("rows in form \(number)") }
        let operatorName = try reader.readText()
        let (keys, values, others) = (
            try reader.readLayoutColumns(), try reader.readLayoutColumns(), try reader.readLayoutColumns()
        )
        var accumulated: [Accumulated] = []
        for _ in 0..<(try reader.readUInt32()) {
            let name = try reader.readText()
            var types: [DataType] = []
            for _ in 0..<(try reader.readUInt32()) { types.append(try reader.readType()) }
            accumulated.append(Accumulated(name, types, columnCount: Int(try reader.readUInt32())))
        }
        var shardKeys: [Bool] = []
        for _ in 0..<(try reader.readUInt32()) { shardKeys.append(try reader.readFlag()) }
        let variables = form == .variables ? try reader.readVariables() : []
        try reader.finish()
        guard accumulated.reduce(0, { $0 + $1.columnCount }) <= values.count, shardKeys.count <= keys.count,
            form != .ordered || keys.allSatisfy({ OrderedKeys.canEncode($0.type) }),
            variables.allSatisfy({ (keys + $0.keys).allSatisfy { OrderedKeys.canEncode($0.type) } }),
            keys.allSatisfy({ GroupKeys.canBeKey($0.type) })
        else { throw StateFormatError("a layout that contradicts itself") }
        return StateLayout(
            form, operatorName: operatorName, keys: keys, values: values, otherValues: others,
            variables: variables, accumulated: accumulated, shardKeys: shardKeys)
    }
}

extension StateWriter {
    fileprivate mutating func write(_ flag: Bool) { write(UInt32(flag ? 1 : 0)) }

    fileprivate mutating func write(_ columns: [StateLayout.Column]) {
        write(UInt32(columns.count))
        for column in columns {
            write(column.name)
            write(column.type)
            write(Int(column.windowMicroseconds))
        }
    }

    /// A type: its number, and what it is made of.
    fileprivate mutating func write(_ type: DataType) {
        switch type {
        case .null: write(0 as UInt32)
        case .boolean: write(1 as UInt32)
        case .byte: write(2 as UInt32)
        case .short: write(3 as UInt32)
        case .integer: write(4 as UInt32)
        case .long: write(5 as UInt32)
        case .float: write(6 as UInt32)
        case .double: write(7 as UInt32)
        case .decimal(let precision, let scale):
            write(8 as UInt32)
            write(UInt32(precision))
            write(UInt32(scale))
        case .string: write(9 as UInt32)
        case .binary: write(10 as UInt32)
        case .date: write(11 as UInt32)
        case .timestamp: write(12 as UInt32)
        case .timestampNTZ: write(13 as UInt32)
        case .yearMonthInterval(let fields):
            write(14 as UInt32)
            write(fields.rawValue)
        case .dayTimeInterval(let fields):
            write(15 as UInt32)
            write(fields.rawValue)
        case .variant: write(19 as UInt32)
        case .time(let precision):
            write(20 as UInt32)
            write(UInt32(precision))
        case .array(let element, let containsNull):
            write(16 as UInt32)
            write(element)
            write(containsNull)
        case .map(let key, let value, let valueContainsNull):
            write(17 as UInt32)
            write(key)
            write(value)
            write(valueContainsNull)
        case .structure(let fields):
            write(18 as UInt32)
            write(UInt32(fields.count))
            for field in fields {
                write(field.name)
                write(field.type)
                write(field.isNullable)
            }
        }
    }
}

extension StateReader {
    /// Types deeper than this are damage.
    private static let deepestType = 100

    fileprivate mutating func readFlag() throws(StateFormatError) -> Bool {
        let value = try readUInt32()
        guard value <= 1 else { throw StateFormatError("a flag of \(value)") }
        return value == 1
    }

    fileprivate mutating func readLayoutColumns() throws(StateFormatError) -> [StateLayout.Column] {
        var columns: [StateLayout.Column] = []
        for _ in 0..<(try readUInt32()) {
            let (name, type) = (try readText(), try readType())
            columns.append(StateLayout.Column(name, type, windowMicroseconds: Int64(try readCount())))
        }
        return columns
    }

    fileprivate mutating func readVariables() throws(StateFormatError) -> [StateLayout.Variable] {
        var variables: [StateLayout.Variable] = []
        for _ in 0..<(try readUInt32()) {
            let (name, number) = (try readText(), try readUInt32())
            guard let kind = StateLayout.Variable.Kind(rawValue: number) else {
                throw StateFormatError("a variable of kind \(number)")
            }
            variables.append(
                StateLayout.Variable(name, kind, keys: try readLayoutColumns(), values: try readLayoutColumns()))
        }
        return variables
    }

    fileprivate mutating func readType() throws(StateFormatError) -> DataType { try readType(depth: 0) }

    private mutating func readType(depth: Int) throws(StateFormatError) -> DataType {
        let number = try readUInt32()
        guard depth < StateReader.deepestType else { throw StateFormatError("a type that has no end") }
        switch number {
        case 0: return .null
        case 1: return .boolean
        case 2: return .byte
        case 3: return .short
        case 4: return .integer
        case 5: return .long
        case 6: return .float
        case 7: return .double
        case 8: return .decimal(precision: Int(try readUInt32()), scale: Int(try readUInt32()))
        case 9: return .string
        case 10: return .binary
        case 11: return .date
        case 12: return .timestamp
        case 13: return .timestampNTZ
        case 14: return .yearMonthInterval(try readFields(YearMonthFields.self))
        case 15: return .dayTimeInterval(try readFields(DayTimeFields.self))
        case 19: return .variant
        case 20:
            let precision = Int(try readUInt32())
            guard TimeOfDay.precisions.contains(precision) else { throw StateFormatError("a TIME of no precision") }
            return .time(precision: precision)
        case 16: return .array(try readType(depth: depth + 1), containsNull: try readFlag())
        case 17:
            return .map(
                key: try readType(depth: depth + 1), value: try readType(depth: depth + 1),
                valueContainsNull: try readFlag())
        case 18:
            var fields: [Field] = []
            for _ in 0..<(try readUInt32()) {
                let (name, type) = (try readText(), try readType(depth: depth + 1))
                fields.append(Field(name, type, isNullable: try readFlag()))
            }
            return .structure(fields)
        default: throw StateFormatError("a type with number \(number)")
        }
    }

    private mutating func readFields<Fields: RawRepresentable<String>>(
        _: Fields.Type
    ) throws(StateFormatError) -> Fields {
        let text = try readText()
        guard let fields = Fields(rawValue: text) else { throw StateFormatError("an interval of \(text)") }
        return fields
    }
}
