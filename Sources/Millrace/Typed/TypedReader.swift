// Rows of a Swift type, from columns and to them.

import Columns

/// Reads rows of a type: a structure's properties from as many columns, any other type from one.
final class TypedReader<Row: Decodable> {
    private let reader: ValueReader
    private let isStructure: Bool

    /// Reads the columns of `fields`, which `TypedColumns` found for the type, from columns of these types.
    init(_ fields: [Field], isStructure: Bool, from columns: [DataType]) {
        self.isStructure = isStructure
        if isStructure {
            reader = ValueReader(rows: fields, from: columns)
        } else {
            precondition(fields.count == 1 && columns.count == 1, "a value is one column")
            reader = ValueReader(fields[0].type, from: columns[0], name: fields[0].name)
        }
    }

    /// Goes on to the rows of these columns.
    func attach(_ columns: [ColumnVector]) {
        if isStructure { reader.attach(rows: columns) } else { reader.attach(columns[0]) }
    }

    /// The value in a row.
    func read(at row: Int) throws -> Row { try reader.read(Row.self, at: row) }
}

/// Writes rows of a type: a structure's properties into as many columns, any other type into one.
final class TypedWriter<Row: Encodable> {
    private let sink: ValueSink
    private let rows: StructureSink?

    /// Writes the columns of `fields`, which `TypedColumns` found for the type.
    init(_ fields: [Field], isStructure: Bool) {
        if isStructure {
            let rows = StructureSink(rows: fields)
            self.rows = rows
            sink = rows
        } else {
            precondition(fields.count == 1, "a value is one column")
            rows = nil
            sink = ValueSink.make(fields[0].type, isNullable: fields[0].isNullable, name: fields[0].name)
        }
    }

    /// Writes a row.
    func write(_ row: Row) throws { try sink.write(row) }

    /// Appends a row that counts for nothing; of one column alone.
    func appendNull() { sink.appendNull() }

    /// How many rows there are.
    var count: Int { sink.count }
    /// Bytes of their texts.
    var byteCount: Int { sink.byteCount }

    /// The columns of the rows, and begins new ones.
    func finish() -> [ColumnVector] { rows?.finishColumns() ?? [sink.finish()] }
}
