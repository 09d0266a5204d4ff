// Arithmetic of all types against wider arithmetic on single values.

import Columns
import TestSupport
import Testing

private let integerTypes: [DataType] = [.byte, .short, .integer, .long]

private func wide(_ value: Value) -> Int128? {
    switch value {
    case .byte(let x): Int128(x)
    case .short(let x): Int128(x)
    case .integer(let x): Int128(x)
    case .long(let x): Int128(x)
    default: nil
    }
}

private func narrow(_ value: Int128, _ type: DataType) -> Value? {
    switch type {
    case .byte: Int8(exactly: value).map { .byte($0) }
    case .short: Int16(exactly: value).map { .short($0) }
    case .integer: Int32(exactly: value).map { .integer($0) }
    default: Int64(exactly: value).map { .long($0) }
    }
}

/// The value, or the code of the error.
private func expected(_ operation: ArithmeticOperator, _ a: Value, _ b: Value, _ type: DataType) -> (Value?, String?) {
    guard let x = wide(a), let y = wide(b) else { return (.null, nil) }
    if y == 0, operation == .remainder { return (nil, "REMAINDER_BY_ZERO") }
    if y == 0, operation == .integralDivide { return (nil, "DIVIDE_BY_ZERO") }
    let result: Int128
    switch operation {
    case .add: result = x + y
    case .subtract: result = x - y
    case .multiply: result = x * y
    case .remainder: result = x % y
    case .integralDivide, .divide: result = x / y
    }
    let value = narrow(result, type)
    let code = [.byte, .short].contains(type) ? "BINARY_ARITHMETIC_OVERFLOW" : "ARITHMETIC_OVERFLOW"
    return (value, value == nil ? code : nil)
}

private func decimal(_ unscaled: Int128, _ scale: Int) -> Value { .decimal(unscaled: unscaled, scale: scale) }

@Suite struct ArithmeticTests {
    @Test(arguments: integerTypes, [ArithmeticOperator.add, .subtract, .multiply, .remainder, .integralDivide])
    func `integers are exact or raise at the first row`(_ type: DataType, _ operation: ArithmeticOperator) throws {
        var random = SeededRandom(12)
        var seen: Set<String> = []
        for size in sizes {
            for round in 0..<12 {
                let nulls = [0, 0.3, 1][round % 3]
                var a = randomValues(type, size, nulls: nulls, &random)
                var b = randomValues(type, size, nulls: nulls, &random)
                if round < 6 {
                    // Small numbers, so that some rounds pass.
                    let small: (Value) -> Value = { value in
                        wide(value).flatMap { narrow(($0 % 9) == 0 ? 1 : $0 % 9, type) } ?? .null
                    }
                    a = a.map(small)
                    b = b.map(small)
                }
                let literal = b.first { !$0.isNull } ?? .null
                for sides in ["columns", "constant right", "constant left"] {
                    let results = zip(a, b).map { left, right in
                        expected(
                            operation, sides == "constant left" ? literal : left,
                            sides == "constant right" ? literal : right, type)
                    }
                    let zero = results.firstIndex { $0.1?.hasSuffix("_BY_ZERO") ?? false }
                    let first = zero ?? results.firstIndex { $0.1 != nil }
                    let text = first.map { "\(results[$0].1 ?? "")@\($0)" }
                    var found: [Value] = []
                    let thrown = failure {
                        let repeated = constant(literal, type, size)
                        let left = sides == "constant left" ? repeated : column(a, type)
                        let right = sides == "constant right" ? repeated : column(b, type)
                        found = try ArithmeticKernel.apply(operation, left, right, resultType: type).checked()
                    }
                    #expect(thrown == text, "\(sides)")
                    if thrown == nil { #expect(found == results.map { $0.0 ?? .null }) }
                    seen.insert(thrown == nil ? "passed" : "raised")
                }
            }
        }
        #expect(seen.count == 2 || operation == .integralDivide || operation == .remainder, "\(seen)")
    }

    @Test func `the smallest number has edges`() throws {
        #expect(
            try ArithmeticKernel.apply(.remainder, longs([.min]), longs([-1]), resultType: .long).checked() == [
                .long(0)
            ])
        #expect(
            failure { _ = try ArithmeticKernel.apply(.integralDivide, longs([.min]), longs([-1]), resultType: .long) }
                == "ARITHMETIC_OVERFLOW@0")
        // NULL slots are zero: neither a division by them nor 0 - min counts.
        #expect(
            try ArithmeticKernel.apply(.subtract, longs([nil]), longs([.min]), resultType: .long).checked() == [.null])
        #expect(
            try ArithmeticKernel.apply(.integralDivide, longs([5]), longs([nil]), resultType: .long).checked() == [
                .null
            ])
    }

    @Test func `signs and absolute values`() throws {
        for type in integerTypes {
            let lowest: Value =
                switch type {
                case .byte: .byte(.min)
                case .short: .short(.min)
                case .integer: .integer(.min)
                default: .long(.min)
                }
            let five = narrow(5, type) ?? .null
            let minus = narrow(-5, type) ?? .null
            #expect(try ArithmeticKernel.negate(column([five, .null, minus], type)).checked() == [minus, .null, five])
            #expect(
                try ArithmeticKernel.absolute(column([five, .null, minus], type)).checked() == [five, .null, five])
            #expect(
                failure { _ = try ArithmeticKernel.negate(column([five, lowest], type)) } == "ARITHMETIC_OVERFLOW@1")
            #expect(failure { _ = try ArithmeticKernel.absolute(column([lowest], type)) } == "ARITHMETIC_OVERFLOW@0")
        }
        #expect(try ArithmeticKernel.negate(doubles([1.5, nil])).checked() == [.double(-1.5), .null])
        #expect(
            try ArithmeticKernel.absolute(doubles([-1.5, nil, -.infinity])).checked() == [
                .double(1.5), .null, .double(.infinity),
            ])
        let widest = DataType.decimal(precision: 38, scale: 0)
        let limit = (0..<38).reduce(Int128(1)) { power, _ in power * 10 } - 1
        let (nines, minusNines) = (Value.decimal(unscaled: limit, scale: 0), Value.decimal(unscaled: -limit, scale: 0))
        let decimals = column([nines, .null, minusNines], widest)
        #expect(try ArithmeticKernel.absolute(decimals).checked() == [nines, .null, nines])
        #expect(try ArithmeticKernel.negate(decimals).checked() == [minusNines, .null, nines])
    }

    @Test func `fractions divide but never by zero`() throws {
        let a = doubles([7.5, nil, -1])
        #expect(
            try ArithmeticKernel.apply(.divide, a, doubles([2, 0, 4]), resultType: .double).checked() == [
                .double(3.75), .null, .double(-0.25),
            ])
        #expect(
            try ArithmeticKernel.apply(.remainder, a, constant(.double(2), .double, 3), resultType: .double).checked()
                == [
                    .double(1.5), .null, .double(-1),
                ])
        #expect(
            failure { _ = try ArithmeticKernel.apply(.divide, a, doubles([1, 1, -0.0]), resultType: .double) }
                == "DIVIDE_BY_ZERO@2")
        let f = column([.float(1.5), .null], .float)
        #expect(
            try ArithmeticKernel.apply(.multiply, f, constant(.float(2), .float, 2), resultType: .float).checked() == [
                .float(3), .null,
            ])
    }

    /// Unscaled numbers and scales of both sides, the type of the result, and what comes out.
    @Test(
        arguments: [
            (.add, 125, 2, 5, 1, .decimal(precision: 11, scale: 2), decimal(175, 2)),
            (.subtract, 125, 2, 5, 1, .decimal(precision: 11, scale: 2), decimal(75, 2)),
            (.multiply, -125, 2, 5, 1, .decimal(precision: 11, scale: 3), decimal(-625, 3)),
            (
                .multiply, 99_999_999_999_999_999_999, 10, 99_999_999_999_999_999_999, 10,
                .decimal(precision: 38, scale: 6), decimal(99_999_999_999_999_999_998_000_000, 6)
            ),
            (.divide, 1, 0, 3, 0, .decimal(precision: 14, scale: 6), decimal(333_333, 6)),
            (.divide, 2, 0, 3, 0, .decimal(precision: 14, scale: 6), decimal(666_667, 6)),
            (.divide, -2, 0, 3, 0, .decimal(precision: 14, scale: 6), decimal(-666_667, 6)),
            (.divide, 1, 38, 1, 38, .decimal(precision: 38, scale: 6), decimal(1_000_000, 6)),
            (
                .divide, 1, 0, 3, 30, .decimal(precision: 38, scale: 6),
                decimal(333_333_333_333_333_333_333_333_333_333_333_333, 6)
            ),
            (.remainder, -725, 2, 2, 0, .decimal(precision: 5, scale: 2), decimal(-125, 2)),
            (.integralDivide, -725, 2, 2, 0, .long, .long(-3)),
        ] as [(ArithmeticOperator, Int128, Int, Int128, Int, DataType, Value)])
    func `decimals are exact`(
        _ operation: ArithmeticOperator, _ a: Int128, _ aScale: Int, _ b: Int128, _ bScale: Int, _ type: DataType,
        _ result: Value
    ) throws {
        let left = column([decimal(a, aScale), .null], .decimal(precision: 38, scale: aScale))
        let right = column([decimal(b, bScale), decimal(0, bScale)], .decimal(precision: 38, scale: bScale))
        #expect(try ArithmeticKernel.apply(operation, left, right, resultType: type).checked() == [result, .null])
    }

    @Test func `decimals that do not fit`() {
        let most = column(
            [decimal(99_999_999_999_999_999_999_999_999_999_999_999_999, 0)], .decimal(precision: 38, scale: 0))
        let zero = column([decimal(0, 0)], .decimal(precision: 38, scale: 0))
        let type = DataType.decimal(precision: 38, scale: 0)
        #expect(
            failure { _ = try ArithmeticKernel.apply(.add, most, most, resultType: type) }
                == "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION@0")
        #expect(
            failure { _ = try ArithmeticKernel.apply(.multiply, most, most, resultType: type) }
                == "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION@0")
        #expect(
            failure {
                _ = try ArithmeticKernel.apply(.integralDivide, most, column([decimal(1, 0)], type), resultType: .long)
            } == "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION@0")
        for operation in [ArithmeticOperator.divide, .remainder, .integralDivide] {
            #expect(
                failure {
                    _ = try ArithmeticKernel.apply(
                        operation, most, zero, resultType: operation == .integralDivide ? .long : type)
                } == (operation == .remainder ? "REMAINDER_BY_ZERO@0" : "DIVIDE_BY_ZERO@0"))
        }
    }
}
