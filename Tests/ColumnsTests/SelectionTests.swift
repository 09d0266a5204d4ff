// Gathering, choosing, repeating and appending rows, against arrays of values.

import Columns
import TestSupport
import Testing

@Suite struct SelectionTests {
    @Test(arguments: allTypes)
    func `taking rows picks their values`(_ type: DataType) {
        var random = SeededRandom(1)
        for size in sizes where size > 0 {
            for nulls in [0, 0.3, 1] {
                for layout in Layout.allCases {
                    let values = randomValues(type, size, nulls: nulls, &random)
                    let rows = (0..<size * 2).map { _ in Int32.random(in: 0..<Int32(size), using: &random) }
                    let taken = TakeKernel.take(column(values, type, layout), selection(rows))
                    #expect(taken.checked() == rows.map { values[Int($0)] })
                    let none = TakeKernel.take(column(values, type, layout), selection([]))
                    #expect(none.checked().isEmpty)
                }
            }
        }
    }

    @Test(arguments: allTypes)
    func `the row behind the last is NULL where it is asked for`(_ type: DataType) {
        var random = SeededRandom(6)
        for size in sizes {
            for layout in Layout.allCases where size > 0 || layout == .plain {
                let values = randomValues(type, size, nulls: 0.2, &random)
                let source = column(values, type, layout)
                for last in [size - 1, size] where last >= 0 {
                    let rows =
                        (0..<size * 2).map { _ in Int32.random(in: 0...Int32(last), using: &random) } + [Int32(last)]
                    let taken = TakeKernel.takeOrNull(source, selection(rows))
                    #expect(taken.checked() == rows.map { $0 == size ? .null : values[Int($0)] })
                    #expect(taken.type == type)
                }
            }
            guard size > 0 else { continue }
            let value = randomValue(type, nulls: 0, &random)
            let taken = TakeKernel.takeOrNull(constant(value, type, size), selection([Int32(size), 0]))
            #expect(taken.checked() == [.null, value])
        }
    }

    @Test(arguments: allTypes)
    func `appended columns keep every value`(_ type: DataType) {
        var random = SeededRandom(2)
        for parts in [1, 2, 5] {
            for nulls in [0, 0.3] {
                var all: [Value] = []
                var columns: [ColumnVector] = []
                for part in 0..<parts {
                    let size = sizes.randomElement(using: &random) ?? 0
                    let values = randomValues(type, size, nulls: part == 0 ? 0 : nulls, &random)
                    all += values
                    columns.append(column(values, type, Bool.random(using: &random) ? .view : .plain))
                }
                #expect(ConcatKernel.concat(columns: columns).checked() == all)
            }
        }
    }

    @Test(arguments: allTypes)
    func `choosing takes each row from its side`(_ type: DataType) {
        var random = SeededRandom(3)
        for size in sizes {
            for layout in Layout.allCases {
                let conditions = randomValues(.boolean, size, nulls: 0.2, &random)
                let a = randomValues(type, size, nulls: 0.2, &random)
                let b = randomValues(type, size, nulls: size % 2 == 0 ? 0 : 0.2, &random)
                let chosen = ChooseKernel.choose(
                    condition: column(conditions, .boolean), then: column(a, type, layout),
                    otherwise: column(b, type, layout))
                #expect(chosen.checked() == conditions.indices.map { conditions[$0] == .boolean(true) ? a[$0] : b[$0] })
            }
        }
    }

    /// Columns, constants and NULLs beside each other, as few as two and more than a byte can name.
    @Test(arguments: allTypes, [2, 3, 5, 300])
    func `the first condition that is true has its result`(_ type: DataType, _ columns: Int) {
        var random = SeededRandom(UInt64(columns))
        for size in columns > 5 ? [0, 9] : sizes {
            for constants in [0, 0.5, 1] {
                let conditions = (1..<columns).map { _ in randomValues(.boolean, size, nulls: 0.4, &random) }
                let results = (0..<columns).map { _ -> (values: [Value], column: ColumnVector) in
                    guard Double.random(in: 0..<1, using: &random) < constants else {
                        let values = randomValues(type, size, nulls: 0.2, &random)
                        return (values, column(values, type, Bool.random(using: &random) ? .view : .plain))
                    }
                    let value = randomValue(type, nulls: 0.3, &random)
                    let isBare = value.isNull && Bool.random(using: &random)
                    return (Array(repeating: value, count: size), constant(value, isBare ? .null : type, size))
                }
                let expected = (0..<size).map { row in
                    results[conditions.firstIndex { $0[row] == .boolean(true) } ?? columns - 1].values[row]
                }
                let chosen = ChooseKernel.choose(conditions.map { column($0, .boolean) }, results.map(\.column))
                #expect(chosen.checked() == expected)
            }
        }
    }

    @Test(arguments: allTypes)
    func `coalesce takes the first value`(_ type: DataType) {
        var random = SeededRandom(4)
        for size in sizes {
            let parts = (0..<3).map { _ in randomValues(type, size, nulls: 0.5, &random) }
            let columns = parts.map { column($0, type) }
            let expected = (0..<size).map { row in parts.map { $0[row] }.first { !$0.isNull } ?? .null }
            #expect(NullKernels.coalesce(columns).checked() == expected)
            let null = NullKernels.nulls(type: .null, count: size)
            #expect(NullKernels.coalesce([null] + columns).checked() == expected)
            #expect(NullKernels.coalesce([null, null]).checked() == Array(repeating: .null, count: size))
        }
    }

    @Test(arguments: allTypes)
    func `a constant repeats its value`(_ type: DataType) {
        var random = SeededRandom(5)
        for size in sizes {
            for nulls in [0.0, 1.0] {
                let value = randomValue(type, nulls: nulls, &random)
                let repeated = ConstantKernel.column(of: value, type: type, count: size)
                #expect(repeated.checked() == Array(repeating: value, count: size))
            }
        }
    }

    @Test(arguments: allTypes)
    func `a constant column stands for its rows`(_ type: DataType) {
        var random = SeededRandom(9)
        for size in sizes where size > 0 {
            let value = randomValue(type, nulls: 0, &random)
            let other = randomValue(type, nulls: 0, &random)
            let repeated = constant(value, type, size)
            #expect(repeated.isConstant && repeated.nullCount == 0 && repeated.count == size)
            #expect(repeated.checked() == Array(repeating: value, count: size))
            let rows = repeated.materialized()
            #expect(!rows.isConstant && rows.checked() == Array(repeating: value, count: size))
            #expect(TakeKernel.take(repeated, selection([0, 0])).checked() == [value, value])
            let values = randomValues(type, size, nulls: 0.3, &random)
            #expect(
                ConcatKernel.concat(columns: [repeated, column(values, type)]).checked() == rows.checked() + values)
            #expect(NullKernels.isNull(repeated).checked().allSatisfy { $0 == .boolean(false) })

            let conditions = randomValues(.boolean, size, nulls: 0.2, &random)
            let isTrue = conditions.map { $0 == .boolean(true) }
            func chosen(_ then: ColumnVector, _ otherwise: ColumnVector) -> [Value] {
                ChooseKernel.choose(condition: column(conditions, .boolean), then: then, otherwise: otherwise).checked()
            }
            #expect(chosen(repeated, column(values, type)) == zip(isTrue, values).map { $0 ? value : $1 })
            #expect(chosen(column(values, type), repeated) == zip(isTrue, values).map { $0 ? $1 : value })
            #expect(chosen(repeated, constant(other, type, size)) == isTrue.map { $0 ? value : other })
            #expect(
                NullKernels.coalesce([column(values, type), repeated]).checked()
                    == values.map { $0.isNull ? value : $0 })
            #expect(NullKernels.coalesce([repeated, column(values, type)]).checked() == rows.checked())
        }
    }

    @Test func `a constant column of NULL has a bit a row`() {
        let nulls = constant(.null, .string, 3)
        #expect(!nulls.isConstant && nulls.checked() == [.null, .null, .null])
    }

    @Test(arguments: scalarTypes)
    func `a set of values finds its members`(_ type: DataType) {
        var random = SeededRandom(10)
        for members in [0, 1, 3, 200] {
            for hasNull in [false, true] {
                let known = randomValues(type, members, nulls: 0, &random)
                guard let set = ValueSet(known + (hasNull ? [.null] : []), type: type) else {
                    #expect(type.layout == .fixed128)
                    continue
                }
                let rows: [Value] = (0..<1500).map { _ in
                    if let value = known.randomElement(using: &random), Bool.random(using: &random) { return value }
                    return randomValue(type, nulls: 0.1, &random)
                }
                let equal = known.map { CompareKernel.compare(.equal, column(rows, type), constant($0, type, 1500)) }
                let none = constant(hasNull ? .null : .boolean(false), .boolean, 1500)
                var expected = equal.reduce(none) { BooleanKernels.or($0, $1) }.checked()
                for row in 0..<1500 where rows[row].isNull { expected[row] = .null }
                #expect(set.contains(column(rows, type)).checked() == expected, "\(members) \(hasNull)")
            }
        }
    }

    @Test func `a view compacts the columns that are asked for`() {
        let batch = RecordBatch(
            schema: Schema([Field("a", .long), Field("b", .string)]),
            columns: [longs([0, 1, 2, nil, 4]), strings(["a", "b", "c", "d", "e"])], count: 5)
        #expect(BatchView(batch).column(0) === batch.columns[0])
        let view = BatchView(batch.selecting(selection([4, 3, 1])))
        #expect(view.count == 3)
        #expect(view.column(0).checked() == [.long(4), .null, .long(1)])
        #expect(view.column(0) === view.column(0))
        let part = view.selecting(selection([2, 0]))
        #expect(part.column(1).checked() == [.string("b"), .string("e")])
        #expect(part.count == 2)
        let composed = view.composed(selection([1, 1]))
        #expect((0..<2).map { composed.pointer[$0] } == [3, 3])
    }

    @Test func `a narrower literal widens`() {
        #expect(ConstantKernel.column(of: .integer(7), type: .long, count: 1).checked() == [.long(7)])
        let decimal = DataType.decimal(precision: 10, scale: 2)
        #expect(
            ConstantKernel.column(of: .integer(7), type: decimal, count: 1).checked()
                == [.decimal(unscaled: 700, scale: 2)])
    }

    @Test(arguments: allTypes)
    func `IS NULL and IS NOT NULL`(_ type: DataType) {
        var random = SeededRandom(6)
        for size in sizes {
            let values = randomValues(type, size, nulls: 0.4, &random)
            #expect(NullKernels.isNull(column(values, type)).checked() == values.map { .boolean($0.isNull) })
            #expect(NullKernels.isNotNull(column(values, type)).checked() == values.map { .boolean(!$0.isNull) })
        }
        #expect(
            NullKernels.isNull(NullKernels.nulls(type: .null, count: 3)).checked().allSatisfy { $0 == .boolean(true) })
    }

    @Test func `logic has three values in columns of every length`() {
        var random = SeededRandom(4)
        // Whole blocks of 64 bytes, and parts of one, besides.
        for size in sizes + [512, 513, 1100] {
            for (leftNulls, rightNulls) in [(0, 0), (0, 0.3), (0.3, 0), (0.3, 0.3), (1, 0), (1, 1)] {
                let left = randomValues(.boolean, size, nulls: leftNulls, &random)
                let right = randomValues(.boolean, size, nulls: rightNulls, &random)
                func values(deciding: Bool) -> [Value] {
                    zip(left, right).map { a, b in
                        if a == .boolean(deciding) || b == .boolean(deciding) { return .boolean(deciding) }
                        return a.isNull || b.isNull ? .null : .boolean(!deciding)
                    }
                }
                let (a, b) = (column(left, .boolean), column(right, .boolean))
                #expect(BooleanKernels.and(a, b).checked() == values(deciding: false))
                #expect(BooleanKernels.or(a, b).checked() == values(deciding: true))
                #expect(BooleanKernels.countTrue(a) == left.count { $0 == .boolean(true) })
            }
        }
    }

    @Test func `three-valued logic`() {
        let all: [Bool?] = [true, false, nil]
        let left = booleans(all.flatMap { a in all.map { _ in a } })
        let right = booleans(all.flatMap { _ in all })
        func texts(_ column: ColumnVector) -> String {
            column.checked().map { $0 == .null ? "N" : $0 == .boolean(true) ? "T" : "F" }.joined()
        }
        #expect(texts(BooleanKernels.and(left, right)) == "TFNFFFNFN")
        #expect(texts(BooleanKernels.or(left, right)) == "TTTTFNTNN")
        #expect(texts(BooleanKernels.not(booleans(all))) == "FTN")
        let null = NullKernels.nulls(type: .null, count: 3)
        #expect(texts(BooleanKernels.and(null, booleans(all))) == "NFN")
        #expect(texts(BooleanKernels.or(null, booleans(all))) == "TNN")
        #expect(texts(BooleanKernels.not(null)) == "NNN")
    }

    @Test func `the selection of a condition is its true rows`() {
        var random = SeededRandom(7)
        for size in sizes + [1000] {
            for nulls in [0, 0.2] {
                for share in [0, 0.5, 1] {
                    let values: [Value] = (0..<size).map { _ in
                        if Double.random(in: 0..<1, using: &random) < nulls { return .null }
                        return .boolean(Double.random(in: 0..<1, using: &random) < share)
                    }
                    let selected = BooleanKernels.selection(of: column(values, .boolean))
                    let rows = (0..<selected.count).map { Int(selected.pointer[$0]) }
                    #expect(rows == values.indices.filter { values[$0] == .boolean(true) })
                }
            }
        }
        #expect(BooleanKernels.selection(of: NullKernels.nulls(type: .null, count: 5)).count == 0)
    }

    @Test func `compacting a batch keeps the selected rows`() {
        var random = SeededRandom(8)
        let schema = Schema(allTypes.enumerated().map { Field("c\($0)", $1) })
        let rows = (0..<50).map { _ in allTypes.map { randomValue($0, nulls: 0.2, &random) } }
        let batch = ValueColumns.batch(schema: schema, rows: rows).selecting(selection([3, 49, 7, 7]))
        let compact = batch.compacted()
        #expect(compact.selection == nil)
        #expect(compact.rows().map(\.values) == [3, 49, 7, 7].map { rows[$0] })
        let doubled = ConcatKernel.concat([batch, compact])
        #expect(doubled.rows().map(\.values) == [3, 49, 7, 7, 3, 49, 7, 7].map { rows[$0] })
    }
}
