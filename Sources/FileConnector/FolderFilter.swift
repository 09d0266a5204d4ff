// Files that no row can count of, by the folders that they lie in.

import Columns
import Connectors
import Synchronization

/// Holds files against what a query asks of the columns of their folders.
struct FolderFilter {
    private let source: FileSource
    private let predicate: ColumnPredicate
    /// The fields of the columns that are asked about, by their names in small letters.
    private let fields: [String: Field]
    /// What is known of the values that have come, by their columns.
    private var values: [String: [String?: KnownValues]] = [:]

    init(_ source: FileSource) {
        self.source = source
        predicate = .all(source.filters)
        let asked = Set(predicate.columns.filter(\.fields.isEmpty).map { $0.column.lowercased() })
        fields = Dictionary(
            source.columns.fields.map { ($0.name.lowercased(), $0) }.filter { asked.contains($0.0) }
        ) { first, _ in first }
    }

    /// The files that may have rows that count.
    mutating func matching(_ files: [DataFile]) -> [DataFile] {
        guard !fields.isEmpty else { return files }
        return files.filter { file in
            guard !file.partition.isEmpty else { return true }
            let known = known(of: file)
            return predicate.mayHold { $0.fields.isEmpty ? known[$0.column.lowercased()] : nil }
        }
    }

    /// What a file's folders say of the columns that are asked about, by their names in small letters.
    mutating func known(of file: DataFile) -> [String: KnownValues] {
        var result: [String: KnownValues] = [:]
        for folder in file.partition {
            let name = folder.name.lowercased()
            guard let field = fields[name] else { continue }
            let known = values[name]?[folder.value] ?? known(folder.value, field, file)
            values[name, default: [:]][folder.value] = known
            result[name] = known
        }
        return result
    }

    private func known(_ text: String?, _ field: Field, _ file: DataFile) -> KnownValues {
        // One that is no value of its type is an error for whoever reads its rows.
        guard
            let column = try? PartitionColumns.column(text, field.type, count: 1, in: source.format.zone, of: file)
        else { return KnownValues() }
        return KnownValues(only: column.value(at: 0))
    }
}

/// What a scan left out because no row of it can count. Counted by all readers.
final class ScanFigures: Sendable {
    private let fileCount = Atomic<Int>(0)
    private let groupCount = Atomic<Int>(0)
    private let rowCount = Atomic<Int64>(0)

    var files: Int { fileCount.load(ordering: .relaxed) }
    var rowGroups: Int { groupCount.load(ordering: .relaxed) }
    /// Of the row groups that were read.
    var rows: Int64 { rowCount.load(ordering: .relaxed) }

    func add(files: Int = 0, rowGroups: Int = 0, rows: Int64 = 0) {
        fileCount.wrappingAdd(files, ordering: .relaxed)
        groupCount.wrappingAdd(rowGroups, ordering: .relaxed)
        rowCount.wrappingAdd(rows, ordering: .relaxed)
    }
}
