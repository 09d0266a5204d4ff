// Rows by the folder that they go to.

import Columns
import Connectors

/// The rows of some batches, divided by the values of the columns that name folders.
struct FolderRows {
    /// Rows of one folder in one batch.
    struct Piece {
        let batch: RecordBatch
        let rows: Selection?

        /// The rows as a batch of their own.
        func compacted(_ layout: FileLayout) -> RecordBatch {
            layout.fileRows(rows.map { batch.selecting($0) } ?? batch).compacted()
        }
    }

    /// A folder below the directory, such as `k=a/l=1`, empty for the directory itself; and its rows.
    struct Folder {
        let path: String
        var pieces: [Piece]
    }

    let folders: [Folder]

    /// Divides rows. Folders come in the order of their paths.
    ///
    /// - Throws: where a value has no text.
    init(_ batches: [RecordBatch], _ layout: FileLayout, zone: TimeZone) throws(KernelError) {
        let batches = batches.filter { $0.count > 0 }
        guard !layout.folders.isEmpty else {
            let pieces = batches.map { Piece(batch: $0, rows: nil) }
            folders = pieces.isEmpty ? [] : [Folder(path: "", pieces: pieces)]
            return
        }
        let keys = GroupKeys(types: layout.folders.map(\.type))
        var pieces: [[Piece]] = []
        for batch in batches {
            let batch = batch.compacted()
            let columns = layout.folderPlaces.map { batch.columns[$0].materialized() }
            let groups = Buffer(capacity: batch.count * MemoryLayout<UInt32>.stride)
            keys.assignGroups(keys: columns, count: batch.count, into: groups.pointer(as: UInt32.self))
            for (group, rows) in Self.selections(groups, count: batch.count) {
                while pieces.count <= group { pieces.append([]) }
                pieces[group].append(Piece(batch: batch, rows: rows))
            }
        }
        let numbers = pieces.indices.map { UInt32($0) }
        let paths = try Self.paths(keys.keyColumns(groups: numbers, count: numbers.count), layout.folders, zone)
        // NULL and the empty text are one folder. Paths are the same where their bytes are: texts of other bytes that
        // Swift takes for equal are two values.
        var byPath: [[UInt8]: Folder] = [:]
        for (path, rows) in zip(paths, pieces) {
            byPath[Array(path.utf8), default: Folder(path: path, pieces: [])].pieces += rows
        }
        folders = byPath.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }

    /// The rows of each group that has any, in order.
    private static func selections(_ groups: Buffer, count: Int) -> [(group: Int, rows: Selection)] {
        let numbers = groups.pointer(as: UInt32.self)
        var sizes: [Int] = []
        for row in 0..<count {
            let group = Int(numbers[row])
            if group >= sizes.count { sizes += [Int](repeating: 0, count: group + 1 - sizes.count) }
            sizes[group] += 1
        }
        // One buffer with the rows of all groups, one behind the other.
        var starts: [Int] = []
        var next = 0
        for size in sizes {
            starts.append(next)
            next += size
        }
        let sorted = Buffer(capacity: max(count, 1) * MemoryLayout<Int32>.stride)
        let places = sorted.pointer(as: Int32.self)
        var ends = starts
        for row in 0..<count {
            let group = Int(numbers[row])
            places[ends[group]] = Int32(row)
            ends[group] += 1
        }
        return sizes.indices.filter { sizes[$0] > 0 }.map { group in
            let rows = Buffer(capacity: sizes[group] * MemoryLayout<Int32>.stride)
            rows.pointer(as: Int32.self).update(from: places + starts[group], count: sizes[group])
            return (group, Selection(indices: rows, count: sizes[group]))
        }
    }

    /// The folder of one row's values, in the order of its columns.
    ///
    /// - Throws: where a value has no text.
    static func path(of row: RecordBatch, zone: TimeZone) throws(KernelError) -> String {
        let row = row.compacted()
        return try paths(row.columns.map { $0.materialized() }, row.schema.fields, zone).first ?? ""
    }

    private static func paths(
        _ values: [ColumnVector], _ folders: [Field], _ zone: TimeZone
    ) throws(KernelError) -> [String] {
        var paths: [String] = []
        for (field, column) in zip(folders, values) {
            let texts =
                column.type == .string
                ? column.materialized()
                : try CastKernel.cast(column, to: .string, isTry: false, in: zone).materialized()
            for row in 0..<texts.count {
                let isValid = Loops.isValid(texts.validityBits, row)
                let value = isValid ? String(decoding: texts.run(row), as: UTF8.self) : nil
                let folder = PartitionValue(name: field.name, value: value).folder
                if row < paths.count { paths[row] += "/" + folder } else { paths.append(folder) }
            }
        }
        return paths
    }
}
