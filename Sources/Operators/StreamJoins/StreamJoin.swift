// A join of two streams: what came on one side waits for its partners on the other.

import Columns
import StateStore

/// A join of two streams by equal keys. The rows of both sides are kept until the watermark says that no partner can
/// come any more, which is when rows without one come out with NULLs beside them, where the kind of join wants them.
///
/// Both sides of a key are in one shard. In a batch the left rows look up what is kept on the right and are kept
/// themselves, then the right ones look up all left ones: each pair is found once. In a semi or anti join the right
/// rows come first, so that a left row that has its partner is never kept.
package struct StreamJoin: KeyedOperator {
    /// Which rows come out.
    package enum Kind: Sendable {
        case inner, left, right, full
        /// Left rows with a partner, once each.
        case leftSemi
        /// Left rows without a partner, once none can come any more.
        case leftAnti

        /// Whether only left rows come out: one that has found a partner needs no other.
        var isOfLeft: Bool {
            switch self {
            case .leftSemi, .leftAnti: true
            case .inner, .left, .right, .full: false
            }
        }
    }

    /// What is known of one side.
    package struct Side: Sendable {
        /// The columns that are kept. Those that come may have others behind them, for the keys.
        package let schema: Schema
        package let keys: JoinKeyColumns
        /// What a row must be to find any partner; `nil` where nothing is asked of this side alone.
        package let filter: CompiledExpression?
        /// The column with event time: rows that it calls late are dropped.
        package let time: KeyTime?
        /// Until when a row may find partners; `nil` for ever.
        package let lifetime: Lifetime?

        package init(
            schema: Schema, keys: JoinKeyColumns, filter: CompiledExpression?, time: KeyTime?, lifetime: Lifetime?
        ) {
            self.schema = schema
            self.keys = keys
            self.filter = filter
            self.time = time
            self.lifetime = lifetime
        }
    }

    /// Until when a row may find partners: until the watermark and `offsetMicroseconds` have reached its time.
    package struct Lifetime: Hashable, Sendable {
        /// Where the time stands.
        package enum Place: Hashable, Sendable {
            /// Among the keys.
            case key(KeyTime)
            /// Among the side's columns.
            case column(KeyTime)
        }

        package let place: Place
        package let offsetMicroseconds: Int64

        package init(_ place: Place, offsetMicroseconds: Int64 = 0) {
            self.place = place
            self.offsetMicroseconds = offsetMicroseconds
        }

        /// The time up to which rows can find no partner any more.
        func end(at watermark: Int64) -> Int64 {
            let (sum, isBeyond) = watermark.addingReportingOverflow(offsetMicroseconds)
            return isBeyond ? (offsetMicroseconds < 0 ? .min : .max) : sum
        }
    }

    /// The port of the left side.
    package static let leftPort = 0
    /// The port of the right side.
    package static let rightPort = 1

    package let name = "StreamJoin"
    package let detail: String
    package let outputSchema: Schema
    package let state: OperatorState?
    package var sharding: Sharding { .byKey }
    let kind: Kind
    /// The left side, then the right one.
    let sides: [Side]
    /// What must be true for a pair besides equal keys.
    let condition: PairTest?

    /// Creates the step. `condition` sees pairs: the left columns, then the right ones.
    package init(
        _ kind: Kind, left: Side, right: Side, condition: PairTest?, detail: String, outputSchema: Schema,
        stateID: String
    ) {
        self.kind = kind
        sides = [left, right]
        self.condition = condition
        self.detail = detail
        self.outputSchema = outputSchema
        let shape =
            left.keys.types.map { "key \($0)" } + left.schema.fields.map { "left \($0.type)" }
            + right.schema.fields.map { "right \($0.type)" }
        let endless = zip(["left", "right"], sides).filter { $1.lifetime == nil }.map(\.0)
        let reason =
            endless.isEmpty
            ? nil : "nothing says until when rows of the \(endless.joined(separator: " and the ")) side find partners"
        func columns(_ side: Side) -> [StateLayout.Column] { side.schema.fields.map { .init($0.name, $0.type) } }
        // Keys are expressions: as in Spark they are called by their places.
        let layout = StateLayout(
            .joined, operatorName: "symmetricHashJoin",
            keys: left.keys.types.enumerated().map { .init("field\($0)", $1) }, values: columns(left),
            otherValues: columns(right), shardKeys: left.keys.nullSafe)
        state = OperatorState(
            id: stateID, progressName: layout.operatorName, shape: shape, unboundedBecause: reason, layout: layout)
    }

    /// Whether rows of a side come out that have found no partner.
    func keepsAlone(_ side: Int) -> Bool {
        switch kind {
        case .inner, .leftSemi: false
        case .left, .leftAnti: side == StreamJoin.leftPort
        case .right: side == StreamJoin.rightPort
        case .full: true
        }
    }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard { StreamJoinShard(self) }

    package func exchange(
        _ rows: RecordBatch, port: Int, shards: Int, _ context: BatchContext
    ) throws -> [Selection] {
        try sides[port].keys.canonical(of: rows, context).selections(shards: shards)
    }

    /// No time of a pair lies before what both sides and the watermark itself say.
    package func outputWatermark(_ inputs: [Int64]) -> Int64? {
        inputs.min().map { watermark in
            sides.compactMap { $0.lifetime?.end(at: watermark) }.reduce(watermark, min)
        }
    }

    package func needsBatchWithoutData(
        lastWatermarkMicroseconds last: Int64?, nextWatermarkMicroseconds next: Int64?
    ) -> Bool { sides.contains { $0.lifetime != nil } && next.map { $0 > last ?? .min } ?? false }
}
