// A column of a file, some rows at a time.

import CPlatform
import Columns

/// The levels of a batch, a byte each.
struct LevelBuffer {
    private(set) var buffer = Buffer(capacity: 0)
    private(set) var count = 0

    var levels: UnsafePointer<UInt8> { UnsafePointer(buffer.pointer(as: UInt8.self)) }

    /// Room for more levels, which `keep` makes some of it.
    mutating func room(_ more: Int) -> UnsafeMutablePointer<UInt8> {
        if count + more > buffer.capacity { buffer = Buffer.grown(buffer, used: count, needed: count + more) }
        return buffer.pointer(as: UInt8.self) + count
    }

    /// Levels were written to the room.
    mutating func keep(_ more: Int) { count += more }

    /// Begins the next batch.
    mutating func clear() { count = 0 }
}

/// Reads a column's levels, and its values where they are wanted.
final class LeafReader {
    let leaf: SchemaNode
    /// Names from the root, for errors.
    let path: String
    /// `nil` where only the levels are wanted.
    private let values: ValueReader?
    /// An element of the innermost list around it has at least this level.
    private let slotDefinition: UInt8
    private let limits: ParquetLimits
    private let batch: BatchBytes
    /// Bytes that an entry of the batch takes: its levels, and a slot.
    let entryBytes: Int
    private var pages: PageStream?
    private var page: Page?
    /// Levels of the page that weren't read yet, without those in the window.
    private var pageLeft = 0
    /// Repetition levels that were decoded, but belong to records that weren't read yet.
    private var window = LevelBuffer()
    private var windowNext = 0
    /// The row of the row group that is read next.
    private var row: Int64 = 0
    /// Where pages and their first rows lie, where that is known and rows are left out.
    private var locations: [PageLocation] = []
    private var groupRows: Int64 = 0
    /// Rows that the page that was jumped to has by the index.
    private var expectedRows: Int64?

    /// Of the batch: a level for each value and each empty list; none where all are 0.
    private(set) var definitions = LevelBuffer()
    private(set) var repetitions = LevelBuffer()
    /// Definition levels of those that are elements of the innermost list, where there is one.
    private var slotLevels = LevelBuffer()
    /// How many levels the batch has, and how many slots of the column.
    private(set) var entries = 0
    private(set) var slots = 0
    private var presentCount = 0

    /// A reader of a leaf in a list whose elements have `slotDefinition`, 0 without one.
    init(
        _ leaf: SchemaNode, path: String, values: ValueReader?, slotDefinition: UInt8, limits: ParquetLimits,
        batch: BatchBytes
    ) {
        self.leaf = leaf
        self.path = path
        self.values = values
        self.slotDefinition = slotDefinition
        self.limits = limits
        self.batch = batch
        let levels = (leaf.maxDefinition > 0 ? 1 : 0) + (leaf.maxRepetition > 0 ? 2 : 0)
        entryBytes = levels + (values?.slotBytes ?? 0)
    }

    /// Goes to the pages of another row group of so many rows; `index` says where they lie, if rows are to be left out.
    func begin(_ pages: PageStream, rows: Int64, index: OffsetIndex? = nil) {
        self.pages = pages
        (row, groupRows, expectedRows) = (0, rows, nil)
        locations = index.flatMap { Self.isSound($0, pages, rows) ? $0.pages : nil } ?? []
        values?.beginChunk()
        page = nil
        pageLeft = 0
        window.clear()
        windowNext = 0
    }

    /// Whether the pages of an index lie one behind the other, each with rows of its own.
    private static func isSound(_ index: OffsetIndex, _ pages: PageStream, _ rows: Int64) -> Bool {
        guard let first = index.pages.first, first.firstRow == 0, let last = index.pages.last, last.firstRow < rows,
            index.pages.allSatisfy({ pages.holds($0.offset, Int64($0.compressedSize)) })
        else { return false }
        return zip(index.pages, index.pages.dropFirst()).allSatisfy {
            $0.firstRow < $1.firstRow && $0.offset < $1.offset
        }
    }

    // MARK: Rows

    /// Leaves out rows up to one that is behind those that were read: whole pages where it is known where they lie,
    /// `batchRows` rows at a time where they have to be read.
    func seek(toRow target: Int64, batchRows: Int) throws(ParquetError) {
        do throws(ParquetError) {
            if let place = locations.lastIndex(where: { $0.firstRow <= target }), locations[place].firstRow > row {
                try jump(toPage: place)
            }
        } catch {
            throw error.at(column: path)
        }
        while row < target {
            try read(rows: Int(min(target - row, Int64(batchRows))))
            _ = try column()
            clear()
            batch.clear()
        }
    }

    private func jump(toPage index: Int) throws(ParquetError) {
        guard let pages else { return }
        let location = locations[index]
        // The dictionary stands before all pages.
        if pages.place < locations[0].offset {
            guard case .dictionary(let dictionary) = try pages.next() else {
                throw .damaged("an index that doesn't know the first page", offset: pages.place)
            }
            try values?.setDictionary(dictionary)
        }
        pages.jump(to: location.offset, left: leaf.maxRepetition == 0 ? groupRows - location.firstRow : nil)
        page = nil
        pageLeft = 0
        window.clear()
        windowNext = 0
        row = location.firstRow
        expectedRows = (index + 1 < locations.count ? locations[index + 1].firstRow : groupRows) - location.firstRow
    }

    /// Reads the levels and values of some more rows into the batch.
    func read(rows: Int) throws(ParquetError) {
        row += Int64(rows)
        do throws(ParquetError) {
            if leaf.maxRepetition == 0 {
                var left = rows
                while left > 0 {
                    if pageLeft == 0 { try nextPage() }
                    let count = min(left, pageLeft)
                    pageLeft -= count
                    try take(count)
                    left -= count
                }
            } else {
                try readRecords(rows)
            }
        } catch {
            throw error.at(column: path)
        }
    }

    private func nextPage() throws(ParquetError) {
        guard try advance() else { throw .damaged("fewer rows than the row group has") }
    }

    /// Goes to the next page that has levels. Whether there is one.
    private func advance() throws(ParquetError) -> Bool {
        guard let pages else { return false }
        page = nil
        while true {
            switch try pages.next() {
            case .end: return false
            case .dictionary(let dictionary): try values?.setDictionary(dictionary)
            case .data(let next):
                guard next.entryCount > 0 else { continue }
                if let expected = expectedRows, leaf.maxRepetition == 0, next.entryCount != expected {
                    throw .damaged("a page of \(next.entryCount) rows, and \(expected) in the index")
                }
                expectedRows = nil
                try values?.begin(next)
                page = next
                pageLeft = next.entryCount
                return true
            }
        }
    }

    private static let windowSize = 4096

    /// Reads records: each begins with repetition level 0.
    private func readRecords(_ rows: Int) throws(ParquetError) {
        var seen = 0
        while true {
            if windowNext == window.count {
                if pageLeft == 0, !(try advance()) { break }
                try fillWindow()
            }
            let levels = window.levels
            let start = windowNext
            var next = start
            var isDone = false
            while next < window.count {
                if levels[next] == 0 {
                    if seen == rows {
                        isDone = true
                        break
                    }
                    seen += 1
                }
                next += 1
            }
            guard seen > 0 || next == start else { throw .damaged("a row that begins in the middle of a list") }
            if next > start {
                repetitions.room(next - start).update(from: levels + start, count: next - start)
                repetitions.keep(next - start)
                windowNext = next
                try take(next - start)
            }
            if isDone { break }
        }
        guard seen == rows else { throw .damaged("fewer rows than the row group has") }
    }

    private func fillWindow() throws(ParquetError) {
        window.clear()
        windowNext = 0
        let count = min(Self.windowSize, pageLeft)
        guard page?.repetitions.decode(into: window.room(count), count: count) == true else {
            throw .damaged("repetition levels that are none")
        }
        window.keep(count)
        pageLeft -= count
    }

    /// Takes the next `count` levels of the page, and their values.
    private func take(_ count: Int) throws(ParquetError) {
        guard entries + count <= limits.batchElements else {
            throw ParquetError(.tooLarge, "the lists of one batch have more than \(limits.batchElements) elements")
        }
        try batch.take(count * entryBytes)
        entries += count
        guard leaf.maxDefinition > 0 else {
            slots += count
            presentCount += count
            try values?.read(count, present: count, levels: nil, maximum: 0)
            return
        }
        let levels = definitions.room(count)
        let maximum = leaf.maxDefinition
        // Most often all have a value.
        if slotDefinition == 0, let level = page?.definitions.takeRun(count) {
            levels.update(repeating: level, count: count)
            definitions.keep(count)
            slots += count
            let present = level == maximum ? count : 0
            presentCount += present
            try values?.read(count, present: present, levels: levels, maximum: maximum)
            return
        }
        guard page?.definitions.decode(into: levels, count: count) == true else {
            throw .damaged("definition levels that are none")
        }
        definitions.keep(count)
        var present = 0
        for index in 0..<count {
            present &+= Int(unsafeBitCast(levels[index] == maximum, to: UInt8.self))
        }
        presentCount += present
        guard slotDefinition > 0 else {
            slots += count
            try values?.read(count, present: present, levels: levels, maximum: maximum)
            return
        }
        let own = slotLevels.room(count)
        var kept = 0
        for index in 0..<count {
            own[kept] = levels[index]
            kept &+= Int(unsafeBitCast(levels[index] >= slotDefinition, to: UInt8.self))
        }
        slotLevels.keep(kept)
        slots += kept
        try values?.read(kept, present: present, levels: own, maximum: maximum)
    }

    // MARK: Batches

    /// The column of the batch, a slot a row or an element.
    func column() throws(ParquetError) -> ColumnVector? {
        do throws(ParquetError) {
            let maximum = leaf.maxDefinition
            guard maximum > 0, presentCount < slots else { return try values?.take(.allValid) }
            let levels = slotDefinition > 0 ? slotLevels.levels : definitions.levels
            let bits = Bitmap.filled(count: slots) { out, words in
                for word in 0..<words { out[word] = platform_byte_mask(levels + word &* 64, maximum) }
            }
            return try values?.take(Validity(bits: bits, nullCount: slots - presentCount))
        } catch {
            throw error.at(column: path)
        }
    }

    /// Begins the next batch.
    func clear() {
        definitions.clear()
        repetitions.clear()
        slotLevels.clear()
        entries = 0
        slots = 0
        presentCount = 0
    }
}
