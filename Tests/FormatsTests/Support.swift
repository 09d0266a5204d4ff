// Texts of JSON through the reader and back through the writer.

import Columns
import Formats

/// Types by the names that SQL has for them, as far as tests need them: `INT`, `ARRAY<INT>`, `STRUCT<a: INT>`.
func type(_ text: String) -> DataType {
    let text = text.filter { $0 != " " }
    func inside(_ prefix: String) -> String? {
        text.hasPrefix(prefix + "<") ? String(text.dropFirst(prefix.count + 1).dropLast()) : nil
    }
    if let element = inside("ARRAY") { return .array(type(element), containsNull: true) }
    if let entry = inside("MAP") {
        let parts = split(entry)
        return .map(key: type(parts[0]), value: type(parts[1]), valueContainsNull: true)
    }
    if let fields = inside("STRUCT") { return .structure(columns(fields, separator: ":")) }
    if text.hasPrefix("DECIMAL(") {
        let digits = text.dropFirst(8).dropLast().split(separator: ",").map { Int($0) ?? 0 }
        return .decimal(precision: digits[0], scale: digits[1])
    }
    let names: [String: DataType] = [
        "BOOLEAN": .boolean, "TINYINT": .byte, "SMALLINT": .short, "INT": .integer, "BIGINT": .long, "FLOAT": .float,
        "DOUBLE": .double, "STRING": .string, "BINARY": .binary, "DATE": .date, "TIMESTAMP": .timestamp, "VOID": .null,
    ]
    return names[text] ?? .null
}

private func split(_ text: String) -> [String] {
    var parts = [""]
    var depth = 0
    for letter in text {
        if letter == "<" || letter == "(" { depth += 1 }
        if letter == ">" || letter == ")" { depth -= 1 }
        if letter == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(letter) }
    }
    return parts
}

private func columns(_ text: String, separator: Character) -> [Field] {
    split(text).filter { !$0.isEmpty }.map { part in
        let place = part.firstIndex(of: separator) ?? part.endIndex
        return Field(String(part[..<place]), type(String(part[part.index(after: place)...])))
    }
}

/// Columns as `a INT, b STRING`.
func schema(_ text: String) -> Schema {
    Schema(
        split(text).map { part in
            let part = part.drop { $0 == " " }
            let place = part.firstIndex(of: " ") ?? part.endIndex
            return Field(String(part[..<place]), type(String(part[place...])))
        })
}

/// A text in memory that is padded as readers want it.
func padded(_ bytes: some Collection<UInt8>) -> (buffer: Buffer, count: Int) {
    let buffer = Buffer.zeroed(capacity: bytes.count)
    for (index, byte) in bytes.enumerated() { buffer.pointer(as: UInt8.self)[index] = byte }
    return (buffer, bytes.count)
}

/// The rows of a batch as JSON with all its NULLs.
func json(_ batch: RecordBatch, options: JSONWriteOptions? = nil) -> [String] {
    var every = JSONWriteOptions()
    every.ignoresNullFields = false
    let rows = ColumnVector(
        type: .structure(batch.schema.fields), count: batch.count, children: batch.columns)
    guard let texts = try? JSONWriter.texts(rows, options: options ?? every) else { return ["no text"] }
    return (0..<texts.count).map { String(decoding: texts.run($0), as: UTF8.self) }
}

/// Options that differ from the usual ones.
func reading(_ change: (inout JSONReadOptions) -> Void) -> JSONReadOptions {
    var options = JSONReadOptions()
    change(&options)
    return options
}

/// What lines of JSON give as rows.
func rows(
    _ bytes: some Collection<UInt8>, _ columns: String, _ options: JSONReadOptions = JSONReadOptions(),
    separator: LineSeparator = .anyLineEnd, rowsPerBatch: Int = 4096
) throws -> [String] {
    let reader = try JSONRecordReader(
        schema: schema(columns), options: options, separator: separator, rowsPerBatch: rowsPerBatch)
    let (buffer, count) = padded(bytes)
    var result: [String] = []
    var read = 0
    while read < count {
        let text = UnsafeBufferPointer(
            start: UnsafePointer(buffer.pointer(as: UInt8.self)) + read, count: count - read)
        read += try reader.read(text, isLast: true, place: Int64(read))
        result += json(reader.take())
    }
    return result
}

func rows(_ text: String, _ columns: String, _ options: JSONReadOptions = JSONReadOptions()) throws -> [String] {
    try rows(Array(text.utf8), columns, options)
}
