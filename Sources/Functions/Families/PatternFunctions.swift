// LIKE, regular expressions and split: their patterns are compiled once, with the query.

import Columns

enum PatternFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "split", .pattern, "split(text, pattern [, limit])",
            "the parts between matches of a regular expression, limit parts at most where it is positive",
            [.string, .string, .integer], defaults: [.integer(-1)], gives: .array(.string, containsNull: false),
            values: [1, 2],
            .prepared { (constants) throws(FunctionError) in
                if constants[1] == .null || constants[2] == .null {
                    return .unary { NullKernels.nulls(type: .array(.string, containsNull: false), count: $0.count) }
                }
                guard case .string(let pattern)? = constants[1], case .integer(let limit)? = constants[2] else {
                    throw FunctionError("NON_FOLDABLE_ARGUMENT", "pattern and limit of split must be constants")
                }
                do throws(KernelError) {
                    let kernel = try SplitKernel(pattern: pattern, limit: Int(limit))
                    return .unary { (column) throws(KernelError) in try kernel.split(column) }
                } catch {
                    throw FunctionError(error)
                }
            }),
        FunctionDefinition(
            "like", .pattern, "like(text, pattern [, escape])",
            "whether the text is like a pattern: % stands for any text, _ for one character", 2...3,
            values: [1, 2]
        ) { (call) throws(FunctionError) in
            let escape = try call.arguments.count == 3 ? escape(call.arguments[2].constant) : nil
            return .kernel(
                try call.types([.string]), .boolean, isNullable: nil,
                matching { (constants) throws(KernelError) in
                    let pattern = try constant(constants[1], of: "like")
                    guard let escape else { return kernel(try LikePattern(pattern)) }
                    return kernel(try LikePattern(pattern, escape: escape))
                })
        },
        FunctionDefinition(
            "ilike", .pattern, "ilike(text, pattern [, escape])", "as like, whatever the case of letters", 2...3,
            traits: [], values: [1, 2]
        ) { (call) throws(FunctionError) in
            let texts: [Rewrite] = [.call("lower", [.argument(0)]), .call("lower", [.argument(1)])]
            return .rewrite(.call("like", texts + (call.arguments.count == 3 ? [.argument(2)] : [])))
        },
        FunctionDefinition(
            "rlike", aliases: ["regexp", "regexp_like"], .pattern, "rlike(text, pattern)",
            "whether a regular expression matches a part of the text", [.string, .string], gives: .boolean,
            values: [1],
            matching { (constants) throws(KernelError) in
                let expression = try RegularExpression(pattern: constant(constants[1], of: "rlike"))
                return { (column) throws(KernelError) in try expression.matches(column) }
            }),
    ]

    /// The character that an argument is, whether or not others are NULL.
    private static func escape(_ constant: Value?) throws(FunctionError) -> Unicode.Scalar {
        guard case .string(let text)? = constant, let escape = text.unicodeScalars.first,
            text.unicodeScalars.count == 1
        else { throw FunctionError("INVALID_ESCAPE_CHAR", "the escape of LIKE must be one constant character") }
        return escape
    }

    /// What says of each text whether it matches.
    private typealias Matching = @Sendable (ColumnVector) throws(KernelError) -> ColumnVector

    private static func kernel(_ pattern: LikePattern) -> Matching {
        { pattern.matches($0) }
    }

    private static func matching(
        _ make: @escaping @Sendable ([Value?]) throws(KernelError) -> Matching
    ) -> ScalarKernel {
        .prepared { (constants) throws(FunctionError) in
            if constants[1] == .null { return .unary { NullKernels.nulls(type: .boolean, count: $0.count) } }
            do throws(KernelError) {
                return .unary(try make(constants))
            } catch {
                throw FunctionError(error)
            }
        }
    }

    private static func constant(_ value: Value?, of name: String) throws(KernelError) -> String {
        guard case .string(let text)? = value else {
            throw KernelError(
                code: "NON_FOLDABLE_ARGUMENT", message: "the pattern of \(name) must be a constant string")
        }
        return text
    }
}
