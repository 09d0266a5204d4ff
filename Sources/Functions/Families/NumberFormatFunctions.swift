// Numbers from texts and texts from numbers, by a format.

import Columns

enum NumberFormatFunctions {
    static let all: [FunctionDefinition] = [
        number("to_number", isTry: false), number("try_to_number", isTry: true),
        FunctionDefinition(
            "to_char", aliases: ["to_varchar"], .text, "to_char(value, format)",
            "a number by a format such as '$999,990.00', a time by a pattern, a binary as 'base64', 'hex' or 'utf-8'",
            2...2, values: [1],
            shape: text),
    ]

    private static func number(_ name: String, isTry: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, .text, "\(name)(text, format)",
            "the number that a text is by a format such as '$999,990.00'\(isTry ? ", NULL where it is none" : "")",
            2...2,
            traits: isTry ? .isNullIntolerant : [.isNullIntolerant, .mayRaise], values: [1]
        ) { (call) throws(FunctionError) in
            let types = try call.types([.string, .string])
            guard let format = try format(call) else {
                return .rewrite(.cast(.null, .decimal(precision: 10, scale: 0)))
            }
            return .kernel(
                types, format.type, isNullable: isTry ? true : nil,
                .binary { (texts, _) throws(KernelError) in
                    let runs = Runs(texts)
                    if isTry {
                        return Loops.optionalSlots(format.type, [texts], as: Int128.self) { format.read(runs[$0]) }
                    }
                    return try Loops.checkedSlots(format.type, [texts], as: Int128.self) {
                        format.read(runs[$0])
                    } _: { row in
                        KernelError(
                            code: "INVALID_FORMAT.MISMATCH_INPUT",
                            message: "'\(Utf8Kernel.javaString(runs[row]))' is not in the format", row: row,
                            hint: "use try_to_number to get NULL instead")
                    }
                })
        }
    }

    private static func format(_ call: FunctionCall) throws(FunctionError) -> NumberFormat? {
        switch call.arguments[1].constant {
        case .string(let format)?: return try NumberFormat(format)
        case .null?: return nil
        default:
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the format of \(call.name) must be a constant STRING")
        }
    }

    private static func text(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        if call.type(0).isDatetime { return .rewrite(.call("date_format", [.argument(0), .argument(1)])) }
        if call.type(0) == .binary {
            switch call.arguments[1].constant {
            case .string(let format)? where format.lowercased() == "base64":
                return .rewrite(.call("base64", [.argument(0)]))
            case .string(let format)? where format.lowercased() == "hex":
                return .rewrite(.call("hex", [.argument(0)]))
            case .string(let format)? where format.lowercased() == "utf-8":
                return .rewrite(.call("decode", [.argument(0), .literal(.string("UTF-8"), .string)]))
            default:
                throw FunctionError(
                    "INVALID_PARAMETER_VALUE.BINARY_FORMAT",
                    "the format of \(call.name) must be 'base64', 'hex' or 'utf-8' for a binary")
            }
        }
        guard call.type(0).isNumeric || call.type(0) == .string || call.type(0) == .null else {
            throw call.unexpected(0, "a number or BINARY")
        }
        guard let format = try format(call) else { return .rewrite(.cast(.null, .string)) }
        let number: DataType = call.type(0).isNumeric ? call.type(0) : .decimal(precision: 38, scale: 18)
        return .kernel(
            [number, .string], .string, isNullable: nil,
            .binary { (column, _) throws(KernelError) in
                let texts = try CastKernel.cast(column, to: .string)
                let runs = Runs(texts)
                var digits = DecimalDigits()
                var scratch: [UInt8] = []
                return try Loops.optionalRuns(.string, count: texts.count, strict: [texts]) { row, out in
                    digits.read(runs[row])
                    guard digits.isFinite else { return false }
                    // Spark makes a DECIMAL of these digits of what is none.
                    if number.isFractional { digits.round(number == .double ? 15 : 7, .halfUp) }
                    format.write(digits, &out, &scratch)
                    return true
                }
            })
    }
}
