// A start that deletes or adds a variable of the state: each batch counts once, whatever became of the last one, and
// whenever the power goes.

import CheckpointLog
import Columns
import Connectors
import DurableFiles
import LogicalPlan
import Operators
import StateStore
import Testing

@testable import QueryRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Counts how often each value came, and may have them all in a list besides.
private final class CountingProcessor: ProcessorBody {
    let deletedVariables: [String]
    let variables: [StateVariable]
    private static let output = [Field("n", .long)]
    private static let value = [Field("value", .long)]

    init(hasAll: Bool) {
        let count = StateVariable("n", .value, values: Self.value, lifeMicroseconds: nil)
        let all = StateVariable("all", .list, values: Self.value, lifeMicroseconds: nil)
        variables = hasAll ? [all, count] : [count]
        deletedVariables = hasAll ? [] : ["all"]
    }

    /// The query of the processor.
    var plan: PhysicalPlan {
        let function = GroupFunction(
            name: nil, form: .transform(.update), timeout: .none, outputs: Self.output,
            code: .processor(self, variables))
        let step = ProcessorOperator(
            function, self, variables, keys: [0], keyNames: ["v"], rows: [0], time: nil, input: World.schema,
            detail: "", stateID: "processor-0")
        return PhysicalPlan(
            stages: [Stage(inputs: [StageInput(from: .stream(0))], keyed: step)], outputSchema: step.outputSchema)
    }

    func rowColumns(among columns: [Field]) throws(PlanError) -> [Int] { [0] }
    func checkKeys(_ keys: [Field]) throws(PlanError) {}
    func initialStates(keys: [Field]) -> [ColumnVector]? { nil }
    func makeTask(keys: [Field], rows: [Field]) -> any ProcessorTask { Task(variables.count - 1) }

    private final class Task: ProcessorTask {
        /// Which variable has the counts; the one before it is the list.
        private let counts: Int

        init(_ counts: Int) { self.counts = counts }

        func flush(_ emit: (RecordBatch) throws -> Void) {}
        func reset() {}

        func call(
            _ calls: ProcessorCalls, _ state: any ProcessorState, _ emit: (RecordBatch) throws -> Void
        ) throws {
            guard case .rows(_, let bounds) = calls.work else { return }
            for group in 0..<calls.count {
                let known = try state.values(counts, from: group)
                var count = Int64(bounds[group + 1] - bounds[group])
                if known.rows[0] >= 0, case .long(let before) = known.columns[0].value(at: Int(known.rows[0])) {
                    count += before
                }
                var builder = FixedBuilder<Int64>(type: .long)
                builder.append(count)
                let column = builder.finish()
                let groups = [Int32(group)]
                for variable in 0...counts { try state.put(variable, groups: groups, keys: [], values: [column]) }
                try emit(RecordBatch(schema: Schema(CountingProcessor.output), columns: [column], count: 1))
            }
        }
    }
}

@Suite struct VariableChangeTests {
    /// What becomes of the list between the old query and the new one.
    enum Change: CaseIterable {
        case deletes, adds

        func hasAll(isOld: Bool) -> Bool { (self == .deletes) == isOld }
        func planText(isOld: Bool) -> String { hasAll(isOld: isOld) ? "all and n" : "n" }
    }

    private static func run(
        _ world: World, isOld: Bool, _ disk: any Disk = RealDisk(), change: Change = .deletes
    ) throws -> QueryError? {
        let execution = try world.execution(
            disk: disk, plan: CountingProcessor(hasAll: change.hasAll(isOld: isOld)).plan,
            planText: change.planText(isOld: isOld), planBefore: isOld ? nil : change.planText(isOld: true))
        do {
            try execution.start()
        } catch {
            return QueryError(error)
        }
        execution.run()
        return execution.control.failure
    }

    /// A query of the old processor with batch 0 done, and batch 1 ended as the outcome says: the value 7 in each.
    private static func world(
        _ outcome: Outcome, _ disk: any Disk = RealDisk(), change: Change = .deletes
    ) throws -> World {
        let world = try World([.commits, outcome])
        world.add(7)
        #expect(try run(world, isOld: true, disk, change: change) == nil)
        world.add(7)
        _ = try run(world, isOld: true, disk, change: change)
        return world
    }

    /// What there is of the state's directories and of the files that say which counts.
    private static func divisions(_ world: World, _ disk: any Disk = RealDisk()) throws -> [String] {
        try disk.list(world.directory).filter { $0.hasPrefix("state") || $0.hasPrefix("division") }
    }

    @Test(
        "what is delivered stays delivered, and what isn't runs again",
        arguments: Change.allCases, [Outcome.commits, .diesAfterCommit, .isRefused])
    func goesOn(change: Change, outcome: Outcome) throws {
        let world = try Self.world(outcome, change: change)
        world.add(7)
        #expect(try Self.run(world, isOld: false, change: change) == nil)
        #expect(try Self.divisions(world) == ["division.1", "state.1"])
        world.add(7)
        #expect(try Self.run(world, isOld: false, change: change) == nil)
        #expect(world.ledger.rows == [1, 2, 3, 4])
        #expect(try Self.divisions(world) == ["division.1", "state.1"])
        #expect(try Self.run(world, isOld: true, change: change)?.code == "CHECKPOINT_PLAN_CHANGED")
    }

    @Test("before the first batch there is nothing to delete, and the plan is the new one all the same")
    func early() throws {
        let world = try World()
        #expect(try Self.run(world, isOld: true) == nil)
        #expect(try Self.run(world, isOld: false) == nil)
        world.add(7)
        #expect(try Self.run(world, isOld: false) == nil)
        #expect(world.ledger.rows == [1])
        #expect(try Self.run(world, isOld: true)?.code == "CHECKPOINT_PLAN_CHANGED")
    }

    @Test("a start that is refused deletes nothing")
    func refused() throws {
        let world = try Self.world(.commits)
        let marker = world.ledger.marker
        world.ledger.change { $0.marker = SinkMarker(text: "another instance's", positions: []) }
        #expect(try Self.run(world, isOld: false)?.code == "MARKER_COLLISION")
        #expect(try Self.divisions(world) == ["state"])
        world.ledger.change { $0.marker = marker }
        world.add(7)
        #expect(try Self.run(world, isOld: true) == nil)
        #expect(world.ledger.rows == [1, 2, 3])
    }

    @Test("state of which the log knows nothing is left as it is: who divides it anew doesn't remove it")
    func logLost() throws {
        let world = try Self.world(.commits)
        world.ledger.change { $0.marker = nil }
        let log = world.directory + "/log"
        for name in try RealDisk().list(log) { try RealDisk().remove("\(log)/\(name)") }
        #expect(try Self.run(world, isOld: false)?.code == "CHECKPOINT_LOST")
        #expect(try Self.divisions(world) == ["state"])
        #expect(throws: StartFailure.logLost) {
            _ = try CheckpointReshard(world.directory, disk: RealDisk()).run(shards: 5)
        }
        #expect(try Self.divisions(world) == ["state"])
    }

    @Test("state that can't be read is left as it is")
    func damaged() throws {
        let world = try Self.world(.commits)
        let state = world.directory + "/state"
        for name in try RealDisk().list(state) { try RealDisk().remove("\(state)/\(name)") }
        #expect(try Self.run(world, isOld: false)?.code == "STATE_LOST")
        #expect(try Self.divisions(world) == ["state"])
    }

    /// How many operations of the disk a run with other variables takes.
    private static func operations(_ outcome: Outcome, change: Change = .deletes) throws -> Int {
        let disk = FaultyDisk()
        let world = try Self.world(outcome, disk, change: change)
        let before = disk.operationCount
        world.add(7)
        #expect(try run(world, isOld: false, disk, change: change) == nil)
        return disk.operationCount - before
    }

    @Test(
        "the power goes at every operation: each batch counts once, and the variable is there or gone",
        arguments: [(Change.deletes, Outcome.commits), (.deletes, .diesAfterCommit), (.adds, .commits)])
    func powerCuts(change: Change, outcome: Outcome) throws {
        let operations = try Self.operations(outcome, change: change)
        #expect(operations > 30)
        var found: Set<String> = []
        for operation in 1...operations {
            for survival: FaultyDisk.Survival in [.nothing, .everything, .some(seed: UInt64(operation))] {
                let place: Comment = "operation \(operation), \(survival)"
                let disk = FaultyDisk()
                let world = try Self.world(outcome, disk, change: change)
                disk.inject(.powerCut, at: disk.operationCount + operation)
                world.add(7)
                _ = try Self.run(world, isOld: false, disk, change: change)
                disk.restart(survival)
                let plan = try Self.plan(world, disk)
                found.insert(plan)
                if plan == change.planText(isOld: true) {
                    // The old one goes on as if nothing had been.
                    #expect(try Self.run(world, isOld: true, disk, change: change) == nil, place)
                    #expect(world.ledger.rows == [1, 2, 3], place)
                }
                #expect(try Self.run(world, isOld: false, disk, change: change) == nil, place)
                #expect(world.ledger.rows == [1, 2, 3], place)
                world.add(7)
                #expect(try Self.run(world, isOld: false, disk, change: change) == nil, place)
                #expect(world.ledger.rows == [1, 2, 3, 4], place)
            }
        }
        #expect(found.count == 2)
    }

    /// The plan that counts.
    private static func plan(_ world: World, _ disk: any Disk) throws -> String {
        let reader = CheckpointReader(directory: world.directory, disk: disk)
        let metadata = try #require(try reader.metadata())
        return try reader.division(metadata).plan ?? metadata.plan
    }

    @Test("a disk that fails at any operation is told, or overcome")
    func errors() throws {
        for fault: FaultyDisk.Fault in [.error(EIO), .full] {
            for operation in 1...(try Self.operations(.commits)) {
                let disk = FaultyDisk()
                let world = try Self.world(.commits, disk)
                disk.inject(fault, at: disk.operationCount + operation)
                world.add(7)
                _ = try Self.run(world, isOld: false, disk)
                disk.clearFaults()
                #expect(try Self.run(world, isOld: false, disk) == nil, "operation \(operation), \(fault)")
                #expect(world.ledger.rows == [1, 2, 3], "operation \(operation), \(fault)")
            }
        }
    }
}
