// Numbers: signs, powers, logarithms, remainders and bits.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum NumberFunctions {
    static let all: [FunctionDefinition] = signs + powers + logarithms + remainders + bits

    private static let signs: [FunctionDefinition] = [
        FunctionDefinition(
            "abs", .math, "abs(number)", "the number without its sign", 1...1, traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            let type = call.type(0).isInterval ? call.type(0) : try call.numeric(0)
            return .kernel(
                [type], type, isNullable: nil,
                .unary { (column) throws(KernelError) in try ArithmeticKernel.absolute(column) })
        },
        FunctionDefinition(
            "sign", aliases: ["signum"], .math, "sign(number)", "-1.0, 0.0 or 1.0", 1...1
        ) { (call) throws(FunctionError) in
            if call.type(0).isInterval {
                return .kernel([call.type(0)], .double, isNullable: nil, .unary { IntervalKernels.sign($0) })
            }
            return .kernel(
                try call.types([.double]), .double, isNullable: nil,
                NumberKernels.doubles { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 })
        },
        FunctionDefinition(
            "negative", .math, "negative(number)", "the number with the other sign", 1...1,
            is: .negate(.argument(0))),
        FunctionDefinition(
            "positive", .math, "positive(number)", "the number", 1...1,
            is: .plus(.argument(0))),
        FunctionDefinition(
            "isnan", .math, "isnan(number)", "whether it is NaN", 1...1, traits: []
        ) { (call) throws(FunctionError) in
            .kernel(
                try call.types([.double]), .boolean, isNullable: false, .unary { NumberKernels.isNaN($0) })
        },
    ]

    private static func double(
        _ name: String, aliases: [String] = [], _ summary: String, _ body: @escaping @Sendable (Double) -> Double
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, aliases: aliases, .math, "\(name)(number)", summary, [.double], gives: .double,
            NumberKernels.doubles(body))
    }

    private static let powers: [FunctionDefinition] = [
        double("sqrt", "the square root", { $0.squareRoot() }),
        double("cbrt", "the cube root", { CubeRoot.of($0) }),
        double("exp", "e to the power of the number", { exp($0) }),
        double("expm1", "exp(number) - 1, exact near 0", { expm1($0) }),
        FunctionDefinition(
            "power", aliases: ["pow"], .math, "power(base, exponent)", "the base to the power of the exponent",
            [.double, .double], gives: .double, NumberKernels.pairs { power($0, $1) }),
        FunctionDefinition(
            "hypot", .math, "hypot(a, b)", "the root of the sum of both squares", [.double, .double], gives: .double,
            NumberKernels.pairs { hypot($0, $1) }),
        FunctionDefinition(
            "factorial", .math, "factorial(number)", "the product of all numbers up to it; NULL beyond 20", [.integer],
            gives: .long, .unary { NumberKernels.factorial($0) }),
        FunctionDefinition("e", .math, "e()", "Euler's number", 0...0, is: .literal(.double(M_E), .double)),
        FunctionDefinition("pi", .math, "pi()", "the circle's number", 0...0, is: .literal(.double(.pi), .double)),
    ]

    /// NULL at and below `least`, as in Spark.
    private static func logarithm(
        _ name: String, _ summary: String, above least: Double, _ body: @escaping @Sendable (Double) -> Double
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .math, "\(name)(number)", summary, 1...1
        ) { (call) throws(FunctionError) in
            .kernel(
                try call.types([.double]), .double, isNullable: true,
                NumberKernels.partial { $0 <= least ? nil : body($0) })
        }
    }

    private static let logarithms: [FunctionDefinition] = [
        logarithm("ln", "the natural logarithm", above: 0, { log($0) }),
        logarithm("log2", "the logarithm to base 2", above: 0, { log2($0) }),
        logarithm("log10", "the logarithm to base 10", above: 0, { log10($0) }),
        logarithm("log1p", "ln(number + 1), exact near 0", above: -1, { log1p($0) }),
        FunctionDefinition(
            "log", .math, "log([base,] number)", "the logarithm to a base, or the natural one", 1...2
        ) { (call) throws(FunctionError) in
            guard call.arguments.count == 2 else { return .rewrite(.call("ln", [.argument(0)])) }
            return .kernel(
                try call.types([.double]), .double, isNullable: true,
                NumberKernels.pairs { $0 <= 0 || $1 <= 0 ? nil : log($1) / log($0) })
        },
    ]

    /// What comes out of `a` and `b` by an operator, NULL where it would raise.
    private static func attempt(
        _ name: String, _ summary: String, _ operation: ArithmeticOperator
    )
        -> FunctionDefinition
    {
        FunctionDefinition(
            name, .math, "\(name)(a, b)", summary, 2...2, is: .tryArithmetic(operation, .argument(0), .argument(1)))
    }

    private static let remainders: [FunctionDefinition] = [
        FunctionDefinition(
            "mod", .math, "mod(a, b)", "the remainder of a divided by b, with the sign of a", 2...2,
            is: .arithmetic(.remainder, .argument(0), .argument(1))),
        FunctionDefinition(
            "pmod", .math, "pmod(a, b)", "the remainder of a divided by b, not below 0 for b above 0", 2...2,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            let types = [call.type(0), call.type(1)]
            guard !types.contains(.string) || types.contains(where: { $0 != .string && $0 != .null }) else {
                throw FunctionError(
                    "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", "\(call.name) needs numbers, found STRING",
                    hint: "write a CAST")
            }
            // What is NULL has the other side's type.
            let known = try (0...1).map { (side) throws(FunctionError) in
                // A text beside a whole number is one, too.
                if call.type(side) == .string, call.type(1 - side).isIntegral { return DataType.long }
                return call.type(side) == .null ? try call.numeric(1 - side) : try call.numeric(side)
            }
            let sides = known.map { BoundArgument(type: $0, isNullable: false) }
            let type = try FunctionCall(name: call.name, arguments: sides).commonType()
            guard type.isDecimal, let a = digits(call, 0, sides[0].type), let b = digits(call, 1, sides[1].type)
            else { return .kernel([type, type], type, isNullable: nil, NumberKernels.positiveRemainder(type)) }
            let result = TypeCoercion.arithmeticResult(.remainder, a, b)
            guard case .decimal(let precision, let scale) = result else { throw call.unexpected(0, "a number") }
            let decimals = [a, b].map { DataType.decimal(precision: min($0.precision, 38), scale: $0.scale) }
            return .kernel(
                decimals, result, isNullable: nil,
                NumberKernels.positiveRemainder(a.scale, b.scale, precision: precision, scale: scale))
        },
        attempt("try_add", "a + b, NULL where it overflows", .add),
        attempt("try_subtract", "a - b, NULL where it overflows", .subtract),
        attempt("try_multiply", "a * b, NULL where it overflows", .multiply),
        attempt("try_divide", "a / b, NULL where b is 0", .divide),
        attempt("try_mod", "a % b, NULL where b is 0", .remainder),
    ]

    /// As Java has it, 1 and -1 to the power of what is no number, or infinite, are no numbers.
    private static func power(_ base: Double, _ exponent: Double) -> Double {
        if base.magnitude == 1, !exponent.isFinite { return .nan }
        return pow(base, exponent)
    }

    /// The digits of a side of a remainder; a constant integer counts only those that it has.
    private static func digits(_ call: FunctionCall, _ side: Int, _ type: DataType) -> (precision: Int, scale: Int)? {
        if let number = call.arguments[side].constant?.wholeNumber, type != .byte {
            return (String(number.magnitude).utf8.count, 0)
        }
        return TypeCoercion.decimalDigits(type)
    }

    private static func shift(
        _ name: String, _ summary: String, _ long: @escaping @Sendable (Int64, Int64) -> Int64,
        _ integer: @escaping @Sendable (Int32, Int32) -> Int32
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .math, "\(name)(number, bits)", summary, 2...2
        ) { (call) throws(FunctionError) in
            let type: DataType = call.type(0) == .long ? .long : .integer
            return .kernel(
                try call.types([type, .integer]), type, isNullable: nil, NumberKernels.shift(type, long, integer))
        }
    }

    private static let bits: [FunctionDefinition] = [
        shift("shiftleft", "the bits shifted to the left", { $0 &<< $1 }, { $0 &<< $1 }),
        shift("shiftright", "the bits shifted to the right, with the sign", { $0 &>> $1 }, { $0 &>> $1 }),
        shift(
            "shiftrightunsigned", "the bits shifted to the right, with zeros",
            { Int64(bitPattern: UInt64(bitPattern: $0) &>> UInt64(bitPattern: $1)) },
            { Int32(bitPattern: UInt32(bitPattern: $0) &>> UInt32(bitPattern: $1)) }),
        FunctionDefinition(
            "bit_count", .math, "bit_count(number)", "how many bits are set", 1...1
        ) { (call) throws(FunctionError) in
            guard call.type(0).isIntegral || call.type(0) == .null || call.type(0) == .boolean else {
                throw call.unexpected(0, "an integer or BOOLEAN")
            }
            return .kernel(
                [.long], .integer, isNullable: nil,
                .unary { column in
                    let values = column.slots(as: Int64.self)
                    return Loops.slots(.integer, [column], as: Int32.self) {
                        Int32(truncatingIfNeeded: values[$0].nonzeroBitCount)
                    }
                })
        },
    ]
}
