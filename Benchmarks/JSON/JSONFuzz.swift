// Bytes that are nearly JSON, for as long as one likes: `JSONBenchmarks fuzz SECONDS [SEED]`.

import Columns
import Formats

/// Records cut, changed and put together again, through everything that reads JSON. What must hold: no crash, no end
/// that doesn't come, and what is written of a record reads as the same record. Best built with `--sanitize=address`.
struct JSONFuzz {
    private static let seeds = [
        #"{"a":1,"s":"té\u00e9xt","d":-1.5e3,"o":{"k":[1,2,{"z":null}]},"m":{"x":true},"t":"2026-11-26T10:11:12Z"}"#,
        #"[{"a":128,"s":'x'},{"b":"AQID","n":NaN,"l":[[1],[2,"x"]]}]"#,
        #"{"a":99999999999999999999,"s":"\ud83d\ude00","d":"Infinity","n":1e400,"l":[],"o":null} /* c */ // d"#,
        #"{"a":-0,"d":123456789012345678901e-400,"n":"-1.5","t":"1.1.2026","day":"2026-01-31","day":19000,"a":null}"#,
        "[[[[[[[[[[]]]]]]]]]]", "{\"a b\":{\"c\":[{\"d\":[]},{}]}}", "\u{FEFF}{} junk\r\n{\"a\":1}\r\n\n{", "nul",
        "\"\\",
    ]
    private static let paths = ["$", "$.a", "$.o.k[*].z", "$[0]", "$[*][*]", "$.m.*", "$['a b'].c[1].d[*]"]

    private var state: UInt64
    private(set) var rounds = 0
    private(set) var rows = 0

    init(seed: UInt64) { state = seed }

    private mutating func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    /// Goes on until the processor has given so many seconds.
    mutating func run(seconds: Double) throws {
        let start = threadSeconds()
        while threadSeconds() - start < seconds {
            let bytes = mutated()
            try round(bytes)
            rounds += 1
        }
    }

    private mutating func mutated() -> [UInt8] {
        var bytes = Array(Self.seeds[random(Self.seeds.count)].utf8)
        if random(3) == 0 { bytes += [10] + Array(Self.seeds[random(Self.seeds.count)].utf8) }
        if random(3) == 0 { bytes = Array(bytes.prefix(random(bytes.count + 1))) }
        for _ in 0..<random(6) where !bytes.isEmpty {
            let place = random(bytes.count)
            switch random(5) {
            case 0: bytes[place] = UInt8(random(256))
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(Array("{}[]\",:\\'0-+.eEuntf\n\r /*".utf8)[random(24)], at: place)
            case 3:
                bytes.insert(contentsOf: bytes[place..<min(place + random(40), bytes.count)], at: random(bytes.count))
            default: bytes[place] ^= UInt8(1 << random(8))
            }
        }
        return bytes
    }

    private mutating func round(_ bytes: [UInt8]) throws {
        var options = JSONReadOptions()
        options.corruptRecordColumn = "bad"
        options.allowsComments = random(2) == 0
        options.allowsUnquotedNames = random(2) == 0
        options.allowsLeadingZeros = random(2) == 0
        options.allowsAnyEscape = random(2) == 0
        options.allowsControlCharacters = random(2) == 0
        options.allowsSingleQuotes = random(4) > 0
        options.maximumDepth = random(3) == 0 ? 3 : 1000
        // Exactly as much memory as readers ask for.
        let buffer = Buffer.zeroed(capacity: bytes.count)
        buffer.pointer(as: UInt8.self).update(from: bytes, count: bytes.count)
        let text = UnsafeBufferPointer(start: UnsafePointer(buffer.pointer(as: UInt8.self)), count: bytes.count)
        let first = try read(text, options)
        rows += first.count
        var again: [UInt8] = []
        for row in 0..<first.count { again += Array(first.run(row)) + [10] }
        let copy = Buffer.zeroed(capacity: again.count)
        copy.pointer(as: UInt8.self).update(from: again, count: again.count)
        let second = try read(
            UnsafeBufferPointer(start: UnsafePointer(copy.pointer(as: UInt8.self)), count: again.count),
            JSONReadOptions())
        precondition(first.count == second.count, "a row was lost of \(String(decoding: bytes, as: UTF8.self))")
        for row in 0..<first.count where !first.run(row).contains(where: { $0 >= 0x80 }) {
            precondition(
                first.run(row).elementsEqual(second.run(row)),
                "\(String(decoding: bytes, as: UTF8.self)) is \(String(decoding: first.run(row), as: UTF8.self))")
        }
        try look(text, options)
    }

    private static let schema = Schema([
        Field("a", .byte), Field("s", .string), Field("d", .double),
        Field("o", .structure([Field("k", .array(.string, containsNull: true))])),
        Field("m", .map(key: .string, value: .boolean, valueContainsNull: true)), Field("t", .timestamp),
        Field("b", .binary), Field("n", .decimal(precision: 10, scale: 2)), Field("day", .date), Field("f", .float),
        Field("l", .array(.array(.integer, containsNull: true), containsNull: true)), Field("bad", .string),
    ])

    private func read(_ text: UnsafeBufferPointer<UInt8>, _ options: JSONReadOptions) throws -> ColumnVector {
        let reader = try JSONRecordReader(schema: Self.schema, options: options, rowsPerBatch: 32)
        var read = 0
        while read < text.count, reader.count < 32 {
            read += try reader.read(
                UnsafeBufferPointer(rebasing: text[read...]), isLast: true, place: Int64(read))
        }
        var every = JSONWriteOptions()
        every.ignoresNullFields = false
        return JSONWriter.texts(reader.take(), options: every)
    }

    private mutating func look(_ text: UnsafeBufferPointer<UInt8>, _ options: JSONReadOptions) throws {
        var inference = try JSONInference(JSONInferenceOptions(), reading: options)
        try inference.add(text)
        _ = inference.schema
        var reader = JSONTextReader()
        _ = reader.elementCount(text)
        _ = reader.names(text) { _ in }
        guard let path = JSONPath(Self.paths[random(Self.paths.count)]) else { return }
        var out = BytesBuilder(type: .string)
        _ = reader.write(path, of: text, into: &out)
    }
}
