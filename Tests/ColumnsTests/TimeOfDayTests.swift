// Times of the day: from and to text, and as values of other types.

import Columns
import Testing

@Suite("Times of the day")
struct TimeOfDayTests {
    private func parsed(_ text: String) -> Int64? {
        // What stands behind a text in memory is no part of it.
        Array((text + "59").utf8).withUnsafeBufferPointer {
            TimeOfDay.parse(UnsafeBufferPointer(rebasing: $0.dropLast(2)))
        }
    }

    @Test(
        "are read as Spark reads them",
        arguments: [
            ("12:34:56.789", "12:34:56.789"), ("1:2", "01:02:00"), ("1:2:3", "01:02:03"), ("T12", "12:00:00"),
            ("T12:30", "12:30:00"), ("12:30:15.", "12:30:15"), (" 12:30:00\t", "12:30:00"),
            ("23:59:59.999999999", "23:59:59.999999999"), ("00:00:00.0000000019", "00:00:00.000000001"),
            ("12:30 AM", "00:30:00"), ("12:30PM", "12:30:00"), ("1:05:06.5 pm", "13:05:06.5"), ("T11 aM", "11:00:00"),
        ])
    func reading(_ text: String, _ expected: String) {
        #expect(parsed(text).map { TimeOfDay.text($0) } == expected)
    }

    @Test(
        "are not read of other texts",
        arguments: [
            "", "12", "12:", "12:30:", "24:00", "12:60", "12:30:60", "123:00", "12:345", "-1:00", "+1:00", "12:30Z",
            "2024-01-01 12:30:00", "t12", "T", "13:00 PM", "0:30 AM", "AM", " PM", "12:30:00.5x", "12.30", "1:2:3:4",
            "12:30 XM", "12:30 A", "é12:30",
        ])
    func refusing(_ text: String) { #expect(parsed(text) == nil) }

    @Test("every text that is written is read", arguments: 0...9)
    func roundTrip(_ precision: Int) {
        for number in 0..<2000 {
            let time = TimeOfDay.truncated(Int64(number) * 43_243_243_243 % 86_400_000_000_000, precision: precision)
            #expect(TimeOfDay.isOne(time))
            #expect(parsed(TimeOfDay.text(time)) == time)
        }
    }

    @Test("keep the digits of their precision")
    func truncating() {
        let time: Int64 = 123_456_789
        #expect(
            TimeOfDay.precisions.map { TimeOfDay.truncated(time, precision: $0) } == [
                0, 100_000_000, 120_000_000, 123_000_000, 123_400_000, 123_450_000, 123_456_000, 123_456_700,
                123_456_780, 123_456_789,
            ])
        #expect(Value.time(time).hasType(.time(precision: 9)))
        #expect(!Value.time(time).hasType(.time(precision: 8)))
        #expect(!Value.time(86_400_000_000_000).hasType(.time(precision: 0)))
        #expect(!Value.time(-1).hasType(.time(precision: 9)))
    }

    private func cast(_ value: Value, _ from: DataType, _ to: DataType) throws -> Value {
        try CastKernel.cast(ValueColumns.column(of: [.null, value], type: from), to: to).value(at: 1)
    }

    @Test("become seconds, and clocks' times of timestamps")
    func casting() throws {
        let time = Value.time(45_296_789_123_456)
        let nine = DataType.time(precision: 9)
        #expect(try cast(time, nine, .string) == .string("12:34:56.789123456"))
        #expect(try cast(time, nine, .long) == .long(45_296))
        #expect(try cast(time, nine, .time(precision: 3)) == .time(45_296_789_000_000))
        #expect(try cast(time, nine, .decimal(precision: 8, scale: 3)) == .decimal(unscaled: 45_296_789, scale: 3))
        #expect(throws: KernelError.self) { try cast(time, nine, .byte) }
        #expect(throws: KernelError.self) { try cast(time, nine, .decimal(precision: 4, scale: 0)) }
        #expect(try cast(.timestampNTZ(-1), .timestampNTZ, .time(precision: 6)) == .time(86_399_999_999_000))
        let berlin = try #require(TimeZone.named("Europe/Berlin"))
        let column = ValueColumns.column(of: [.timestamp(0)], type: .timestamp)
        #expect(
            try CastKernel.cast(column, to: .time(precision: 0), isTry: false, in: berlin).value(at: 0)
                == .time(3_600_000_000_000))
    }
}
