// Rows grouped by a key, on the way to a function of the program with a state for each key.

import Columns
import LogicalPlan

extension DataFrame {
    /// Groups rows by these columns, expressions or names, for a function of the program; `Key` is the Swift type of
    /// the key: that of the column, or a structure with a property for each.
    public func groupByKey<Key: Codable & Hashable & Sendable>(
        _ first: any ColumnOrName, _ others: any ColumnOrName..., as key: Key.Type = Key.self
    ) -> KeyValueGroupedData<Key> {
        KeyValueGroupedData(frame: self, groupings: ([first] + others).map { $0.asColumn })
    }
}

/// Rows grouped by a key; Spark's `KeyValueGroupedDataset`.
///
/// Keys, rows, states and results are Swift types that are `Codable`: structures of truth values, numbers, texts, bytes
/// (`[UInt8]`), times (`Timestamp`), optionals, arrays, dictionaries by text, enumerations with raw values, and such
/// structures. The properties of a row's type are columns by their names.
public struct KeyValueGroupedData<Key: Codable & Hashable & Sendable>: Sendable {
    let frame: DataFrame
    let groupings: [Column]

    /// Calls a function once for each key that has rows in a batch, or has timed out; the row that it gives comes out.
    ///
    /// A stream needs output mode update. The checkpoint knows the function by `name` and by its types: that its code
    /// has changed can't be seen. A function that throws fails the batch, with the key. Calls of one key never overlap,
    /// those of others may, on threads of workers; a batch that runs again calls the function again.
    ///
    /// `initialState` is what keys have when a new query begins: in its first batch the function is called for each of
    /// them, with rows or without.
    public func mapGroupsWithState<
        Input: Decodable & SendableMetatype, State: Codable & SendableMetatype, Output: Codable & SendableMetatype
    >(
        _ name: String? = nil, timeout: GroupStateTimeout = .noTimeout, initialState: [Key: State] = [:],
        _ function: @escaping @Sendable (Key, GroupRows<Input>, inout GroupState<State>) throws -> Output
    ) -> DataFrame {
        with(name, .map, timeout, initialState) {
            (key: Key, rows: GroupRows<Input>, state: inout GroupState<State>, give: (Output) throws -> Void) in
            try give(try function(key, rows, &state))
        }
    }

    /// Calls a function once for each key that has rows in a batch, or has timed out; all rows that it gives come out.
    ///
    /// A stream needs the output mode that is given here: append or update. All else is as for `mapGroupsWithState`.
    public func flatMapGroupsWithState<
        Input: Decodable & SendableMetatype, State: Codable & SendableMetatype, Outputs: Sequence & SendableMetatype
    >(
        _ name: String? = nil, outputMode: OutputMode, timeout: GroupStateTimeout = .noTimeout,
        initialState: [Key: State] = [:],
        _ function: @escaping @Sendable (Key, GroupRows<Input>, inout GroupState<State>) throws -> Outputs
    ) -> DataFrame where Outputs.Element: Codable & SendableMetatype, Outputs.Iterator: SendableMetatype {
        let call: GroupFunctionCall<Key, Input, State, Outputs.Element> = { key, rows, state, give in
            for row in try function(key, rows, &state) { try give(row) }
        }
        return with(name, .flatMap(outputMode), timeout, initialState, call)
    }

    private func with<
        Input: Decodable & SendableMetatype, State: Codable & SendableMetatype, Output: Codable & SendableMetatype
    >(
        _ name: String?, _ form: GroupFunction.Form, _ timeout: GroupStateTimeout, _ initialState: [Key: State],
        _ function: @escaping GroupFunctionCall<Key, Input, State, Output>
    ) -> DataFrame {
        with(name, form) {
            let body = try TypedGroupFunction(timeout: timeout, initialState: initialState, function)
            return (timeout.inPlan, body.outputs.fields, .function(body, state: body.state.fields[0].type))
        }
    }

    /// The rows that code of the program gives, which is looked at first.
    private func with(
        _ name: String?, _ form: GroupFunction.Form, _ eventTimeColumn: String? = nil,
        _ look: () throws -> (timeout: GroupTimeout, outputs: [Field], code: GroupFunction.Code)
    ) -> DataFrame {
        switch form {
        case .map, .flatMap(.append), .flatMap(.update), .transform(.append), .transform(.update): break
        case .flatMap(.complete), .transform(.complete):
            return frame.with(frame.plan, failure: Self.onlyAppendOrUpdate)
        }
        let (keys, failure) = frame.resolved(groupings)
        do {
            let (timeout, outputs, code) = try look()
            let function = GroupFunction(
                name: name, form: form, timeout: timeout, outputs: outputs, eventTimeColumn: eventTimeColumn, code: code
            )
            return frame.with(.groups(frame.plan, keys: keys, function), failure: failure)
        } catch {
            return frame.with(frame.plan, failure: failure ?? Self.refused(error))
        }
    }

    /// Why code of the program can't be called for groups.
    private static func refused(_ error: any Error) -> MillraceError {
        (error as? MillraceError)
            ?? MillraceError(
                code: "ENCODER_NOT_FOUND", message: "\(error)",
                hint: "see the types that can be columns in docs/arbitrary-state.md", kind: .query)
    }

    // MARK: Processors

    /// Calls a processor once for each key that has rows in a batch, and for each timer whose time has come; all rows
    /// that it gives come out. What makes it is called once for each part of the keys, and once when the query is
    /// built.
    ///
    /// A stream needs the output mode that is given here: append or update. The checkpoint knows the processor by
    /// `name`, by its types and by its variables: that its code has changed can't be seen. A call that throws fails the
    /// batch, with the key. Calls of one key never overlap, those of others may, on threads of workers; a batch that
    /// runs again calls the processor again.
    public func transformWithState<Processor: StatefulProcessor>(
        _ name: String? = nil, timeMode: TimeMode, outputMode: OutputMode,
        _ makeProcessor: @escaping @Sendable (StatefulProcessorHandle) throws -> Processor
    ) -> DataFrame where Processor.Key == Key {
        with(name, outputMode) { try TypedProcessor(timeMode, outputMode, makeProcessor) }
    }

    /// The same with what keys begin with: in the first batch of a new query the processor takes it before any row.
    public func transformWithState<Processor: StatefulProcessorWithInitialState>(
        _ name: String? = nil, timeMode: TimeMode, outputMode: OutputMode,
        initialState: [Key: Processor.InitialState],
        _ makeProcessor: @escaping @Sendable (StatefulProcessorHandle) throws -> Processor
    ) -> DataFrame where Processor.Key == Key {
        with(name, outputMode) { try TypedProcessor(timeMode, outputMode, initialState: initialState, makeProcessor) }
    }

    /// The same with timers in event time, where a column of what the processor gives has event time, too: behind it
    /// there may be windows, joins and what else goes by the watermark. A row that is as old as the watermark fails the
    /// batch.
    public func transformWithState<Processor: StatefulProcessor>(
        _ name: String? = nil, eventTimeColumnName: String, outputMode: OutputMode,
        _ makeProcessor: @escaping @Sendable (StatefulProcessorHandle) throws -> Processor
    ) -> DataFrame where Processor.Key == Key {
        with(name, outputMode, eventTimeColumnName) { try TypedProcessor(.eventTime, outputMode, makeProcessor) }
    }

    /// The same with what keys begin with.
    public func transformWithState<Processor: StatefulProcessorWithInitialState>(
        _ name: String? = nil, eventTimeColumnName: String, outputMode: OutputMode,
        initialState: [Key: Processor.InitialState],
        _ makeProcessor: @escaping @Sendable (StatefulProcessorHandle) throws -> Processor
    ) -> DataFrame where Processor.Key == Key {
        with(name, outputMode, eventTimeColumnName) {
            try TypedProcessor(.eventTime, outputMode, initialState: initialState, makeProcessor)
        }
    }

    private func with<Processor: StatefulProcessor>(
        _ name: String?, _ outputMode: OutputMode, _ eventTimeColumn: String? = nil,
        _ make: () throws -> TypedProcessor<Processor>
    ) -> DataFrame {
        with(name, .transform(outputMode), eventTimeColumn) {
            let body = try make()
            return (body.timeMode.inPlan, body.outputs.fields, .processor(body, body.variables))
        }
    }

    private static var onlyAppendOrUpdate: MillraceError {
        MillraceError(
            code: "UNSUPPORTED_OPERATION", message: "The output mode of function should be append or update",
            kind: .query)
    }
}
