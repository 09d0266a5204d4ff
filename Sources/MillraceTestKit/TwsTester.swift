// A processor without a query: for tests.

import Millrace

/// Calls a processor of `transformWithState` without a query, with its state in memory; Spark's `TwsTester`.
///
///     let tester = try TwsTester(timeMode: .processingTime, outputMode: .append) { try FraudDetector($0) }
///     #expect(try tester.test("ann", [Charge(card: "ann", cents: 50)]).isEmpty)
///     #expect(try tester.setProcessingTime(60_000).isEmpty)
public final class TwsTester<Processor: StatefulProcessor> {
    private let timeMode: TimeMode
    private let state: MemoryBackend
    /// The processor.
    public let processor: Processor
    private var processingTimeMs: Int64 = 0
    private var watermarkMs: Int64?

    /// Makes the processor, at the time 0.
    public init(
        timeMode: TimeMode = .none, outputMode: OutputMode = .append,
        _ makeProcessor: (StatefulProcessorHandle) throws -> Processor
    ) throws {
        self.timeMode = timeMode
        state = MemoryBackend()
        let handle = StatefulProcessorHandle(outputMode: outputMode, timeMode: timeMode, backend: state)
        processor = try makeProcessor(handle)
        handle.close()
    }

    private var times: TimerValues { TimerValues(processingTimeMs: processingTimeMs, watermarkMs: watermarkMs) }

    // MARK: Calls

    /// Calls the processor with rows of a key; gives the rows that come out.
    public func test(_ key: Processor.Key, _ rows: [Processor.Input]) throws -> [Processor.Output] {
        try calling(key) { try processor.handleInputRows(key, GroupRows(rows), times) }
    }

    /// Calls the processor with what a key begins with.
    public func testInitialState(
        _ key: Processor.Key, _ initialState: Processor.InitialState
    ) throws where Processor: StatefulProcessorWithInitialState {
        try calling(key) { try processor.handleInitialState(key, initialState, times) }
    }

    /// Moves the time of the batches on, in milliseconds since 1970: values whose time is over go. With timers in
    /// processing time the processor is called for those that are due, in the order of the times; gives what comes out.
    public func setProcessingTime(_ milliseconds: Int64) throws -> [Processor.Output] {
        processingTimeMs = milliseconds
        state.now = milliseconds
        return timeMode == .processingTime ? try fire(at: milliseconds) : []
    }

    /// Moves the watermark on, in milliseconds since 1970. With timers in event time the processor is called for those
    /// that are due; gives what comes out.
    public func setWatermark(_ milliseconds: Int64) throws -> [Processor.Output] {
        watermarkMs = milliseconds
        return timeMode == .eventTime ? try fire(at: milliseconds) : []
    }

    private func fire(at now: Int64) throws -> [Processor.Output] {
        // Those of one time as they were set.
        let due = state.timers.filter { $0.time <= now }.sorted { $0.time < $1.time }
        var rows: [Processor.Output] = []
        for (key, time) in due {
            guard let key = key as? Processor.Key else { continue }
            try calling(key) {
                guard try state.isSet(time) else { return }
                rows += try processor.handleExpiredTimer(key, times, ExpiredTimerInfo(expiryTimeMs: time))
                try state.deleteTimer(time)
            }
        }
        return rows
    }

    /// Variables and timers are those of a key meanwhile, and of none afterwards.
    private func calling<Result>(_ key: Processor.Key, _ body: () throws -> Result) throws -> Result {
        state.key = key
        defer { state.key = nil }
        return try body()
    }

    // MARK: State

    /// The timers of a key, in order.
    public func listTimers(_ key: Processor.Key) -> [Int64] { state.times(of: key) }

    /// The value of a variable; `nil` where there is none.
    public func peekValueState<Value>(
        _ stateName: String, _ key: Processor.Key, as type: Value.Type = Value.self
    ) -> Value? { state.there(stateName, key).first?.value as? Value }

    /// The list of a variable.
    public func peekListState<Value>(
        _ stateName: String, _ key: Processor.Key, as type: Value.Type = Value.self
    ) -> [Value] { state.there(stateName, key).compactMap { $0.value as? Value } }

    /// The map of a variable.
    public func peekMapState<UserKey: Hashable, Value>(
        _ stateName: String, _ key: Processor.Key, keys: UserKey.Type = UserKey.self, as type: Value.Type = Value.self
    ) -> [UserKey: Value] {
        let found = state.there(stateName, key).compactMap { cell -> (UserKey, Value)? in
            guard let key = cell.key as? UserKey, let value = cell.value as? Value else { return nil }
            return (key, value)
        }
        return Dictionary(found) { $1 }
    }

    /// Sets the value of a variable; `nil` removes it.
    public func updateValueState<Value>(_ stateName: String, _ key: Processor.Key, _ value: Value?) {
        state.set(stateName, key, value.map { [(0, $0)] } ?? [])
    }

    /// Sets the list of a variable.
    public func updateListState<Value>(_ stateName: String, _ key: Processor.Key, _ values: [Value]) {
        state.set(stateName, key, values.enumerated().map { ($0.offset, $0.element) })
    }

    /// Sets the map of a variable.
    public func updateMapState<UserKey: Hashable, Value>(
        _ stateName: String, _ key: Processor.Key, _ values: [UserKey: Value]
    ) { state.set(stateName, key, values.map { ($0.key, $0.value) }) }
}
