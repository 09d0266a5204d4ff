// What columns of the types CHAR and VARCHAR do with texts. No SQL can call it.

import Columns

extension FunctionTable {
    /// `(text, length)`: a text as a column of VARCHAR stores it; blanks behind it that are too many go.
    package static let storedVarchar = LengthFunctions.stored("varchar", pads: false)

    /// `(text, length)`: a text as a column of CHAR stores it, with blanks behind it up to its length.
    package static let storedChar = LengthFunctions.stored("char", pads: true)

    /// `(text, length)`: a text with blanks behind it up to a length, longer ones as they are: as a column of CHAR
    /// gives it and is compared.
    package static let paddedChar = LengthFunctions.define("read_char") { (texts, limit) throws(KernelError) in
        try LengthKernels.padded(texts, to: limit)
    }
}

enum LengthFunctions {
    static func stored(_ type: String, pads: Bool) -> FunctionDefinition {
        define("write_\(type)") { (texts, limit) throws(KernelError) in
            let fitting = try LengthKernels.fitting(texts, in: limit)
            return pads ? try LengthKernels.padded(fitting, to: limit) : fitting
        }
    }

    static func define(
        _ name: String,
        _ kernel: @escaping @Sendable (ColumnVector, Int) throws(KernelError) -> ColumnVector
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .text, "\(name)(text, length)", "the text with a length", 2...2,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            guard case .integer(let limit)? = call.arguments[1].constant else { throw call.unexpected(1, "a constant") }
            return .kernel(
                try call.types([.string, .integer]), .string, isNullable: nil,
                .unary { (texts) throws(KernelError) in try kernel(texts, Int(limit)) })
        }
    }
}

/// Texts cut and filled to a number of characters.
enum LengthKernels {
    /// The texts without what blanks behind them are beyond a length.
    ///
    /// - Throws: EXCEED_LIMIT_LENGTH for the first text that is longer without any.
    static func fitting(_ column: ColumnVector, in limit: Int) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        // No text has more characters than bytes: most columns are looked through once and stay as they are.
        var longest = 0
        for row in 0..<column.count { longest = max(longest, texts.length(row)) }
        guard longest > limit else { return column }
        return try Loops.runs(.string, count: column.count, strict: [column]) { (row, writer) throws(KernelError) in
            let text = texts[row]
            let end = text.count <= limit ? text.count : Characters.offset(of: limit, in: text)
            for place in end..<text.count where text[place] != UInt8(ascii: " ") {
                throw KernelError(
                    code: "EXCEED_LIMIT_LENGTH", message: "exceeds char/varchar type length limitation: \(limit)",
                    row: row, hint: "cut it: substring(..., 1, \(limit))")
            }
            writer.put(Characters.part(text, 0, end))
        }
    }

    /// The texts with blanks behind them up to a length; longer ones as they are.
    static func padded(_ column: ColumnVector, to length: Int) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        return try Loops.runs(.string, count: column.count, strict: [column]) { (row, writer) throws(KernelError) in
            let text = texts[row]
            let missing = max(0, length &- Characters.count(text))
            try writer.require(text.count &+ missing)
            writer.put(text)
            writer.reserve(missing)
            for _ in 0..<missing { writer.write(UInt8(ascii: " ")) }
        }
    }
}
