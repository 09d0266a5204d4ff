// The scripts of streams once more, with all rows of the state outside of memory between batches.

import Millrace
import MillraceTestKit
import QueryRuntime
import StateStore
import TestSupport
import Testing

#if RocksDB
import RocksStore
#endif

/// One after the other: hundreds of queries at once, each of which looks for rows now and then, would take the
/// processors from all other tests.
@Suite(.serialized) struct SpilledScriptTests {
    /// A script of another suite.
    struct Script: Sendable, CustomTestStringConvertible {
        let name: String
        let run: @Sendable (StreamScript.Way) async throws -> Void

        init(_ name: String, _ run: @escaping @Sendable (StreamScript.Way) async throws -> Void) {
            self.name = name
            self.run = run
        }

        var testDescription: String { name }
    }

    private static let scripts: [Script] = [
        Script("slidingMean") { try await EventTimeScriptTests().slidingMean($0) },
        Script("slidingMeanInSQL") { try await EventTimeScriptTests().slidingMeanInSQL($0) },
        Script("rowsOfTheFuture") { try await ExtensionTests().future($0) },
        Script("slowStream") { try await ExtensionTests().slowStream($0) },
        Script("update") { try await EventTimeScriptTests().update($0) },
        Script("chain") { try await EventTimeScriptTests().chain($0) },
        Script("duplicatesWithinWatermark") { try await EventTimeScriptTests().duplicatesWithinWatermark($0) },
        Script("lastTimes") { try await EventTimeScriptTests().lastTimes($0) },
        Script("timeBesideAWindow") { try await EventTimeScriptTests().timeBesideAWindow($0) },
        Script("duplicates") { try await EventTimeScriptTests().duplicates($0) },
        Script("crash") { try await EventTimeScriptTests().crash($0) },
        Script("sessionsBesideAStream") { try await EventTimeScriptTests().sessionsBesideAStream($0) },
        Script("aggregationsBehindEachOther") { try await StageScriptTests().aggregationsBehindEachOther($0) },
        Script("limits") { try await StageScriptTests().limits($0) },
        Script("collections") { try await StageScriptTests().collections($0) },
        Script("unions") { try await StageScriptTests().unions($0) },
        Script("aggregationsSideBySide") { try await StageScriptTests().aggregationsSideBySide($0) },
        Script("changesSideBySide") { try await StageScriptTests().changesSideBySide($0) },
        Script("distinct") { try await StageScriptTests().distinct($0, .append) },
        Script("theFirstOfAll") { try await StageScriptTests().theFirstOfAll($0) },
        Script("sums") { try await StreamScriptTests().sums($0) },
        Script("complete") { try await StreamScriptTests().complete($0) },
        Script("lostCommit") { try await StreamScriptTests().lostCommit($0) },
        Script("severalStreams") { try await StreamScriptTests().severalStreams($0) },
        Script("sessions") { try await EventTimeScriptTests().sessions($0) },
        Script("sessionsInUpdateMode") { try await ExtensionTests().sessions($0) },
        Script("sessionsOfAll") { try await ExtensionTests().sessionsOfAll($0) },
        Script("sessionsWithoutWatermark") { try await ExtensionTests().sessionsWithoutWatermark($0) },
        Script("processor") { try await ProcessorModelTests().model($0) },
        Script("unboundedJoin") { try await StreamJoinTests().unbounded($0) },
        Script("joinWithCondition") { try await StreamJoinTests().condition($0) },
        Script("joinWithBounds") { try await StreamJoinTests().bounds($0) },
        Script("leftJoin") { try await StreamJoinTests().left($0) },
        Script("rightJoin") { try await StreamJoinTests().right($0) },
        Script("fullJoin") { try await StreamJoinTests().full($0) },
        Script("semiJoin") { try await StreamJoinTests().semi($0) },
        Script("antiJoin") { try await ExtensionTests().antiJoin($0) },
        Script("joinWithOwnCondition") { try await StreamJoinTests().ownCondition($0) },
        Script("joinByComputedKeys") { try await StreamJoinTests().computedKeys($0) },
        Script("joinOfWindows") { try await StreamJoinTests().windows($0) },
        Script("joinWithItself") { try await StreamJoinTests().itself($0) },
        Script("windowsBehindAJoin") { try await StreamJoinTests().thenWindow($0) },
        Script("windowsBeforeAJoin") { try await StreamJoinTests().windowsThenJoin($0) },
        Script("joinOfThree") { try await StreamJoinTests().three($0) },
        // These run as all ways in one.
        Script("timesOfTheDay") { if $0 == .straight { try await TimeOfDayStreamTests().inState() } },
        Script("salesByShop") { if $0 == .straight { try await MillraceTests.salesByShop() } },
        Script("intervals") { if $0 == .straight { try await intervalsInState() } },
        Script("randomJoins") { if $0 == .straight { await StreamJoinModelTests.hold(1...12) } },
        Script("functions") { if $0 == .straight { try await GroupsTests().running() } },
        Script("functionsByTime") { if $0 == .straight { try await GroupsTests().processingTime() } },
        Script("functionsWithStates") { if $0 == .straight { try await GroupsTests().initialState() } },
        Script("functionsByEventTime") { if $0 == .straight { try await GroupsTests().eventTime(mode: .append) } },
        Script("statusOfUsers") { if $0 == .straight { try await GroupsTests().userStatus() } },
        Script("randomFunctions") { if $0 == .straight { try await GroupsTests().model(seed: 11) } },
        Script("processorByEventTime") { if $0 == .straight { try await ProcessorTests().eventTime() } },
        Script("processorOfCharges") { if $0 == .straight { try await ProcessorTests().fraud() } },
        Script("processorWithStates") { if $0 == .straight { try await ProcessorTests().initialState() } },
        Script("processorWithoutState") { if $0 == .straight { try await ProcessorChangeTests().withoutVariables() } },
        Script("windowsBehindAProcessor") {
            if $0 == .straight { try await ProcessorEventTimeTests().windowsBehind() }
        },
        Script("processorOlderThanTheWatermark") {
            if $0 == .straight { try await ProcessorEventTimeTests().olderThanTheWatermark() }
        },
    ]

    @Test(arguments: scripts, StreamScript.Way.allCases)
    func inAPlaceOfMemory(_ script: Script, _ way: StreamScript.Way) async throws {
        try await Self.run(script, way) { _ in MemorySpill() }
    }

    #if RocksDB
    @Test(arguments: scripts, StreamScript.Way.allCases)
    func inRocksDB(_ script: Script, _ way: StreamScript.Way) async throws {
        try await Self.run(script, way) { RocksStorage(directory: $0, memoryBytes: 8 << 20) }
    }
    #endif

    private static func run(
        _ script: Script, _ way: StreamScript.Way, _ open: @escaping @Sendable (String) -> any SpillStorage
    ) async throws {
        let configure: @Sendable (inout SessionConfiguration) -> Void = {
            $0.stateSpill = QueryDefinition.Settings.Spill(residentBytes: 0, open: open)
        }
        try await StreamTest.$configure.withValue(configure) { try await script.run(way) }
    }

    #if !RocksDB
    @Test("a build without RocksDB says how to get one with it")
    func missing() async throws {
        var configuration = SessionConfiguration.quiet
        configuration.stateStore = .rocksdb
        let session = Session(appName: "test", configuration: configuration)
        let stream = MemoryStream(session, schema: Schema([Field("k", .string)]))
        let error = await #expect(throws: MillraceError.self) {
            try await stream.toDF().groupBy("k").count().writeStream.format("memory").queryName("counts")
                .outputMode(.update).start()
        }
        #expect(error?.code == "UNSUPPORTED_STATE_STORE")
        #expect(error?.hint?.contains("--traits RocksDB") ?? false)
    }
    #endif
}
