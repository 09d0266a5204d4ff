// What libFuzzer calls with texts that it makes up: see scripts/fuzz.

#if canImport(Formats)
import Columns
import Formats
#endif

/// Whatever the text, everything that reads JSON comes to an end, and what is written of a record reads as the same
/// record. The first two bytes say with which options and which path.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    // Exactly as much memory as readers ask for.
    let buffer = JSONFuzz.copy(UnsafeBufferPointer(start: bytes + 2, count: count - 2))
    let text = UnsafeBufferPointer(start: UnsafePointer(buffer.pointer(as: UInt8.self)), count: count - 2)
    do {
        try JSONFuzz.round(text, JSONFuzz.options(bytes[0], bytes[1]), path: Int(bytes[1]))
    } catch {
        preconditionFailure("a reader of what can be read ends with \(error)")
    }
    return 0
}

enum JSONFuzz {
    private static let paths = ["$", "$.a", "$.o.k[*].z", "$[0]", "$[*][*]", "$.m.*", "$['a b'].c[1].d[*]"]

    private static let schema = Schema([
        Field("a", .byte), Field("s", .string), Field("d", .double), Field("i", .integer), Field("g", .long),
        Field("o", .structure([Field("k", .array(.string, containsNull: true))])),
        Field("m", .map(key: .string, value: .boolean, valueContainsNull: true)), Field("t", .timestamp),
        Field("b", .binary), Field("n", .decimal(precision: 10, scale: 2)), Field("day", .date), Field("f", .float),
        Field("l", .array(.array(.integer, containsNull: true), containsNull: true)), Field("y", .boolean),
        Field("bad", .string),
    ])

    static func copy(_ bytes: some Collection<UInt8>) -> Buffer {
        let buffer = Buffer.zeroed(capacity: bytes.count)
        for (place, byte) in bytes.enumerated() { buffer.pointer(as: UInt8.self)[place] = byte }
        return buffer
    }

    static func options(_ first: UInt8, _ second: UInt8) -> JSONReadOptions {
        var options = JSONReadOptions()
        options.corruptRecordColumn = "bad"
        options.allowsComments = first & 1 != 0
        options.allowsUnquotedNames = first & 2 != 0
        options.allowsLeadingZeros = first & 4 != 0
        options.allowsAnyEscape = first & 8 != 0
        options.allowsControlCharacters = first & 16 != 0
        options.allowsSingleQuotes = first & 32 != 0
        options.maximumDepth = first & 64 != 0 ? 3 : 1000
        options.allowsNonNumericNumbers = second & 64 != 0
        return options
    }

    static func round(_ text: UnsafeBufferPointer<UInt8>, _ options: JSONReadOptions, path: Int) throws {
        let first = try read(text, options)
        var again: [UInt8] = []
        for row in 0..<first.count { again += Array(first.run(row)) + [10] }
        let buffer = copy(again)
        let second = try read(
            UnsafeBufferPointer(start: UnsafePointer(buffer.pointer(as: UInt8.self)), count: again.count),
            JSONReadOptions())
        precondition(first.count == second.count, "a row was lost of \(String(decoding: text, as: UTF8.self))")
        for row in 0..<first.count where !first.run(row).contains(where: { $0 >= 0x80 }) {
            precondition(
                first.run(row).elementsEqual(second.run(row)),
                "\(String(decoding: text, as: UTF8.self)) is \(String(decoding: first.run(row), as: UTF8.self))")
        }
        try look(text, options, path)
    }

    private static func read(_ text: UnsafeBufferPointer<UInt8>, _ options: JSONReadOptions) throws -> ColumnVector {
        let reader = try JSONRecordReader(schema: schema, options: options, rowsPerBatch: 32)
        var read = 0
        while read < text.count, reader.count < 32 {
            read += try reader.read(
                UnsafeBufferPointer(rebasing: text[read...]), isLast: true, place: Int64(read))
        }
        var every = JSONWriteOptions()
        every.ignoresNullFields = false
        return try JSONWriter.texts(reader.take(), options: every)
    }

    private static func look(_ text: UnsafeBufferPointer<UInt8>, _ options: JSONReadOptions, _ path: Int) throws {
        var inference = try JSONInference(JSONInferenceOptions(), reading: options)
        try inference.add(text)
        _ = inference.schema
        var reader = JSONTextReader()
        _ = reader.elementCount(text)
        _ = reader.names(text) { _ in }
        guard let path = JSONPath(paths[path % paths.count]) else { return }
        var out = BytesBuilder(type: .string)
        _ = reader.write(path, of: text, into: &out)
    }
}
