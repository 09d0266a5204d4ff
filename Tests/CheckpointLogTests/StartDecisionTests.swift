import CheckpointLog
import Testing

private func mark(
    _ batch: Int64, query: String = "q", attempt: String = "a", match: Bool? = true, missing: [String] = []
) -> StartFacts.Marker {
    .found(
        TransactionMarker(queryID: query, batch: batch, attempt: attempt, manifestHash: "h"), offsetsMatch: match,
        missingFrom: missing)
}

/// What a decision comes to, without texts.
private enum Outcome: Equatable {
    case decision(StartDecision)
    case failure(StartFailure.Code)

    init(_ decision: StartDecision) {
        if case .fail(let failure) = decision { self = .failure(failure.code) } else { self = .decision(decision) }
    }
}

private struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    var planned: Int64?
    var committed: Int64?
    var marker: StartFacts.Marker = .none
    var state = StartFacts.StateAvailability.present
    var policy = StartFacts.MarkerLostPolicy.fail
    var transactional = true
    var committedAttempt: String? = "a"
    var isNew = false
    /// Of the marker, in days, and how many days the sink keeps one.
    var age: Int64 = 1
    var kept: Int64? = 7
    var tolerant = false
    let expected: Outcome

    var testDescription: String { name }

    static let rows: [Row] = [
        // The table, row by row.
        Row(name: "new query", isNew: true, expected: .decision(.commitFirstMarker)),
        Row(
            name: "new query, a marker all the same", marker: mark(-1), isNew: true, expected: .failure(.checkpointLost)
        ),
        Row(name: "checkpoint deleted", marker: mark(7), isNew: true, expected: .failure(.checkpointLost)),
        Row(name: "log deleted", marker: mark(7), expected: .failure(.checkpointLost)),
        Row(name: "stopped before the first plan", marker: mark(-1), expected: .decision(.startNew)),
        Row(
            name: "stopped before the first plan, another query's marker", marker: mark(-1, query: "other"),
            expected: .failure(.markerCollision)),
        Row(
            name: "stopped before the first plan, the offsets were moved", marker: mark(-1, match: false),
            expected: .failure(.offsetsMismatch)),
        Row(name: "nothing planned, marker gone", expected: .failure(.markerMissing)),
        Row(name: "nothing planned, marker expired", age: 8, expected: .decision(.commitFirstMarker)),
        Row(
            name: "nothing planned, marker gone, replay", policy: .replay, expected: .decision(.commitFirstMarker)),
        Row(
            name: "nothing planned, one topic made anew", marker: mark(-1, missing: ["events-0"]),
            expected: .failure(.markerMissing)),
        Row(
            name: "nothing planned, one topic made anew, replay", marker: mark(-1, missing: ["events-0"]),
            policy: .replay, expected: .decision(.commitFirstMarker)),
        Row(name: "checkpoint deleted, new id", marker: mark(7, query: "old"), expected: .failure(.checkpointLost)),
        Row(
            name: "clean stop", planned: 7, committed: 7, marker: mark(7),
            expected: .decision(.continueAfter(batch: 7))),
        Row(
            name: "seven idle days", planned: 7, committed: 7, age: 8,
            expected: .decision(.recommitMarkerThenContinue(batch: 7))),
        Row(
            name: "seven days to the minute", planned: 7, committed: 7, age: 7, expected: .failure(.markerMissing)),
        Row(
            name: "topic made anew, or group deleted, or another cluster", planned: 7, committed: 7,
            expected: .failure(.markerMissing)),
        Row(
            name: "the same, and nobody knows how long a marker is kept", planned: 7, committed: 7, age: 1000,
            kept: nil,
            expected: .failure(.markerMissing)),
        Row(
            name: "the same, and the clock was set back", planned: 7, committed: 7, age: -100,
            expected: .failure(.markerMissing)),
        Row(
            name: "the same, replay", planned: 7, committed: 7, policy: .replay,
            expected: .decision(.recommitMarkerThenContinue(batch: 7))),
        Row(
            name: "the same, skip", planned: 7, committed: 7, policy: .skip,
            expected: .decision(.recommitMarkerThenContinue(batch: 7))),
        Row(
            name: "the same, failOnDataLoss is false", planned: 7, committed: 7, tolerant: true,
            expected: .decision(.recommitMarkerThenContinue(batch: 7))),
        Row(
            name: "one of two topics made anew", planned: 7, committed: 7, marker: mark(7, missing: ["events-0"]),
            age: 8,
            expected: .failure(.markerMissing)),
        Row(
            name: "one of two topics made anew, replay", planned: 7, committed: 7,
            marker: mark(7, missing: ["events-0"]), policy: .replay,
            expected: .decision(.recommitMarkerThenContinue(batch: 7))),
        Row(
            name: "one of two topics made anew after a crash", planned: 8, committed: 7,
            marker: mark(7, missing: ["events-0"]), expected: .failure(.markerMissing)),
        Row(
            name: "one of two topics made anew after a crash, replay", planned: 8, committed: 7,
            marker: mark(7, missing: ["events-0"]), policy: .replay, expected: .decision(.rerun(batch: 8))),
        Row(
            name: "one of two topics made anew after a transaction, replay", planned: 8, committed: 7,
            marker: mark(8, missing: ["events-0"]), policy: .replay,
            expected: .decision(.adopt(batch: 8, attempt: "a"))),
        Row(
            name: "sink lost committed data", planned: 7, committed: 7, marker: mark(6),
            expected: .failure(.committedOutputMissing)),
        Row(
            name: "sink lost committed data, next planned", planned: 8, committed: 7, marker: mark(6),
            expected: .failure(.committedOutputMissing)),
        Row(
            name: "crashed after the transaction", planned: 8, committed: 7, marker: mark(8, attempt: "b"),
            expected: .decision(.adopt(batch: 8, attempt: "b"))),
        Row(
            name: "crashed after the first transaction", planned: 0, marker: mark(0, attempt: "b"),
            expected: .decision(.adopt(batch: 0, attempt: "b"))),
        Row(
            name: "crashed after the transaction, state lost", planned: 8, committed: 7, marker: mark(8),
            state: .missing, expected: .failure(.stateLost)),
        Row(name: "log deleted, state there, marker gone", state: .unexplained, expected: .failure(.checkpointLost)),
        Row(
            name: "log and metadata deleted, state there", state: .unexplained, isNew: true,
            expected: .failure(.checkpointLost)),
        Row(
            name: "crashed in the first batch, its state there", planned: 0, marker: mark(-1), state: .unexplained,
            expected: .decision(.rerun(batch: 0))),
        Row(
            name: "crashed before the transaction", planned: 8, committed: 7, marker: mark(7),
            expected: .decision(.rerun(batch: 8))),
        Row(
            name: "crashed before the first transaction", planned: 0, marker: mark(-1), state: .missing,
            expected: .decision(.rerun(batch: 0))),
        Row(name: "crashed in the first batch, marker gone", planned: 0, expected: .failure(.markerLost)),
        Row(
            name: "crashed in the first batch, marker gone, replay", planned: 0, policy: .replay,
            expected: .decision(.rerun(batch: 0))),
        Row(
            name: "crashed in the first batch, marker gone, skip", planned: 0, policy: .skip,
            expected: .decision(.rerunWithoutOutput(batch: 0))),
        Row(
            name: "marker gone mid-batch, failOnDataLoss is false", planned: 8, committed: 7, tolerant: true,
            expected: .failure(.markerLost)),
        Row(
            name: "marker expired mid-batch after seven days", planned: 8, committed: 7, age: 8,
            expected: .failure(.markerLost)),
        Row(
            name: "sink lost all committed data", planned: 7, committed: 7, marker: mark(-1),
            expected: .failure(.committedOutputMissing)),
        Row(name: "marker expired mid-batch", planned: 8, committed: 7, expected: .failure(.markerLost)),
        Row(
            name: "marker expired mid-batch, replay", planned: 8, committed: 7, policy: .replay,
            expected: .decision(.rerun(batch: 8))),
        Row(
            name: "marker expired mid-batch, skip", planned: 8, committed: 7, policy: .skip,
            expected: .decision(.rerunWithoutOutput(batch: 8))),
        Row(
            name: "checkpoint behind", planned: 7, committed: 7, marker: mark(8),
            expected: .failure(.checkpointBehind)),
        Row(
            name: "checkpoint behind mid-batch", planned: 8, committed: 7, marker: mark(9),
            expected: .failure(.checkpointBehind)),
        Row(
            name: "another query's marker", planned: 7, committed: 7, marker: mark(7, query: "other"),
            expected: .failure(.markerCollision)),
        Row(
            name: "unreadable marker", planned: 7, committed: 7, marker: .unreadable("partitions disagree"),
            expected: .failure(.markerCollision)),
        Row(name: "unreadable marker, new query", marker: .unreadable("newer"), expected: .failure(.markerCollision)),
        Row(
            name: "offsets mismatch", planned: 7, committed: 7, marker: mark(7, match: false),
            expected: .failure(.offsetsMismatch)),
        Row(
            name: "offsets mismatch before adoption", planned: 8, committed: 7, marker: mark(8, match: false),
            expected: .failure(.offsetsMismatch)),
        Row(
            name: "offsets mismatch before a rerun", planned: 8, committed: 7, marker: mark(7, match: false),
            expected: .failure(.offsetsMismatch)),
        // What the table implies.
        Row(
            name: "committed by another attempt", planned: 7, committed: 7, marker: mark(7, attempt: "b"),
            expected: .failure(.markerCollision)),
        Row(
            name: "former batch by another attempt", planned: 8, committed: 7, marker: mark(7, attempt: "b"),
            expected: .failure(.markerCollision)),
        Row(
            name: "attempt not known", planned: 7, committed: 7, marker: mark(7, attempt: "b"),
            committedAttempt: nil, expected: .decision(.continueAfter(batch: 7))),
        Row(
            name: "clean stop, state lost", planned: 7, committed: 7, marker: mark(7), state: .missing,
            expected: .failure(.stateLost)),
        Row(
            name: "marker expired, state lost", planned: 7, committed: 7, state: .missing, age: 8,
            expected: .failure(.stateLost)),
        Row(
            name: "rerun, state lost", planned: 8, committed: 7, marker: mark(7), state: .missing,
            expected: .failure(.stateLost)),
        Row(name: "commit ahead of plan", planned: 7, committed: 8, expected: .failure(.checkpointCorrupt)),
        Row(name: "two batches not committed", planned: 9, committed: 7, expected: .failure(.checkpointCorrupt)),
        Row(name: "nothing committed, second planned", planned: 1, expected: .failure(.checkpointCorrupt)),
        // Sinks without transactions: the log decides, whatever a marker says.
        Row(name: "plain: new", transactional: false, expected: .decision(.startNew)),
        Row(
            name: "plain: clean stop", planned: 7, committed: 7, marker: mark(3), transactional: false,
            expected: .decision(.continueAfter(batch: 7))),
        Row(
            name: "plain: mid-batch", planned: 8, committed: 7, transactional: false,
            expected: .decision(.rerun(batch: 8))),
        Row(
            name: "plain: first batch", planned: 0, state: .missing, transactional: false,
            expected: .decision(.rerun(batch: 0))),
        Row(
            name: "plain: state lost", planned: 8, committed: 7, state: .missing, transactional: false,
            expected: .failure(.stateLost)),
        Row(
            name: "plain: log deleted, state there", state: .unexplained, transactional: false,
            expected: .failure(.checkpointLost)),
    ]
}

@Suite struct StartDecisionTests {
    @Test(arguments: Row.rows)
    private func decides(row: Row) {
        let facts = StartFacts(
            queryID: "q", isNew: row.isNew, lastPlanned: row.planned, lastCommitted: row.committed,
            committedAttempt: row.committed == nil ? nil : row.committedAttempt, marker: row.marker, state: row.state,
            sinkIsTransactional: row.transactional, onMarkerLost: row.policy,
            markerAgeMilliseconds: row.age * 86_400_000, markerRetentionMilliseconds: row.kept.map { $0 * 86_400_000 },
            toleratesDataLoss: row.tolerant)
        let decision = StartDecision.decide(facts)
        #expect(Outcome(decision) == row.expected)
        if case .fail(let failure) = decision {
            #expect(!failure.message.isEmpty && !failure.hint.isEmpty)
        }
    }

    /// Whatever the facts are: no trap, and nothing is adopted or run again that isn't the last planned batch.
    @Test func staysWithinTheLog() {
        let numbers: [Int64?] = [nil, -1, 0, 1, 2, .max - 1, .max]
        for planned in numbers {
            for committed in numbers {
                for found in [.none, .unreadable("x"), mark(-1), mark(0), mark(1), mark(.max)] as [StartFacts.Marker] {
                    for policy in [StartFacts.MarkerLostPolicy.fail, .replay, .skip] {
                        let facts = StartFacts(
                            queryID: "q", lastPlanned: planned, lastCommitted: committed, marker: found,
                            state: .present, sinkIsTransactional: true, onMarkerLost: policy)
                        switch StartDecision.decide(facts) {
                        case .adopt(let batch, _), .rerun(let batch), .rerunWithoutOutput(let batch):
                            #expect(batch == planned && batch > committed ?? -1)
                        case .continueAfter(let batch), .recommitMarkerThenContinue(let batch):
                            #expect(batch == planned && batch == committed)
                        case .startNew: #expect(found == mark(-1))
                        case .commitFirstMarker: #expect(found == .none)
                        case .fail: break
                        }
                    }
                }
            }
        }
    }
}

@Suite struct TransactionMarkerTests {
    @Test(arguments: ["0123456789abcdef" as String?, nil])
    func printsAndParses(hash: String?) throws {
        let marker = TransactionMarker(
            queryID: "99fee3ee-0000-4000-8000-123456789abc", batch: .max - 1, attempt: "k3f9x0-2", manifestHash: hash)
        let text = try marker.text()
        #expect(text.utf8.count < 200)
        #expect(text.hasPrefix(#"{"v":2,"q":"99fee3ee-0000-4000-8000-123456789abc","b":9223372036854775806,"a":"#))
        #expect(try TransactionMarker.parse(text) == marker)
    }

    @Test func firstMarkerPrintsAndParses() throws {
        let marker = TransactionMarker(
            queryID: "q", batch: TransactionMarker.firstBatch, attempt: "k3f9x0-0", manifestHash: nil)
        #expect(try TransactionMarker.parse(marker.text()) == marker)
    }

    @Test func refusesWhatDoesNotFit() {
        let marker = TransactionMarker(
            queryID: String(repeating: "q", count: 200), batch: 1, attempt: "a", manifestHash: nil)
        #expect(throws: TransactionMarker.Failure.self) { try marker.text() }
    }

    static let refused: [(String, TransactionMarker.Failure?)] = [
        ("", nil), ("x", nil), ("1", nil), ("{}", nil), (#"{"v":2,"q":"q","b":1}"#, nil),
        (#"{"v":2,"q":"q","b":-2,"a":"a"}"#, nil), (#"{"v":2,"q":"q","b":"1","a":"a"}"#, nil),
        (#"{"v":2,"q":"q","b":9223372036854775807,"a":"a"}"#, nil), (#"{"v":2,"q":"q","b":1,"a":"a","h":1}"#, nil),
        (#"{"v":3,"anything":true}"#, .unknownVersion(3)), (#"{"v":1,"q":"q","b":1,"a":"a"}"#, .unknownVersion(1)),
        (#"{"v":0}"#, .unknownVersion(0)),
        (String(repeating: " ", count: 5000), .tooLong(bytes: 5000)),
    ]

    @Test(arguments: refused)
    func refuses(text: String, expected: TransactionMarker.Failure?) {
        let failure = #expect(throws: TransactionMarker.Failure.self) { try TransactionMarker.parse(text) }
        if let expected {
            #expect(failure == expected)
        } else if case .malformed = failure {
        } else {
            Issue.record("\(String(describing: failure))")
        }
    }
}
