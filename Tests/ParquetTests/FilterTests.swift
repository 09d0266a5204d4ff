// What a filter leaves out of a file is never a row that passes.

import Columns
import TestSupport
import Testing

@testable import Parquet

@Suite("Rows that a filter leaves out")
struct FilterTests {
    /// Types of a file, and others as which they may be read.
    private static let types: [(file: DataType, read: [DataType])] = [
        (.boolean, []), (.byte, [.short, .integer, .long, .double]), (.short, [.integer, .long]),
        (.integer, [.long, .double, .decimal(precision: 20, scale: 4)]), (.long, [.decimal(precision: 24, scale: 2)]),
        (.float, [.double]), (.double, []), (.string, [.binary]), (.binary, []), (.date, [.timestampNTZ]),
        (.timestamp, []), (.timestampNTZ, []), (.decimal(precision: 9, scale: 3), [.decimal(precision: 20, scale: 5)]),
        (.decimal(precision: 18, scale: 2), []), (.decimal(precision: 38, scale: 10), []),
        (.yearMonthInterval(.yearToMonth), []), (.dayTimeInterval(.dayToSecond), []),
    ]

    private struct Table {
        let file: WrittenFile
        /// As which its columns are read.
        let schema: Schema
        let columns: [ColumnVector]
        let count: Int
    }

    /// A row that was read, by the number that it has in its last column.
    private struct Line: Equatable {
        let id: Int
        let values: [Value]
    }

    @Test("are none that passes: random tables and predicates", arguments: [UInt64(3), 8, 21])
    func property(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        var (groups, rows, passed): (Int, Int64, Int) = (0, 0, 0)
        for round in 0..<20 {
            let table = try Self.table(&random)
            for _ in 0..<8 {
                let predicate = Self.predicate(table, &random)
                let expected = try Self.holds(predicate, table)
                let (found, skippedGroups, skippedRows) = try Self.read(table, [predicate])
                groups += skippedGroups
                rows += skippedRows
                passed += expected.count
                #expect(
                    Set(expected).isSubset(of: found.map(\.id)), "seed \(seed), round \(round): \(predicate)")
                let wrong = found.first { row in
                    // NaN isn't equal to itself.
                    row.values.map(\.description) != table.columns.map { $0.value(at: row.id).description }
                }
                #expect(wrong == nil, "seed \(seed), round \(round): \(predicate)")
            }
        }
        // Or nothing was tested.
        #expect(groups > 20)
        #expect(rows > 1000)
        #expect(passed > 1000)
    }

    // MARK: Tables

    private static func table(_ random: inout SeededRandom) throws -> Table {
        let count = random.below(2500)
        var options = ParquetWriteOptions()
        options.version = random.below(2) == 0 ? .one : .two
        options.usesDictionaries = random.below(3) > 0
        (options.pageRows, options.pageBytes) = (20 + random.below(200), 200 + random.below(4000))
        options.rowGroupBytes = 2000 + random.below(60_000)
        options.dictionaryBytes = 200 + random.below(3000)
        if random.below(2) == 0 {
            var filter = BloomFilterOptions()
            // Small ones take many values for there that aren't.
            filter.maximumBytes = 32 << random.below(8)
            filter.distinctValues = random.below(3) == 0 ? 1 + random.below(300) : nil
            options.bloomFilter = filter
        }
        var (fields, read, columns): ([Field], [Field], [ColumnVector]) = ([], [], [])
        for index in 0..<4 {
            let (type, wider) = types.randomElement(using: &random) ?? types[0]
            let readAs = random.below(3) == 0 ? wider.randomElement(using: &random) ?? type : type
            fields.append(Field("c\(index)", type))
            read.append(Field(index == 0 ? "C0" : "c\(index)", readAs))
            columns.append(column(values(type, count, &random), type))
        }
        // Lists pass pages in another way.
        let list = DataType.array(.string, containsNull: true)
        fields += [Field("l", list), Field("id", .integer)]
        read += [Field("l", list), Field("id", .integer)]
        columns.append(column(randomValues(list, count, nulls: 0.2, &random), list))
        columns.append(column((0..<count).map { .integer(Int32($0)) }, .integer))
        let lines = (0..<count).map { row in columns.map { $0.value(at: row) } }
        let file = try WrittenFile(lines, Schema(fields), options)
        return Table(
            file: file, schema: Schema(read),
            columns: try zip(columns, read).map { try cast($0, to: $1.type) }, count: count)
    }

    /// The values as they are read.
    private static func cast(_ column: ColumnVector, to type: DataType) throws -> ColumnVector {
        try CastKernel.cast(column, to: type)
    }

    /// In order or not, with few different ones or many, with and without NULL and NaN.
    private static func values(_ type: DataType, _ count: Int, _ random: inout SeededRandom) -> [Value] {
        var values = randomValues(type, count, nulls: 0, &random)
        if random.below(2) == 0 { values = values.indices.map { values[$0 % 11] } }
        if random.below(3) > 0 {
            values.sort { one, other in
                guard let one = OrderedValue(one), let other = OrderedValue(other) else { return false }
                return (one.order(other) ?? 0) < 0
            }
        }
        let nulls = [0, 0, 3, 20].randomElement(using: &random) ?? 0
        for index in values.indices {
            if nulls > 0, random.below(nulls) == 0 || index / 300 % 4 == 1 { values[index] = .null }
            if random.below(400) == 0, type == .double { values[index] = .double(.nan) }
            if random.below(400) == 0, type == .float { values[index] = .float(.nan) }
        }
        return values
    }

    // MARK: Predicates

    private static func predicate(_ table: Table, _ random: inout SeededRandom, depth: Int = 0) -> ColumnPredicate {
        if depth < 2, random.below(3) == 0 {
            let parts = (0..<(1 + random.below(3))).map { _ in predicate(table, &random, depth: depth + 1) }
            return random.below(2) == 0 ? .all(parts) : .any(parts)
        }
        let index = random.below(4)
        let field = table.schema.fields[index]
        func constant() -> Value {
            let fresh = randomValue(field.type, nulls: 0, &random)
            guard table.count > 0, random.below(3) > 0 else { return fresh }
            let value = table.columns[index].value(at: random.below(table.count))
            return value.isNull ? fresh : value
        }
        let test: ColumnPredicate.Test
        switch random.below(9) {
        case 0: test = .isNull
        case 1: test = .isNotNull
        case 2: test = .isIn((0..<(1 + random.below(3))).map { _ in constant() })
        case 3 where field.type == .string:
            guard case .string(let text) = constant() else { return .any([]) }
            test = .startsWith(String(String.UnicodeScalarView(text.unicodeScalars.prefix(2))))
        default:
            let operations: [ComparisonOperator] = [.equal, .equal, .less, .lessOrEqual, .greater, .greaterOrEqual]
            test = .compares(operations.randomElement(using: &random) ?? .equal, constant())
        }
        return .column(ColumnPath(field.name), test)
    }

    /// The rows that pass, by the engine's own comparisons.
    private static func holds(_ predicate: ColumnPredicate, _ table: Table) throws -> [Int] {
        func rows(_ predicate: ColumnPredicate) throws -> Set<Int> {
            let every = Set(0..<table.count)
            switch predicate {
            case .all(let parts): return try parts.reduce(every) { $0.intersection(try rows($1)) }
            case .any(let parts): return try parts.reduce([]) { $0.union(try rows($1)) }
            case .column(let path, let test):
                let index = try #require(table.schema.fields.firstIndex { $0.name == path.column })
                let column = table.columns[index]
                func equal(_ operation: ComparisonOperator, _ value: Value) -> Set<Int> {
                    let result = CompareKernel.compare(operation, column, constant(value, column.type, column.count))
                    return every.filter { result.value(at: $0) == .boolean(true) }
                }
                switch test {
                case .compares(let operation, let value): return equal(operation, value)
                case .isIn(let values): return values.reduce([]) { $0.union(equal(.equal, $1)) }
                case .isNull: return every.filter { column.value(at: $0).isNull }
                case .isNotNull: return every.filter { !column.value(at: $0).isNull }
                case .startsWith(let start):
                    return every.filter {
                        guard case .string(let text) = column.value(at: $0) else { return false }
                        return Array(text.utf8).starts(with: Array(start.utf8))
                    }
                }
            }
        }
        return try rows(predicate).sorted()
    }

    private static func read(
        _ table: Table, _ predicates: [ColumnPredicate]
    ) throws -> (rows: [Line], groups: Int, skipped: Int64) {
        let input = MemoryInput(table.file.bytes)
        let footer = try ParquetFooter(input)
        let reader = try ParquetReader(
            input, footer, wanted: table.schema, groups: Array(footer.metaData.rowGroups.indices),
            filter: RowFilter(predicates))
        var rows: [Line] = []
        while let batch = try reader.next() {
            for row in batch.rows() {
                guard case .integer(let id)? = row.values.last else { continue }
                rows.append(Line(id: Int(id), values: row.values))
            }
        }
        return (rows, reader.skippedGroups, reader.skippedRows)
    }

    // MARK: What is believed

    @Test("are found by bounds, by a dictionary, and by the bounds of pages, each alone")
    func ways() throws {
        var options = ParquetWriteOptions()
        (options.pageRows, options.rowGroupBytes) = (500, 1 << 30)
        let schema = Schema([Field("id", .integer), Field("word", .string)])
        let rows: [[Value]] = (0..<4000).map { [.integer(Int32($0)), .string(["ant", "bee", "cow"][$0 % 3])] }
        let file = try WrittenFile(rows, schema, options)
        func read(_ predicates: ColumnPredicate...) throws -> (Int, Int, Int64) {
            let table = Table(file: file, schema: Schema(schema.fields.reversed()), columns: [], count: 0)
            let (rows, groups, skipped) = try Self.read(table, predicates)
            return (rows.count, groups, skipped)
        }
        #expect(try read(.column("id", .compares(.greater, .long(4000)))) == (0, 1, 0))
        // Between the bounds, and in no dictionary.
        #expect(try read(.column("word", .compares(.equal, .string("bat")))) == (0, 1, 0))
        #expect(try read(.column("word", .startsWith("be"))) == (4000, 0, 0))
        let some = try read(.column("id", .compares(.less, .integer(700))))
        #expect((700..<2000).contains(some.0) && some.2 == 4000 - Int64(some.0))
        let ends: [ColumnPredicate] = [3, 3999].map { .column("ID", .compares(.equal, .integer($0))) }
        #expect((2...2000).contains(try read(.any(ends)).0))
        #expect(try read(.all(ends)) == (0, 1, 0))
        #expect(try read(.column("word", .isNull)) == (0, 1, 0))
        // Nothing is known of what isn't read.
        #expect(try read(.column("more", .isNotNull)) == (4000, 0, 0))
    }

    @Test("are found by fields of structures, and not by what is in lists")
    func fields() throws {
        var options = ParquetWriteOptions()
        (options.pageRows, options.rowGroupBytes) = (100, 3000)
        let inner = DataType.structure([Field("n", .integer), Field("l", .array(.integer, containsNull: false))])
        let schema = Schema([Field("s", .structure([Field("i", inner), Field("w", .string)]))])
        let rows: [[Value]] = (0..<2000).map { row in
            let number = Value.integer(Int32(row))
            let inside: Value = row % 7 == 0 ? .null : .structure([number, .array([number])])
            return [row < 1000 && row % 5 == 0 ? .null : .structure([inside, .string("w\(row / 100)")])]
        }
        let file = try WrittenFile(rows, schema, options)
        let groups = try file.footer().rowGroups.count
        #expect(groups > 2)
        /// How many rows are read, and whether some were left out.
        func read(_ wanted: Schema, _ predicate: ColumnPredicate) throws -> (rows: Int, isLess: Bool) {
            let input = MemoryInput(file.bytes)
            let reader = try ParquetReader(
                input, try ParquetFooter(input), wanted: wanted, groups: Array(0..<groups),
                filter: RowFilter([predicate]))
            var count = 0
            while let batch = try reader.next() { count += batch.count }
            return (count, reader.skippedGroups > 0 || reader.skippedRows > 0)
        }
        let number = ColumnPath("S", ["i", "N"])
        let some = try read(schema, .column(number, .compares(.equal, .integer(1500))))
        #expect((1...200).contains(some.rows))
        #expect(try read(schema, .column(number, .compares(.greater, .integer(1999)))).rows == 0)
        #expect(try read(schema, .column(number, .isNull)).rows == 2000)
        #expect(try read(schema, .column(ColumnPath("s", ["w"]), .isNull)).rows < 1600)
        #expect(try read(schema, .column(ColumnPath("s", ["w"]), .compares(.equal, .string("w15x")))).rows == 0)
        // In a list there are others; what isn't read, or is no leaf, says nothing.
        for fields in [["i", "l"], ["i", "l", "element"], ["i"], ["more"], ["w", "more"]] {
            #expect(try !read(schema, .column(ColumnPath("s", fields), .compares(.equal, .integer(-1)))).isLess)
        }
        // A field that the file is without is NULL in all rows.
        let missing = Field("more", .structure([Field("x", .long)]))
        let more = Schema([Field("s", .structure([Field("w", .string), missing]))])
        #expect(try read(more, .column(ColumnPath("s", ["more", "x"]), .compares(.less, .long(1)))).rows == 0)
        #expect(try read(more, .column(ColumnPath("s", ["more", "x"]), .isNull)).rows == 2000)
    }

    private func element(_ physical: PhysicalType, _ meaning: LogicalType? = nil, length: Int32? = nil) -> SchemaElement
    {
        SchemaElement("c", type: physical, typeLength: length, repetition: .optional, logicalType: meaning)
    }

    private func known(
        _ element: SchemaElement, _ type: DataType, least: [UInt8], greatest: [UInt8], isTypeOrder: Bool = true,
        isOld: Bool = false, createdBy: String? = "parquet-mr version 1.13.1"
    ) -> KnownValues {
        var statistics = ColumnStatistics()
        if isOld {
            (statistics.oldMinimum, statistics.oldMaximum) = (least, greatest)
        } else {
            (statistics.minimum, statistics.maximum) = (least, greatest)
        }
        return BoundReader(element, as: type, isTypeOrder: isTypeOrder, createdBy: createdBy)
            .known(statistics, valueCount: 10, isRequired: false)
    }

    @Test("bounds of an unknown order are not believed")
    func orders() {
        let text = element(.byteArray, .string)
        #expect(known(text, .string, least: [1], greatest: [200]).greatest == .bytes([200]))
        #expect(known(text, .string, least: [1], greatest: [200], isTypeOrder: false).greatest == nil)
        #expect(known(text, .string, least: [1], greatest: [100], isOld: true).greatest == nil)
        #expect(known(text, .string, least: [2], greatest: [1]).least == nil)
        let number = element(.int32)
        #expect(
            known(number, .integer, least: [1, 0, 0, 0], greatest: [2, 0, 0, 0], isOld: true).least
                == .number(1, scale: 0))
        #expect(known(number, .integer, least: [1, 0, 0, 0], greatest: [2, 0, 0]).least == nil)
        let moment = element(.int96)
        let bytes = [UInt8](repeating: 0, count: 12)
        #expect(known(moment, .timestamp, least: bytes, greatest: bytes).least == nil)
    }

    @Test("unsigned numbers are in the order of what is read, or nothing is known")
    func unsigned() {
        let top: [UInt8] = [0, 0, 0, 0x80]
        let unsigned = element(.int32, .integer(bitWidth: 32, isSigned: false))
        #expect(known(unsigned, .long, least: [1, 0, 0, 0], greatest: top).greatest == .number(1 << 31, scale: 0))
        // Read as a signed number it would be the least.
        #expect(known(unsigned, .integer, least: [1, 0, 0, 0], greatest: top).least == nil)
        #expect(known(unsigned, .long, least: [1, 0, 0, 0], greatest: top, isOld: true).least == nil)
        let small = element(.int32, .integer(bitWidth: 8, isSigned: true))
        #expect(known(small, .byte, least: [1, 0, 0, 0], greatest: [0, 1, 0, 0]).least == nil)
        #expect(known(small, .byte, least: [1, 0, 0, 0], greatest: [9, 0, 0, 0]).greatest == .number(9, scale: 0))
    }

    @Test("a NaN may hide among numbers of others, and zeros are equal")
    func floats() {
        func bytes(_ number: Double) -> [UInt8] { withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
        let number = element(.double)
        let others = known(number, .double, least: bytes(0), greatest: bytes(5))
        let ours = known(
            number, .double, least: bytes(0), greatest: bytes(5), createdBy: "millrace-parquet version 1.0.0")
        let greater = ColumnPredicate.Test.compares(.greater, .double(6))
        #expect(greater.mayHold(of: others))
        #expect(!greater.mayHold(of: ours))
        #expect(!ColumnPredicate.Test.compares(.equal, .double(6)).mayHold(of: others))
        #expect(ColumnPredicate.Test.compares(.equal, .double(.nan)).mayHold(of: others))
        #expect(ColumnPredicate.Test.compares(.equal, .double(-0.0)).mayHold(of: ours))
        #expect(ColumnPredicate.Test.compares(.lessOrEqual, .double(-0.0)).mayHold(of: ours))
        #expect(known(number, .double, least: bytes(0), greatest: bytes(.nan)).least == nil)
    }

    @Test("decimals are read with their digits, and what was cut is no number")
    func decimals() {
        let long = element(.fixedLengthByteArray, .decimal(scale: 2, precision: 20), length: 9)
        let least = [UInt8](repeating: 0xFF, count: 9)
        let greatest = [UInt8](repeating: 0, count: 8) + [7]
        let same = known(long, .decimal(precision: 20, scale: 2), least: least, greatest: greatest)
        #expect(same.least == .number(-1, scale: 2) && same.greatest == .number(7, scale: 2))
        let wider = known(long, .decimal(precision: 24, scale: 4), least: least, greatest: greatest)
        #expect(wider.greatest == .number(700, scale: 4))
        #expect(known(long, .decimal(precision: 20, scale: 2), least: [1], greatest: greatest).least == nil)
        #expect(ColumnPredicate.Test.compares(.equal, .decimal(unscaled: 70, scale: 3)).mayHold(of: same))
        #expect(!ColumnPredicate.Test.compares(.greater, .decimal(unscaled: 71, scale: 3)).mayHold(of: same))
    }
}
