// JSON to four typed columns and back to text: rows a second of one core.

import BenchmarkSupport
import Columns
import Formats
import KernelReference

/// Records with an integer, a text, a double and a timestamp among others, one a line.
func makeLines(count: Int) -> (buffer: Buffer, count: Int) {
    var text: [UInt8] = []
    var state: UInt64 = 42
    func random(_ bound: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % bound
    }
    func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    for _ in 0..<count {
        let clock = "\(two(random(24))):\(two(random(60))):\(two(random(60))).\(random(900) + 100)"
        let time = "2026-11-\(two(random(28) + 1))T\(clock)Z"
        let user = "user-\(random(100_000))"
        let amount = "\(random(10_000)).\(random(90) + 10)"
        text += Array(
            #"{"id":\#(random(1_000_000_000)),"user":"\#(user)","amount":\#(amount),"ts":"\#(time)","ok":true}"#
                .utf8)
        text.append(10)
    }
    let buffer = Buffer.zeroed(capacity: text.count)
    buffer.pointer(as: UInt8.self).update(from: text, count: text.count)
    return (buffer, text.count)
}

func show(_ what: String, rows: Int, bytes: Int, seconds: Double) {
    let million = fixed(Double(rows) / seconds / 1e6, 1)
    print("\(what): \(million) M rows/s, \(Int(Double(bytes) / seconds / 1e6)) MB/s")
}

/// Reads all lines as the columns of a reader.
func read(_ reader: JSONRecordReader, _ text: UnsafeBufferPointer<UInt8>, rowCount: Int) throws {
    var place = 0
    var rows = 0
    while place < text.count {
        place += try reader.read(UnsafeBufferPointer(rebasing: text[place...]), isLast: true, place: Int64(place))
        rows += reader.take().count
    }
    precondition(rows == rowCount, "every record is a row")
}

@main
enum JSONBenchmarks {
    static func main() throws {
        let rounds = roundCount(CommandLine.arguments.dropFirst(), usual: 15)
        let rowCount = 400_000
        let lines = makeLines(count: rowCount)
        let text = UnsafeBufferPointer(start: UnsafePointer(lines.buffer.pointer(as: UInt8.self)), count: lines.count)
        print("\(lines.count / rowCount) bytes a record")
        let four = [Field("id", .long), Field("user", .string), Field("amount", .double), Field("ts", .timestamp)]
        for (what, fields) in [
            ("id", [four[0]]), ("user", [four[1]]), ("amount", [four[2]]), ("ts", [four[3]]), ("nothing", []),
        ] {
            let reader = try JSONRecordReader(schema: Schema(fields), options: JSONReadOptions())
            let seconds = try best(7) { try read(reader, text, rowCount: rowCount) }
            show(what, rows: rowCount, bytes: lines.count, seconds: seconds)
        }
        let reader = try JSONRecordReader(schema: Schema(four), options: JSONReadOptions())
        try compare(
            "4 columns, M rows/s: best / median", rows: rowCount, rounds: rounds,
            swift: { try read(reader, text, rowCount: rowCount) },
            reference: {
                var checksum: UInt64 = 0
                let count = text.baseAddress.map { reference_json_scan($0, text.count, &checksum) } ?? 0
                precondition(count == rowCount, "every record is a row")
            })
        let bytes = try reader.read(text, isLast: true, place: 0)
        let batch = reader.take()
        let rows = ColumnVector(type: .structure(four), count: batch.count, children: batch.columns)
        let seconds = try best(20) {
            let texts = try JSONWriter.texts(rows, options: JSONWriteOptions())
            precondition(texts.count == batch.count, "every row is a text")
        }
        show("to_json", rows: batch.count, bytes: bytes, seconds: seconds)
    }
}
