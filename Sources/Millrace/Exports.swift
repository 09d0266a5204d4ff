// Names from other rooms that belong to the public API.

import Columns
import QueryRuntime

/// The type of a column's values.
public typealias DataType = Columns.DataType
/// One column of a schema.
public typealias Field = Columns.Field
/// The columns of a table or stream.
public typealias Schema = Columns.Schema
/// A single value.
public typealias Value = Columns.Value
/// One row with its schema.
public typealias Row = Columns.Row
/// When a query runs its next micro-batch.
public typealias Trigger = QueryRuntime.Trigger
/// The figures of one micro-batch.
public typealias StreamingQueryProgress = QueryRuntime.StreamingQueryProgress
/// What a query is doing now.
public typealias StreamingQueryStatus = QueryRuntime.StreamingQueryStatus
