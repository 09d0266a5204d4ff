// The batch protocol as a table: what is due after each event.

import Testing

@testable import QueryRuntime

@Suite struct BatchProtocolTests {
    @Test("a batch passes its steps in order, and the next one follows")
    func wholeBatch() {
        var batch = BatchProtocol(phase: .idle(next: 7))
        let steps: [(BatchProtocol.Action, BatchProtocol.Event)] = [
            (.plan(7), .planned), (.run(7), .executed), (.prepare(7), .statePersisted), (.send(7), .sent),
            (.commit(7), .delivered), (.record(7), .recorded), (.plan(8), .planned),
        ]
        for (action, event) in steps {
            #expect(batch.nextAction == action)
            batch.handle(event)
        }
        #expect(batch.phase == .planned(8))
    }

    @Test(
        "after a crash the protocol goes on from where the start table puts it",
        arguments: [
            (BatchProtocol.Phase.planned(3), BatchProtocol.Action.run(3)),
            (.delivered(3), .record(3)),
            (.idle(next: 4), .plan(4)),
        ])
    func resumes(phase: BatchProtocol.Phase, action: BatchProtocol.Action) {
        #expect(BatchProtocol(phase: phase).nextAction == action)
    }

    @Test("a delivery in doubt is resolved by the marker, never by doing it again")
    func doubt() {
        for phase in [BatchProtocol.Phase.persisted(5), .ready(5)] {
            var lost = BatchProtocol(phase: phase)
            lost.handle(.outcomeUnknown)
            #expect(lost.nextAction == .resolve(5))
            var committed = lost
            committed.handle(.wasDelivered)
            #expect(committed.nextAction == .record(5))
            lost.handle(.notDelivered)
            #expect(lost.nextAction == .send(5))
        }
    }

    @Test("nothing is committed before the state is durable; where it can't be written, the batch runs again")
    func stateFirst() {
        var batch = BatchProtocol(phase: .executed(5))
        #expect(batch.nextAction == .prepare(5))
        batch.handle(.failed)
        #expect(batch.nextAction == .run(5))
        batch.handle(.executed)
        batch.handle(.statePersisted)
        #expect(batch.nextAction == .send(5))
        batch.handle(.sent)
        #expect(batch.nextAction == .commit(5))
    }

    @Test(
        "times are written in ISO 8601, cut to milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_459_226_123_456, "2026-11-23T18:40:26.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (4_102_444_799_999_999, "2099-12-31T23:59:59.999Z"), (.max, "294247-01-10T04:00:54.775Z"),
            (253_402_300_800_000_000, "10000-01-01T00:00:00.000Z"), (.min, "-290308-12-21T19:59:05.224Z"),
            (-62_167_219_200_000_001, "-0001-12-31T23:59:59.999Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func timestamps(microseconds: Int64, text: String) {
        #expect(TimestampText.iso8601(microseconds: microseconds) == text)
    }

    @Test("of many values the newest stay, in order", arguments: [0, 1, 3])
    func recentValues(limit: Int) {
        var recent = RecentValues<Int>(limit: limit)
        #expect(recent.inOrder == [] && recent.last == nil)
        for value in 0..<10 {
            recent.append(value)
            #expect(recent.inOrder == Array((0...value).suffix(limit)))
            #expect(recent.last == (limit == 0 ? nil : value))
        }
    }
}
