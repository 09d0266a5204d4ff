// Numbers that are rounded right, and bytes that are anything.

import Columns
import Formats
import TestSupport
import Testing

struct JSONRobustnessTests {
    /// Numbers as they are written, in one column.
    private func doubles(_ texts: [String]) throws -> [Double] {
        let reader = try JSONRecordReader(
            schema: Schema([Field("d", .double)]), options: JSONReadOptions(), rowsPerBatch: texts.count)
        let (buffer, count) = padded(Array(texts.map { "{\"d\":\($0)}\n" }.joined().utf8))
        _ = try reader.read(
            UnsafeBufferPointer(start: UnsafePointer(buffer.pointer(as: UInt8.self)), count: count), isLast: true,
            place: 0)
        let column = reader.take().columns[0]
        return (0..<column.count).map { column.slots(as: Double.self)[$0] }
    }

    @Test(arguments: [1, 2, 3])
    func doublesAreTheNearest(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        var texts = [
            "2.2250738585072014e-308", "4.9e-324", "1.7976931348623157e308", "9007199254740993", "0.1", "1e23",
            "8.5e-30", "123456789012345678901234567890e-10", "7.2057594037927933e16", "1e-400", "0e999",
        ]
        for _ in 0..<5000 {
            let bits = Double(bitPattern: random.next())
            if bits.isFinite { texts.append("\(bits)") }
            texts.append("\(random.next() % 1_000_000_000_000_000_000)e\(Int64(random.next() % 640) - 330)")
            texts.append("\(random.next() >> 11).\(random.next() % 1000)")
        }
        let found = try doubles(texts)
        for (text, value) in zip(texts, found) {
            #expect(value.bitPattern == Double(text)?.bitPattern, "seed \(seed): \(text)")
        }
    }

    private static let seeds = [
        #"{"a":1,"s":"té\u00e9xt","d":-1.5e3,"o":{"k":[1,2,{"z":null}]},"m":{"x":true},"t":"2026-11-26T10:11:12Z"}"#,
        #"[{"a":128,"s":'x'},{"b":"AQID","n":NaN,"l":[[1],[2,"x"]]}]"#,
        #"{"a":99999999999999999999,"s":"\ud83d\ude00","d":"Infinity","n":1e400,"l":[],"o":null} /* c */ // d"#,
    ]

    /// Every record that is cut or changed gives rows or none, whatever it holds; what is read is well formed.
    @Test(arguments: [1, 2, 3, 4])
    func anyBytesAreRead(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let columns =
            "a TINYINT, s STRING, d DOUBLE, o STRUCT<k: ARRAY<STRING>>, m MAP<STRING, BOOLEAN>, t TIMESTAMP,"
            + " b BINARY, n DECIMAL(10,2), l ARRAY<ARRAY<INT>>, bad STRING"
        for round in 0..<400 {
            var bytes = Array(Self.seeds[Int(random.next() % 3)].utf8)
            if round % 3 == 0 { bytes = Array(bytes.prefix(Int(random.next() % UInt64(bytes.count)))) }
            for _ in 0..<(random.next() % 4) where !bytes.isEmpty {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(Array("{}[]\",:\\'0-eu\n".utf8)[Int(random.next() % 14)], at: place)
                default: bytes.insert(contentsOf: bytes[place..<min(place + 9, bytes.count)], at: place)
                }
            }
            let options = reading {
                $0.corruptRecordColumn = "bad"
                $0.allowsComments = random.next() % 2 == 0
                $0.allowsUnquotedNames = random.next() % 2 == 0
                $0.allowsAnyEscape = random.next() % 2 == 0
                $0.allowsControlCharacters = random.next() % 2 == 0
                $0.maximumDepth = random.next() % 2 == 0 ? 3 : 1000
            }
            // What is written of it is JSON again, and reads as the same rows.
            let first = try rows(bytes, columns, options, rowsPerBatch: 16)
            let again = try rows(Array(first.joined(separator: "\n").utf8), columns, rowsPerBatch: 16)
            #expect(first == again, "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
