// How two sides of a join find each other, and what comes of that.

import Columns

/// How two sides of a join find each other, and what comes out.
package struct JoinShape: Sendable {
    /// What becomes of the rows of the side that looks up.
    package enum Kind: String, Sendable {
        /// Pairs.
        case inner
        /// Pairs, and rows without a partner with NULLs beside them.
        case outer
        /// As `outer`, where a second partner of a row is an error.
        case single
        /// Rows with a partner, once each.
        case semi
        /// Rows without a partner.
        case anti
        /// All rows, once each, with a BOOLEAN behind: whether there is a partner.
        case mark
        /// Pairs, and the rows of both sides without a partner.
        case full

        /// Whether rows come out, and no pairs: one partner decides.
        var isAboutRows: Bool { self == .semi || self == .anti || self == .mark }
    }

    /// What a NULL among the keys may hide, as `IN` and `NOT IN` see it.
    package enum HiddenPartners: Sendable {
        /// Nothing: NULL equals nothing.
        case none
        /// The partner, where a row has no key, or where a row without key is among those that are looked up in. There
        /// is one key and no condition.
        case behindKeys
        /// What this test has no answer for. It says which of the pairs that are found are partners.
        case behindTest(PairTest)
    }

    package let kind: Kind
    /// Whether the columns of the gathered side stand before those of the side that looks up.
    package let buildIsFirst: Bool
    /// What must be true for a pair besides equal keys.
    package let condition: PairTest?
    package let hidden: HiddenPartners
    /// The columns of a pair.
    package let pairSchema: Schema

    /// Creates a shape.
    package init(
        kind: Kind, buildIsFirst: Bool, condition: PairTest?, hidden: HiddenPartners = .none, pairSchema: Schema
    ) {
        self.kind = kind
        self.buildIsFirst = buildIsFirst
        self.condition = condition
        self.hidden = hidden
        self.pairSchema = pairSchema
    }
}

/// A condition on pairs of rows, with the columns that it reads.
package struct PairTest: Sendable {
    /// Over those columns, in their order.
    let condition: CompiledExpression
    /// Which columns of a pair.
    let columns: [Int]
    let schema: Schema

    /// Creates a test: `columns` are those that the condition reads, by their places in a pair.
    package init(_ condition: CompiledExpression, columns: [Int], schema: Schema) {
        precondition(columns.count == schema.count, "a field for each column")
        self.condition = condition
        self.columns = columns
        self.schema = schema
    }

    /// What the condition says of some pairs; `column` gives one of their columns.
    func evaluate(
        count: Int, _ context: BatchContext, _ column: (Int) -> ColumnVector
    ) throws -> ColumnVector {
        try condition.evaluate(RecordBatch(schema: schema, columns: columns.map(column), count: count), context)
    }
}

/// The keys by which the rows of one side are found, or look up.
package struct JoinKeyColumns: Sendable {
    let keys: [CompiledExpression]
    /// For each key whether NULL equals NULL.
    let nullSafe: [Bool]

    /// Creates keys; without any, every row finds every row.
    package init(_ keys: [CompiledExpression], nullSafe: [Bool]) {
        precondition(keys.count == nullSafe.count, "each key says what it does with NULL")
        self.keys = keys
        self.nullSafe = nullSafe
    }

    /// The keys of a batch's rows.
    func canonical(of batch: RecordBatch, _ context: BatchContext) throws -> CanonicalKeys {
        canonical(try columns(of: batch, context), count: batch.physicalCount)
    }

    /// The keys of rows whose key columns these are.
    func canonical(_ columns: [ColumnVector], count: Int) -> CanonicalKeys {
        CanonicalKeys(columns, count: count, nullSafe: nullSafe)
    }

    /// The keys of a batch's rows as columns.
    func columns(of batch: RecordBatch, _ context: BatchContext) throws -> [ColumnVector] {
        var columns: [ColumnVector] = []
        for key in keys { columns.append(try key.evaluate(batch, context)) }
        return columns
    }

    /// A bit for each row whose keys may equal others: no NULL where NULL equals nothing. `nil` where all may.
    func findable(_ columns: [ColumnVector], count: Int) -> Buffer? {
        ValidityKernel.all(zip(columns, nullSafe).filter { !$1 }.map(\.0), count: count).bits
    }

    /// The types of the keys.
    var types: [DataType] { keys.map(\.type) }
}
