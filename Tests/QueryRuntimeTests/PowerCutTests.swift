// The power goes at each operation on the disk while batches follow each other, and the query goes on: each row counts
// once where the sink has transactions, and at least once where it has none.

import CheckpointLog
import Columns
import Connectors
import DurableFiles
import Synchronization
import Testing

@testable import QueryRuntime

@Suite struct PowerCutTests {
    /// A sink without transactions that keeps every row it is given.
    private final class PlainSink: AtLeastOnceSink {
        let description = "PlainSink"
        private let ledger: Ledger

        init(_ ledger: Ledger) { self.ledger = ledger }
        func validate(schema: Schema, outputMode: OutputMode) {}
        func open() {}
        func close() {}
        func deliver(batchID: Int64, rows: [RecordBatch]) throws {
            try ledger.call("deliver \(batchID)")
            ledger.commit(batchID, rows, SinkMarker(text: "", positions: []))
        }
    }

    /// A query over five rows of one value, a batch each, on a disk in memory.
    private struct Chain {
        static let batches = 5
        let world: World
        let disk = FaultyDisk()
        let isPlain: Bool
        private let source = MemorySource(schema: World.schema, maximumBlocksPerTrigger: 1)

        init(isPlain: Bool) throws {
            world = try World()
            self.isPlain = isPlain
            for _ in 0..<Chain.batches {
                var builder = FixedBuilder<Int64>(type: .long)
                builder.append(7)
                source.add(RecordBatch(schema: World.schema, columns: [builder.finish()], count: 1))
            }
        }

        /// Runs the query to the end of its rows; returns why it failed.
        func run() throws -> QueryError? {
            let sink: any BatchSink = isPlain ? PlainSink(world.ledger) : ScriptedSink(world.ledger)
            let execution = try world.execution(source: source, sink: sink, disk: disk)
            do { try execution.start() } catch { return error as? QueryError }
            execution.run()
            return execution.control.failure
        }
    }

    @Test(
        "a power cut anywhere, whatever survives of what was not synchronized: the batches behind it are whole",
        arguments: [false, true])
    func anywhere(isPlain: Bool) throws {
        let survivals: [FaultyDisk.Survival] = [.nothing, .everything] + [.some(seed: 1)]
        for survival in survivals {
            var (operation, hasFinished) = (0, false)
            while !hasFinished {
                operation += 1
                let chain = try Chain(isPlain: isPlain)
                chain.disk.inject(.powerCut, at: operation)
                hasFinished = try chain.run() == nil
                chain.disk.restart(survival)
                let failure = try chain.run()
                // This ledger has one place for all queries' markers, and the first one comes before the metadata.
                if failure?.code == "CHECKPOINT_LOST", chain.world.ledger.rows.isEmpty { continue }
                let what: Comment =
                    "power cut at \(operation), \(String(describing: survival)): \(failure.map { "\($0)" } ?? "")"
                #expect(failure == nil, what)
                let batches = chain.world.ledger.change { $0.rows.map(\.batch) }
                // With a number for each row: how often its value was seen.
                #expect(chain.world.ledger.rows == batches.map { $0 + 1 }, what)
                let expected = isPlain ? Set(batches).sorted() : batches
                #expect(expected == Array(0..<Int64(Chain.batches)), what)
                #expect(batches == batches.sorted() && batches.count <= Chain.batches + 1, what)
            }
            #expect(operation > 90)
        }
    }

    @Test("the plan of a batch is durable before its rows are committed: where it isn't, the query can't go on")
    func mutant() throws {
        for mutant in [nil, Mutant.planNotDurable] {
            let chain = try Chain(isPlain: false)
            // The third batch is committed, and nothing more gets to the disk.
            chain.world.ledger.change { content in
                content.onCall = { [disk = chain.disk, ledger = chain.world.ledger] call in
                    guard call == "prepare", ledger.rows.count == 3 else { return }
                    disk.inject(.powerCut, at: disk.operationCount + 1)
                }
            }
            #expect(try Mutant.$ofTest.withValue(mutant) { try chain.run() } != nil)
            chain.world.ledger.change { $0.onCall = nil }
            chain.disk.restart(.nothing)
            let failure = try chain.run()
            #expect(failure?.code == (mutant == nil ? nil : "CHECKPOINT_BEHIND"))
            #expect(chain.world.ledger.rows == (mutant == nil ? [1, 2, 3, 4, 5] : [1, 2, 3]))
        }
    }
}
