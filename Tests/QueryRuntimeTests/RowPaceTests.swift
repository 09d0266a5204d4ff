import Testing

@testable import QueryRuntime

@Suite struct RowPaceTests {
    @Test("as many rows go at once as fit with what comes of them, and no more than 16 times as many as before")
    func pace() {
        var pace = RowPace(first: 1)
        // Nothing more than itself comes of a row.
        for expected in [16, 256, 4_096, 65_536] {
            pace.note(sent: pace.next, made: pace.next)
            #expect(pace.next == expected)
        }
        pace.note(sent: 65_536, made: 65_536)
        #expect(pace.next == 1 << 18)
        // A hundred come of each, then two million of one, then few again.
        pace.note(sent: 4_096, made: 409_600)
        #expect(pace.next == 2_621)
        pace.note(sent: 1, made: 2_000_000)
        #expect(pace.next == 1)
        pace.note(sent: 1, made: 1)
        #expect(pace.next == 16)
        pace.note(sent: 16, made: 0)
        #expect(pace.next == 256)
    }

    @Test("where steps make no more rows than they get, all go at once") func all() {
        var pace = RowPace(first: .max)
        pace.note(sent: 10, made: 1_000_000)
        #expect(pace.next == .max)
        var long = RowPace(first: 64)
        long.note(sent: .max - 1, made: 1)
        #expect(long.next == .max - 1)
    }
}
