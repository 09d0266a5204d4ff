// Which rows of a file may count, by what the file says of its values.

import Columns
import Compression

/// What a reader may leave out: rows of which something is certainly not true.
package struct RowFilter: Sendable {
    package let predicates: [ColumnPredicate]
    /// What is known of columns that aren't the file's, by their names in small letters.
    package let constants: [String: KnownValues]

    /// All of the predicates have to hold for a row that counts.
    package init(_ predicates: [ColumnPredicate], constants: [String: KnownValues] = [:]) {
        self.predicates = predicates
        self.constants = constants
    }
}

/// Holds row groups of one file against a filter: by the bounds of their columns, by dictionaries that hold all of a
/// column's values, by Bloom filters, and by the bounds of pages.
///
/// What can't be read, or can't be right, is taken for unknown: who reads the rows will find it.
final class RowGroupFilter {
    /// A column that is asked about.
    private enum Column {
        /// Where it isn't the file's, or the file is without it.
        case known(KnownValues)
        case leaf(SchemaNode, DataType, BoundReader)
    }

    private let predicate: ColumnPredicate
    private let footer: ParquetFooter
    private let pages: ChunkPages
    private let batch: BatchBytes
    /// By their names in small letters.
    private var columns: [ColumnPath: Column] = [:]
    /// Of the columns that are asked for single values.
    private let searched: Set<ColumnPath>

    /// A filter of the rows that a reader reads as `wanted`; `nil` where it can't leave anything out.
    init?(
        _ filter: RowFilter, _ footer: ParquetFooter, wanted: Schema, pages: ChunkPages, batch: BatchBytes
    ) {
        guard !filter.predicates.isEmpty else { return nil }
        predicate = .all(filter.predicates)
        self.footer = footer
        self.pages = pages
        self.batch = batch
        searched = predicate.searchedColumns
        for path in predicate.columns.map(\.folded) {
            if path.fields.isEmpty, let constant = filter.constants[path.column] {
                columns[path] = .known(constant)
            } else {
                columns[path] = Self.column(path, wanted, footer)
            }
        }
        if columns.isEmpty { return nil }
    }

    /// The column of the file that has what is read at a path, by names in small letters; `nil` where nothing is known.
    private static func column(_ path: ColumnPath, _ wanted: Schema, _ footer: ParquetFooter) -> Column? {
        var (fields, found, type): ([Field], SchemaNode, DataType?) = (wanted.fields, footer.root, nil)
        for name in [path.column] + path.fields {
            guard let field = fields.first(where: { $0.name.lowercased() == name }) else { return nil }
            guard let child = try? found.child(named: name) else {
                // Of two columns with the name nothing is known.
                return found.children.contains { $0.name.lowercased() == name } ? nil : .known(.onlyNull)
            }
            (found, type) = (child, field.type)
            if case .structure(let inner) = field.type { fields = inner } else { fields = [] }
        }
        guard let type, let leaf = found.column, found.maxRepetition == 0 else { return nil }
        if found.element.meaning == .unknown { return .known(.onlyNull) }
        let orders = footer.metaData.columnOrders
        let isTypeOrder = orders.map { leaf < $0.count && $0[leaf].isTypeOrder } ?? false
        return .leaf(
            found, type,
            BoundReader(found.element, as: type, isTypeOrder: isTypeOrder, createdBy: footer.metaData.createdBy))
    }

    // MARK: Row groups

    /// The rows of a row group that may count.
    func rows(of group: RowGroup) -> RowRanges {
        guard predicate.mayHold({ known($0, group) }), mayHoldByValues(group) else { return RowRanges() }
        var indexes: [ColumnPath: [(rows: Range<Int64>, known: KnownValues)]] = [:]
        for (path, column) in columns {
            if case .leaf(let node, _, let bounds) = column, let chunk = chunk(node, group) {
                indexes[path] = pages.known(chunk, node, bounds, rows: group.rowCount)
            }
        }
        return indexes.isEmpty ? RowRanges(0..<group.rowCount) : rows(predicate, group, indexes)
    }

    /// What the metadata say of the column's values in the row group.
    private func known(_ path: ColumnPath, _ group: RowGroup) -> KnownValues? {
        switch columns[path.folded] {
        case nil: nil
        case .known(let known): known
        case .leaf(let node, _, let bounds):
            chunk(node, group)?.metaData.map {
                bounds.known($0.statistics, valueCount: $0.valueCount, isRequired: node.maxDefinition == 0)
            }
        }
    }

    /// The column's chunk, where it is one that can be read.
    private func chunk(_ node: SchemaNode, _ group: RowGroup) -> ColumnChunk? {
        guard let column = node.column, column < group.columns.count else { return nil }
        let chunk = group.columns[column]
        guard let data = chunk.metaData, !chunk.isEncrypted, chunk.filePath == nil, data.type == node.element.type,
            data.valueCount == group.rowCount
        else { return nil }
        return chunk
    }

    /// Whether it may hold where all values are those of dictionaries, and Bloom filters say which are not there.
    private func mayHoldByValues(_ group: RowGroup) -> Bool {
        var found: [ColumnPath: KnownValues] = [:]
        for path in searched {
            guard case .leaf(let node, let type, let bounds) = columns[path], var known = known(path, group),
                let chunk = chunk(node, group)
            else { continue }
            if let reader = ValueReader.reader(of: node.element, as: type, batch),
                let values = pages.dictionary(chunk, node, reader)
            {
                known.all = values
            } else {
                known.absent = absent(path, chunk, bounds, known)
                if known.absent.isEmpty { continue }
            }
            found[path] = known
        }
        return found.isEmpty || predicate.mayHold { found[$0.folded] ?? known($0, group) }
    }

    /// Each of more values would cost another read of a block.
    private static let mostSought = 64

    /// Which of the values that are looked for the chunk certainly doesn't have, by its Bloom filter.
    private func absent(
        _ path: ColumnPath, _ chunk: ColumnChunk, _ bounds: BoundReader, _ known: KnownValues
    ) -> Set<OrderedValue> {
        let sought = predicate.soughtValues(path)
        guard !sought.isEmpty, sought.count <= Self.mostSought, let filter = pages.bloomFilter(chunk) else { return [] }
        return sought.filter { value in
            bounds.writings(of: value, known).map { ways in !ways.contains { filter.mayHold($0) } } ?? false
        }
    }

    // MARK: Pages

    private func rows(
        _ predicate: ColumnPredicate, _ group: RowGroup,
        _ indexes: [ColumnPath: [(rows: Range<Int64>, known: KnownValues)]]
    ) -> RowRanges {
        switch predicate {
        case .column(let path, let test):
            guard let index = indexes[path.folded] else {
                return predicate.mayHold { known($0, group) } ? RowRanges(0..<group.rowCount) : RowRanges()
            }
            var result = RowRanges()
            for page in index where test.mayHold(of: page.known) { result.add(page.rows) }
            return result
        case .all(let parts):
            return parts.reduce(RowRanges(0..<group.rowCount)) { $0.intersection(rows($1, group, indexes)) }
        case .any(let parts):
            return parts.reduce(RowRanges()) { $0.union(rows($1, group, indexes)) }
        }
    }
}

extension ColumnPredicate {
    /// The values that are looked for in a column, by its names in small letters.
    fileprivate func soughtValues(_ column: ColumnPath) -> Set<OrderedValue> {
        switch self {
        case .column(let path, let test):
            guard path.folded == column, let values = test.soughtValues else { return [] }
            return Set(values.compactMap { OrderedValue($0) })
        case .all(let parts), .any(let parts): return parts.reduce(into: []) { $0.formUnion($1.soughtValues(column)) }
        }
    }

    /// The columns, in small letters, of which a value is looked for that bounds alone can hardly tell away.
    fileprivate var searchedColumns: Set<ColumnPath> {
        switch self {
        case .column(let path, .compares(.equal, _)), .column(let path, .isIn), .column(let path, .startsWith):
            [path.folded]
        case .column: []
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.searchedColumns) }
        }
    }
}
