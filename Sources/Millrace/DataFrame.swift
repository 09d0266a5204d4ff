// A table or a stream, and the steps of a query on it.

import Analysis
import Columns
import Connectors
import LogicalPlan
import Planner
import QueryRuntime

/// Rows with named columns: a static table or an unbounded stream. The same steps serve both; Spark's `DataFrame`.
///
/// A frame is a value: every step gives a new one. Building never fails and never suspends; what is wrong with a step
/// is told when the frame is started, collected or explained, with the step and the column.
public struct DataFrame: Sendable {
    let session: Session
    let plan: UnresolvedPlan
    /// What makes the sources of the plan's scans, by their ids.
    let bindings: [String: SourceBinding]
    /// The first thing that went wrong while building.
    let failure: MillraceError?

    init(session: Session, plan: UnresolvedPlan, bindings: [String: SourceBinding], failure: MillraceError? = nil) {
        self.session = session
        self.plan = plan
        self.bindings = bindings
        self.failure = failure
    }

    func with(_ plan: UnresolvedPlan, failure: MillraceError? = nil) -> DataFrame {
        DataFrame(session: session, plan: plan, bindings: bindings, failure: self.failure ?? failure)
    }

    func resolved(_ columns: [Column]) -> ([Expression], MillraceError?) {
        var expressions: [Expression] = []
        var failure: MillraceError?
        for column in columns {
            switch column.expression {
            case .success(let expression): expressions.append(expression)
            case .failure(let error): failure = failure ?? error
            }
        }
        return (expressions, failure)
    }

    // MARK: Steps

    /// These columns, in this order: expressions, or names of columns; `"*"` stands for all.
    public func select(_ columns: any ColumnOrName...) -> DataFrame { select(columns.map { $0.asColumn }) }

    /// These expressions, in this order.
    public func select(_ columns: [Column]) -> DataFrame {
        let (expressions, failure) = resolved(columns)
        return with(.project(plan, expressions), failure: failure)
    }

    /// Expressions in SQL: `selectExpr("word AS key", "CAST(count AS STRING) AS value")`.
    public func selectExpr(_ expressions: String...) -> DataFrame { select(expressions.map { expr($0) }) }

    /// The rows for which a condition is true.
    public func filter(_ condition: Column) -> DataFrame {
        let (expressions, failure) = resolved([condition])
        return with(expressions.first.map { .filter(plan, $0) } ?? plan, failure: failure)
    }

    /// The rows for which a condition in SQL is true.
    public func filter(_ condition: String) -> DataFrame { filter(expr(condition)) }

    /// The rows for which a condition is true; the same as `filter`.
    public func `where`(_ condition: Column) -> DataFrame { filter(condition) }

    /// The rows for which a condition in SQL is true; the same as `filter`.
    public func `where`(_ condition: String) -> DataFrame { filter(condition) }

    /// All columns and one more; one of the same name is replaced.
    public func withColumn(_ name: String, _ column: some ColumnOrName) -> DataFrame {
        let (expressions, failure) = resolved([column.asColumn.as(name)])
        return with(.withColumns(plan, expressions), failure: failure)
    }

    /// Groups rows by these columns, expressions or names; without any all rows are one group.
    public func groupBy(_ columns: any ColumnOrName...) -> GroupedData {
        GroupedData(frame: self, groupings: columns.map { $0.asColumn })
    }

    /// Aggregates over all rows.
    public func agg(_ first: Column, _ others: Column...) -> DataFrame {
        GroupedData(frame: self, groupings: []).agg([first] + others)
    }

    // MARK: Looking

    /// Whether any source is a stream.
    public var isStreaming: Bool { bindings.values.contains { $0.isStreaming } }

    /// The columns that come out.
    ///
    /// - Throws: what is wrong with the query.
    public var schema: Schema { get throws { try analyzed().schema } }

    /// The query as an indented tree, with every name bound and every cast written out.
    ///
    /// - Throws: what is wrong with the query.
    public func explained() throws -> String { try analyzed().description }

    /// The output mode that suits a stream: the first of append, update and complete that the query allows, and append
    /// where it allows none.
    ///
    /// - Throws: what is wrong with the query.
    public var usualOutputMode: OutputMode {
        get throws {
            let plan = try analyzed()
            let modes = [OutputMode.append, .update, .complete]
            let isExtended = session.configuration.isExtended
            return modes.first {
                (try? StreamingRules.check(plan, outputMode: $0, isExtended: isExtended)) != nil
            } ?? .append
        }
    }

    func analyzed() throws -> ResolvedPlan {
        if let failure { throw failure }
        do {
            return try Analyzer.analyze(plan, zone: try session.timeZone)
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    // MARK: Running

    /// Where a stream goes to.
    public var writeStream: DataStreamWriter { DataStreamWriter(frame: self) }

    /// The rows of a static frame.
    ///
    /// - Throws: what is wrong with the query, or what failed while it ran; a stream can't be collected.
    public func collect() throws -> [Row] { try collectBatches().flatMap { $0.rows() } }

    /// How many rows a static frame has.
    ///
    /// - Throws: as `collect()`.
    public func count() throws -> Int { try collectBatches().reduce(0) { $0 + $1.count } }

    /// The first rows of a static frame as a table of text, as Spark's `show()` prints it.
    ///
    /// - Throws: as `collect()`.
    public func shown(numRows: Int = 20, truncate: Bool = true) throws -> String {
        let plan = try analyzed()
        let zone = try session.timeZone
        let batches = try collectBatches().map { $0.local(in: zone) }
        return ShowTable.render(
            schema: batches.first?.schema ?? plan.schema, rows: batches.flatMap { $0.rows() }, numRows: numRows,
            truncate: truncate ? 20 : 0)
    }

    func collectBatches() throws -> [RecordBatch] {
        let plan = try analyzed()
        guard !plan.isStreaming else {
            throw MillraceError(
                code: "UNSUPPORTED_OPERATION",
                message: "Queries with streaming sources must be executed with writeStream.start()",
                hint: "to look at its rows: .writeStream.format(\"console\").start()", kind: .query)
        }
        do {
            let physical = try PhysicalPlanner.plan(
                plan, canFilter: { bindings[$0]?.canFilter ?? false }, canPrune: { bindings[$0]?.canPrune ?? false })
            let memory = try session.configuration.memoryShares()
            let interruption = session.interruption()
            let tables = try makeSources(physical, memory).tables.map {
                InterruptibleTable($0, isInterrupted: interruption) as any TableSource
            }
            return try StaticQuery.run(
                physical.plan, tables: tables, on: session.workers, memoryBytes: memory.batchBytes + memory.stateBytes,
                clock: session.configuration.clock, isInterrupted: interruption)
        } catch {
            throw MillraceError(wrapping: error)
        }
    }
}

/// Rows grouped by key, on the way to an aggregation; Spark's `RelationalGroupedDataset`.
public struct GroupedData: Sendable {
    let frame: DataFrame
    let groupings: [Column]

    /// Aggregates of each group; the result has the groups' keys first.
    public func agg(_ first: Column, _ others: Column...) -> DataFrame { agg([first] + others) }

    func agg(_ aggregates: [Column]) -> DataFrame {
        let (keys, keyFailure) = frame.resolved(groupings)
        let (values, valueFailure) = frame.resolved(aggregates)
        return frame.with(
            .aggregate(frame.plan, groupings: keys, outputs: keys + values), failure: keyFailure ?? valueFailure)
    }

    /// How many rows each group has, as the column `count`.
    public func count() -> DataFrame { agg([Millrace.count("*").as("count")]) }

    /// The sums of these columns, each as `sum(name)`.
    public func sum(_ names: String...) -> DataFrame { agg(names.map { Millrace.sum($0) }) }

    /// The means of these columns, each as `avg(name)`.
    public func avg(_ names: String...) -> DataFrame { agg(names.map { Millrace.avg($0) }) }

    /// The means of these columns; the same as `avg`.
    public func mean(_ names: String...) -> DataFrame { agg(names.map { Millrace.avg($0) }) }

    /// The smallest values of these columns, each as `min(name)`.
    public func min(_ names: String...) -> DataFrame { agg(names.map { Millrace.min($0) }) }

    /// The largest values of these columns, each as `max(name)`.
    public func max(_ names: String...) -> DataFrame { agg(names.map { Millrace.max($0) }) }
}
