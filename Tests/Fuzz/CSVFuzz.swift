// What libFuzzer calls with texts that it makes up: see scripts/fuzz.

#if canImport(Formats)
import Columns
import Formats
#endif

/// Whatever the text, everything that reads comma-separated values comes to an end, and a text that comes in two pieces
/// has the rows that it has in one. The first three bytes say with which options, and where the pieces part.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCSV(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 3 else { return 0 }
    let text = Array(UnsafeBufferPointer(start: bytes + 3, count: count - 3))
    let options = CSVFuzz.options(bytes[0], bytes[1])
    do {
        let whole = try CSVFuzz.read(text, options, cut: nil)
        let pieces = try CSVFuzz.read(text, options, cut: text.count * Int(bytes[2]) / 256)
        precondition(whole == pieces, "in pieces \(pieces ?? "nothing"), not \(whole ?? "nothing")")
        CSVFuzz.infer(text, options)
    } catch {
        preconditionFailure("a reader of what can be read ends with \(error)")
    }
    return 0
}

enum CSVFuzz {
    private static let schema = Schema([
        Field("a", .byte), Field("s", .string), Field("d", .double), Field("g", .long), Field("t", .timestamp),
        Field("n", .decimal(precision: 10, scale: 2)), Field("day", .date), Field("y", .boolean), Field("bad", .string),
    ])

    static func options(_ first: UInt8, _ second: UInt8) -> CSVReadOptions {
        var options = CSVReadOptions()
        options.corruptRecordColumn = "bad"
        if first & 1 != 0 { options.separator = Array("||".utf8) }
        if first & 2 != 0 { options.quote = nil }
        if first & 4 != 0 { options.escape = UInt8(ascii: "\"") }
        if first & 8 != 0 { options.comment = UInt8(ascii: "#") }
        options.hasHeader = first & 16 != 0
        options.enforcesSchema = first & 32 == 0
        options.ignoresLeadingBlanks = first & 64 != 0
        options.ignoresTrailingBlanks = first & 128 != 0
        options.spansLines = second & 1 != 0
        if second & 2 != 0 { options.mode = .dropMalformed }
        if second & 4 != 0 { options.nullValue = Array("-".utf8) }
        return options
    }

    private static func with<Result, Failure: Error>(
        _ bytes: ArraySlice<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // Exactly as much memory as readers ask for.
        let buffer = Buffer.zeroed(capacity: bytes.count)
        for (place, byte) in bytes.enumerated() { buffer.pointer(as: UInt8.self)[place] = byte }
        defer { withExtendedLifetime(buffer) {} }
        return try body(UnsafeBufferPointer(start: UnsafePointer(buffer.pointer(as: UInt8.self)), count: bytes.count))
    }

    /// The rows as JSON, a line each; `nil` where the file's names are not those of the schema.
    static func read(_ text: [UInt8], _ options: CSVReadOptions, cut: Int?) throws -> String? {
        let reader = try CSVRecordReader(schema, of: schema, options: options, rowsPerBatch: 5000)
        reader.beginFile(atItsStart: true)
        do throws(KernelError) {
            var read = 0
            if let cut {
                read = try with(text[..<cut]) { (bytes) throws(KernelError) in
                    try reader.read(bytes, isLast: false, place: 0)
                }
            }
            while read < text.count {
                let step = try with(text[read...]) { (bytes) throws(KernelError) in
                    try reader.read(bytes, isLast: true, place: Int64(read))
                }
                precondition(step > 0, "nothing is read at \(read) of \(text.count)")
                read += step
            }
        } catch {
            guard options.hasHeader, !options.enforcesSchema else { throw error }
            return nil
        }
        let batch = reader.take()
        var every = JSONWriteOptions()
        every.ignoresNullFields = false
        let texts = try JSONWriter.texts(
            ColumnVector(type: .structure(batch.schema.fields), count: batch.count, children: batch.columns),
            options: every)
        return (0..<texts.count).map { String(decoding: texts.run($0), as: UTF8.self) }.joined(separator: "\n")
    }

    /// Infers as from a file.
    static func infer(_ text: [UInt8], _ options: CSVReadOptions) {
        var wanted = CSVInferenceOptions()
        wanted.infersTypes = true
        var inference = CSVInference(wanted, reading: options)
        var (read, isFirst) = (0, true)
        with(text[...]) { bytes in
            while let end = inference.recordEnd(in: bytes, from: read, isLast: true, .anyLineEnd), read < bytes.count {
                let record = UnsafeBufferPointer(rebasing: bytes[read..<end.start])
                if inference.isRecord(record) {
                    inference.add(record, isFirst: isFirst)
                    isFirst = false
                }
                precondition(end.next > read, "no record ends behind \(read)")
                read = end.next
            }
        }
        _ = inference.schema
    }
}
