// Comparisons of all types, layouts and sizes against a model on single values.

import Columns
import TestSupport
import Testing

/// The order of two values of one type: below, at or above zero.
private func order(_ a: Value, _ b: Value) -> Int {
    func sign<T: Comparable>(_ x: T, _ y: T) -> Int { x < y ? -1 : x == y ? 0 : 1 }
    func fraction(_ x: Double, _ y: Double) -> Int {
        x.isNaN || y.isNaN ? sign(x.isNaN ? 1 : 0, y.isNaN ? 1 : 0) : sign(x, y)
    }
    switch (a, b) {
    case (.boolean(let x), .boolean(let y)): return sign(x ? 1 : 0, y ? 1 : 0)
    case (.byte(let x), .byte(let y)): return sign(x, y)
    case (.short(let x), .short(let y)): return sign(x, y)
    case (.integer(let x), .integer(let y)), (.date(let x), .date(let y)): return sign(x, y)
    case (.long(let x), .long(let y)), (.timestamp(let x), .timestamp(let y)): return sign(x, y)
    case (.timestampNTZ(let x), .timestampNTZ(let y)), (.dayTimeInterval(let x, _), .dayTimeInterval(let y, _)):
        return sign(x, y)
    case (.yearMonthInterval(let x, _), .yearMonthInterval(let y, _)): return sign(x, y)
    case (.time(let x), .time(let y)): return sign(x, y)
    case (.float(let x), .float(let y)): return fraction(Double(x), Double(y))
    case (.double(let x), .double(let y)): return fraction(x, y)
    case (.decimal(let x, _), .decimal(let y, _)): return sign(x, y)
    case (.string(let x), .string(let y)): return bytes(Array(x.utf8), Array(y.utf8))
    case (.binary(let x), .binary(let y)): return bytes(x, y)
    default: preconditionFailure("values of two types")
    }
    func bytes(_ x: [UInt8], _ y: [UInt8]) -> Int { x == y ? 0 : x.lexicographicallyPrecedes(y) ? -1 : 1 }
}

private func expected(_ operation: ComparisonOperator, _ a: Value, _ b: Value) -> Value {
    if operation == .nullSafeEqual {
        return .boolean(a.isNull || b.isNull ? a.isNull && b.isNull : order(a, b) == 0)
    }
    if a.isNull || b.isNull { return .null }
    let order = order(a, b)
    switch operation {
    case .equal, .nullSafeEqual: return .boolean(order == 0)
    case .notEqual: return .boolean(order != 0)
    case .less: return .boolean(order < 0)
    case .lessOrEqual: return .boolean(order <= 0)
    case .greater: return .boolean(order > 0)
    case .greaterOrEqual: return .boolean(order >= 0)
    }
}

@Suite struct CompareTests {
    @Test(arguments: scalarTypes)
    func `columns compare as their values do`(_ type: DataType) {
        var random = SeededRandom(11)
        for size in sizes {
            for nulls in [0, 0.3, 1] {
                for layout in Layout.allCases where size > 0 || layout == .plain {
                    let a = randomValues(type, size, nulls: nulls, &random)
                    // Half of the values meet themselves.
                    let b = a.map { Bool.random(using: &random) ? $0 : randomValue(type, nulls: nulls, &random) }
                    let left = column(a, type, layout)
                    let right = column(b, type)
                    let known = a.first { !$0.isNull } ?? randomValue(type, nulls: 0, &random)
                    for operation in ComparisonOperator.allCases {
                        #expect(
                            CompareKernel.compare(operation, left, right).checked()
                                == zip(a, b).map { expected(operation, $0, $1) })
                        for literal in [known, .null] {
                            #expect(
                                CompareKernel.compare(operation, left, constant(literal, type, size)).checked()
                                    == a.map { expected(operation, $0, literal) }, "\(operation) \(literal)")
                            #expect(
                                CompareKernel.compare(operation, constant(literal, type, size), right).checked()
                                    == b.map { expected(operation, literal, $0) }, "\(literal) \(operation)")
                        }
                    }
                }
            }
        }
    }

    @Test func `texts of every length are equal where all their bytes are`() {
        var (left, right): ([String], [String]) = ([], [])
        for length in 0...40 {
            let text = String(repeating: "a", count: length)
            left.append(text)
            right.append(text)
            for place in 0..<length {
                var other = Array(text.utf8)
                other[place] = UInt8(ascii: "b")
                left.append(text)
                right.append(String(decoding: other, as: UTF8.self))
            }
            // One that goes on with what the other one has in its place.
            left.append(text)
            right.append(text + "a")
        }
        let expected = zip(left, right).map { Value.boolean($0 == $1) }
        for (a, b) in [(left, right), (right, left)] {
            for layout in Layout.allCases {
                #expect(CompareKernel.compare(.equal, strings(a, layout), strings(b)).checked() == expected)
            }
        }
    }

    @Test func `not a number stands above all and both zeros are equal`() {
        let left = doubles([.nan, .nan, .infinity, 0, -0.0, -.nan])
        let right = doubles([.nan, .infinity, .nan, -0.0, 0, .nan])
        func texts(_ operation: ComparisonOperator) -> [Value] {
            CompareKernel.compare(operation, left, right).checked()
        }
        #expect(texts(.equal) == [true, false, false, true, true, true].map { .boolean($0) })
        #expect(texts(.greater) == [false, true, false, false, false, false].map { .boolean($0) })
        #expect(texts(.less) == [false, false, true, false, false, false].map { .boolean($0) })
        let floats = column([.float(.nan), .float(-0.0)], .float)
        #expect(
            CompareKernel.compare(.equal, floats, constant(.float(0), .float, 2)).checked() == [
                .boolean(false), .boolean(true),
            ])
    }

    @Test func `a flipped operator gives the same answer`() {
        let a = longs([1, 2, 3, nil])
        let b = longs([2, 2, 2, 2])
        for operation in ComparisonOperator.allCases {
            #expect(
                CompareKernel.compare(operation, a, b).checked()
                    == CompareKernel.compare(operation.flipped, b, a).checked())
        }
    }
}
