// Functions of regular expressions: their patterns are compiled once, with the query.

import Columns

enum RegularExpressionFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "regexp_extract", .pattern, "regexp_extract(text, pattern [, group])",
            "a group of the first match of a regular expression, empty where there is none; 0 is the whole match",
            [.string, .string, .integer], defaults: [.integer(1)], gives: .string,
            traits: [.isNullIntolerant, .mayRaise], values: [1, 2],
            grouped(.string) { (expression, column, group) throws(KernelError) in
                try expression.extract(column, group: group)
            }),
        FunctionDefinition(
            "regexp_extract_all", .pattern, "regexp_extract_all(text, pattern [, group])",
            "an array of a group of every match", [.string, .string, .integer], defaults: [.integer(1)],
            gives: .array(.string, containsNull: false), traits: [.isNullIntolerant, .mayRaise], values: [1, 2],
            grouped(.array(.string, containsNull: false)) { (expression, column, group) throws(KernelError) in
                try expression.extractAll(column, group: group)
            }),
        FunctionDefinition(
            "regexp_replace", .pattern, "regexp_replace(text, pattern, replacement [, position])",
            "the text with every match from a character on replaced; $1 stands for a group", 3...4,
            defaults: [.integer(1)], traits: [.isNullIntolerant, .mayRaise], values: [1, 2, 3], shape: replace),
        FunctionDefinition(
            "regexp_count", .pattern, "regexp_count(text, pattern)", "how many matches there are", [.string, .string],
            gives: .integer, values: [1],
            plain(.integer) { (expression, column) throws(KernelError) in try expression.count(column) }),
        FunctionDefinition(
            "regexp_substr", .pattern, "regexp_substr(text, pattern)",
            "the first match, NULL where there is none or it is empty",
            2...2,
            values: [1]
        ) { (call) throws(FunctionError) in
            .kernel(
                try call.types([.string, .string]), .string, isNullable: true,
                plain(.string) { (expression, column) throws(KernelError) in try expression.first(column) })
        },
        FunctionDefinition(
            "regexp_instr", .pattern, "regexp_instr(text, pattern [, group])",
            "at which character, from 1, the first match begins; 0 where there is none", [.string, .string, .integer],
            defaults: [.integer(0)], gives: .integer, values: [1, 2],
            plain(.integer) { (expression, column) throws(KernelError) in try expression.position(column) }),
    ]

    /// A kernel of the first argument and the pattern; NULLs of a type where a constant is NULL.
    private static func plain(
        _ type: DataType,
        _ kernel: @escaping @Sendable (RegularExpression, ColumnVector) throws(KernelError) -> ColumnVector
    ) -> ScalarKernel {
        grouped(type) { (expression, column, _) throws(KernelError) in try kernel(expression, column) }
    }

    /// The same with a group.
    private static func grouped(
        _ type: DataType,
        _ kernel: @escaping @Sendable (RegularExpression, ColumnVector, Int) throws(KernelError) -> ColumnVector
    ) -> ScalarKernel {
        .prepared { (constants) throws(FunctionError) in
            if constants.dropFirst().contains(.null) {
                return .variadic { NullKernels.nulls(type: type, count: $0[0].count) }
            }
            let expression = try pattern(constants[1])
            let group: Int
            switch constants.count > 2 ? constants[2] : .integer(0) {
            case .integer(let number)?: group = Int(number)
            default: throw FunctionError("NON_FOLDABLE_ARGUMENT", "the group must be a constant INT")
            }
            return .variadic { (columns) throws(KernelError) in try kernel(expression, columns[0], group) }
        }
    }

    private static func pattern(_ value: Value?) throws(FunctionError) -> RegularExpression {
        guard case .string(let pattern)? = value else {
            throw FunctionError("NON_FOLDABLE_ARGUMENT", "a regular expression must be a constant STRING")
        }
        do throws(KernelError) {
            return try RegularExpression(pattern: pattern)
        } catch {
            throw FunctionError(error)
        }
    }

    private static func noPosition(_ position: Int64) -> FunctionError {
        FunctionError(
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "the position of regexp_replace counts from 1 and is \(position)")
    }

    private static func replace(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        guard call.type(3).isNumeric || [.string, .null].contains(call.type(3)) else {
            throw call.unexpected(3, "INT")
        }
        let types = try call.types([.string, .string, .string, .integer])
        if let position = call.arguments[3].constant?.wholeNumber, position <= 0 { throw noPosition(position) }
        return .kernel(
            types, .string, isNullable: nil,
            .prepared { (constants) throws(FunctionError) in
                if constants.dropFirst().contains(.null) {
                    return .variadic { NullKernels.nulls(type: .string, count: $0[0].count) }
                }
                let expression = try pattern(constants[1])
                guard case .string(let text)? = constants[2], case .integer(let position)? = constants[3] else {
                    throw FunctionError(
                        "NON_FOLDABLE_ARGUMENT", "replacement and position of regexp_replace must be constants")
                }
                guard position > 0 else { throw noPosition(Int64(position)) }
                do throws(KernelError) {
                    let replacement = try RegularExpressionReplacement(text, of: expression)
                    return .variadic { (columns) throws(KernelError) in
                        try expression.replace(columns[0], with: replacement, from: Int(position))
                    }
                } catch {
                    throw FunctionError(error)
                }
            })
    }
}
