// Numbers and values written by a format.

import Columns

enum FormatFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "format_number", .text, "format_number(number, digits)",
            "the number with commas and so many digits behind the point, or by a pattern such as '#,##0.00'", 2...2,
            values: [1]
        ) { (call) throws(FunctionError) in
            guard call.type(0).isNumeric || call.type(0) == .string || call.type(0) == .null else {
                throw call.unexpected(0, "a number")
            }
            let number: DataType = call.type(0).isNumeric ? call.type(0) : .double
            if call.type(1) == .string {
                return .kernel(
                    [number, .string], .string, isNullable: true,
                    .prepared { (constants) throws(FunctionError) in
                        guard case .string(let pattern)? = constants[1] else {
                            throw FunctionError(
                                "NON_FOLDABLE_ARGUMENT", "the pattern of format_number must be a constant")
                        }
                        let parsed = try NumberPattern(pattern)
                        return .binary { (column, _) throws(KernelError) in
                            try FormatKernels.formatted(try CastKernel.cast(column, to: .string), parsed)
                        }
                    })
            }
            guard call.type(1).isIntegral || call.type(1) == .null else { throw call.unexpected(1, "INT or STRING") }
            return .kernel(
                [number, .integer], .string, isNullable: true,
                .binary { (column, digits) throws(KernelError) in
                    try FormatKernels.formatted(try CastKernel.cast(column, to: .string), digits)
                })
        },
        FunctionDefinition(
            "format_string", aliases: ["printf"], .text, "format_string(format, value, ...)",
            "the values as a format of Java's Formatter has them: %s, %d, %.2f", 1...Int.max, traits: .mayRaise,
            values: [0]
        ) { (call) throws(FunctionError) in
            for index in call.arguments.indices.dropFirst() where call.type(index).isNested {
                throw call.unexpected(index, "a plain value")
            }
            guard TypeCoercion.castsImplicitly(call.type(0), to: .string) else { throw call.unexpected(0, "STRING") }
            let types = call.arguments.dropFirst().map(\.type)
            return .kernel(
                [.string] + types, .string, isNullable: call.arguments[0].isNullable,
                .prepared { (constants) throws(FunctionError) in
                    switch constants[0] {
                    case .string(let format)?:
                        let parsed = try FormatText(format, types: Array(types))
                        return .variadic { (columns) throws(KernelError) in try parsed.written(columns) }
                    case .null?: return .variadic { NullKernels.nulls(type: .string, count: $0[0].count) }
                    default:
                        throw FunctionError(
                            "NON_FOLDABLE_ARGUMENT", "the format of \(call.name) must be a constant STRING")
                    }
                })
        },
    ]
}

/// A pattern of Java's DecimalFormat, of which digits, point and commas are known: `#,##0.00`.
struct NumberPattern: Sendable {
    let least: Int
    let leastFraction: Int
    let mostFraction: Int
    let isGrouped: Bool
    /// Whether the point is written where nothing stands behind it, too.
    let keepsPoint: Bool
    let prefix: [UInt8]
    let suffix: [UInt8]

    init(_ written: String) throws(FunctionError) {
        // Spark's pattern where none is given.
        let pattern = written.isEmpty ? "#,###,###,###,###,###,##0" : written
        let marks = Set("#0,.".utf8)
        let all = Array(pattern.utf8)
        let first = all.firstIndex { marks.contains($0) } ?? all.count
        let end = (all.lastIndex { marks.contains($0) } ?? first - 1) + 1
        let body = all[first..<max(first, end)]
        guard body.allSatisfy(marks.contains), body.count(where: { $0 == UInt8(ascii: ".") }) <= 1 else {
            throw FunctionError(
                "INVALID_FORMAT.NUMBER", "the pattern '\(written)' of format_number is not supported",
                hint: "write digits alone: #,##0.00")
        }
        prefix = Array(all[..<first])
        suffix = Array(all[max(first, end)...])
        let parts = body.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let (whole, fraction) = (parts.first ?? [], parts.count > 1 ? parts[1] : [])
        let (wholeMarks, fractionMarks) = (whole.count { $0 != 44 }, fraction.count { $0 != 44 })
        // Without any 0 one digit is always there: before the point, or behind it where nothing stands before it.
        let hasNoZero = parts.count > 1 && !body.contains(48) && wholeMarks + fractionMarks > 0
        least = hasNoZero && wholeMarks > 0 ? 1 : whole.count { $0 == 48 }
        leastFraction = hasNoZero && wholeMarks == 0 ? 1 : fraction.count { $0 == 48 }
        keepsPoint = parts.count > 1 && (wholeMarks == 0 || fractionMarks == 0)
        mostFraction = fraction.count { $0 == 48 || $0 == 35 }
        isGrouped = whole.contains(UInt8(ascii: ","))
    }
}

enum FormatKernels {
    private static func writeOther(_ text: UnsafeBufferPointer<UInt8>, _ out: inout BytesBuilder) {
        // Java's sign for infinity.
        let infinity: StaticString = "∞"
        if text.first == UInt8(ascii: "N") { return out.put(text) }
        if text.first == UInt8(ascii: "-") { out.put(UnsafeBufferPointer(rebasing: text[..<1])) }
        out.put(UnsafeBufferPointer(start: infinity.utf8Start, count: infinity.utf8CodeUnitCount))
    }

    /// Numbers, given as texts, with commas and so many digits behind the point; NULL for fewer than none.
    static func formatted(_ texts: ColumnVector, _ scales: ColumnVector) throws(KernelError) -> ColumnVector {
        let (runs, numbers) = (Runs(texts), scales.slots(as: Int32.self))
        var digits = DecimalDigits()
        var out = BytesBuilder(type: .string, capacity: texts.count)
        for row in 0..<texts.count {
            guard !texts.isNull(row), !scales.isNull(row), numbers[row] >= 0 else {
                out.appendNull()
                continue
            }
            digits.read(runs[row])
            if digits.isFinite {
                let scale = Int(numbers[row])
                digits.round(scale, .halfEven)
                try out.require(scale + digits.point * 2 + 16)
                out.reserve(2)
                if digits.isNegative { out.write(UInt8(ascii: "-")) }
                digits.writeWhole(atLeast: 1, grouped: true, &out)
                if scale > 0 {
                    out.reserve(1)
                    out.write(UInt8(ascii: "."))
                    digits.writeFraction(scale, &out)
                }
            } else {
                writeOther(runs[row], &out)
            }
            out.endValue()
        }
        return out.finish()
    }

    /// Numbers, given as texts, by a pattern.
    static func formatted(_ texts: ColumnVector, _ pattern: NumberPattern) throws(KernelError) -> ColumnVector {
        let runs = Runs(texts)
        var digits = DecimalDigits()
        return try Loops.runs(.string, count: texts.count, strict: [texts]) { row, out in
            digits.read(runs[row])
            guard digits.isFinite else { return writeOther(runs[row], &out) }
            digits.round(pattern.mostFraction, .halfEven)
            out.reserve(2)
            if digits.isNegative { out.write(UInt8(ascii: "-")) }
            pattern.prefix.withUnsafeBufferPointer { out.put($0) }
            let used = max(pattern.leastFraction, min(pattern.mostFraction, digits.digits.count - digits.point))
            digits.writeWhole(
                atLeast: used > 0 ? pattern.least : max(1, pattern.least), grouped: pattern.isGrouped, &out)
            if used > 0 || pattern.keepsPoint {
                out.reserve(1)
                out.write(UInt8(ascii: "."))
                if used > 0 { digits.writeFraction(used, &out) }
            }
            pattern.suffix.withUnsafeBufferPointer { out.put($0) }
        }
    }
}
