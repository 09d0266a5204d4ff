// Numbers with fewer digits.

import Columns

enum RoundingFunctions {
    static let all: [FunctionDefinition] = [
        round("round", "half away from zero", .halfUp), round("bround", "half to the even digit", .halfEven),
        whole("ceil", aliases: ["ceiling"], "up", .up, .up), whole("floor", "down", .down, .down),
        FunctionDefinition(
            "rint", .math, "rint(number)", "the nearest whole number as DOUBLE, half to the even one", [.double],
            gives: .double, NumberKernels.doubles { $0.rounded(.toNearestOrEven) }),
    ]

    /// The constant number of digits of a call's second argument; 0 without one.
    private static func digits(_ call: FunctionCall) throws(FunctionError) -> Int {
        guard call.arguments.count > 1 else { return 0 }
        switch call.arguments[1].constant {
        case .byte(let digits): return Int(digits)
        case .short(let digits): return Int(digits)
        case .integer(let digits): return Int(digits)
        case .long(let digits):
            guard let digits = Int32(exactly: digits) else {
                throw FunctionError("CAST_OVERFLOW", "\(digits) digits are more than fit INT, in \(call.name)")
            }
            return Int(digits)
        case let constant?
        where call.name.hasSuffix("round") && TypeCoercion.castsImplicitly(call.type(1), to: .integer):
            do throws(KernelError) {
                let column = ValueColumns.column(of: [constant], type: call.type(1))
                return Int(try CastKernel.cast(column, to: .integer).slots(as: Int32.self)[0])
            } catch {
                throw FunctionError(error)
            }
        default:
            throw FunctionError(
                "NON_FOLDABLE_ARGUMENT", "the number of digits of \(call.name) must be a constant integer")
        }
    }

    /// The decimal that holds the rounded values of another (Spark's RoundBase).
    private static func rounded(precision: Int, scale: Int, digits: Int) -> DataType {
        let whole = precision - scale + 1
        guard digits >= 0 else { return .decimal(precision: min(38, max(whole, 1 - digits)), scale: 0) }
        let newScale = min(scale, digits)
        return .decimal(precision: min(38, whole + newScale), scale: newScale)
    }

    private static func round(_ name: String, _ how: String, _ mode: NumberKernels.Mode) -> FunctionDefinition {
        FunctionDefinition(
            name, .math, "\(name)(number [, digits])",
            "the number with so many digits behind the point, rounded \(how)",
            1...2, traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            let type = try call.numeric(0)
            if call.arguments.count > 1, call.arguments[1].constant == .null {
                guard case .decimal(let precision, let scale) = type else { return .rewrite(.cast(.null, type)) }
                return .rewrite(.cast(.null, rounded(precision: precision, scale: scale, digits: 0)))
            }
            let digits = try digits(call)
            let result: DataType
            let kernel: ScalarKernel
            if case .decimal(let precision, let scale) = type {
                result = rounded(precision: precision, scale: scale, digits: digits)
                kernel = NumberKernels.roundDecimals(scale, digits, result, mode)
            } else {
                result = type
                kernel =
                    type.isFractional
                    ? NumberKernels.roundFractions(digits, mode)
                    : NumberKernels.roundIntegers(name, digits, type, mode)
            }
            return .kernel([type] + call.arguments.dropFirst().map(\.type), result, isNullable: nil, kernel)
        }
    }

    private static func whole(
        _ name: String, aliases: [String] = [], _ direction: String, _ mode: NumberKernels.Mode,
        _ rule: FloatingPointRoundingRule
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, aliases: aliases, .math, "\(name)(number [, digits])",
            "the number rounded \(direction) to a whole one, or to so many digits behind the point", 1...2,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            var type = try call.numeric(0)
            let rest = call.arguments.dropFirst().map(\.type)
            if call.arguments.count == 1, !type.isDecimal {
                guard type.isFractional else { return .kernel([.long], .long, isNullable: nil, .unary { $0 }) }
                return .kernel([.double], .long, isNullable: nil, NumberKernels.toLong(name, rule))
            }
            // With digits, numbers are taken as decimals.
            if call.type(0) == .null || call.type(0) == .string, call.arguments.count > 1 {
                type = .decimal(precision: 38, scale: 18)
            } else if let digits = TypeCoercion.decimalDigits(type) {
                type = .decimal(precision: digits.precision, scale: digits.scale)
            } else {
                type = type == .float ? .decimal(precision: 14, scale: 7) : .decimal(precision: 30, scale: 15)
            }
            guard case .decimal(let precision, let scale) = type else { throw call.unexpected(0, "a number") }
            let digits = try digits(call)
            let isWhole = call.arguments.count == 1 && scale == 0
            let result = isWhole ? type : rounded(precision: precision, scale: scale, digits: digits)
            return .kernel(
                [type] + rest, result, isNullable: nil, NumberKernels.roundDecimals(scale, digits, result, mode))
        }
    }
}
